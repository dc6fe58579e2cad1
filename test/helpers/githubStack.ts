import { type GitHub, startGitHub } from "./github";
import { probe } from "./probe";
import { TestStack } from "./stack";

/** The repository that the stand-in has. */
export const REPOSITORY = "acme/shop";

/** An application on this machine's engine, whose stack speaks of a repository on a stand-in for GitHub. */
export class GithubStack {
  private known = 0;

  private constructor(
    readonly stack: TestStack,
    readonly github: GitHub,
  ) {}

  /** `secrets`: of the stack, encrypted. The plugin finds its token as a user's does, in GITHUB_TOKEN. */
  static async create(name: string, secrets: Record<string, string>): Promise<GithubStack> {
    const made = new GithubStack(await TestStack.create(name), await startGitHub());
    for (const [secret, value] of Object.entries(secrets)) {
      await made.stack.secret(`secrets.${secret}`, value);
    }
    made.stack.variables = { GITHUB_TOKEN: made.github.token };
    await made.describes("1");
    return made;
  }

  /** The application in this version. */
  async describes(version: string): Promise<void> {
    const { stack } = this;
    stack.compose({ web: await probe(version, { port: stack.port }) });
  }

  wants(github: object): void {
    this.stack.set("github", { server: this.github.url, repository: REPOSITORY, ...github });
  }

  get repository() {
    return this.github.state.repositories.get(REPOSITORY)!;
  }

  environment(name: string) {
    return this.repository.environments.get(name)!;
  }

  /** What GitHub was asked to change, since this was asked last. */
  changes(): string[] {
    const fresh = this.github.requests.slice(this.known);
    this.known = this.github.requests.length;
    return fresh
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path}`);
  }

  /** That no text for people, and no state, has a value that a test has planted, or the token. */
  expectClear(text: string): void {
    expect(text).not.toMatch(/marker-/);
    expect(text).not.toContain(this.github.token);
  }

  async dispose(): Promise<void> {
    await this.stack.dispose();
    await this.github.stop();
  }
}
