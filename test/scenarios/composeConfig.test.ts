import { readdirSync, rmSync } from "fs";
import execa from "execa";
import { loadApplication } from "../../spec/load";
import type { ApplicationSpec } from "../../spec/types";
import { composeCommand } from "../helpers/dockerCompose";
import { FIXTURE_ENVIRONMENT, FIXTURES, loadFixture, OUTCOMES } from "../helpers/fixtures";
import { folder, KEY } from "../helpers/spec";

/**
 * Compose itself as the judge: what it makes of a file (`config`: variables replaced, files merged, env
 * files and extends resolved, one form for each key) is read by us as the file itself is.
 */
describe("docker-compose config and the loader agree", () => {
  let command: string[];
  beforeAll(async () => {
    const found = await composeCommand();
    if (!found) throw new Error("there is no docker-compose, and no package of it");
    command = found;
  });

  const known = OUTCOMES.filter(({ refused, tooNew }) => !refused && !tooNew);
  test.each(known.map(({ files }) => [files.join(" + "), files] as const))(
    "%s",
    async (_name, files) => {
      expect(comparable(loadText(await normalised(command, files)))).toEqual(
        comparable(loadFixture(...files).spec),
      );
    },
  );

  const merged = ["web-db-cache.yaml", "hardened.yaml", "networks.yaml", "logging.yaml"];
  test("several files laid over each other", async () => {
    expect(comparable(loadText(await normalised(command, merged)))).toEqual(
      comparable(loadFixture(...merged).spec),
    );
  });

  test("the folder has files that it knows", () => {
    expect(known.length).toBeGreaterThan(readdirSync(FIXTURES).length / 3);
  });
});

async function normalised([program, ...first]: string[], files: string[]): Promise<string> {
  const args = [
    ...first,
    "--project-directory",
    FIXTURES,
    ...files.flatMap((file) => ["-f", file]),
    "config",
  ];
  // This Compose replaces variables inside env files from the environment alone, not from .env.
  const HOST_NAME = "example.com";
  const env = { HOST_NAME, ...FIXTURE_ENVIRONMENT, COMPOSE_PROFILES: "" };
  return (await execa(program!, args, { cwd: FIXTURES, env })).stdout;
}

function loadText(text: string): ApplicationSpec {
  const directory = folder({ "compose.yaml": text });
  const all = { "slipway:name": "shop", "slipway:key": KEY };
  const config = { all, isSecret: (key: string) => key === "slipway:key" };
  try {
    return loadApplication({ directory, stack: "test", config, environment: FIXTURE_ENVIRONMENT })
      .spec;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** All but words for people. */
function comparable({ warnings: _, services, ...rest }: ApplicationSpec) {
  return { ...rest, services: services.map(({ reason: _reason, ...service }) => service) };
}
