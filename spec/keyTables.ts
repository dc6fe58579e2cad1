import type { KeyTable } from "./keys";
import * as part from "./partKeys";
import { SERVICE_KEYS } from "./serviceKeys";
import * as top from "./topKeys";

/** Every map of a Compose file whose keys are known one by one. */
export interface Section {
  /** Where the map stands: `*` is any name, `[]` an entry of a list. */
  path: string;
  keys: KeyTable;
}

export const SECTIONS: readonly Section[] = [
  { path: "", keys: top.TOP_KEYS },
  { path: "include[]", keys: top.INCLUDE_KEYS },
  { path: "services.*", keys: SERVICE_KEYS },
  { path: "services.*.build", keys: part.BUILD_KEYS },
  { path: "services.*.build.secrets[]", keys: part.BUILD_SECRET_KEYS },
  { path: "services.*.configs[]", keys: part.GRANT_KEYS },
  { path: "services.*.depends_on.*", keys: part.DEPENDENCY_KEYS },
  { path: "services.*.deploy", keys: part.DEPLOY_KEYS },
  { path: "services.*.deploy.resources", keys: part.RESOURCES_KEYS },
  { path: "services.*.deploy.resources.limits", keys: part.LIMITS_KEYS },
  { path: "services.*.deploy.resources.reservations", keys: part.RESERVATIONS_KEYS },
  { path: "services.*.deploy.resources.reservations.devices[]", keys: part.GPU_KEYS },
  { path: "services.*.deploy.restart_policy", keys: part.RESTART_POLICY_KEYS },
  { path: "services.*.devices[]", keys: part.DEVICE_KEYS },
  { path: "services.*.env_file[]", keys: part.ENV_FILE_KEYS },
  { path: "services.*.extends", keys: part.EXTENDS_KEYS },
  { path: "services.*.gpus[]", keys: part.GPU_KEYS },
  { path: "services.*.healthcheck", keys: part.HEALTH_KEYS },
  { path: "services.*.logging", keys: part.LOGGING_KEYS },
  { path: "services.*.networks.*", keys: part.ATTACHMENT_KEYS },
  { path: "services.*.ports[]", keys: part.PORT_KEYS },
  { path: "services.*.secrets[]", keys: part.GRANT_KEYS },
  { path: "services.*.ulimits.*", keys: part.ULIMIT_KEYS },
  { path: "services.*.volumes[]", keys: part.MOUNT_KEYS },
  { path: "services.*.volumes[].tmpfs", keys: part.TMPFS_KEYS },
  { path: "services.*.volumes[].volume", keys: part.VOLUME_MOUNT_KEYS },
  { path: "configs.*", keys: top.CONFIG_KEYS },
  { path: "networks.*", keys: top.NETWORK_KEYS },
  { path: "secrets.*", keys: top.SECRET_KEYS },
  { path: "volumes.*", keys: top.VOLUME_KEYS },
];
