import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import execa from "execa";
import { Document, parseDocument } from "yaml";
import { ToolchainError } from "./fault";

/** Bytes of `slipway:key`, with which secrets are fingerprinted. */
const keyBytes = 32;
const generatedSecretBytes = 24;

export interface Stack {
  name: string;
  /** The folder of Pulumi.yaml. */
  project: string;
  env: NodeJS.ProcessEnv;
}

/** Makes the stack, if it is not there, and makes it the selected one. */
export async function selectStack(stack: Stack): Promise<void> {
  refuseForeignSecrets(stack);
  await pulumi(stack, ["stack", "select", "--create", stack.name], "choosing the stack");
}

/**
 * Completes the stack's configuration: the key, the secrets that the application needs, and the
 * stand-ins of public images. What is there stays as it is.
 */
export async function completeConfig(
  stack: Stack,
  secrets: readonly string[],
  mirrors: Record<string, string>,
): Promise<void> {
  const config = readConfig(stack);
  if (!config.hasIn(["config", "slipway:key"])) {
    await setSecret(stack, "slipway:key", randomBytes(keyBytes).toString("base64"));
  }
  for (const name of secrets) {
    if (config.hasIn(["config", "slipway:secrets", name])) continue;
    const value = randomBytes(generatedSecretBytes).toString("base64url");
    await setSecret(stack, `slipway:secrets.${name}`, value);
  }
  setMirrors(stack, mirrors);
}

/** The stack's outputs, with secrets masked. */
export async function stackOutputs(stack: Stack): Promise<Record<string, unknown>> {
  const args = ["stack", "output", "--json", "--stack", stack.name];
  return JSON.parse(await pulumi(stack, args, "reading the stack's outputs"));
}

/** The value goes through stdin: arguments can be read by everybody on the machine. */
async function setSecret(stack: Stack, key: string, value: string): Promise<void> {
  const args = ["config", "set", "--secret", "--path", key, "--stack", stack.name];
  await pulumi(stack, args, `setting ${key}`, value);
}

function setMirrors(stack: Stack, mirrors: Record<string, string>): void {
  if (Object.keys(mirrors).length === 0) return;
  // Read again: the CLI has written secrets in the meantime.
  const config = readConfig(stack);
  let changed = false;
  for (const reference of Object.keys(mirrors).sort()) {
    const where = ["config", "slipway:mirrors", reference];
    if (config.getIn(where) === mirrors[reference]) continue;
    config.setIn(where, mirrors[reference]);
    changed = true;
  }
  if (changed) fs.writeFileSync(configFile(stack), config.toString({ lineWidth: 0 }));
}

function configFile(stack: Stack): string {
  return path.join(stack.project, `Pulumi.${stack.name}.yaml`);
}

function readConfig(stack: Stack): Document {
  const file = configFile(stack);
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ToolchainError(
      `${path.basename(file)} is not valid YAML: ${document.errors[0]!.message.split("\n")[0]}`,
      "Correct the file and run `npm start` again.",
    );
  }
  // An empty file has no map to set anything in.
  return document.contents === null ? new Document({}) : document;
}

/** Secrets of another passphrase cannot be read, and Pulumi's own message does not say what to do. */
function refuseForeignSecrets(stack: Stack): void {
  const state = path.join(stack.project, ".slipway", "state", ".pulumi");
  const config = readConfig(stack);
  if (!config.hasIn(["encryptionsalt"]) || fs.existsSync(state)) return;
  throw new ToolchainError(
    `Pulumi.${stack.name}.yaml has secrets of another passphrase than .slipway/passphrase`,
    "Put that passphrase and its .slipway/state back, or remove `encryptionsalt` and all `secure:` values from the file.",
  );
}

async function pulumi(
  stack: Stack,
  args: string[],
  doing: string,
  input?: string,
): Promise<string> {
  const result = await execa("pulumi", [...args, "--non-interactive"], {
    cwd: stack.project,
    env: stack.env,
    extendEnv: false,
    input: input ?? "",
    reject: false,
  });
  if (result.exitCode === 0) return result.stdout;
  const said = (result.stderr || result.stdout || "no output").trim();
  throw new ToolchainError(
    `${doing} failed: ${said.replace(/^error: /, "")}`,
    `Try it by hand: source .slipway/env && pulumi ${args.join(" ")}`,
  );
}
