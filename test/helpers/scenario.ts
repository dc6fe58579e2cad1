import { stopAllLoads } from "./load";

/** Real engines take their time; a scenario that hangs still ends. */
jest.setTimeout(300_000);

// A test that fails in the middle must not leave its clients behind.
afterEach(() => stopAllLoads());
