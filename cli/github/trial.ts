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
  env: {
    SERVICE: "${{ matrix.service }}",
    IMAGE: image,
    FILES: "${{ matrix.files }}",
    ACCESSORIES: "${{ matrix.accessories }}",
    OTHERS: "${{ matrix.others }}",
    PORT: "${{ matrix.port }}",
    VARIABLES: "${{ matrix.variables }}",
  },
  run: TRIAL,
});

/** A variable without a value here (a password, a key) is "1": that is a port and a number, too. */
const TRIAL = `mapfile -t files <<< "$FILES"
for name in $VARIABLES; do
  grep -qs "^$name=" "$(dirname "\${files[0]}")/.env" || export "$name=1"
done
jq -n --arg service "$SERVICE" --arg image "$IMAGE" --arg others "$OTHERS" \\
  '{services: {($service): {image: $image, extra_hosts: ($others / " " | map(select(. != "") + ":127.0.0.1"))}}}' \\
  > "$RUNNER_TEMP/trial.json"
compose() { docker compose "\${files[@]/#/--file=}" --file="$RUNNER_TEMP/trial.json" "$@"; }
failed() {
  echo "::error::$SERVICE $1"
  compose ps --all || true
  compose logs --no-color --tail 200 || true
  exit 1
}
read -ra accessories <<< "$ACCESSORIES"
if [ "\${#accessories[@]}" -gt 0 ]; then
  compose up --detach --wait --wait-timeout 180 "\${accessories[@]}" || failed "has no accessories: they are not healthy"
fi
compose up --detach --no-deps --no-build --scale "$SERVICE=1" "$SERVICE" || failed "cannot be started"
id=$(compose ps --all --quiet "$SERVICE")
seen=0
for _ in {1..90}; do
  state=$(docker inspect --format '{{.State.Status}} {{if .State.Health}}{{.State.Health.Status}}{{else}}unchecked{{end}}' "$id")
  case "$state" in
    "running healthy") echo "$SERVICE is healthy"; exit 0 ;;
    "running unchecked")
      seen=$((seen + 1))
      address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}' "$id")
      if [ -z "$PORT" ]; then
        if [ "$seen" -gt 5 ]; then echo "$SERVICE goes on running"; exit 0; fi
      elif timeout 2 bash -c ": < /dev/tcp/\${address%% *}/$PORT" 2> /dev/null; then
        echo "$SERVICE answers on port $PORT"; exit 0
      fi ;;
    "running starting" | created*) ;;
    *) failed "is $state" ;;
  esac
  sleep 2
done
failed "is not healthy after 3 minutes: $state"
`;
