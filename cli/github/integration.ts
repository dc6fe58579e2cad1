import { COMPOSE } from "./compose";
import type { Facts } from "./facts";
import { setupPython } from "./python";
import { checkout, RUNNER, uploaded } from "./steps";
import type { Job, Step } from "./workflow";

/** Tests of the whole application, as `docker compose up` runs it on a laptop. */
export function integration({ integration: found }: Facts): Record<string, Job> {
  if (found === undefined) return {};
  const { folder, requirements, files, variables } = found;
  const env = {
    TRIAL_FILES: files.join("\n"),
    TRIAL_VARIABLES: variables.join(" "),
    TRIAL_TESTS: folder,
  };
  return {
    integration: {
      name: "the composed application",
      "runs-on": RUNNER,
      "timeout-minutes": 30,
      env,
      steps: [
        checkout,
        setupPython("3.13", requirements),
        atRoot({
          name: "Dependencies",
          run: `pip install pytest ${requirements.map((file) => `-r ${file}`).join(" ")}`.trim(),
        }),
        atRoot({
          name: "The application, healthy",
          "timeout-minutes": 15,
          run: `${COMPOSE}compose up --detach --build --wait --wait-timeout 300\n`,
        }),
        atRoot({ run: 'pytest "$TRIAL_TESTS"' }),
        atRoot({ name: "State of every service", if: "failure()", run: STATE }),
        uploaded("integration", "${{ runner.temp }}/state/"),
      ],
    },
  };
}

const atRoot = (step: Step): Step => ({
  ...step,
  "working-directory": "${{ github.workspace }}",
});

const STATE = `${COMPOSE}mkdir -p "$RUNNER_TEMP/state"
compose ps --all > "$RUNNER_TEMP/state/services.txt" || true
for service in $(compose ps --all --services); do
  compose logs --no-color --timestamps "$service" > "$RUNNER_TEMP/state/$service.log" || true
done
tail -n 50 "$RUNNER_TEMP"/state/*
`;
