import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { Environment } from "../../components/environment";
import { makePlan } from "../../spec/plan";
import { releaseOf } from "../../spec/release";
import type { ApplicationSpec, DeployPlan, Observation } from "../../spec/types";
import { NO_GIT } from "../../spec/version";

/** A resource as the program asked the engine for it. */
export interface Registered {
  type: string;
  name: string;
  /** Logical name of the parent. */
  parent: string;
  /** Plain values, secrets opened. */
  inputs: Record<string, any>;
  /** Names of the inputs that are secret as a whole, or hold something secret. */
  secretInputs: string[];
  /** Logical names of what it waits for: said by dependsOn, or by its inputs. */
  waitsFor: string[];
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
  retainOnDelete: boolean;
  deleteBeforeReplace: boolean;
  replaceOnChanges: string[];
}

export interface Registrations {
  byName: Map<string, Registered>;
  /** Throws with the names that there are. */
  get(name: string): Registered;
  names(type?: string): string[];
}

export interface Made extends Registrations {
  plan: DeployPlan;
}

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const nameOf = (urn: string) => urn.split("::")[3] ?? "";

/**
 * Runs `new Environment(...)` for a description on what is there, against an engine that makes
 * everything at once. The plan is the real one.
 */
export async function environment(
  spec: ApplicationSpec,
  observation: Observation,
  secrets: Record<string, string> = {},
  git = NO_GIT,
): Promise<Made> {
  const plan = makePlan(spec, releaseOf(spec), observation);
  if (plan.kind === "refused") throw new Error(JSON.stringify(plan.faults));
  const registrations = await registered(
    () => new Environment(spec.name, { spec, plan, observation, secrets, git }),
  );
  return { plan, ...registrations };
}

/** What a piece of the program asks for, of an engine that makes everything at once. */
export async function registered(program: () => unknown): Promise<Registrations> {
  const byName = new Map<string, Registered>();
  const register = jest.spyOn(MockMonitor.prototype, "registerResource");
  try {
    await pulumi.runtime.setMocks(
      {
        newResource: ({ name, inputs, type }) => ({
          id: `${name}-id`,
          state: {
            ...inputs,
            ...(type.includes("RemoteImage") ? { imageId: `sha256:${name}` } : {}),
          },
        }),
        call: () => ({}),
      },
      "slipway",
      "test",
    );
    await program();
    await pulumi.runtime.disconnect();
    for (const [request] of register.mock.calls) {
      const registered = asRegistered(request as RegisterResourceRequest);
      byName.set(registered.name, registered);
    }
  } finally {
    register.mockRestore();
  }
  const get = (name: string) => {
    const found = byName.get(name);
    if (found) return found;
    throw new Error(`no resource "${name}", there are: ${[...byName.keys()].sort().join(", ")}`);
  };
  const names = (type?: string) =>
    [...byName.values()]
      .filter((resource) => type === undefined || resource.type === type)
      .map((resource) => resource.name)
      .sort();
  return { byName, get, names };
}

function asRegistered(request: RegisterResourceRequest): Registered {
  const raw = (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
  return {
    type: request.getType(),
    name: request.getName(),
    parent: nameOf(request.getParent()),
    inputs: opened(raw) as Record<string, unknown>,
    secretInputs: Object.keys(raw).filter((key) => holdsSecret(raw[key])),
    waitsFor: [...new Set(request.getDependenciesList().map(nameOf))].sort(),
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    replaceOnChanges: request.getReplaceonchangesList(),
  };
}

function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (value === null || typeof value !== "object") return value;
  const object = value as Record<string, unknown>;
  if (SIGNATURE in object) return opened(object["value"]);
  return Object.fromEntries(Object.entries(object).map(([key, item]) => [key, opened(item)]));
}

const holdsSecret = (value: unknown): boolean => JSON.stringify(value ?? null).includes(SIGNATURE);

/** The labels of a container as a map. */
export const labelsOf = ({ inputs }: Registered): Record<string, string> =>
  Object.fromEntries(
    (inputs["labels"] as { label: string; value: string }[]).map(({ label, value }) => [
      label,
      value,
    ]),
  );

/** Names of the networks that a container joins, as they are called on the engine, without the attempt. */
export const networksOf = ({ inputs }: Registered): string[] =>
  (inputs["networksAdvanced"] as { name: string }[]).map(({ name }) =>
    name.replace(/^shop-/, "").replace(/-[0-9a-f]{7}$/, ""),
  );
