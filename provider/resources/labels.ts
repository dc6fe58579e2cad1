import type { Github } from "../../spec/types";
import { type Named, setAll, thereOf } from "../github/named";
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
    await setAll(clientFor(inputs), named(inputs), inputs.labels, life);
    return atRepository(inputs);
  },
  async update(_olds, news, context) {
    await labels.create(news, context);
  },
  async read(state) {
    const names = Object.keys(state.labels);
    return { labels: await thereOf(clientFor(state), named(state), names) };
  },
};

const named = (inputs: AtGithub): Named<Github["labels"][string]> => ({
  path: (...name) => atRepository(inputs, "labels", ...name),
  told: ({ color, description }) => ({
    color: String(color).toLowerCase(),
    description: String(description ?? ""),
  }),
  changed: 200,
});
