import prettier from "eslint-config-prettier";
import tseslint from "typescript-eslint";

/** Modules that a part of the tree must not import; `message` says which layer it would break. */
function forbid(files, patterns, ignores = []) {
  return {
    files,
    ignores,
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] },
  };
}

/** A pattern that refuses every module outside those that the expression allows. */
const only = (allowed, message, rest = {}) => ({ regex: `^(?!${allowed})`, message, ...rest });

const SPEC =
  "spec is pure: it imports spec, node builtins, yaml, smol-toml, zod, dockerignore; @pulumi/pulumi as types.";
const PLATFORM =
  "A platform folder sees spec, components/{platform,resources,sealed,router} and itself; no other part.";
const CLI =
  "cli sees spec, provider/places (what is there), the Automation API, and render.ts, which runs the components without an engine.";
const PRUNE = "cli/prune sees spec, provider/docker/prune and provider/registry/prune.";
const LIBRARIES = "node:|crypto$|yaml$|smol-toml$|zod$|@balena/dockerignore$";

const platformFolder = (name) =>
  forbid(
    [`components/${name}/**/*.ts`],
    [{ regex: "^\\.\\./(?!platform$|resources$|sealed$|router$|\\.\\./spec/)", message: PLATFORM }],
  );

export default tseslint.config(
  {
    ignores: [
      "node_modules/",
      ".slipway/",
      "coverage/",
      "**/node_modules/",
      "examples/",
      "spec/composeForm.js",
    ],
  },
  tseslint.configs.recommended,
  {
    files: ["**/*.{js,cjs}"],
    languageOptions: {
      sourceType: "commonjs",
      globals: {
        module: "writable",
        require: "readonly",
        process: "readonly",
        __dirname: "readonly",
      },
    },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    files: ["**/*.ts"],
    rules: {
      "no-undef": "off",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
    },
  },
  {
    // What comes back from a platform or a state file is asserted on as it is.
    files: ["test/**/*.ts"],
    rules: { "@typescript-eslint/no-explicit-any": "off" },
  },
  forbid(
    ["spec/**/*.ts"],
    [
      only(`\\./[a-z]|${LIBRARIES}|@pulumi/pulumi$`, SPEC),
      { group: ["@pulumi/pulumi"], message: SPEC, allowTypeImports: true },
    ],
  ),
  platformFolder("docker"),
  platformFolder("kubernetes"),
  platformFolder("ecs"),
  platformFolder("github"),
  forbid(
    ["cli/**/*.ts"],
    [
      { regex: "/components/|/provider/(?!(places|platform)$)", message: CLI },
      { regex: "/provider/platform$", message: CLI, allowTypeImports: true },
      { regex: "^@pulumi/(?!pulumi/automation)", message: CLI },
    ],
    ["cli/prune*.ts"],
  ),
  forbid(
    ["cli/prune*.ts"],
    [
      { regex: "/components/|/provider/(?!(docker|registry)/prune$)", message: PRUNE },
      { regex: "^@pulumi/", message: PRUNE },
    ],
  ),
  prettier,
);
