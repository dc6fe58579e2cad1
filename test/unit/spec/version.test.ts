import { releaseOf } from "../../../spec/release";
import type { Git } from "../../../spec/types";
import { builtVersion, NO_GIT } from "../../../spec/version";
import { compose, faults, load, type Described } from "../../helpers/spec";

const git: Git = {
  describe: () => ({ version: "1.0.0-3-g0123456789", revision: "0123456789abcdef" }),
  source: () => undefined,
  branch: () => undefined,
};
const unasked: Git = {
  describe: () => {
    throw new Error("git was asked");
  },
  source: () => undefined,
  branch: () => undefined,
};

const BUILD = { "api/Dockerfile": "FROM scratch" };
const built = (described: Described = {}) =>
  load(compose({ image: undefined, build: "./api" }), {
    git: unasked,
    ...described,
    files: { ...BUILD, ...described.files },
  }).spec;
/** Of the image of `api`. */
const versionOf = (described: Described = {}) => {
  const { image } = built(described).services[0]!;
  return image.kind === "build" ? builtVersion(image, described.git ?? NO_GIT) : "not built";
};

const from = (place: string) => ({ config: { version: { from: place } } });
const releaseVersion = (place: string, text: string) =>
  load(compose(), { ...from(place), files: { [place]: text } }).spec.version;
