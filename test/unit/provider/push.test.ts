import type { Context } from "../../../provider/resources/kind";
import { push, type PushInputs } from "../../../provider/resources/push";

const inputs = (more: Partial<PushInputs> = {}): PushInputs => ({
  platform: "docker",
  host: "unix:///var/run/docker.sock",
  application: "shop",
  reference: "ghcr.io/acme/shop-api:1",
  logins: [],
  ...more,
});
const context = (pushImage = jest.fn(() => Promise.resolve("pushed@sha256:1"))) =>
  ({
    platform: { pushImage },
    life: { assertAlive: jest.fn() },
    say: jest.fn(),
  }) as never as Context;

test("what a builder has pushed is told as it is, and the engine pushes nothing", async () => {
  const asked = jest.fn();
  const news = inputs({ byBuilder: "sha256:2" });
  await push.create(news, context(asked));
  expect(news.digest).toBe("ghcr.io/acme/shop-api@sha256:2");
  expect(asked).not.toHaveBeenCalled();
  const other = inputs();
  await push.create(other, context());
  expect(other.digest).toBe("pushed@sha256:1");
});

test("the digest of an image that is there stays, whatever a builder says of it later", async () => {
  const olds = inputs({ byBuilder: "sha256:2" });
  const changes = async (more: Partial<PushInputs>) =>
    (await push.diff(olds, inputs({ byBuilder: "sha256:3", ...more }), context())).changes;
  expect(await changes({})).toBe(false);
  expect(await changes({ built: "now" })).toBe(true);
  expect(await changes({ reference: "ghcr.io/acme/shop-api:2" })).toBe(true);
});
