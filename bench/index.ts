import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { commandFigures } from "./command";
import { downtime } from "./downtime";
import { imageFigures } from "./images";
import { kubernetesFigures } from "./kubernetes";
import { latency } from "./latency";
import { machine } from "./machine";
import { endAll, say } from "./progress";
import { machineLine, type Results, tables } from "./report";
import { render } from "./table";
import { wallTime } from "./walltime";

const PARTS = ["downtime", "wall", "latency", "images", "command", "kubernetes"] as const;
type Part = (typeof PARTS)[number];

const USAGE = `npm run bench -- [--quick] [--only ${PARTS.join("|")}] [--services N] [--json FILE]

All figures of README.md, measured in one run of about 40 minutes. The machine must have nothing else to do.
--quick     a few minutes: shows that all of it works, not how fast
--only      one part; may be given several times
--services  wall time of so many services (1, 10 and 40); may be given several times
--json      all figures, with the machine that they are of`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      services: { type: "string", multiple: true },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const unknown = values.only.find((name) => !PARTS.includes(name as Part));
  if (values.help || unknown !== undefined) return void console.log(USAGE);
  const { quick } = values;
  const wanted = (part: Part) => values.only.length === 0 || values.only.includes(part);
  const results: Results = { date: new Date().toISOString(), machine: await machine(), quick };
  // What is there so far is written after each part: the last one may fail.
  const save = () => {
    if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  };
  if (wanted("downtime")) results.downtime = await downtime(quick ? 2 : 10);
  save();
  if (wanted("latency")) results.latency = await latency(quick ? 1 : 3, quick ? 2 : 8);
  save();
  if (wanted("images")) results.images = await imageFigures(quick ? 1 : 5);
  save();
  if (wanted("command")) results.command = await commandFigures(quick ? 1 : 5);
  save();
  if (wanted("kubernetes")) results.kubernetes = await kubernetesFigures(quick ? 2 : 5);
  save();
  if (wanted("wall")) {
    results.wall = [];
    const sizes = values.services?.map(Number) ?? (quick ? [1, 3] : [1, 10, 40]);
    for (const services of sizes) {
      results.wall.push(await wallTime(services, quick ? 1 : 3));
      save();
    }
  }
  console.log(`${machineLine(results)}\n`);
  for (const table of tables(results)) console.log(render(table));
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    say("stopped: removing what was made");
    void endAll().finally(() => process.exit(1));
  });
}

main()
  .catch((error: Error) => {
    say(error.message);
    process.exitCode = 1;
  })
  .finally(endAll)
  // Connections to the engine are kept alive.
  .finally(() => process.exit());
