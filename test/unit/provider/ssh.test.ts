import { explain } from "../../../provider/docker/ssh";
import { sshTarget } from "../../../spec/ssh";

const target = sshTarget("ssh://deploy@host.example:2222");

/** As OpenSSH 9 and Docker's dial-stdio put it -> what is said -> what cures it. */
const COMPLAINTS: [said: string, what: string, cure: string][] = [
  [
    "No ED25519 host key is known for [host.example]:2222 and you have requested strict checking.\r\nHost key verification failed.",
    "its host key is not known here",
    'Run "ssh -p 2222 deploy@host.example" once and compare the fingerprint; or, where nobody can answer (CI): ssh-keyscan -p 2222 host.example >> ~/.ssh/known_hosts',
  ],
  [
    "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
    "its host key is not the one that is known here",
    "ssh-keygen -R '[host.example]:2222'",
  ],
  [
    "deploy@host.example: Permission denied (publickey).",
    "no key was accepted for deploy",
    "ssh-copy-id -p 2222 deploy@host.example",
  ],
  [
    "Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock",
    "deploy may not use Docker there",
    "sudo usermod -aG docker deploy",
  ],
  [
    "failed to open the raw stream connection: dial unix /run/docker.sock: connect: permission denied",
    "deploy may not use Docker there",
    "sudo usermod -aG docker deploy",
  ],
  ["sh: 1: docker: not found", "there is no docker on the host", "Install Docker there"],
  ["bash: line 1: docker: command not found", "there is no docker", "Install Docker there"],
  [
    "failed to open the raw stream connection: dial unix /var/run/docker.sock: connect: no such file or directory",
    "its engine does not run",
    "sudo systemctl start docker",
  ],
  [
    "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures",
    "too many keys",
    "IdentitiesOnly yes",
  ],
  [
    "ssh: Could not resolve hostname host.example: Name or service not known",
    "a name of it cannot be resolved",
    "slipway:docker.host",
  ],
  [
    "ssh: connect to host host.example port 2222: Connection refused",
    "no ssh server lets us in there",
    "ssh -p 2222 deploy@host.example true",
  ],
  [
    "Timeout, server host.example not responding.",
    "the connection was lost",
    'Run "pulumi up" again',
  ],
  ["", "the connection was lost", 'Run "pulumi up" again'],
  ["client_loop: send disconnect: Broken pipe", "the connection was lost", 'Run "pulumi up" again'],
];

test.each(COMPLAINTS)("%s", (said, what, cure) => {
  const told = explain(target, said, 255);
  expect(told).toContain(`ssh to deploy@host.example: `);
  expect(told).toContain(what);
  expect(told).toContain(cure);
  expect(told).not.toContain("\n");
});

test("what nobody knows is quoted", () => {
  expect(explain(target, "a new complaint\n", 255)).toBe(
    "ssh to deploy@host.example: a new complaint",
  );
  expect(explain(target, "", 1)).toBe("ssh to deploy@host.example: ended with 1");
});

test("an address of IP version 6 goes to ssh without its brackets", () => {
  expect(sshTarget("ssh://deploy@[2001:db8::1]")).toMatchObject({ name: "deploy@2001:db8::1" });
});
