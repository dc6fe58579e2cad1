import { createPublicKey } from "node:crypto";
import { resolve } from "node:path";
import { z } from "zod";

import { readIfFile } from "./disk";
import type { Findings } from "./findings";
import { SECRET_NAME, SECRET_NAME_ALLOWED, secretLacking } from "./names";
import { matching, meaning, oneOf, text } from "./schema";
import type { ImageSource, ServiceSpec, SupplyChain } from "./types";

/** What a built image has to pass before a candidate runs it: keys of `slipway:builds`. */

/** Trivy's, from the least. */
export const SEVERITIES = ["LOW", "MEDIUM", "HIGH", "CRITICAL"] as const;
export type Severity = (typeof SEVERITIES)[number];

const SECRET = matching(SECRET_NAME, "the name of a secret", SECRET_NAME_ALLOWED);

const SCAN = z.strictObject(
  {
    severity: meaning(
      oneOf(SEVERITIES).default("HIGH"),
      "Findings of this severity, or above it, are refused",
    ),
    ignore: meaning(
      z.array(text, { error: "must be a list of ids: CVE-2024-1234" }).default([]),
      "Ids of findings that are accepted",
      [],
    ),
  },
  { error: "must be a map of severity and ignore" },
);

const SIGN = z.strictObject(
  {
    key: meaning(
      SECRET.optional(),
      "The secret that holds cosign's private key. None: nothing is signed here, only verified",
    ),
    password: meaning(
      SECRET.optional(),
      "The secret that holds the key's password. None: an empty one",
    ),
    verifyWith: meaning(text, "The public key: its PEM text, or a file from the project folder"),
  },
  { error: "must be a map of key, password and verifyWith" },
);

export const SUPPLY_CHAIN = {
  verify: meaning(
    z
      .union([z.boolean(), z.array(text).min(1)], {
        error: "must be true, false, or a list of services",
      })
      .optional(),
    "Whether a built image is started once before it gets its tags; or the services whose images are",
  ),
  scan: meaning(SCAN.optional(), "What Trivy finds in a built image refuses it"),
  sign: meaning(SIGN.optional(), "Built images are signed by cosign, and verified before they run"),
};

interface Settings {
  builds?: z.infer<z.ZodObject<typeof SUPPLY_CHAIN>>;
  registry?: unknown;
  release?: string;
  secrets: Record<string, string>;
}

type Wanted = NonNullable<Settings["builds"]>;
type Sign = NonNullable<Wanted["sign"]>;

/** What the settings say, checked against services, secrets and files. */
export function readSupplyChain(
  settings: Settings,
  services: ServiceSpec[],
  directory: string,
  findings: Findings,
): SupplyChain {
  const { verify, scan, sign } = settings.builds ?? {};
  const built = services.filter(({ image }) => image.kind === "build").map(({ name }) => name);
  const signing = sign && readSign(sign, settings, built, services, directory, findings);
  return {
    verified: verifiedOf(verify, services, findings),
    ...(scan ? { scan } : {}),
    ...(signing ? { sign: signing } : {}),
  };
}

/** A task would do its work. */
function verifiedOf(
  verify: Wanted["verify"],
  services: ServiceSpec[],
  findings: Findings,
): string[] {
  if (verify === undefined || verify === false) return [];
  const lasting = services.filter(({ role }) => role !== "task");
  const names = lasting.map(({ name }) => name);
  const wanted = verify === true ? names : verify;
  for (const name of wanted.filter((one) => !names.includes(one))) {
    findings.fault("slipway:builds.verify", "is no service that can be started on trial", {
      given: name,
      allowed: names.join(", "),
    });
  }
  return lasting
    .filter(({ name, image }) => image.kind === "build" && wanted.includes(name))
    .map(({ name }) => name);
}

function readSign(
  { key, password, verifyWith }: Sign,
  { registry, release, secrets }: Settings,
  built: string[],
  services: ServiceSpec[],
  directory: string,
  findings: Findings,
): SupplyChain["sign"] {
  const path = "slipway:builds.sign";
  for (const [part, name] of Object.entries({ key, password })) {
    if (name === undefined || Object.hasOwn(secrets, name)) continue;
    const lacking = secretLacking(name, secrets);
    const cure = `${lacking.cure}${part === "key" ? " < cosign.key" : ""}`;
    findings.fault(`${path}.${part}`, "is no secret of the stack", { ...lacking, cure });
  }
  if (built.length > 0 && release === undefined) {
    // The one on the host is out of cosign's reach.
    if (typeof registry !== "object") {
      findings.fault(
        path,
        "is set, but built images stay on the engine: signatures are kept in a registry",
        {
          given: built.join(", "),
          cure: "pulumi config set --path slipway:registry.server ghcr.io/acme",
        },
      );
    }
    if (key === undefined) {
      findings.fault(`${path}.key`, "is missing: images are built here, and would not be signed", {
        given: built.join(", "),
        cure: "pulumi config set --path slipway:builds.sign.key NAME_OF_A_SECRET",
      });
    }
  }
  for (const { name, image } of services) if (isByTag(image)) tagFault(name, image, findings);
  const publicKey = readPublicKey(verifyWith, directory);
  if (publicKey === undefined) {
    findings.fault(`${path}.verifyWith`, "is no public key in PEM form", {
      given: verifyWith.includes("\n") ? "a text" : verifyWith,
      allowed: "-----BEGIN PUBLIC KEY-----..., or a file that holds it",
      cure: "cosign public-key --key cosign.key > cosign.pub",
    });
    return undefined;
  }
  return {
    publicKey,
    ...(key === undefined ? {} : { key }),
    ...(password === undefined ? {} : { password }),
  };
}

const isByTag = (image: ImageSource) =>
  image.kind === "reference" && image.built === true && !image.reference.includes("@");

function tagFault(service: string, { reference }: ImageSource, findings: Findings): void {
  findings.fault(`slipway:images.${service}`, "names a tag, and a signature is for a digest", {
    given: reference,
    cure: "Name the image by its digest: name@sha256:...; the output images of the stack that built it has them",
  });
}

function readPublicKey(verifyWith: string, directory: string): string | undefined {
  const isText = verifyWith.startsWith("-----BEGIN ");
  const pem = isText ? verifyWith : readIfFile(resolve(directory, verifyWith));
  // A private key would do for node, and has no place in the state.
  if (pem === undefined || !/^-----BEGIN PUBLIC KEY-----/.test(pem.trim())) return undefined;
  try {
    createPublicKey(pem);
    return pem.trim();
  } catch {
    return undefined;
  }
}
