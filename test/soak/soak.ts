import { randomBytes } from "crypto";
import { join } from "path";
import { parseArgs } from "util";
import { TestStack } from "../helpers/stack";
import { projectRoot } from "../../toolchain/paths";
import { actions, type Soak } from "./actions";
import { startClients } from "./clients";
import { checkEnd, usage } from "./checks";

/**
 * `npm run test:soak [-- --minutes 10 --seed N]`: the example application under load, with deploys,
 * rollbacks and faults in a random order. At the end every confirmed write is in PostgreSQL once, state
 * and reality agree, and nothing has grown that should not.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } },
  });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed ?? randomBytes(2).readUInt16BE());
  console.log(`soak: ${minutes} minutes, seed ${seed} (again with: -- --seed ${seed})`);

  const stack = await TestStack.create("soak");
  try {
    await prepare(stack);
    await run(stack, minutes, generator(seed));
  } finally {
    await stack.dispose();
  }
}

async function prepare(stack: TestStack): Promise<void> {
  stack.set("compose", join(projectRoot, "examples/helloagents/compose.yaml"));
  stack.set("name", "soak");
  stack.set("strategy", { deployTimeout: 60, drainTimeout: 5, retain: 3 });
  await stack.secret("key", randomBytes(32).toString("base64"));
  await stack.secret("secrets.POSTGRES_PASSWORD", randomBytes(12).toString("hex"));
  stack.set("version", "1");
  await stack.deploy();
}

async function run(stack: TestStack, minutes: number, random: (below: number) => number) {
  let version = 1;
  const soak: Soak = { stack, random, nextVersion: () => String(++version) };
  const before = await usage(stack);
  const clients = startClients(3000, 4, 4);
  const end = Date.now() + minutes * 60_000;
  /** Times in which requests may fail. */
  const disrupted: { from: number; to: number }[] = [];
  // Each at least once, then by chance.
  const queue = shuffled(actions, random);
  let rounds = 0;
  while (Date.now() < end || queue.length > 0) {
    const action = queue.pop() ?? actions[random(actions.length)]!;
    const from = Date.now();
    const failedBefore = clients.ledger.failures.length;
    await action.run(soak);
    if (action.disruptive) disrupted.push({ from, to: Date.now() });
    const failed = clients.ledger.failures.length - failedBefore;
    const seconds = ((Date.now() - from) / 1000).toFixed(0);
    console.log(`${++rounds}. ${action.name}: ${seconds} s, ${failed} failed requests`);
  }
  const ledger = await clients.stop();
  await checkEnd(stack, ledger, disrupted, before);
  console.log(
    `soak: ${rounds} rounds, ${ledger.confirmed.length} writes and ${ledger.reads} reads, ${ledger.failures.length} failed (all of them while something was taken away by hand)`,
  );
}

/** Park and Miller's generator: the same seed, the same order. */
function generator(seed: number): (below: number) => number {
  let state = (seed % 2147483646) + 1;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

function shuffled<T>(items: readonly T[], random: (below: number) => number): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(random(rest.length), 1)[0]!);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`soak: failed: ${error.message}`);
    process.exit(1);
  },
);
