import { writeFileSync } from "node:fs";
import path from "node:path";
import { composeDocument } from "./composeDocument";
import { projectRoot } from "./paths";

writeFileSync(path.join(projectRoot, "docs/compose.md"), composeDocument());