const fault = (place: string, text: string) =>
  faults(compose(), { ...from(place), files: { [place]: text } }).map((line) =>
    line.replaceAll(/\/\S*\/slipway-\w+\//g, ""),
  );

test.each([
  ["package.json", '{"name": "a", "version": "1.2.3"}'],
  ["web/package.json", '\uFEFF{"version": "1.2.3"}'],
  ["pyproject.toml", '[project]\nname = "a"\nversion = "1.2.3"\n'],
  ["pyproject.toml", '[tool.poetry]\nversion = "1.2.3"\n'],
  ["pyproject.toml", '[project]\ndynamic = ["version"]\n[tool.poetry]\nversion = "1.2.3"\n'],
  ["app/__init__.py", '"""Docs."""\nimport os\n__version__ = "1.2.3"\n'],
  ["app/version.py", "__version__: str = '1.2.3'  # released\n"],
  ["VERSION", "1.2.3\n"],
  ["deploy/VERSION", "\r\n1.2.3\r\n"],
])("the release's version is read from %s: %j", (place, text) => {
  expect(releaseVersion(place, text)).toBe("1.2.3");
});

test("of git, with the same meaning", () => {
  const spec = load(compose(), { ...from("git"), git }).spec;
  expect(spec.version).toBe("1.0.0-3-g0123456789");
});

test("a version that is read is the same release as one that is said", () => {
  const read = load(compose(), { ...from("VERSION"), files: { VERSION: "1.4.0" } }).spec;
  const said = load(compose(), { config: { version: "1.4.0" } }).spec;
  const other = load(compose(), { ...from("VERSION"), files: { VERSION: "1.4.1" } }).spec;
  expect(releaseOf(read)).toEqual(releaseOf(said));
  expect(releaseOf(other).id).not.toBe(releaseOf(said).id);
});

test("no file is looked at for a release whose version nobody says", () => {
  expect(load(compose(), { files: { VERSION: "1.2.3" } }).spec.version).toBeUndefined();
});

test.each([
  ["package.json", "{", "slipway:version.from: cannot be read: "],
  ["package.json", "{}", "slipway:version.from: has no version (given: package.json). Write one"],
  ["package.json", "[]", "slipway:version.from: has no version"],
  ["package.json", '{"version": 1.2}', "slipway:version.from: its version cannot be used: 1.2"],
  ["pyproject.toml", "[project", "slipway:version.from: cannot be read: Invalid TOML"],
  [
    "pyproject.toml",
    '[project]\ndynamic = ["readme", "version"]\n',
    "slipway:version.from: its version is dynamic: only its build knows it (given: pyproject.toml). Name where",
  ],
  ["pyproject.toml", "[project]\nversion = 3\n", "slipway:version.from: its version cannot be"],
  ["pyproject.toml", "tool = 1\n", "slipway:version.from: has no version"],
  ["a.py", "version = '1'\n    __version__ = '2'\n", "slipway:version.from: has no version"],
  ["a.py", "__version__ = read()\n", "slipway:version.from: has no version"],
  ["VERSION", "", "slipway:version.from: has no version"],
  ["VERSION", "1.0\n2.0\n", 'slipway:version.from: its version cannot be used: "1.0\\n2.0" (giv'],
])("refused: %s with %j", (place, text, begins) => {
  const found = fault(place, text);
  expect(found).toHaveLength(1);
  expect(found[0]!.slice(0, begins.length)).toBe(begins);
});

test("refused: a file that is not there, and git that knows nothing", () => {
  expect(faults(compose(), from("VERSION"))).toEqual([
    expect.stringMatching(/^slipway:version.from: no such file \(given: \/.*\/VERSION\)/),
  ]);
  const why = "fatal: not a git repository";
  expect(faults(compose(), { ...from("git"), git: { ...git, describe: () => ({ why }) } })).toEqual(
    [
      `slipway:version.from: git knows no version (given: ${why}; allowed: a folder in a git work tree with a commit). Name a file ({from: VERSION}), or say the version itself`,
    ],
  );
  const tag = { version: "web/1.2", revision: "0" };
  expect(faults(compose(), { ...from("git"), git: { ...git, describe: () => tag } })).toEqual([
    expect.stringMatching(
      /^slipway:version.from: its version cannot be used: "web\/1.2" \(given: git/,
    ),
  ]);
});

describe("of an image that is built", () => {
  const VERSION = { "api/VERSION": "1.0" };
  const PACKAGE = { "api/package.json": '{"version": "2.0"}' };
  const PYPROJECT = { "api/pyproject.toml": '[project]\nversion = "3.0"' };
  const PYTHON = { "api/b/__init__.py": "", "api/c/__init__.py": '__version__ = "4.0"' };

  test.each<[string, string | undefined, Described]>([
    ["VERSION", "1.0", { files: { ...PYTHON, ...PYPROJECT, ...PACKAGE, ...VERSION } }],
    ["package.json", "2.0", { files: { ...PYTHON, ...PYPROJECT, ...PACKAGE } }],
    ["pyproject.toml", "3.0", { files: { ...PYTHON, ...PYPROJECT } }],
    ["a package", "4.0", { files: PYTHON }],
    ["what can be used", "3.0", { files: { ...PYPROJECT, "api/package.json": "{" } }],
    ["a file of the release's", "5.0", { ...from("V/VERSION"), files: { "V/VERSION": "5.0" } }],
    ["git", "1.0.0-3-g0123456789", { git }],
    ["nothing", undefined, {}],
  ])("nobody says it: %s", (_what, expected, described) => {
    expect(versionOf(described)).toBe(expected);
  });

  test("the context's own goes before what is read for the release", () => {
    const files = { ...PACKAGE, "V/VERSION": "5.0" };
    expect(versionOf({ ...from("V/VERSION"), files })).toBe("2.0");
  });

  test("a version that is said goes before what is read, and a service's before the release's", () => {
    expect(versionOf({ config: { version: "9.0" }, files: PACKAGE })).toBe("9.0");
    const services = { api: { version: "8.0" } };
    expect(versionOf({ config: { version: "9.0", services }, files: PACKAGE })).toBe("8.0");
  });

  test("a service's file is one of its context", () => {
    const services = { api: { version: { from: "pyproject.toml" } } };
    expect(versionOf({ config: { services }, files: { ...PACKAGE, ...PYPROJECT } })).toBe("3.0");
    const lost = { config: { services }, files: { ...BUILD, "pyproject.toml": "" } };
    expect(faults(compose({ image: undefined, build: "./api" }), lost)).toEqual([
      expect.stringMatching(
        /^slipway:services.api.version.from: no such file .*\/api\/pyproject.toml/,
      ),
    ]);
  });

  test("it is no part of the release, nor of the build", () => {
    const one = built({ config: { services: { api: { version: "1" } } } });
    const other = built({ config: { services: { api: { version: "2" } } } });
    expect(one.services[0]!.image).toMatchObject({ version: "1" });
    expect(releaseOf(one).id).toBe(releaseOf(other).id);
    expect(one.services[0]!.image.reference).toBe(other.services[0]!.image.reference);
  });

  test("one that is not built has no name of ours", () => {
    const config = { services: { api: { version: "1" } } };
    const { spec } = load(compose(), { config });
    expect(spec.services[0]!.image).toEqual({ kind: "reference", reference: "api:1" });
    expect(spec.warnings).toContain(
      "slipway:services.api.version: not used: it names an image that is built here",
    );
  });
});
