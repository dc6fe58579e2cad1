import type Docker from "dockerode";
import { registryOf } from "../../spec/registry";
import type { Login } from "../platform";
import { withTimeout } from "./transport";

/** Seconds for the host's question to a registry: in its hands, so short. */
const REGISTRY_TIMEOUT = 5;

/** Why no registry serves this image to the host, in the registry's words; undefined when one does. */
export async function registryRefusal(
  docker: Docker,
  reference: string,
  logins: readonly Login[],
): Promise<string | undefined> {
  const address = registryOf(reference) ?? "docker.io";
  const login = logins.find((one) => one.address === address);
  const authconfig = login && {
    username: login.username,
    password: login.password,
    serveraddress: address,
  };
  const question = docker.getImage(reference).distribution({ authconfig });
  return withTimeout("the registry", question, REGISTRY_TIMEOUT).then(
    () => undefined,
    (error: Error & { json?: { message?: string } }) => error.json?.message ?? error.message,
  );
}
