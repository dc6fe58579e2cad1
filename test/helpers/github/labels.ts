import {
  anyone,
  type Asked,
  created,
  done,
  invalid,
  known,
  ok,
  page,
  push,
  type Routes,
} from "./routes";
import { find, type Label } from "./state";

function shown({ base, repository }: Asked, { id, name, color, description }: Label) {
  const path = `repos/${repository.owner}/${repository.name}/labels/${encodeURIComponent(name)}`;
  const url = `${base}/${path}`;
  return { id, node_id: `LA_${id}`, url, name, color, default: false, description };
}

const labelOf = ({ repository, parameters }: Asked) =>
  known(find(repository.labels, parameters.name));

function check({ repository }: Asked, next: Label, before?: Label): void {
  const same = find(repository.labels, next.name);
  if (same && same !== before) throw invalid("Label", "name", "already_exists");
  if (!/^[0-9a-f]{6}$/i.test(next.color)) throw invalid("Label", "color", "invalid");
  if ((next.description ?? "").length > 100) throw invalid("Label", "description", "invalid");
}

const ALL = "/repos/{owner}/{repo}/labels";

export const labels: Routes = {
  [`GET ${ALL}`]: anyone((asked) =>
    page(asked, asked.repository.labels.values(), (items) => items.map((one) => shown(asked, one))),
  ),
  [`POST ${ALL}`]: push((asked) => {
    const { name, color = "ededed", description = null } = asked.body;
    const label = { id: asked.state.nextId(), name, color, description };
    check(asked, label);
    asked.repository.labels.set(name, label);
    return created(shown(asked, label));
  }),
  [`GET ${ALL}/{name}`]: anyone((asked) => ok(shown(asked, labelOf(asked)))),
  [`PATCH ${ALL}/{name}`]: push((asked) => {
    const before = labelOf(asked);
    // The plugin says `name`, as one did before the description.
    const { new_name, name = before.name, color, description } = asked.body ?? {};
    const next = {
      ...before,
      name: new_name ?? name,
      color: color ?? before.color,
      description: description ?? before.description,
    };
    check(asked, next, before);
    asked.repository.labels.delete(before.name);
    asked.repository.labels.set(next.name, next);
    return ok(shown(asked, next));
  }),
  [`DELETE ${ALL}/{name}`]: push((asked) => {
    asked.repository.labels.delete(labelOf(asked).name);
    return done;
  }),
};
