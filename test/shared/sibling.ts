import { changedProgram } from "../helpers/program";

/**
 * The program with a resource of the user's own that is made as the gate has passed.
 *
 * @param code what makes it, with `library` and `healthy` at hand
 */
export const withSibling = (library: string, code: string): string =>
  changedProgram("components/traffic.ts", [
    [
      'import * as pulumi from "@pulumi/pulumi";',
      `import * as ${library} from "@pulumi/${library}";\nimport * as pulumi from "@pulumi/pulumi";`,
    ],
    ["  return new TrafficResource(", `  ${code};\n  return new TrafficResource(`],
  ]);
