import { appliedMirrors, dockerfileWithMirrors, mirrored } from "../../../spec/mirrors";

const MIRRORS = { "python:3.12-slim": "local/python:3.12", nginx: "local/nginx:1" };

test.each([
  ["nginx", "local/nginx:1"],
  ["nginx:latest", "local/nginx:1"],
  ["docker.io/library/nginx", "local/nginx:1"],
  ["nginx:1", "nginx:1"],
  ["registry:5000/nginx", "registry:5000/nginx"],
])("%s is taken from %s", (reference, other) => expect(mirrored(reference, MIRRORS)).toBe(other));

test.each([
  ["FROM python:3.12-slim", "FROM local/python:3.12"],
  ["from nginx", "from local/nginx:1"],
  ["FROM python:3.12-slim AS base", "FROM local/python:3.12 AS base"],
  ["FROM --platform=linux/amd64 nginx as web", "FROM --platform=linux/amd64 local/nginx:1 as web"],
  ["ARG V=3.12\nFROM python:${V}-slim", "ARG V=3.12\nFROM local/python:3.12"],
  ['ARG I="nginx"\nFROM $I', 'ARG I="nginx"\nFROM local/nginx:1'],
  ["FROM python:${V:-3.12}-slim", "FROM local/python:3.12"],
  ["COPY --from=nginx /a /b", "COPY --from=local/nginx:1 /a /b"],
])("%j becomes %j", (before, after) => expect(dockerfileWithMirrors(before, MIRRORS)).toBe(after));

test.each([
  ["another image", "FROM alpine"],
  ["a stage of that name", "FROM alpine AS nginx\nFROM nginx"],
  ["a stage by number", "COPY --from=0 /a /b"],
  ["an argument that is not set", "ARG V\nFROM python:${V}-slim"],
  ["an argument after the first FROM", "FROM alpine\nARG V=3.12\nFROM python:${V}-slim"],
  ["other lines", "RUN echo FROM nginx"],
])("%s stays", (_what, text) => expect(dockerfileWithMirrors(text, MIRRORS)).toBe(text));

test("a build argument goes before its default", () => {
  const text = "ARG V=3.13\nFROM python:${V}-slim";
  expect(dockerfileWithMirrors(text, MIRRORS, { V: "3.12" })).toContain("FROM local/python:3.12");
  expect(dockerfileWithMirrors(text, MIRRORS)).toBe(text);
});

test("the mirrors that apply, sorted", () => {
  const text = "FROM python:3.12-slim\nFROM nginx\nFROM nginx";
  expect(appliedMirrors(text, MIRRORS)).toEqual([
    ["nginx", "local/nginx:1"],
    ["python:3.12-slim", "local/python:3.12"],
  ]);
});
