import * as pulumi from "@pulumi/pulumi";
import type { KeptImage } from "../spec/hostRegistry";
import type { Github, ReleaseContent, Slot } from "../spec/types";
import type { PlaceInputs, Secrets, UnitInputs } from "./platform";

/** The resources of our own provider (provider/), as the program sees them. */

const token = (name: string) => `slipway-platform:index:${name}`;

/** The claim's random id; known to the state before anything is on the platform. */
export class Identity extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & { adopt?: string },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Identity"), name, { ...args }, opts);
  }
}

/** Marks the platform as this stack's; refuses one that is another's. */
export class Claim extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & { claim: pulumi.Input<string> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Claim"), name, { engine: undefined, ...args }, opts);
  }
}

/** Images that only this machine has, or that only our logins get, on the platform. */
export class Images extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      references: pulumi.Input<string>[];
      logins: Secrets["logins"];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Images"), name, { ...args }, opts);
  }
}

/** The registry on the Docker host: there, and holding what kept releases run from. */
export class HostRegistry extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      server: string;
      port: number;
      image: string;
      make?: string;
      store?: string;
      keeps: KeptImage[];
      logins: Secrets["logins"];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("HostRegistry"), name, { store: undefined, ...args }, opts);
  }
}

/** A built image in its registry. */
export class Push extends pulumi.CustomResource {
  /** name@digest, as the registry knows it. */
  declare readonly digest: pulumi.Output<string>;

  constructor(
    name: string,
    args: PlaceInputs & {
      reference: string;
      tags?: string[];
      built?: string;
      byBuilder?: pulumi.Output<string>;
      logins: Secrets["logins"];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Push"), name, { digest: undefined, ...args }, opts);
  }
}

/** A built image that Trivy has looked at. */
export class Scan extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      reference: string;
      built?: string;
      severity: string;
      ignore: string[];
      logins: Secrets["logins"];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Scan"), name, { scanner: undefined, ...args }, opts);
  }
}

/** The signature of a pushed image. */
export class Sign extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      reference: pulumi.Input<string>;
      publicKey: string;
      key: pulumi.Input<string>;
      password?: pulumi.Input<string>;
      logins: Secrets["logins"];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Sign"), name, { ...args }, opts);
  }
}

/** Looks for a signature of each built image that a slot is about to run. */
export class Signatures extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      images: Record<string, pulumi.Input<string>>;
      publicKey: string;
      logins: Secrets["logins"];
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Signatures"), name, { ...args }, opts);
  }
}

/** A built image that is started once, before anything else bears on it. */
export class Verify extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      reference: string;
      built?: string;
      service: pulumi.Inputs;
      timeout: number;
      logins: Secrets["logins"];
      secrets: pulumi.Input<string[]>;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Verify"), name, { ...args }, opts);
  }
}

/** A release's immutable content on the platform. */
export class ReleaseRecord extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & { release: string; content: ReleaseContent },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Release"), name, { ...args }, opts);
  }
}

/** Empties the place that is about to be filled. */
export class Sweep extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      slot?: Slot;
      remove: string[];
      settles?: { resource: string; unit: string };
      opens?: { bind: string; ports: number[] };
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Sweep"), name, { ...args }, opts);
  }
}

/** Waits for one unit to be healthy, and remembers that it is whole. */
export class Ready extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      resource: string;
      unit: UnitInputs;
      timeout: number;
      /** Said in front of the error: what has happened already. */
      preface?: string;
      secrets: pulumi.Input<string[]>;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Ready"), name, { ...args }, opts);
  }
}

/** Dumps databases, once for each deploy. */
export class Backup extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      deploy?: string;
      databases: { accessory: string; unit?: string }[];
      keep: number;
      secrets: pulumi.Input<string[]>;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Backup"), name, { ...args }, opts);
  }
}

/** Runs a made, not yet started unit to its end, once a release. */
export class Task extends pulumi.CustomResource {
  constructor(
    name: string,
    args: PlaceInputs & {
      release: string;
      service: string;
      task: string;
      unit: pulumi.Input<string>;
      timeout: number;
      secrets: pulumi.Input<string[]>;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Task"), name, { ...args }, opts);
  }
}

export class GateResource extends pulumi.CustomResource {
  constructor(name: string, args: PlaceInputs & pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(token("Gate"), name, { ...args }, opts);
  }
}

export class TrafficResource extends pulumi.CustomResource {
  constructor(name: string, args: PlaceInputs & pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(token("Traffic"), name, { ...args }, opts);
  }
}

/** At which repository of GitHub, and as whom. */
export interface AtGithub extends PlaceInputs {
  server?: string;
  token?: pulumi.Input<string>;
  owner: string;
  repository: string;
}

/** A repository that is there, and may be administered. */
export class RepositoryResource extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & {
      create?: Github["create"];
      reviewers: string[];
      wanted: pulumi.Input<string>;
      /** For the check alone, which Pulumi does not tell: nothing will be changed in this run. It gets into no state. */
      preview: boolean;
    },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Repository"), name, { ...args }, opts);
  }
}

/** Those who approve deployments, by the numbers that GitHub knows them by. */
export class Reviewers extends pulumi.CustomResource {
  declare readonly users: pulumi.Output<number[]>;
  declare readonly teams: pulumi.Output<number[]>;

  constructor(
    name: string,
    args: AtGithub & { reviewers: string[] },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Reviewers"), name, { users: undefined, teams: undefined, ...args }, opts);
  }
}

/** Labels of issues, which outlive the stack. */
export class Labels extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & { labels: Github["labels"] },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Labels"), name, { ...args }, opts);
  }
}

/** Variables of the repository, or of an environment. */
export class Variables extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & { environment?: string; variables: Record<string, string> },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Variables"), name, { ...args }, opts);
  }
}

/** What protects branches of the repository. */
export class Ruleset extends pulumi.CustomResource {
  constructor(
    name: string,
    args: AtGithub & { name: string; protection: Github["protection"] },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(token("Ruleset"), name, { ...args }, opts);
  }
}
