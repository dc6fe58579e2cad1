#!/usr/bin/env node
// The command `slipway`. It loads the one subcommand that is asked for, and for `--help` none.
const { Command } = require("commander");
const { version } = require("../package.json");

/** Name -> what it does. Each is a file of its name in cli/, whose options it tells itself. */
const COMMANDS = {
  abort: "give up a deploy whose process is gone: its lock, then its candidate",
  backup: "dump the PostgreSQL databases of a stack on its host, or list the dumps",
  check: "say what a deploy would make of Compose files; asks neither engine nor cloud",
  clean: "empty the idle slot",
  completion: "print what a shell needs to complete commands and stacks",
  config: "print a stack's effective config, and where each value comes from",
  deploy: "deploy what the Compose file describes now, and see that it serves",
  destroy: "remove the application; its data stay",
  doctor: "say whether a deploy can work: tools, project, backend, secrets, engine",
  exec: "run a command, or a shell, in a container that runs",
  health: "say how well each part of what serves is; --watch looks again and again",
  history: "list past updates: who, when, commit, release, result, duration",
  init: "make a project of a Compose file: Pulumi.yaml and a file for each stack",
  lock: "refuse every deploy from now on, and say who and why",
  logs: "print the logs of a stack's containers, in one stream",
  maintenance: "answer every request with 503 and a message, or end that",
  preview: "show what a deploy would do: the release plan, then the resources",
  promote: "deploy the images that one stack runs into another, by digest",
  prune: "say, or remove, what built images nothing needs any more",
  render: "print the Kubernetes manifests that a deploy applies, for review",
  restore: "put a dump of a database back",
  rollback: "go back to a release that served, over the same gate",
  run: "run a command in a container of its own, like a service's",
  schema: "print a JSON schema: of a file that you write, or of what --json prints",
  status: "say what serves, what each slot runs, and whether the state tells the same",
  unlock: "take the lock away",
  workflows: "write the GitHub workflows of a project, or say which are not current",
};

/** cli/run.ts is what all commands share. */
const FILES = { run: "runOnce" };

const program = new Command("slipway")
  .description("Blue/green deployments of a Compose application with Pulumi.")
  .version(version)
  .configureHelp({ subcommandTerm: (command) => command.name() })
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
      const run = require(`../cli/${FILES[name] ?? name}.ts`)[name];
      return runMain(
        (argv, around) => run(argv, around, Object.keys(COMMANDS)),
        process.argv.slice(3),
      );
    });
}

program.parse();
