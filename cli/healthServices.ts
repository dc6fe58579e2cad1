import type { Platform, Unit, Visit } from "../provider/places";
import { frontService, ROUTER } from "../spec/front";
import { storeOf } from "../spec/stores";
import type {
  ApplicationSpec,
  Observation,
  ObservedContainer,
  ReleaseContent,
  ServiceSpec,
} from "../spec/types";
import { judged, unhealthy, warning, type Problem, type ServiceHealth } from "./healthReport";
import type { ServiceAnswer } from "./healthReport";
import { worst } from "./worst";

/** What is there of a service, what there should be, and what can be asked of it. */
interface Group {
  service: string;
  role: ObservedContainer["role"];
  wanted: number;
  containers: ObservedContainer[];
  /** Without a path a connection says enough. */
  ask?: { port: number; path?: string };
  program?: string;
}

/** A restart of longer ago is told, and worries nobody. Milliseconds. */
const RECENT = 3_600_000;

/** The edge, what the serving slot runs, workers and accessories; one after the other as requests go. */
export async function servicesHealth(
  platform: Platform,
  spec: ApplicationSpec,
  observation: Observation,
  content: ReleaseContent | undefined,
  now: number,
): Promise<ServiceHealth[]> {
  const { edge, serving, slots, workers } = observation;
  const inSlot = serving === undefined ? [] : slots[serving].containers;
  const groups: Group[] = [
    { service: "edge", role: "edge", wanted: 1, containers: edge ? [edge] : [] },
    ...routerOf(inSlot, content),
    ...released("app", inSlot, content),
    ...released("worker", workers, content),
    ...accessoriesOf(spec, observation, content),
  ];
  return Promise.all(groups.map((group) => healthOf(platform, group, now)));
}

function routerOf(inSlot: ObservedContainer[], content?: ReleaseContent): Group[] {
  const containers = inSlot.filter(({ role }) => role === "front");
  const isWanted = content !== undefined && frontService(content) === undefined;
  if (!isWanted && containers.length === 0) return [];
  const ask = { port: ROUTER.port, path: ROUTER.healthPath };
  return [{ service: "front", role: "front", wanted: 1, containers, ask }];
}

/** Of the release that serves; also one of which nothing is left. */
function released(
  role: "app" | "worker",
  there: ObservedContainer[],
  content?: ReleaseContent,
): Group[] {
  const wanted = (content?.services ?? []).filter((service) => service.role === role);
  const own = there.filter((container) => container.role === role);
  return namesOf(wanted, own).map((name) => {
    const containers = own.filter(({ service }) => service === name);
    const service = wanted.find((one) => one.name === name);
    const http = role === "app" ? service?.health?.http : undefined;
    return {
      service: name,
      role,
      wanted: service?.replicas ?? containers.length,
      containers,
      ...(http ? { ask: { port: http.port, path: http.path } } : {}),
    };
  });
}

function accessoriesOf(
  { services }: ApplicationSpec,
  { accessories }: Observation,
  content?: ReleaseContent,
): Group[] {
  const images = content?.accessories ?? {};
  const wanted = Object.keys(images).map((name) => ({ name }));
  return namesOf(wanted, accessories).map((name): Group => {
    const containers = accessories.filter(({ service }) => service === name);
    const described = services.find((service) => service.name === name);
    const ports = described?.expose ?? [];
    const store = storeOf(images[name] ?? described?.image.reference, ports);
    const port = store?.port ?? ports[0];
    // A check of its own says more, and a connection without a word stands in the log of many a database.
    const isAsked = port !== undefined && containers.every(({ health }) => health === "none");
    return {
      service: name,
      role: "accessory",
      wanted: 1,
      containers,
      ...(isAsked ? { ask: { port } } : {}),
      ...(store ? { program: store.name } : {}),
    };
  });
}

const namesOf = (wanted: Pick<ServiceSpec, "name">[], there: ObservedContainer[]) =>
  [...new Set([...wanted.map(({ name }) => name), ...there.map(({ service }) => service)])].sort();

