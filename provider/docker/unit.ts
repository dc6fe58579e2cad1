import { hostname } from "os";
import type Docker from "dockerode";
import { LABEL } from "../../spec/names";
import { isSsh } from "../../spec/ssh";
import type { Answer, Unit, Visit } from "../platform";
import { isNotFound, type Transport } from "./transport";

/** Seconds in which a port has to answer. */
const VISIT_TIMEOUT = 5;

export async function unitAt({ docker }: Transport, id: string): Promise<Unit> {
  try {
    const info = await docker.getContainer(id).inspect();
    const checks = info.State.Health?.Log ?? [];
    const lastCheck = checks[checks.length - 1]?.Output?.trim();
    return {
      id,
      name: info.Name.replace(/^\//, ""),
      service: info.Config.Labels[LABEL.service] ?? "",
      state: stateOf(info.State.Status),
      health: (info.State.Health?.Status ?? "none") as Unit["health"],
      // Of one that runs again the engine has 0, whatever it ended with.
      ...(info.State.Status === "running" ? {} : { exitCode: info.State.ExitCode }),
      restarts: info.RestartCount,
      startedAt: info.State.StartedAt,
      ...(info.State.OOMKilled ? { outOfMemory: true as const } : {}),
      ...(lastCheck ? { lastCheck } : {}),
    };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { id, name: id, service: "", state: "missing", health: "none", restarts: 0 };
  }
}

function stateOf(status: string): Unit["state"] {
  if (status === "running" || status === "created" || status === "restarting") return status;
  return "exited";
}

/** By the port of the host's loopback that it was published on. */
export async function request(
  transport: Transport,
  id: string,
  port: number,
  path: string,
  timeout: number,
): Promise<Answer> {
  const info = await transport.docker.getContainer(id).inspect();
  const published = publishedPort(info, port);
  if (!published)
    throw new Error(`port ${port} is not open (the container is ${info.State.Status})`);
  return transport.get(published, path, timeout);
}

/** By its published port, else by its own address; a connection alone tells nothing about what is published. */
export async function visit(
  transport: Transport,
  id: string,
  port: number,
  path?: string,
): Promise<Visit | undefined> {
  const info = await transport.docker.getContainer(id).inspect();
  const published = publishedPort(info, port);
  if (path !== undefined && published) return transport.get(published, path, VISIT_TIMEOUT);
  const address = addressOf(info);
  if (address === undefined || !(await leadsInside(transport))) return undefined;
  if (path !== undefined) return transport.request(port, path, VISIT_TIMEOUT, { address });
  const begin = Date.now();
  if (!(await transport.listens(port, address))) {
    throw new Error(`nothing takes connections on port ${port}`);
  }
  // ssh does not say when.
  return isSsh(transport.host) ? {} : { took: Date.now() - begin };
}

const publishedPort = ({ NetworkSettings }: Docker.ContainerInspectInfo, port: number) =>
  Number(NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort ?? 0);

const addressOf = ({ NetworkSettings }: Docker.ContainerInspectInfo) =>
  Object.values(NetworkSettings.Networks)
    .map(({ IPAddress }) => IPAddress)
    .find((address) => address !== "");

/** Whether a stream of ours begins where containers have their addresses: not in a tunnel, nor beside a virtual machine. */
async function leadsInside({ docker, host }: Transport): Promise<boolean> {
  const info = (await docker.info()) as EngineInfo;
  const isApart =
    info.OperatingSystem === "Docker Desktop" ||
    (info.SecurityOptions ?? []).some((option) => option.includes("name=rootless"));
  if (isApart || host.startsWith("tcp://")) return false;
  return isSsh(host) || info.Name === hostname();
}

interface EngineInfo {
  Name?: string;
  OperatingSystem?: string;
  SecurityOptions?: string[];
}
