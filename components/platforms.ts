import type { PlatformKind } from "../spec/types";
import type * as dockerPlatform from "./docker";
import type * as kubernetesPlatform from "./kubernetes";
import type { PlatformComponents } from "./platform";

/** The switch. A platform's folder, and with it the SDK of its provider, is loaded only when it is used. */
export function componentsOf(platform: PlatformKind): PlatformComponents {
  if (platform === "docker") {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when used
    return (require("./docker") as typeof dockerPlatform).docker;
  }
  if (platform === "kubernetes") {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded only when used
    return (require("./kubernetes") as typeof kubernetesPlatform).kubernetes;
  }
  throw new Error(`platform ${platform} is not built yet`);
}
