#!/usr/bin/env node
// The command `slipway`. It loads the one subcommand that is asked for, and for `--help` none.
const { Command } = require("commander");
const { version } = require("../package.json");

/** Name -> what it does. Each is a file of its name in cli/, whose options it tells itself. */
const COMMANDS = {
  backup: "dump the PostgreSQL databases of a stack on its host, or list the dumps",
  check: "say what a deploy would make of Compose files; asks neither engine nor cloud",
  config: "print a stack's effective config, and where each value comes from",
  exec: "run a command, or a shell, in a container that runs",
  logs: "print the logs of a stack's containers, in one stream",
  prune: "say, or remove, what built images nothing needs any more",
  restore: "put a dump of a database back",
  run: "run a command in a container of its own, like a service's",
  status: "say what serves, what each slot runs, and whether the state tells the same",
};

/** cli/run.ts is what all commands share. */
const FILES = { run: "runOnce" };

const program = new Command("slipway")
  .description("Blue/green deployments of a Compose application with Pulumi.")
  .version(version)
  .addHelpText("after", "\nslipway COMMAND --help tells a command's options.")
  .showSuggestionAfterError();

for (const [name, about] of Object.entries(COMMANDS)) {
  program
    .command(name)
    .summary(about)
    .helpOption(false)
    .argument("[args...]")
    .allowUnknownOption()
    .action(() => {
      require("../loader.js");
      const { runMain } = require("../cli/run.ts");
      return runMain(require(`../cli/${FILES[name] ?? name}.ts`)[name], process.argv.slice(3));
    });
}

program.parse();
