import { backupNamed, backupName } from "../../spec/backups";
import { backupsVolume, LABEL } from "../../spec/names";
import type { Backup } from "../platform";
import { written } from "./logs";
import { copyFile, throwawayLabels } from "./oneOff";
import { readVolume } from "./reader";
import { isNotFound, type Transport } from "./transport";

/**
 * Dumps lie on a volume of the application, `<accessory>-<time>.dump`, each with a file `about/<the same>`
 * that holds "<bytes> <sha256>". They are written and read by a container with the accessory's own image and
 * environment, in its network: so a dump never leaves the host, and fits the server's version.
 */
const PATH = "/backups";
const ABOUT = "about";

/** What the image's own entrypoint makes of its variables, for libpq; no value stands on a command line. */
const CONNECTION = `
set -eu
umask 077
value() {
  eval "file=\\\${$1_FILE:-}"
  if [ -n "$file" ]; then cat "$file"; else eval "printf %s \\"\\\${$1:-}\\""; fi
}
PGUSER=$(value POSTGRES_USER)
PGUSER=\${PGUSER:-postgres}
PGDATABASE=$(value POSTGRES_DB)
PGDATABASE=\${PGDATABASE:-$PGUSER}
PGPASSWORD=$(value POSTGRES_PASSWORD)
PGHOST=127.0.0.1
export PGUSER PGDATABASE PGPASSWORD PGHOST
cd ${PATH}
child=
trap 'exit 143' TERM INT`;

/** In the background, so that a signal is not left until the dump is done. */
const BACK_UP = `${CONNECTION}
mkdir -p ${ABOUT}
find . -name '*.part' -mmin +1440 -delete
part=$BACKUP.part
trap 'kill $child 2>/dev/null || true; rm -f "$part"' EXIT
pg_dump --format=custom --no-password --file="$part" &
child=$!
wait $child
bytes=$(($(wc -c <"$part")))
sum=$(sha256sum "$part" | cut -d' ' -f1)
[ ! -e "$BACKUP" ]
mv "$part" "$BACKUP"
echo "$bytes $sum" >"${ABOUT}/$BACKUP"
echo "made $bytes $sum"
ls | grep -E "^$ACCESSORY-[0-9]{8}T[0-9]{6}Z\\.dump$" | sort -r | tail -n "+$((KEEP + 1))" |
while read -r old; do
  rm -f "$old" "${ABOUT}/$old"
  echo "removed $old"
done`;

/** A session that holds a lock must not keep it, and all who queue behind it, waiting for ever. */
const RESTORE = `${CONNECTION}
if [ ! -f "$BACKUP" ]; then echo "the dump is not on the volume any more" >&2; exit 1; fi
if [ "$(sha256sum "$BACKUP" | cut -d' ' -f1)" != "$SUM" ]; then
  echo "the dump is damaged: its SHA-256 is not the one that was noted with it" >&2
  exit 1
fi
export PGOPTIONS='-c lock_timeout=60s'
trap 'kill $child 2>/dev/null || true' EXIT
pg_restore --clean --if-exists --single-transaction --no-password --dbname="$PGDATABASE" "$BACKUP" &
child=$!
wait $child`;

export async function listBackups(transport: Transport, application: string): Promise<Backup[]> {
  const files = await readVolume(transport, backupsVolume(application), `/${ABOUT}`);
  const found = [...files].flatMap(([path, text]): Backup[] => {
    const [bytes, sha256] = text.trim().split(" ");
    const name = path.split("/").pop()!;
    const known = backupNamed(name);
    // Without its end, it was written on a full disk.
    return known && sha256?.length === 64 ? [{ name, ...known, bytes: Number(bytes), sha256 }] : [];
  });
  return found.sort((a, b) => (a.at < b.at ? 1 : -1));
}

export async function backUp(
  transport: Transport,
  application: string,
  { accessory, unit, keep }: { accessory: string; unit: string; keep: number },
  signal?: AbortSignal,
): Promise<{ made: Backup; removed: string[] }> {
  const at = `${new Date().toISOString().slice(0, 19)}Z`;
  const name = backupName(accessory, at);
  await transport.docker.createVolume({
    Name: backupsVolume(application),
    Labels: { [LABEL.application]: application },
  });
  const variables = { BACKUP: name, ACCESSORY: accessory, KEEP: String(keep) };
  const output = await besides(transport, application, unit, BACK_UP, variables, signal);
  const lines = output.split("\n").map((line) => line.split(" "));
  const [, bytes, sha256] = lines.find(([word]) => word === "made") ?? [];
  const removed = lines.filter(([word]) => word === "removed").map(([, old]) => old!);
  return { made: { name, accessory, at, bytes: Number(bytes), sha256: sha256! }, removed };
}

export async function restore(
  transport: Transport,
  application: string,
  { name, sha256 }: Backup,
  unit: string,
  signal?: AbortSignal,
): Promise<void> {
  const variables = { BACKUP: name, SUM: sha256 };
  await besides(transport, application, unit, RESTORE, variables, signal);
}

/** Runs a script in the network of a container, with its image and environment. @throws its last words */
async function besides(
  transport: Transport,
  application: string,
  unit: string,
  script: string,
  variables: Record<string, string>,
  signal?: AbortSignal,
): Promise<string> {
  const { docker, lasting } = transport;
  const { Config, Image } = await docker.getContainer(unit).inspect();
  const own = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const container = await docker.createContainer({
    Image,
    Entrypoint: ["sh", "-c"],
    Cmd: [script],
    Env: [...Config.Env, ...own],
    User: "0:0",
    Labels: throwawayLabels(application, Config.Labels[LABEL.service] ?? ""),
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      NetworkMode: `container:${unit}`,
      Binds: [`${backupsVolume(application)}:${PATH}`],
    },
  });
  const stop = () => void container.stop({ t: 10 }).catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    for (const path of filesNamed(Config.Env)) {
      await copyFile(docker, unit, container.id, path);
    }
    if (signal?.aborted) throw new Error("it was stopped");
    await container.start();
    const { StatusCode } = (await lasting.getContainer(container.id).wait()) as {
      StatusCode: number;
    };
    if (signal?.aborted) throw new Error("it was stopped");
    const log = await container.logs({ stdout: true, stderr: true, follow: false });
    const output = (await written(log)).trim();
    if (StatusCode !== 0) throw new Error(lastWords(output) || `it ended with ${StatusCode}`);
    return output;
  } catch (error) {
    const isThere = await container.inspect().catch((look: unknown) => !isNotFound(look));
    if (isThere) throw error;
    throw new Error(
      "its container was removed, by an update of the stack or by hand; run it again",
    );
  } finally {
    signal?.removeEventListener("abort", stop);
    await container.remove({ force: true, v: true }).catch(() => {});
  }
}

/** Files that hold what else would be in a variable. */
const filesNamed = (environment: string[]) =>
  environment.flatMap((one) => /^POSTGRES_(?:USER|DB|PASSWORD)_FILE=(.+)$/.exec(one)?.[1] ?? []);

const LAST_LINES = 10;
const lastWords = (output: string) => output.split("\n").slice(-LAST_LINES).join("\n");
