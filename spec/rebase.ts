import { resolve } from "node:path";

import { isMap, type Tree } from "./field";

/** What a path of a Compose file may be that names nothing on this machine. */
const REMOTE = /^(https?:|git@|git:|ssh:|[a-z-]+:\/\/|service:|docker-image:|oci-layout:)/;

/** A normalised file as it reads from elsewhere: its relative paths, seen from `directory`, made absolute. */
export function rebased(tree: Tree, directory: string): Tree {
  const path = (value: unknown) =>
    typeof value === "string" && !REMOTE.test(value) ? resolve(directory, value) : value;
  const file = (value: unknown) => changed(value, { file: path });
  return changed(tree, {
    services: each((service) =>
      changed(service, {
        build: (build) => {
          // Without one the context is the folder of the file.
          const whole = isMap(build) && !("context" in build) ? { context: ".", ...build } : build;
          return changed(whole, { context: path, additional_contexts: each(path) });
        },
        env_file: list((entry) => (isMap(entry) ? changed(entry, { path }) : path(entry))),
        label_file: list(path),
        volumes: list((mount) => rebasedMount(mount, path)),
      }),
    ),
    configs: each(file),
    secrets: each(file),
  }) as Tree;
}

type Change = (value: unknown) => unknown;

function changed(value: unknown, changes: Record<string, Change>): unknown {
  if (!isMap(value)) return value;
  const entries = Object.entries(value).map(([key, entry]): [string, unknown] => [
    key,
    Object.hasOwn(changes, key) ? changes[key](entry) : entry,
  ]);
  return Object.fromEntries(entries);
}

const each =
  (change: Change): Change =>
  (map) =>
    isMap(map)
      ? Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]))
      : map;

const list =
  (change: Change): Change =>
  (value) =>
    Array.isArray(value) ? value.map(change) : value;

function rebasedMount(mount: unknown, path: Change): unknown {
  if (isMap(mount)) return mount.type === "bind" ? changed(mount, { source: path }) : mount;
  if (typeof mount !== "string" || !/^[./]/.test(mount)) return mount;
  const [source, ...rest] = mount.split(":");
  // A path alone is an anonymous volume inside the container.
  return rest.length === 0 ? mount : [path(source), ...rest].join(":");
}
