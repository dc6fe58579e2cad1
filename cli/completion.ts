import { Argument, Command } from "commander";

import { refusing } from "./options";
import { CODE, type Result } from "./run";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

/** Stacks are those that have a file where the user stands. */
const STACKS = "ls Pulumi.*.yaml 2>/dev/null | sed -e 's/^Pulumi\\.//' -e 's/\\.yaml$//'";

/** `slipway completion bash`: the lines that teach a shell this command. */
export function completion(
  argv: string[],
  _around: unknown,
  commands: readonly string[] = [],
): Result {
  const command = refusing(new Command("slipway completion"))
    .description("Prints what a shell needs to complete commands and stacks.")
    .addArgument(new Argument("<shell>", "which one").choices(SHELLS))
    .addHelpText(
      "after",
      '\nExamples:\n  eval "$(slipway completion bash)"   in ~/.bashrc; zsh alike\n  slipway completion fish > ~/.config/fish/completions/slipway.fish',
    )
    .parse(argv, { from: "user" });
  return { output: SCRIPTS[command.args[0] as Shell](commands.join(" ")), code: CODE.done };
}

const bash = (commands: string) => `_slipway() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}"
  case "$before" in
    slipway) COMPREPLY=($(compgen -W "${commands}" -- "$word")) ;;
    -e|--stack|--from|--to) COMPREPLY=($(compgen -W "$(${STACKS})" -- "$word")) ;;
    *) COMPREPLY=($(compgen -W "-e --stack --json --help" -- "$word") $(compgen -f -- "$word")) ;;
  esac
}
complete -F _slipway slipway`;

const SCRIPTS: Record<Shell, (commands: string) => string> = {
  bash,
  zsh: (commands) => `autoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`,
  fish: (commands) =>
    [
      `complete -c slipway -f -n __fish_use_subcommand -a "${commands}"`,
      `complete -c slipway -s e -l stack -x -a "(${STACKS.replace("\\.yaml$/", "\\.yaml\\$/")})"`,
      "complete -c slipway -l json -l help",
    ].join("\n"),
};
