import { cachesOf, cacheTags, type CacheInput } from "../../../spec/cache";

const REPOSITORY = "ghcr.io/acme/shop-web";
const input = (more: Partial<CacheInput> = {}): CacheInput => ({
  cache: true,
  own: false,
  service: "web",
  reference: `${REPOSITORY}:0123456789abcdef`,
  isPushed: true,
  branch: "feature/x",
  folder: "/cache",
  isFilled: false,
  inActions: false,
  ...more,
});
const at = (branch: string) => `type=registry,ref=${REPOSITORY}:cache-${branch}`;

test("this branch's cache is read first, then those of the trunks", () => {
  expect(cachesOf(input())).toEqual({
    from: [at("feature-x"), at("main"), at("master")],
    to: [`${at("feature-x")},image-manifest=true,mode=max,ignore-error=true`],
  });
  expect(cachesOf(input({ branch: "main" })).from).toEqual([at("main"), at("master")]);
});

test("the engine's own builder puts it into the image, where there is a registry to find it in", () => {
  const chain = [at("feature-x"), at("main"), at("master")];
  expect(cachesOf(input({ own: true }))).toEqual({ from: chain, to: ["type=inline"] });
  expect(cachesOf(input({ own: true, isPushed: false }))).toEqual({ from: [], to: [] });
  expect(cacheTags("feature/x")).toEqual(["cache-feature-x"]);
});

test("without a registry it is a folder, or the one of Actions", () => {
  const local = { isPushed: false };
  const to = ["type=local,dest=/cache,mode=max,ignore-error=true"];
  expect(cachesOf(input(local))).toEqual({ from: [], to });
  expect(cachesOf(input({ ...local, isFilled: true }))).toEqual({
    from: ["type=local,src=/cache"],
    to,
  });
  expect(cachesOf(input({ ...local, inActions: true }))).toEqual({
    from: ["type=gha,scope=shop-web"],
    to: ["type=gha,scope=shop-web,mode=max,ignore-error=true"],
  });
});

test("without a branch nothing of a registry is written", () => {
  const { from, to } = cachesOf(input({ branch: undefined, inActions: true }));
  expect(from).toEqual([at("main"), at("master"), "type=gha,scope=shop-web"]);
  expect(to).toEqual(["type=gha,scope=shop-web,mode=max,ignore-error=true"]);
});

test("what is said is taken as it is, by service, and never fails a build", () => {
  const cache = {
    from: ["type=registry,ref=r/c:{service}"],
    to: ["type=registry,ref=r/c:{service}", "type=inline", "type=gha,ignore-error=false"],
  };
  expect(cachesOf(input({ cache }))).toEqual({
    from: ["type=registry,ref=r/c:web"],
    to: [
      "type=registry,ref=r/c:web,ignore-error=true",
      "type=inline",
      "type=gha,ignore-error=false",
    ],
  });
});

test("nothing is cached elsewhere unless it is asked for", () => {
  expect(cachesOf(input({ cache: undefined }))).toEqual({ from: [], to: [] });
});
