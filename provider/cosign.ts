import { delimiter, join } from "path";
import { loginFor } from "../spec/registry";
import type { Login } from "./platform";
import { isOnPath, output } from "./program";

/** Signatures of images, by the program cosign: with a pair of keys, without a transparency log. */

export interface SigningKey {
  key: string;
  password?: string;
}

/** Finds Docker's configuration there, and in it a helper that tells the login of the environment. */
const LOGIN_FOLDER = join(__dirname, "login");

export const cosignFault = (): string | undefined =>
  isOnPath("cosign")
    ? undefined
    : "slipway:builds.sign needs cosign 2, which is not on the PATH of this machine. Install it (https://docs.sigstore.dev/cosign/system_config/installation/, or go install github.com/sigstore/cosign/v2/cmd/cosign@v2.4.3), or run pulumi config rm --path slipway:builds.sign";

/** Why no signature of this digest is by this key; undefined when one is. */
export async function signatureFault(
  reference: string,
  publicKey: string,
  logins: readonly Login[],
): Promise<string | undefined> {
  const args = ["--insecure-ignore-tlog=true", "--key", "env://SLIPWAY_PUBLIC_KEY", reference];
  const env = { SLIPWAY_PUBLIC_KEY: publicKey };
  return cosign("verify", args, env, reference, logins).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

export async function sign(
  reference: string,
  { key, password = "" }: SigningKey,
  logins: readonly Login[],
): Promise<void> {
  const args = ["--yes", "--tlog-upload=false", "--key", "env://SLIPWAY_SIGNING_KEY", reference];
  const env = { SLIPWAY_SIGNING_KEY: key, COSIGN_PASSWORD: password };
  await cosign("sign", args, env, reference, logins);
}

/** Whatever is secret goes by the environment: a command line is there for all to see. */
function cosign(
  command: string,
  args: string[],
  env: Record<string, string>,
  reference: string,
  logins: readonly Login[],
): Promise<string> {
  const login = loginFor(reference, logins);
  const { SLIPWAY_SIGNING_KEY = "", COSIGN_PASSWORD = "" } = env;
  const secrets = [SLIPWAY_SIGNING_KEY, COSIGN_PASSWORD, login?.password ?? ""];
  return output("cosign", [command, ...args], { ...env, ...loginOf(login) }, secrets);
}

/** None: whatever `docker login` has left on this machine. */
function loginOf(login: Login | undefined): Record<string, string> {
  if (login === undefined) return {};
  const { address, username, password } = login;
  return {
    DOCKER_CONFIG: LOGIN_FOLDER,
    PATH: [LOGIN_FOLDER, process.env.PATH].join(delimiter),
    SLIPWAY_LOGIN: JSON.stringify({ ServerURL: address, Username: username, Secret: password }),
  };
}
