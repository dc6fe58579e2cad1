import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../toolchain/paths";

/** Files of a project, by path. */
type Files = Record<string, string>;

const PROJECT: Files = {
  ".git": "gitdir: elsewhere\n",
  "Pulumi.yaml": "name: slipway\nruntime: nodejs\n",
  "package-lock.json": "{}",
};

/** A stack: its platform, and what else its config says. */
const stack = (platform: "docker" | "kubernetes", name: string, more = "") => ({
  [`Pulumi.${name}.yaml`]: `config:
${
  platform === "docker"
    ? `  slipway:docker: { host: "ssh://deploy@${name}.example.com" }`
    : "  slipway:platform: kubernetes"
}
${more}`,
});

const registry = (server: string) => `  slipway:registry: { server: ${server} }\n`;
const GHCR = registry("ghcr.io/acme");
const ECR = registry("123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme");
const EVERYWHERE =
  "  slipway:builds: { cache: true, attest: true, platforms: [linux/amd64, linux/arm64] }\n";

const own = (file: string) => readFileSync(join(projectRoot, "examples/helloagents", file), "utf8");

/** The systems that Slipway is for, as far as their workflows depend on their files. */
export const SYSTEMS: Record<string, Files> = {
  vino: {
    ...PROJECT,
    ...stack("docker", "staging", registry("docker.io/vino")),
    ...stack("docker", "production", registry("docker.io/vino")),
    "compose.yaml": `name: vino
services:
  backend:
    build: ./backend
    ports: ["8000:8000"]
    environment: { GOOGLE_API_KEY: "\${GOOGLE_API_KEY:?}", CHROMA_HOST: chroma }
    depends_on: [chroma, redis]
  frontend: { build: ./frontend, ports: ["3000:3000"], depends_on: [backend] }
  chroma: { image: "chromadb/chroma:1.0.0", volumes: ["chroma:/data"] }
  redis: { image: "redis:7" }
volumes: { chroma: {} }
`,
    "backend/Dockerfile": "FROM python:3.11-slim\n",
    "backend/requirements.txt": "fastapi==0.165.0\n",
    "backend/requirements-dev.txt":
      "bandit==1.9.0\npytest==9.0.0\npytest-cov==7.0.0\nruff==0.14.0\n",
    "backend/ruff.toml": "line-length = 100\n[format]\nquote-style = 'double'\n",
    "frontend/Dockerfile": "FROM python:3.11-slim\n",
    "frontend/requirements.txt": "reflex==0.8.0\n",
    "tests/integration/test_chat.py": "",
    "tests/integration/requirements.txt": "requests\n",
  },
  helloagents: {
    ...PROJECT,
    ...stack("docker", "staging", ECR + EVERYWHERE),
    ...stack("kubernetes", "production", ECR + EVERYWHERE),
    "compose.yaml": own("compose.yaml"),
    "backend/Dockerfile": own("backend/Dockerfile"),
    "backend/requirements.txt": own("backend/requirements.txt"),
    "frontend/Dockerfile": own("frontend/Dockerfile"),
  },
  edenco: {
    ...PROJECT,
    ...stack("docker", "staging", `${GHCR}  slipway:builds: { cache: true }\n`),
    ...stack("docker", "production", GHCR),
    "compose.yaml": `name: edenco
services:
  proxy: { build: ./proxy, ports: ["80:80"] }
  backend: { build: ./backend }
  worker: { build: ./backend, command: celery -A config worker }
  frontend: { build: ./frontend }
  db: { image: "postgres:16", volumes: ["data:/var/lib/postgresql/data"] }
  redis: { image: "redis:7" }
volumes: { data: {} }
`,
    "proxy/Dockerfile": "FROM nginx:1.27\n",
    "backend/Dockerfile": "FROM --platform=linux/amd64 python:3.12\n",
    "backend/requirements.txt": "Django==5.2\npytest-django==4.11\n",
    "backend/requirements-dev.txt": "black\nisort\nflake8\npytest\npytest-cov\n",
    "backend/pyproject.toml": "[tool.coverage.report]\nfail_under = 90\n",
    "frontend/Dockerfile": "FROM node:20-alpine AS build\n",
    "frontend/package.json": JSON.stringify({
      scripts: { lint: "eslint .", test: "vitest run" },
      devDependencies: { eslint: "9.0.0", vitest: "4.0.0", "@vitest/coverage-v8": "4.0.0" },
    }),
    "frontend/package-lock.json": "{}",
    "e2e/package.json": "{}",
    "e2e/playwright.config.ts": "export default {};\n",
  },
  "ai-chat": {
    ...PROJECT,
    ...stack("kubernetes", "staging", GHCR),
    ...stack("kubernetes", "production", GHCR),
    ...stack("kubernetes", "demo", GHCR),
    "compose.yaml": `name: ai-chat
services:
  api: { build: ./api, ports: ["8000:8000"] }
  web: { build: ./web, ports: ["3000:80"] }
  db: { image: "postgres:15", volumes: ["data:/var/lib/postgresql/data"] }
  redis: { image: "redis:7" }
volumes: { data: {} }
`,
    "api/Dockerfile": "FROM python:3.12\n",
    "api/requirements.txt": "fastapi==0.165.0\n",
    "api/requirements-test.txt": "bandit\nblack\nflake8\nisort\npytest==9.0.0\nsafety\n",
    "tests/load/locustfile.py": "from locust import HttpUser\n",
    "web/Dockerfile": "FROM node:22\n",
    "web/package.json": JSON.stringify({
      scripts: { test: 'echo "Error: no test specified" && exit 1' },
      devDependencies: { eslint: "9.0.0", jest: "30.0.0" },
    }),
    "web/package-lock.json": "{}",
  },
  "melk-ai": {
    ...PROJECT,
    ...stack("docker", "production"),
    "compose.yaml": 'name: melk-ai\nservices:\n  server: { build: ., ports: ["8000:8000"] }\n',
    Dockerfile: "FROM python:3.13\n",
    "requirements.txt":
      "fastapi==0.165.0\nblack\nflake8\nmypy\nbandit\npytest\npytest-cov\nsafety\n",
  },
};
