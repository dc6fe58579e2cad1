import { readFileSync } from "node:fs";
import { join } from "node:path";
import execa from "execa";
import * as github from "@pulumi/github";
import { version } from "@pulumi/github/package.json";

import { toolchainEnv } from "../../toolchain/env";

interface Resource {
  properties: Record<string, { secret?: boolean }>;
  inputProperties: Record<string, { type?: string }>;
  requiredInputs?: string[];
}
interface Schema {
  provider: Resource;
  resources: Record<string, Resource>;
  functions: Record<string, unknown>;
}

/** What a class of the package would have registered. */
interface Registered {
  inputs: Record<string, unknown>;
  options: { additionalSecretOutputs?: string[] };
}
type ResourceClass = { __pulumiType: string } & (new (name: string, args: object) => Registered);

jest.mock("@pulumi/pulumi", () => {
  const pulumi = jest.requireActual("@pulumi/pulumi");
  class Resource implements Registered {
    constructor(
      _type: string,
      _name: string,
      readonly inputs: Registered["inputs"],
      readonly options: Registered["options"],
    ) {}
  }
  const runtime = { ...pulumi.runtime, invoke: (token: string) => token };
  return { ...pulumi, CustomResource: Resource, ProviderResource: Resource, runtime };
});

const members = Object.entries(github) as [string, any][];
const classes = members.filter(([, member]) => member?.__pulumiType) as [string, ResourceClass][];
const functions = members.filter(([name]) => /^get\w+(?<!Output)$/.test(name));

/** Has each argument there can be, but for one. */
const argumentsWithout = (missing?: string) =>
  new Proxy({}, { get: (_target, name) => (name === missing ? undefined : "given") });

function isRequired(Class: ResourceClass, name: string): boolean {
  try {
    new Class("it", argumentsWithout(name));
    return false;
  } catch (error) {
    expect(String(error)).toContain(`Missing required property '${name}'`);
    return true;
  }
}

/** Only a declaration says what is a list. */
function isList(module: string, name: string): boolean {
  const folder = join(require.resolve("@pulumi/github/package.json"), "..");
  const file = `${module[0]!.toLowerCase()}${module.slice(1)}.d.ts`;
  const [, args] = readFileSync(join(folder, file), "utf8").split(`interface ${module}Args {`);
  return new RegExp(`^    ${name}\\??: .*\\[\\]`, "m").test(args!.split("\n}")[0]!);
}

function ofPackage(name: string, Class: ResourceClass) {
  const { inputs, options } = new Class("it", argumentsWithout());
  const given = Object.keys(inputs).filter((input) => inputs[input] !== undefined);
  return {
    properties: Object.keys(inputs).sort(),
    inputs: given.sort(),
    lists: given.filter((input) => isList(name, input)),
    required: given.filter((input) => isRequired(Class, input)),
    secrets: [...(options.additionalSecretOutputs ?? [])].sort(),
  };
}

function ofPlugin({ properties, inputProperties, requiredInputs = [] }: Resource) {
  const inputs = Object.keys(inputProperties).sort();
  return {
    properties: Object.keys(properties).sort(),
    inputs,
    lists: inputs.filter((input) => inputProperties[input]!.type === "array"),
    required: [...requiredInputs].sort(),
    secrets: Object.keys(properties)
      .filter((name) => properties[name]!.secret)
      .sort(),
  };
}

let schema: Schema;

beforeAll(async () => {
  const args = ["package", "get-schema", `github@${version}`];
  const { stdout } = await execa("pulumi", args, { env: toolchainEnv(), extendEnv: false });
  schema = JSON.parse(stdout);
});

// Our own build tells less than the official plugin; what it leaves out is not looked at.
test.each(classes)("%s has the plugin's properties, lists, needs and secrets", (name, Class) => {
  const resource = name === "Provider" ? schema.provider : schema.resources[Class.__pulumiType]!;
  expect(ofPlugin(resource)).toEqual(ofPackage(name, Class));
});

test("the plugin has the package's resources and functions, and no others", () => {
  const tokens = classes.map(([, { __pulumiType }]) => __pulumiType);
  expect(Object.keys(schema.resources).sort()).toEqual(
    tokens.filter((token) => token !== "github").sort(),
  );
  const invoked = functions.map(([, invoke]) => invoke({}));
  // Methods of the provider are in other modules.
  const offered = Object.keys(schema.functions).filter((token) => token.startsWith("github:"));
  expect(offered.sort()).toEqual(invoked.sort());
});
