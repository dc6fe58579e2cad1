import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { toolchainEnv, toolchainVariables } from "./env";
import { binFolder } from "./paths";

/** Bytes of randomness in the generated passphrase. */
const passphraseBytes = 32;

export interface LocalBackend {
  /** The environment for Pulumi processes that use this backend. */
  env: NodeJS.ProcessEnv;
  /** A file that a shell can `source` to use the same backend. */
  envFile: string;
}

/**
 * A backend of the project's own: state in <project>/.slipway/state, a passphrase beside it, and a
 * file of shell lines that makes a plain `pulumi up` use both.
 */
export function localBackend(project: string): LocalBackend {
  const folder = path.join(project, ".slipway");
  const state = path.join(folder, "state");
  const passphrase = path.join(folder, "passphrase");
  const envFile = path.join(folder, "env");
  fs.mkdirSync(state, { recursive: true });
  if (!fs.existsSync(passphrase)) {
    const secret = randomBytes(passphraseBytes).toString("base64url");
    fs.writeFileSync(passphrase, `${secret}\n`, { mode: 0o600, flag: "wx" });
  }
  const own = {
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
  };
  fs.writeFileSync(envFile, shellLines({ ...toolchainVariables(), ...own }), { mode: 0o600 });
  const env: NodeJS.ProcessEnv = { ...toolchainEnv(), ...own };
  // It would win over the file.
  delete env.PULUMI_CONFIG_PASSPHRASE;
  return { env, envFile };
}

function shellLines(variables: Record<string, string>): string {
  const lines = ["# Written by `npm start`. Use it with: source .slipway/env"];
  const { PATH, ...others } = variables;
  if (PATH !== undefined) {
    const bin = binFolder();
    lines.push(
      `case ":$PATH:" in *${quote(`:${bin}:`)}*) ;; *) export PATH=${quote(bin)}:"$PATH" ;; esac`,
    );
  }
  lines.push("unset PULUMI_CONFIG_PASSPHRASE");
  for (const name of Object.keys(others).sort())
    lines.push(`export ${name}=${quote(others[name]!)}`);
  return `${lines.join("\n")}\n`;
}

/** For a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
