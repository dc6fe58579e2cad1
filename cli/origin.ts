import { formatPosition } from "../spec/fault";
import { isMap } from "../spec/field";
import type { Git } from "../spec/types";
import type { Read } from "../spec/load";
import type { Project } from "./project";

/** Where a value comes from. */
export type Origin =
  | "default"
  | "Pulumi.yaml"
  | "stack"
  | "Compose"
  | "x-slipway"
  | "environment"
  | "inferred"
  | "not set";

/** One value of the effective config, as `config --json` prints it. */
export interface Effective {
  /** `slipway:strategy.retain`, `services.api.replicas` */
  key: string;
  /** Secrets are "[secret]"; absent when nothing sets the key. */
  value?: unknown;
  from: Origin;
  /** `file:line:column`, or words on how it came about. */
  detail?: string;
}

export const MASK = "[secret]";

export interface Known {
  read: Read;
  project: Project;
  git: Git;
  environment: Record<string, string | undefined>;
}

type Source = Pick<Effective, "from" | "detail">;

/** The file of the stack or the project that says it. */
export function givenBy(path: string, { read, project }: Known): Source | undefined {
  const top = path.split(".")[0];
  const key = `slipway:${top}`;
  const raw = project.all[key];
  if (raw === undefined || !holds(raw, path.slice(top.length + 1))) return undefined;
  const place = read.findings.place(`slipway:${path}`);
  const from = project.files[key] === "Pulumi.yaml" ? "Pulumi.yaml" : "stack";
  return { from, detail: place ? formatPosition(place) : project.files[key] };
}

/** Whether a raw value has something at the path; names may hold dots. */
function holds(raw: string, path: string): boolean {
  if (path === "") return true;
  let value: unknown = raw;
  if (/^\s*[[{]/.test(raw)) value = JSON.parse(raw);
  for (let rest = path; rest !== "";) {
    const keys = isMap(value) ? Object.keys(value) : [];
    const key = keys.find((one) => rest === one || rest.startsWith(`${one}.`));
    if (key === undefined || !isMap(value)) return false;
    value = value[key];
    rest = rest.slice(key.length + 1);
  }
  return value !== undefined;
}
