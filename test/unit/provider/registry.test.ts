import type Docker from "dockerode";
import { pull, push } from "../../../provider/docker/registry";

interface Told {
  error?: string;
  aux?: { Digest: string };
}

/** An engine that writes down what it is asked, and tells this of each push and pull. */
function engine(told: Told[], present = true) {
  const asked: string[] = [];
  const say = (what: string, login: unknown) => asked.push(`${what} ${JSON.stringify(login)}`);
  const missing = Object.assign(new Error("no such image"), { statusCode: 404 });
  const docker = {
    getImage: (name: string) => ({
      inspect: async () => (present ? {} : Promise.reject(missing)),
      tag: async ({ tag }: { tag: string }) => asked.push(`tag ${tag}`),
      push: async ({ authconfig }: { authconfig: unknown }) => say(`push ${name}`, authconfig),
      remove: async () => asked.push(`untag ${name}`),
    }),
    pull: async (name: string, { authconfig }: { authconfig: unknown }) =>
      say(`pull ${name}`, authconfig),
    modem: {
      followProgress: (_answer: unknown, end: (e?: Error) => void, look: (event: Told) => void) => {
        told.forEach(look);
        end();
      },
    },
  } as unknown as Docker;
  return { docker, asked };
}

const LOGIN = { address: "r.io", username: "bot", password: "p" };
const sent = '{"username":"bot","password":"p","serveraddress":"r.io"}';
const digest = { aux: { Digest: "sha256:1" } };

test("a push tells the digest; the tags for people do not stay on the host", async () => {
  const { docker, asked } = engine([digest]);
  expect(await push(docker, "r.io/a/api:1", ["2.0"], [LOGIN])).toBe("r.io/a/api@sha256:1");
  expect(asked).toEqual([
    `push r.io/a/api:1 ${sent}`,
    "tag 2.0",
    `push r.io/a/api:2.0 ${sent}`,
    "untag r.io/a/api:2.0",
  ]);
});

test("without a login the engine is told so, or it would refuse to push at all", async () => {
  const { docker, asked } = engine([digest]);
  await push(docker, "localhost:5000/api:1", [], [LOGIN]);
  expect(asked).toEqual(["push localhost:5000/api:1 {}"]);
});

test("what only the registry has is pulled before it gets its tags", async () => {
  const { docker, asked } = engine([digest], false);
  await push(docker, "r.io/a/api:1", [], [LOGIN]);
  expect(asked).toEqual([`pull r.io/a/api:1 ${sent}`, `push r.io/a/api:1 ${sent}`]);
});

test("a refusal comes in the registry's words", async () => {
  const { docker } = engine([{ error: "denied: no" }]);
  await expect(push(docker, "r.io/a/api:1", [], [LOGIN])).rejects.toThrow(
    "r.io/a/api:1 cannot be pushed from the host: denied: no",
  );
  await expect(pull(docker, ["r.io/a/x:1", "r.io/a/y:1"], [LOGIN])).rejects.toThrow(
    /x:1 cannot be pulled to the host: denied: no\n.*y:1 cannot/,
  );
});
