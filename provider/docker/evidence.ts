import { LABEL } from "../../spec/names";
import { isNotFound, type Transport } from "./transport";

/** Milliseconds that the engine may take to tell its events. */
const EVENTS_LIMIT = 5000;

/** What the engine knows of these containers, file by file: their settings and state, networks, what happened to them. */
export async function evidence(
  transport: Transport,
  application: string,
  ids: string[],
  since: Date,
  withEnvironment: boolean,
): Promise<Record<string, string>> {
  const { docker } = transport;
  const filters = { label: [`${LABEL.application}=${application}`] };
  const [inspected, networks, version, events] = await Promise.all([
    Promise.all(ids.map((id) => inspect(transport, id))),
    docker.listNetworks({ filters }),
    docker.version(),
    eventsSince(transport, since, filters),
  ]);
  const found = inspected.filter((info) => info !== undefined);
  const shown = found.map((info) =>
    withEnvironment
      ? info
      : { ...info, Config: { ...info.Config, Env: undefined, Cmd: undefined } },
  );
  return {
    ...Object.fromEntries(shown.map((info) => [`inspect${info.Name}.json`, text(info)])),
    "networks.json": text(networks),
    "engine.json": text(version),
    "engine-events.txt": events,
  };
}

const text = (value: unknown) => JSON.stringify(value, undefined, 2);

async function inspect({ docker }: Transport, id: string) {
  try {
    return await docker.getContainer(id).inspect();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** One line each: time, what, container. */
async function eventsSince({ docker }: Transport, since: Date, filters: object): Promise<string> {
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  const stream = await docker.getEvents({
    since: seconds(since),
    until: seconds(new Date()),
    filters: JSON.stringify(filters),
  } as object);
  const chunks: Buffer[] = [];
  const end = setTimeout(
    () => (stream as NodeJS.ReadableStream & { destroy(): void }).destroy(),
    EVENTS_LIMIT,
  );
  try {
    for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  } finally {
    clearTimeout(end);
  }
  const lines = Buffer.concat(chunks).toString("utf8").split("\n");
  return (
    lines
      .filter((line) => line.trim() !== "")
      .map((line) => JSON.parse(line) as EngineEvent)
      // Each health check is one.
      .filter(({ Action }) => !Action.startsWith("exec_"))
      .map(({ timeNano, Type, Action, Actor }) =>
        [
          new Date(timeNano / 1e6).toISOString(),
          Type,
          Action,
          Actor.Attributes?.name ?? Actor.ID,
        ].join("  "),
      )
      .join("\n")
  );
}

interface EngineEvent {
  timeNano: number;
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes?: { name?: string } };
}
