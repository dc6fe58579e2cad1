/**
 * Of a script: `compose`, for the files in $TRIAL_FILES, one a line. A variable that has no value here (a password, a key) is
 * "1": that is a port and a number, too.
 */
export const COMPOSE = `mapfile -t files <<< "$TRIAL_FILES"
for name in $TRIAL_VARIABLES; do
  if ! grep -qs "^$name=" "$(dirname "\${files[0]}")/.env"; then export "$name=\${!name:-1}"; fi
done
compose() { docker compose "\${files[@]/#/--file=}" "$@"; }
`;
