import type { RegistryRefusal } from "./client";
import type { Server } from "./named";

/** What registries that take no DELETE want instead. Written from their documentation: none could be reached. */
const ELSEWHERE: [address: RegExp, cure: string][] = [
  [
    /^ghcr\.io$/,
    "GitHub removes by its packages API: gh api --method DELETE /orgs/OWNER/packages/container/NAME/versions/ID, with the scope delete:packages",
  ],
  [
    /(^|\.)docker\.(io|com)$/,
    "Docker Hub removes on its website (Tags, or Image Management), and by its own API",
  ],
  [
    /\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$|^public\.ecr\.aws$/,
    "ECR removes by its own API: aws ecr batch-delete-image --repository-name NAME --image-ids imageDigest=DIGEST, with the digests of --json. A lifecycle policy does not know which releases are kept",
  ],
];

const OFF =
  "Turn deletion on in the registry (storage.delete.enabled: true, or REGISTRY_STORAGE_DELETE_ENABLED=true), or use what it has of its own";
const FORBIDDEN = "Use a login that may delete";

const elsewhere = ({ address }: Server): string | undefined =>
  ELSEWHERE.find(([pattern]) => pattern.test(address))?.[1];

/** What helps against a registry that will let nothing go; undefined where it was about the one image. */
export function cureOf(server: Server, { status, code }: RegistryRefusal): string | undefined {
  const isOff = status === 405 || status === 501 || code === "UNSUPPORTED";
  if (isOff) return elsewhere(server) ?? OFF;
  return status === 401 || status === 403 ? FORBIDDEN : undefined;
}

/** When what was removed becomes free. */
export function spaceOf(server: Server): string {
  return (
    elsewhere(server) ??
    "A plain docker-registry frees the space in its garbage-collect only. Without --delete-untagged: that takes images whose tag has moved, and releases run by digest"
  );
}
