/**
 * What every ssh of ours is started with, by our own provider and by the docker plugin; whatever else
 * (keys, agent, jump hosts, known hosts) is the user's own ssh configuration. One connection is shared
 * by all conversations of a run: sshd refuses those that come by the dozen (its MaxStartups). No path
 * of one machine: these options are in the state.
 */
export const SSH_OPTIONS: readonly string[] = [
  // Never a question that nobody can answer.
  "BatchMode=yes",
  // A host that is gone is noticed in 10 s, before and after the login.
  "ConnectTimeout=8",
  "ServerAliveInterval=3",
  "ServerAliveCountMax=2",
  "ControlMaster=auto",
  "ControlPath=~/.ssh/slipway-%C",
  "ControlPersist=30",
].flatMap((option) => ["-o", option]);

export interface SshTarget {
  /** `user@host`, or the host alone. */
  name: string;
  host: string;
  user?: string;
  port?: string;
  /** As a person types it: `ssh -p 2222 user@host`. */
  command: string;
}

export const isSsh = (host: string): boolean => host.startsWith("ssh://");

export function sshTarget(address: string): SshTarget {
  const { hostname, username, port } = new URL(address);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const name = username ? `${username}@${host}` : host;
  return {
    name,
    host,
    ...(username ? { user: username } : {}),
    ...(port ? { port } : {}),
    command: `ssh ${port ? `-p ${port} ` : ""}${name}`,
  };
}
