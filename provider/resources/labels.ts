import type { Github } from "../../spec/types";
import type { GithubClient } from "../github/client";
import { same } from "../values";
import type { Kind } from "./kind";
import { type AtGithub, clientFor } from "./repository";

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
    return { changes: !same(olds.labels, news.labels) };
  },
  async create(inputs) {
    const client = clientFor(inputs);
    const path = `/repos/${inputs.owner}/${inputs.repository}/labels`;
    for (const [name, label] of Object.entries(inputs.labels)) {
      await ensure(client, path, { name, ...label });
    }
    return `${inputs.owner}/${inputs.repository}`;
  },
  async update(_olds, news, context) {
    await labels.create(news, context);
  },
};

async function ensure(
  client: GithubClient,
  path: string,
  { name, color, description }: { name: string; color: string; description: string },
): Promise<void> {
  const own = `${path}/${encodeURIComponent(name)}`;
  const { status, body } = await client.ask(own, [200, 404]);
  const colour = String(body?.color).toLowerCase();
  const isSame = colour === color.toLowerCase() && (body?.description ?? "") === description;
  if (status === 404) await client.ask(path, [201], "POST", { name, color, description });
  else if (!isSame) await client.ask(own, [200], "PATCH", { color, description });
}
