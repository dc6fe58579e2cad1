import type { Github } from "../../spec/types";
import { same } from "../values";
import type { Kind } from "./kind";
import { type AtGithub, atRepository, clientFor, differing } from "./repository";

export interface LabelsInputs extends AtGithub {
  labels: Github["labels"];
}

/**
 * Labels of issues. GitHub gives some to each new repository, so that to make them fails; and one that goes is taken off
 * all issues that bear it, so none is removed.
 */
export const labels: Kind<LabelsInputs> = {
  isApart: true,
  async diff(olds, news) {
    return differing(olds, news, "labels");
  },
  async create(inputs, { life }) {
    const client = clientFor(inputs);
    const there = await labelsOf(inputs);
    for (const [name, label] of Object.entries(inputs.labels)) {
      const found = there[name];
      await life.assertAlive();
      if (found === undefined) {
        await client.ask(atRepository(inputs, "labels"), [201], "POST", { name, ...label });
      } else if (!same(found, label)) {
        const path = atRepository(inputs, "labels", name);
        await client.ask(path, [200], "PATCH", label);
      }
    }
    return atRepository(inputs);
  },
  async update(_olds, news, context) {
    await labels.create(news, context);
  },
  async read(state) {
    return { labels: await labelsOf(state) };
  },
};

/** Those of these that are there, as they are there. */
async function labelsOf(inputs: LabelsInputs): Promise<LabelsInputs["labels"]> {
  const client = clientFor(inputs);
  const found = await Promise.all(
    Object.keys(inputs.labels).map(async (name) => {
      const { status, body } = await client.ask(atRepository(inputs, "labels", name), [200, 404]);
      const label = {
        color: String(body?.color).toLowerCase(),
        description: String(body?.description ?? ""),
      };
      return status === 404 ? [] : [[name, label] as const];
    }),
  );
  return Object.fromEntries(found.flat());
}
