import { DockerPlatform } from "./docker";
import type { Place, Platform } from "./platform";

export type { Backup, LogAsked, LogLine, Platform, Session, Unit, Visit } from "./platform";

/** What stands behind a place. */
export const platformAt = ({ host, application }: Place): Platform =>
  new DockerPlatform(host, application);
