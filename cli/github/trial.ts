import { COMPOSE } from "./compose";
import type { Image } from "./facts";
import type { Step } from "./workflow";

/** What a matrix tells of an image's trial; empty where there is none. */
export const trialOf = ({ trial }: Image) => ({
  files: trial?.files.join("\n") ?? "",
  accessories: trial?.accessories.join(" ") ?? "",
  others: trial?.others.join(" ") ?? "",
  port: String(trial?.port ?? ""),
  variables: trial?.variables.join(" ") ?? "",
});

/**
 * Starts an image as its Compose files describe it, beside the accessories that it depends on, and waits until it is
 * healthy by its own check, else until its port answers. As in `slipway:builds.verify`, names of other services that are
 * built lead to nobody.
 */
export const trial = (image: string): Step => ({
  name: "Started, and healthy",
  if: "matrix.files != ''",
  "timeout-minutes": 10,
  // Names that no Compose file wants a value for.
  env: {
    TRIAL_SERVICE: "${{ matrix.service }}",
    TRIAL_IMAGE: image,
    TRIAL_FILES: "${{ matrix.files }}",
    TRIAL_ACCESSORIES: "${{ matrix.accessories }}",
    TRIAL_OTHERS: "${{ matrix.others }}",
    TRIAL_PORT: "${{ matrix.port }}",
    TRIAL_VARIABLES: "${{ matrix.variables }}",
  },
  run: TRIAL,
});

const TRIAL = `${COMPOSE}jq -n --arg service "$TRIAL_SERVICE" --arg image "$TRIAL_IMAGE" --arg others "$TRIAL_OTHERS" \\
  '{services: {($service): {image: $image, extra_hosts: ($others / " " | map(select(. != "") + ":127.0.0.1"))}}}' \\
  > "$RUNNER_TEMP/trial.json"
files+=("$RUNNER_TEMP/trial.json")
failed() {
  echo "::error::$TRIAL_SERVICE $1"
  compose ps --all || true
  compose logs --no-color --tail 200 || true
  exit 1
}
read -ra accessories <<< "$TRIAL_ACCESSORIES"
if [ "\${#accessories[@]}" -gt 0 ]; then
  compose up --detach --wait --wait-timeout 180 "\${accessories[@]}" || failed "has no accessories: they are not healthy"
fi
compose up --detach --no-deps --no-build --scale "$TRIAL_SERVICE=1" "$TRIAL_SERVICE" || failed "cannot be started"
id=$(compose ps --all --quiet "$TRIAL_SERVICE")
seen=0
for _ in {1..90}; do
  state=$(docker inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}unchecked{{end}}' "$id")
  case "$state" in
    "running healthy") echo "$TRIAL_SERVICE is healthy"; exit 0 ;;
    "running unchecked")
      seen=$((seen + 1))
      address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$id")
      if [ -z "$TRIAL_PORT" ]; then
        if [ "$seen" -gt 5 ]; then echo "$TRIAL_SERVICE goes on running"; exit 0; fi
      elif timeout 2 bash -c ": < /dev/tcp/\${address%% *}/$TRIAL_PORT" 2> /dev/null; then
        echo "$TRIAL_SERVICE answers on port $TRIAL_PORT"; exit 0
      fi ;;
    "running starting" | created*) ;;
    *) failed "is $state" ;;
  esac
  sleep 2
done
failed "is not healthy after 3 minutes: $state"
`;
