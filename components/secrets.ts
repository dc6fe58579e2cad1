import * as pulumi from "@pulumi/pulumi";
import type { RegistryLogin, Text } from "../spec/types";
import type { Secrets } from "./platform";

/** The one place where secret names become values. */
export function bindSecrets(values: Record<string, string>, logins: RegistryLogin[]): Secrets {
  const wrapped = new Map<string, pulumi.Output<string>>();
  const valueOf = (name: string) => {
    // A sealed slot may name a secret that is gone; its inputs are ignored, so nothing is bound.
    const output = wrapped.get(name) ?? pulumi.secret(values[name] ?? "");
    wrapped.set(name, output);
    return output;
  };
  return {
    bind: (text: Text) =>
      typeof text === "string"
        ? text
        : pulumi
            .all(text.parts.map((part) => (typeof part === "string" ? part : valueOf(part.secret))))
            .apply((parts) => parts.join("")),
    values: pulumi.secret(Object.values(values).sort()),
    logins: logins.map((login) => ({ ...login, password: valueOf(login.password) })),
  };
}
