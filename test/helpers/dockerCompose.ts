import execa from "execa";

const CANDIDATES = [["docker", "compose"], ["docker-compose"]];

/** The plugin, the program, or Debian's package of it; undefined where none can be had. */
export async function composeCommand(
  report: (line: string) => void = () => {},
): Promise<string[] | undefined> {
  for (const candidate of CANDIDATES) if (await works(candidate)) return candidate;
  if (process.getuid?.() !== 0) return undefined;
  report("installing Debian's docker-compose");
  const args = ["install", "-y", "--no-install-recommends", "docker-compose"];
  await execa("apt-get", args, { reject: false });
  return (await works(["docker-compose"])) ? ["docker-compose"] : undefined;
}

async function works([command, ...args]: string[]): Promise<boolean> {
  return !(await execa(command!, [...args, "version"], { reject: false })).failed;
}