async function healthOf(platform: Platform, group: Group, now: number): Promise<ServiceHealth> {
  const { service, role, wanted, containers, program } = group;
  const running = containers.filter((container) => container.running);
  const [units, answers] = await Promise.all([
    Promise.all(containers.map(({ id }) => platform.unit(id))),
    Promise.all(running.map(({ id }) => answerOf(platform, id, group))),
  ]);
  const answer = worstAnswer(answers.filter((one) => one !== undefined));
  const ended = units.find((unit, index) => !containers[index]!.running && unit.exitCode);
  const problems = [
    ...(running.length < wanted ? [unhealthy(`${running.length} of ${wanted} running`)] : []),
    ...containers.flatMap((container, index) => problemsOf(container, units[index]!, now)),
    ...problemsOfAnswer(answer),
  ];
  return {
    service,
    role,
    ...judged(problems),
    running: running.length,
    wanted,
    check: worst(running),
    restarts: units.reduce((sum, { restarts }) => sum + restarts, 0),
    ...(units.some(({ outOfMemory }) => outOfMemory) ? { outOfMemory: true } : {}),
    ...(ended?.exitCode === undefined ? {} : { exitCode: ended.exitCode }),
    ...(program === undefined ? {} : { program }),
    ...(answer ? { answer } : {}),
  };
}

function problemsOf({ running, health }: ObservedContainer, unit: Unit, now: number): Problem[] {
  const { name, restarts, startedAt = "" } = unit;
  const memory = unit.outOfMemory ? ", for want of memory" : "";
  if (!running) return [unhealthy(`${name} ${whyNotRunning(unit)}${memory}`)];
  const isRecent = restarts > 0 && now - Date.parse(startedAt) < RECENT;
  return [
    ...(health === "unhealthy" ? [unhealthy(`${name} is unhealthy by its own check`)] : []),
    ...(health === "starting" ? [warning(`${name} is still starting`)] : []),
    ...(isRecent
      ? [
          warning(
            `${name} was started again within the last hour, ${times(restarts)} in all${memory}`,
          ),
        ]
      : []),
  ];
}

function whyNotRunning({ state, exitCode = 0, restarts }: Unit): string {
  switch (state) {
    case "missing":
      return "is gone";
    case "created":
      return "was never started";
    case "restarting":
      return `crashes: it ended with ${exitCode} and was started again ${times(restarts)}`;
    case "running":
      return "runs, but is not in all of its networks";
    case "exited":
      return `ended with ${exitCode}`;
  }
}

const times = (count: number) => (count === 1 ? "once" : `${count} times`);

/** Undefined where there is nothing to ask, or no way to it. */
async function answerOf(
  platform: Platform,
  id: string,
  { ask }: Group,
): Promise<ServiceAnswer | undefined> {
  if (ask === undefined) return undefined;
  const { port, path } = ask;
  const asked = path === undefined ? `port ${port}` : `GET :${port}${path}`;
  const answer = await platform.visit(id, port, path).catch((error: Error) => error);
  if (answer instanceof Error) return { asked, error: answer.message };
  return answer && { asked, ...plain(answer) };
}

/** Without the body, which may hold anything. */
const plain = ({ status, took }: Visit) => ({
  ...(status === undefined ? {} : { status }),
  ...(took === undefined ? {} : { took }),
});

const isWell = ({ error, status = 200 }: ServiceAnswer) => error === undefined && status === 200;

/** One that is not well, else the slowest. */
function worstAnswer(answers: ServiceAnswer[]): ServiceAnswer | undefined {
  const slowest = [...answers].sort((a, b) => (b.took ?? 0) - (a.took ?? 0))[0];
  return answers.find((answer) => !isWell(answer)) ?? slowest;
}

function problemsOfAnswer(answer?: ServiceAnswer): Problem[] {
  if (answer === undefined || isWell(answer)) return [];
  const { asked, status, error } = answer;
  return [unhealthy(error === undefined ? `${asked} answered ${status}` : `${asked}: ${error}`)];
}
