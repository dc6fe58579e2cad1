import { blake2b } from "blakejs";
import nacl from "tweetnacl";
import { environmentOf } from "./environments";
import { type Asked, created, done, known, manage, ok, page, Refusal, type Routes } from "./routes";
import type { Holder, Secret } from "./state";

const NAME = /^[A-Z_][A-Z0-9_]*$/;

/** A sealed box of libsodium: the sender's passing key, and a box whose nonce is a hash of both public keys. */
function open(sealed: Uint8Array, keys: nacl.BoxKeyPair): string | undefined {
  if (sealed.length < 48) return undefined;
  const sender = sealed.slice(0, 32);
  const nonce = blake2b(Buffer.concat([sender, keys.publicKey]), undefined, 24);
  const clear = nacl.box.open(sealed.slice(32), nonce, sender, keys.secretKey);
  return clear ? Buffer.from(clear).toString("utf8") : undefined;
}

const keysOf = (holder: Holder) => (holder.keys ??= nacl.box.keyPair());

function put({ state, parameters, body }: Asked, holder: Holder) {
  const name = checkName(parameters.secret_name, "Secret");
  const value =
    body.key_id === holder.keyId
      ? open(Buffer.from(body.encrypted_value, "base64"), keysOf(holder))
      : undefined;
  if (value === undefined) {
    const why = "validation failed due to an improperly encrypted secret";
    throw new Refusal(422, `Bad request - ${why}`);
  }
  const before = holder.secrets.get(name);
  const now = state.now();
  const created_at = before?.created_at ?? now;
  holder.secrets.set(name, { name, value, created_at, updated_at: now });
  return before ? done : created({});
}

/** In capitals, as GitHub keeps it. */
export function checkName(given: string, what: string): string {
  const name = given.toUpperCase();
  if (NAME.test(name) && !name.startsWith("GITHUB_")) return name;
  const allowed = "alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_)";
  const rest =
    "Spaces are not allowed. Must start with a letter or an underscore, not with GITHUB_.";
  throw new Refusal(422, `${what} names can only contain ${allowed}. ${rest}`);
}

const shown = ({ name, created_at, updated_at }: Secret) => ({ name, created_at, updated_at });

/** Those of a repository and of an environment differ in where they are. */
function under(path: string, holderOf: (asked: Asked) => Holder): Routes {
  const secretOf = (asked: Asked) =>
    known(holderOf(asked).secrets.get(asked.parameters.secret_name.toUpperCase()));
  return {
    [`GET ${path}`]: manage((asked) =>
      page(asked, holderOf(asked).secrets.values(), (items, total_count) => ({
        total_count,
        secrets: items.map(shown),
      })),
    ),
    [`GET ${path}/public-key`]: manage((asked) => {
      const holder = holderOf(asked);
      const key = Buffer.from(keysOf(holder).publicKey).toString("base64");
      return ok({ key_id: holder.keyId, key });
    }),
    [`GET ${path}/{secret_name}`]: manage((asked) => ok(shown(secretOf(asked)))),
    [`PUT ${path}/{secret_name}`]: manage((asked) => put(asked, holderOf(asked))),
    [`DELETE ${path}/{secret_name}`]: manage((asked) => {
      holderOf(asked).secrets.delete(secretOf(asked).name);
      return done;
    }),
  };
}

export const secrets: Routes = {
  ...under("/repos/{owner}/{repo}/actions/secrets", ({ repository }) => repository),
  ...under("/repos/{owner}/{repo}/environments/{environment_name}/secrets", environmentOf),
};
