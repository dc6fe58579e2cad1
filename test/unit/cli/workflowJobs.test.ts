import { project } from "../../helpers/githubProject";
import { SYSTEMS } from "../../helpers/systems";

test("production: after staging and what was tried there, of main and tags alone", () => {
  const { run, workflow } = project(SYSTEMS.edenco);
  run();
  const { production, e2e } = workflow("deploy").jobs;
  expect(e2e).toMatchObject({ needs: ["staging"], uses: "./.github/workflows/slipway-e2e.yml" });
  expect(production).toMatchObject({
    needs: ["staging", "e2e", "signed"],
    environment: { name: "production" },
    if: "(github.ref == 'refs/heads/main' || github.ref_type == 'tag') && (github.event_name == 'push' || inputs.environment == 'production')",
  });
});

test("jobs enter the environment that the stack gives itself on GitHub", () => {
  const named = `config:
  slipway:docker: { host: "ssh://deploy@staging.example.com" }
  slipway:github: { repository: acme/edenco, environment: { name: stage } }
`;
  const { run, workflow } = project({ ...SYSTEMS.edenco, "Pulumi.staging.yaml": named });
  run();
  const { staging, production } = workflow("deploy").jobs;
  expect([staging, production]).toMatchObject([
    { environment: { name: "stage" } },
    { environment: { name: "production" } },
  ]);
  expect(workflow("rollback").jobs.rollback.environment).toEqual({
    name: `\${{ fromJSON('{"production":"production","staging":"stage"}')[inputs.environment] }}`,
  });
});

test("an image that two services run is built once; one with build secrets or arguments is the deploy's", () => {
  const compose = SYSTEMS.edenco["compose.yaml"]
    .replace(
      "frontend: { build: ./frontend }",
      "frontend: { build: { context: ./frontend, secrets: [token] } }",
    )
    .replace(
      "proxy: { build: ./proxy,",
      "proxy: { build: { context: ./proxy, args: { TOKEN: x } },",
    )
    .concat("secrets: { token: { environment: TOKEN } }\n");
  const sealed = "config:\n  slipway:secrets: { TOKEN: { secure: v1:abc } }\n";
  const stacks = { "Pulumi.staging.yaml": sealed, "Pulumi.production.yaml": sealed };
  const { run, workflow } = project({ ...SYSTEMS.edenco, ...stacks, "compose.yaml": compose });
  run();
  expect(workflow("images").jobs.image.strategy!.matrix.include).toMatchObject([
    { service: "backend", context: "backend", dockerfile: "backend/Dockerfile", target: "" },
  ]);
});

test("identity of the run: where a registry of Amazon's is reached, and to sign", () => {
  const { run, workflow } = project(SYSTEMS.helloagents);
  run();
  const mayBe = (name: string) =>
    Object.entries(workflow(name).jobs)
      .filter(([, { permissions }]) => permissions?.["id-token"] === "write")
      .map(([id]) => id);
  expect(mayBe("deploy")).toEqual(["staging", "signed", "production"]);
  expect([mayBe("preview"), mayBe("rollback"), mayBe("images")]).toEqual([
    ["preview"],
    ["rollback"],
    [],
  ]);
  const { steps } = workflow("deploy").jobs.production;
  expect(steps!.filter(({ uses = "" }) => uses.startsWith("aws-actions/"))).toMatchObject([
    {
      if: "vars.AWS_ROLE != ''",
      with: { "role-to-assume": "${{ vars.AWS_ROLE }}", "aws-region": "eu-central-1" },
    },
    { with: { registries: "123456789012" } },
  ]);
  expect(JSON.stringify(steps)).not.toMatch(/aws-(access-key|secret)/);
});

describe("platforms", () => {
  const uses = (name: string, job: string, system: string) => {
    const { run, workflow } = project(SYSTEMS[system]!);
    run();
    return workflow(name).jobs[job]!.steps!.map((step) => step.uses?.split("@")[0] ?? "");
  };

  test("what a runner has not is emulated, before the builder asks what there is", () => {
    for (const job of [
      uses("images", "image", "helloagents"),
      uses("deploy", "staging", "helloagents"),
    ]) {
      const qemu = job.indexOf("docker/setup-qemu-action");
      expect(qemu).toBeGreaterThan(0);
      expect(job.indexOf("docker/setup-buildx-action")).toBeGreaterThan(qemu);
    }
    expect(uses("deploy", "production", "helloagents")).not.toContain("docker/setup-qemu-action");
    expect(uses("images", "image", "edenco")).not.toContain("docker/setup-qemu-action");
  });

  test("all that stacks ask for, under the name that the deploy's cache has", () => {
    const { run, workflow } = project(SYSTEMS.helloagents);
    run();
    expect(workflow("images").jobs.image.strategy!.matrix.include).toMatchObject([
      {
        service: "backend",
        scope: "helloagents-backend",
        platforms: "linux/amd64,linux/arm64",
        own: "linux/amd64",
        accessories: "cache db",
        others: "frontend",
        variables: "POSTGRES_PASSWORD",
      },
      { service: "frontend", scope: "helloagents-frontend", accessories: "" },
    ]);
  });
});

test("builds.verify as a list: the others are not started", () => {
  const verify = { "Pulumi.production.yaml": "config:\n  slipway:builds: { verify: [other] }\n" };
  const compose =
    "services:\n  server: { build: . }\n  other: { build: { context: ., target: other } }\n";
  const { run, workflow } = project({ ...SYSTEMS["melk-ai"], ...verify, "compose.yaml": compose });
  run();
  const include = workflow("images").jobs.image.strategy!.matrix.include as { files: string }[];
  expect(include.map(({ files }) => files)).toEqual(["compose.yaml", ""]);
});

test.each([
  ["tests/load/locustfile.py", "locust", ""],
  ["load/checkout.js", "k6", 'import http from "k6/http";\n'],
  ["k6.ts", "k6", "import { check } from 'k6';\n"],
])("a load by %s", (script, tool, text) => {
  const others = { "load/helpers.js": "export default 1;\n", "load.js": "" };
  const { run, workflow } = project({ ...SYSTEMS["melk-ai"], ...others, [script]: text });
  run();
  const { jobs } = workflow("load");
  expect(Object.keys(jobs)).toEqual([tool]);
  expect(jobs[tool]!.env).toMatchObject({ SCRIPT: script });
});

describe("coverage", () => {
  const command = (files: Record<string, string>) => {
    const { run, workflow } = project({ ...SYSTEMS["melk-ai"], ...files });
    run();
    return workflow("ci").jobs.python_root!.steps!.at(-1)!.run;
  };

  test("80 % where it is measured, unless the project says how much", () => {
    expect(command({})).toBe("pytest --cov --cov-fail-under=80");
    expect(command({ ".coveragerc": "[report]\nfail_under = 90\n" })).toBe("pytest --cov");
    expect(command({ "requirements.txt": "pytest\n" })).toBe("pytest");
  });
});

test("a stack whose name is one of ours, or begins with a figure, has a job all the same", () => {
  const { "Pulumi.production.yaml": file, ...rest } = SYSTEMS["melk-ai"]!;
  const { run, workflow } = project({ ...rest, "Pulumi.ci.yaml": file!, "Pulumi.2nd.yaml": file! });
  run();
  const { jobs } = workflow("deploy");
  expect(Object.keys(jobs)).toEqual(["ci", "images", "_2nd", "_ci", "failed"]);
  expect(jobs._ci).toMatchObject({ if: "inputs.environment == 'ci'", environment: { name: "ci" } });
});
