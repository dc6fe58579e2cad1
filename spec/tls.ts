import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { z } from "zod";

import type { Findings } from "./findings";
import { SEALED, SECRET_NAME, SECRET_NAME_ALLOWED, sampleHost } from "./names";
import { matching, meaning } from "./schema";
import type { ApplicationSpec, IngressRule, Observation, Reach, TlsSettings } from "./types";

/** Under which names the edge takes requests, and https there. It belongs to the environment, not to a release. */

const NAMES_ALLOWED = "app.example.com, *.example.com";
const LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const NAME = matching(
  // The last part begins with a letter: an IP address is no name.
  new RegExp(`^(?=.{1,253}$)(\\*\\.)?(${LABEL}\\.)+(?=[a-z])${LABEL}$`),
  "a host name in lower case, without scheme and port",
  NAMES_ALLOWED,
);

export const DOMAIN = z
  .union(
    [
      NAME.transform((name) => [name]),
      z.array(NAME).min(1, { error: "must name at least one host" }),
    ],
    {
      error: `must be a host name in lower case, without scheme and port, or a list of them: ${NAMES_ALLOWED}`,
    },
  )
  .transform((names) => [...new Set(names)]);

const FLAG = z.boolean({ error: "must be true or false" });
const SECRET = matching(SECRET_NAME, "the name of a secret", SECRET_NAME_ALLOWED);

const TLS_MAP = z.strictObject(
  {
    staging: meaning(FLAG.default(false), "A certificate for trials, which browsers do not trust"),
    redirect: meaning(FLAG.default(true), "Whether plain HTTP is sent to https once that works"),
    certificate: meaning(
      z
        .strictObject(
          {
            cert: meaning(SECRET, "The secret that holds the certificate and its chain, as PEM"),
            key: meaning(SECRET, "The secret that holds its private key, as PEM"),
          },
          { error: "must be a map of cert and key" },
        )
        .optional(),
      "An own certificate, in place of one by ACME",
    ),
  },
  { error: "must be true, false, or a map of staging, redirect, certificate" },
);

/** `true` is short for a map without keys. Scalars of the stack's config arrive as texts. */
export const TLS = z
  .preprocess(
    (value) => (value === "true" ? {} : value === "false" ? undefined : value),
    TLS_MAP.optional(),
  )
  // What editors are told.
  .meta({ type: ["boolean", "object"] });

interface Settings {
  domain: string[];
  tls?: z.infer<typeof TLS>;
  secrets: Record<string, string>;
}

/** What the settings say, checked against the routes and the secrets. */
export function readTls(
  { domain, tls, secrets }: Settings,
  ingress: IngressRule[],
  findings: Findings,
): Pick<ApplicationSpec, "domains" | "tls"> {
  checkRoutes(domain, ingress, findings);
  if (tls === undefined) return { domains: domain };
  if (domain.length === 0) {
    findings.fault("slipway:tls", "is set, but no name that a certificate could be for", {
      cure: "pulumi config set domain app.example.com, a name that leads to the host; or pulumi config rm tls",
    });
  }
  const { certificate, ...rest } = tls;
  if (certificate === undefined) {
    for (const name of domain.filter((one) => one.startsWith("*."))) {
      findings.fault("slipway:domain", "a wildcard gets no certificate by itself", {
        given: name,
        cure: "List each name, or bring a certificate: slipway:tls.certificate",
      });
    }
    return { domains: domain, tls: rest };
  }
  if (rest.staging) {
    findings.fault("slipway:tls.staging", "has no effect on a certificate of your own", {
      cure: "pulumi config rm --path tls.staging",
    });
  }
  const own = readCertificate(certificate, domain, secrets, findings);
  return { domains: domain, tls: { ...rest, ...(own ? { certificate: own } : {}) } };
}

/** A route for a host that the edge does not answer to gets no request. */
function checkRoutes(domain: string[], ingress: IngressRule[], findings: Findings): void {
  if (domain.length === 0) return;
  const lost = ingress.flatMap(({ host }) => (host && !isCovered(host, domain) ? [host] : []));
  for (const host of new Set(lost)) {
    findings.fault("slipway:domain", `does not name ${host}, which has a route of its own`, {
      given: domain.join(", "),
      cure: "Add it, or remove x-slipway.ingress.host",
    });
  }
}

const isCovered = (host: string, domain: string[]) =>
  domain.includes(host) || domain.includes(host.replace(/^[^.]+/, "*"));

/** Values of secrets are looked at here, and never told. */
function readCertificate(
  names: { cert: string; key: string },
  domain: string[],
  secrets: Record<string, string>,
  findings: Findings,
): TlsSettings["certificate"] {
  const path = "slipway:tls.certificate";
  const value = (part: "cert" | "key") => {
    const name = names[part];
    if (Object.hasOwn(secrets, name)) return secrets[name];
    return findings.fault(`${path}.${part}`, "is no secret of the stack", {
      given: name,
      cure: `pulumi config set --secret --path slipway:secrets.${name} < ${part}.pem`,
    });
  };
  const [cert, key] = [value("cert"), value("key")];
  if (cert === undefined || key === undefined) return undefined;
  if (cert === SEALED || key === SEALED) return undefined;
  const parsed = attempt(() => new X509Certificate(cert));
  const secret = attempt(() => createPrivateKey(key));
  if (!parsed) findings.fault(`${path}.cert`, "holds no certificate in PEM form");
  if (!secret)
    findings.fault(`${path}.key`, "holds no private key in PEM form, without passphrase");
  if (!parsed || !secret) return undefined;
  if (!parsed.checkPrivateKey(secret)) {
    findings.fault(`${path}.key`, "is not the key of the certificate");
  }
  for (const name of domain.filter((one) => parsed.checkHost(sampleHost(one)) === undefined)) {
    findings.fault(`${path}.cert`, `is not for ${name}`, {
      given: parsed.subjectAltName ?? parsed.subject,
      cure: "Take a certificate for all names of slipway:domain",
    });
  }
  if (new Date(parsed.validTo) < new Date()) {
    findings.warn(`${path}.cert`, `has expired on ${parsed.validTo}: browsers refuse it`);
  }
  // Of the public part: it says which key belongs to it.
  const fingerprint = createHash("sha256").update(cert).digest("hex").slice(0, 16);
  return { ...names, fingerprint };
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

export function reachOf({ domains, tls }: Pick<ApplicationSpec, "domains" | "tls">): Reach {
  if (tls === undefined) return { hosts: domains };
  const { staging, redirect, certificate } = tls;
  const own = certificate ? { certificate: certificate.fingerprint } : {};
  return { hosts: domains, tls: { staging, redirect, ...own } };
}

/** What changes for clients, in words. */
export function reachLines(spec: ApplicationSpec, { reach }: Observation): string[] {
  const wanted = reachOf(spec);
  const names = wanted.hosts.join(", ");
  const lines: string[] = [];
  if (names !== (reach?.hosts ?? []).join(", ")) {
    lines.push(
      names === ""
        ? "the edge answers to any name"
        : `the edge answers to ${names} only; by its address, or another name, it says 404`,
    );
  }
  if (wanted.tls && !reach?.tls) lines.push(`https for ${names}`);
  if (!wanted.tls && reach?.tls) lines.push("no https any more: plain HTTP only");
  if (wanted.tls?.redirect && !reach?.tls?.redirect) {
    lines.push("plain HTTP is served until https works, and redirected to it from then on");
  }
  return lines;
}
