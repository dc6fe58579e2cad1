import type * as dockerSide from "./docker";
import type * as kubernetesSide from "./kubernetes";
import type { Place, Platform } from "./platform";

export type { Backup, LogAsked, LogLine, Platform, Session, Unit, Visit } from "./platform";

/** What stands behind a place. Its side, and with it the client of its API, is loaded only when it is used. */
/* eslint-disable @typescript-eslint/no-require-imports */
export function platformAt({ platform, host, application }: Place): Platform {
  if (platform === "kubernetes") {
    const { KubernetesPlatform } = require("./kubernetes") as typeof kubernetesSide;
    return new KubernetesPlatform(host, application);
  }
  const { DockerPlatform } = require("./docker") as typeof dockerSide;
  return new DockerPlatform(host, application);
}
