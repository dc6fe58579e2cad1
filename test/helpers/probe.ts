import { ensureProbeImage } from "./probeImage";

/** The scenarios' application: one HTTP service that says its version, healthy by its own check. */
export async function probe(
  version: string,
  {
    port,
    environment = {},
    ...more
  }: { port?: number; environment?: Record<string, string> } & Record<string, unknown> = {},
): Promise<Record<string, unknown>> {
  return {
    image: await ensureProbeImage(),
    environment: { VERSION: version, ...environment },
    ...(port === undefined ? {} : { ports: [`${port}:8080`] }),
    healthcheck: {
      test: ["CMD", "/probe", "check", "http://127.0.0.1:8080/health"],
      interval: "1s",
      retries: 2,
      timeout: "2s",
    },
    ...more,
  };
}
