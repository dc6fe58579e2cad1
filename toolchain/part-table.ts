import fs from "node:fs";

export type PartName =
  | "pulumi"
  | "nodejs"
  | "docker"
  | "docker-build"
  | "kubernetes"
  | "github"
  | "kamal-proxy"
  | "buildkit"
  | "cosign"
  | "actionlint"
  | "k8s"
  | "coredns"
  | "volumes"
  | "traefik"
  | "pause";

/** What not every deploy needs, as `toolchain/prepare.ts` is asked for it. */
export const groups = ["tools", "kubernetes", "github"] as const;
export type Group = (typeof groups)[number];

/** How a part is built from Go modules; the module lies in toolchain/go/<part>. */
export interface GoBuild {
  /** "." where the module has a main of ours. */
  package: string;
  binary: string;
  /** The linker variables that hold the version, and what is put there. */
  stamp?: string | string[];
  /** All of it works hard: no package is idle, and each is compiled with optimisation. */
  busy?: true;
  /** Cold, on two cores, from the start of its compilation. */
  seconds: number;
}

export interface Part {
  name: PartName;
  title: string;
  /** Without a leading "v". */
  version: string;
  /**
   * Where it is looked for and where it ends up. `image`: only as a binary to make an image of; `tool`: run
   * from where it was built.
   */
  kind: "cli" | "plugin" | "image" | "tool";
  /**
   * Needed by those alone who deploy to `kubernetes` or run `npm run cluster`, or who configure `slipway:github`;
   * `tools` by some scenarios, and by a deploy where it is asked for.
   */
  only?: Group;
  go: GoBuild;
}

const sdkVersionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** Raised together with go.mod: a release counts only when `go mod tidy` finds all of its modules. */
const KUBERNETES = "1.34.3";

/** The plugin's version is the version of its npm package: the two are released together. */
function sdkVersion(name: string): string {
  const file = require.resolve(`@pulumi/${name}/package.json`);
  return (JSON.parse(fs.readFileSync(file, "utf8")) as { version: string }).version;
}

export function partTable(): Part[] {
  const cli = sdkVersion("pulumi");
  const docker = sdkVersion("docker");
  const dockerBuild = sdkVersion("docker-build");
  const kubernetes = sdkVersion("kubernetes");
  const github = sdkVersion("github");
  return [
    {
      name: "pulumi",
      title: "Pulumi CLI",
      version: cli,
      kind: "cli",
      go: {
        package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        binary: "pulumi",
        stamp: `${sdkVersionVariable}=v${cli}`,
        seconds: 240,
      },
    },
    {
      name: "nodejs",
      title: "Pulumi's Node.js language host",
      version: cli,
      kind: "cli",
      go: {
        package: ".",
        binary: "pulumi-language-nodejs",
        stamp: `${sdkVersionVariable}=v${cli}`,
        seconds: 30,
      },
    },
    {
      name: "docker",
      title: "docker plugin",
      version: docker,
      kind: "plugin",
      go: {
        package: ".",
        binary: "pulumi-resource-docker",
        stamp: `main.version=${docker}`,
        seconds: 60,
      },
    },
    {
      name: "docker-build",
      title: "docker-build plugin",
      version: dockerBuild,
      kind: "plugin",
      go: {
        package: ".",
        binary: "pulumi-resource-docker-build",
        stamp: `github.com/pulumi/pulumi-docker-build/provider.Version=${dockerBuild}`,
        seconds: 90,
      },
    },
    {
      name: "kubernetes",
      title: "kubernetes plugin",
      version: kubernetes,
      kind: "plugin",
      only: "kubernetes",
      go: {
        package: ".",
        binary: "pulumi-resource-kubernetes",
        stamp: `github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=${kubernetes}`,
        seconds: 240,
      },
    },
    {
      name: "github",
      title: "github plugin",
      version: github,
      kind: "plugin",
      only: "github",
      go: {
        package: ".",
        binary: "pulumi-resource-github",
        stamp: `main.version=${github}`,
        seconds: 70,
      },
    },
    {
      name: "kamal-proxy",
      title: "kamal-proxy",
      version: "0.9.2",
      kind: "image",
      go: {
        package: "github.com/basecamp/kamal-proxy/cmd/kamal-proxy",
        binary: "kamal-proxy",
        seconds: 20,
      },
    },
    {
      name: "buildkit",
      title: "BuildKit",
      version: "0.20.2",
      kind: "tool",
      only: "tools",
      go: {
        package: "github.com/moby/buildkit/cmd/buildkitd",
        binary: "buildkitd",
        seconds: 180,
      },
    },
    {
      name: "cosign",
      title: "cosign",
      version: "2.4.3",
      kind: "tool",
      only: "tools",
      go: {
        package: "github.com/sigstore/cosign/v2/cmd/cosign",
        binary: "cosign",
        seconds: 400,
      },
    },
    {
      name: "actionlint",
      title: "actionlint",
      version: "1.7.12",
      kind: "tool",
      only: "tools",
      go: {
        package: "github.com/rhysd/actionlint/cmd/actionlint",
        binary: "actionlint",
        seconds: 15,
      },
    },
    {
      name: "k8s",
      title: "Kubernetes",
      version: KUBERNETES,
      kind: "tool",
      only: "kubernetes",
      go: { package: ".", binary: "k8s", stamp: kubernetesStamps(), busy: true, seconds: 360 },
    },
    {
      name: "coredns",
      title: "CoreDNS",
      version: "1.12.4",
      kind: "tool",
      only: "kubernetes",
      go: { package: ".", binary: "coredns", busy: true, seconds: 40 },
    },
    {
      name: "volumes",
      title: "Kubernetes' volumes",
      version: "13.0.0",
      kind: "tool",
      only: "kubernetes",
      go: { package: ".", binary: "volumes", busy: true, seconds: 40 },
    },
    {
      name: "traefik",
      title: "Traefik",
      version: "3.5.3",
      kind: "tool",
      only: "kubernetes",
      go: {
        package: "github.com/traefik/traefik/v3/cmd/traefik",
        binary: "traefik",
        busy: true,
        seconds: 240,
      },
    },
    {
      name: "pause",
      title: "Kubernetes' pause",
      version: "1.0.0",
      kind: "tool",
      only: "kubernetes",
      go: { package: ".", binary: "pause", seconds: 5 },
    },
  ];
}

/** Clients read it from the API server, and kubelet reports it on its node. */
function kubernetesStamps(): string[] {
  const [major, minor] = KUBERNETES.split(".");
  return ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((name) => [
    `${name}.gitVersion=v${KUBERNETES}`,
    `${name}.gitMajor=${major}`,
    `${name}.gitMinor=${minor}`,
  ]);
}
