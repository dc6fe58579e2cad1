import { TestStack } from "../helpers/stack";
import { badVersions, type Said } from "../shared/badVersions";

const LOG = "its last log lines";

const SAID: Said = {
  "an unhealthy container": [
    /service "web": (unhealthy by its own check|still starting): .*503/,
    LOG,
  ],
  "a crash loop": [
    /service "web": it (crashes: (ended with 1|it was restarted)|ended with 1)/,
    LOG,
  ],
  "a failing smoke test": ["smoke test GET :8080/", 'answered without "no such text"', LOG],
  "a failing release task": ['task "web-release" failed: it ended with exit code 3', LOG],
  "one that never gets healthy": ['service "web": GET :8080/health answered 503', "after 15 s"],
};

describe("a bad version", () => {
  badVersions(
    () => TestStack.create("failing"),
    SAID,
    (stack, compose) =>
      test("a release that differs only in its health check is applied for real", async () => {
        await compose(stack(), "better", {
          healthcheck: {
            test: ["CMD", "/probe", "check", "http://127.0.0.1:8080/health"],
            interval: "3s",
          },
        });
        await stack().deploy();
        const [web] = await stack().slot("blue");
        const info = await stack().transport.docker.getContainer(web!.id).inspect();
        expect((info.Config as any).Healthcheck.Interval).toBe(3_000_000_000);
      }),
  );
});
