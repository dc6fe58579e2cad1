import { TOKEN, TokenRefusal } from "../github/client";
import type { Kind } from "./kind";
import { type AtGithub, atRepository, differing, look, nameOf } from "./repository";

/**
 * Made after all else at GitHub, so that it goes before it. To whom GitHub does not show a repository it says that there
 * is none, and the plugin takes that for removed: an environment would stay there with its secrets, and be forgotten.
 */
export const leaving: Kind<AtGithub> = {
  isApart: true,
  async diff(olds, news) {
    return differing(olds, news);
  },
  async create(inputs) {
    return atRepository(inputs);
  },
  async update() {},
  async delete(state) {
    if ((await look(state, true)) === "present") return;
    const cure = `${TOKEN}. If the repository itself is gone: pulumi state delete, for github-leaving (pulumi stack --show-urns)`;
    const what = "is not shown to this token, which so can remove nothing of it";
    throw new TokenRefusal([
      { path: "slipway:github.repository", what, given: nameOf(state), cure },
    ]);
  },
};
