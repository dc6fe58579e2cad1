import type { Look, Platform } from "./platform";

/**
 * A platform as the diffs of a run see it: what the run's own look has answered is not asked again. Each diff holds up the
 * whole run, for the engine makes one after the other. Only until the run changes something; whoever writes looks anew.
 */
export function remembering(platform: Platform, look: Look | undefined): Platform {
  if (look === undefined) return platform;
  const { observation, stored, serving } = look;
  const answers: Partial<Platform> = {
    identity: async () => observation.engine,
    readClaim: async () => observation.claim,
    hasRecord: async (release) => stored.some(({ id }) => id === release),
    events: async (release) => stored.find(({ id }) => id === release)?.events ?? [],
    serving: async () => serving,
  };
  return Object.assign(Object.create(platform) as Platform, answers);
}
