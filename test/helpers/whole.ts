import { probe } from "./probe";
import { type Container, freePort, TestStack } from "./stack";

export const keyOf = ({ id, startedAt }: Container) => `${id} ${startedAt}`;

/** A container by what it is, `of` the slot that serves or the other one. */
export type Like = Partial<Container> & { of?: "live" | "idle" };

/** An application with one of each: two services behind a front door, a worker, a database. */
export class WholeApplication {
  private constructor(
    readonly stack: TestStack,
    private readonly apiPort: number,
  ) {}

  static async create(name: string): Promise<WholeApplication> {
    const stack = await TestStack.create(name);
    stack.set("services", { api: { replicas: 2 } });
    return new WholeApplication(stack, await freePort());
  }

  async deploy(version: string): Promise<void> {
    this.stack.compose(
      {
        web: await probe(version, { port: this.stack.port, environment: { SERVICE: "web" } }),
        api: await probe(version, { port: this.apiPort, environment: { SERVICE: "api" } }),
        jobs: {
          ...(await probe(version)),
          healthcheck: undefined,
          command: ["worker"],
          "x-slipway": { role: "worker" },
        },
        db: await probe("db", { "x-slipway": { role: "accessory" }, volumes: ["db:/data"] }),
      },
      { volumes: { db: {} } },
    );
    await this.stack.deploy();
  }

  get live(): string {
    return this.stack.outputs().active as string;
  }

  get idle(): string {
    return this.live === "blue" ? "green" : "blue";
  }

  async find({ of, ...like }: Like): Promise<Container> {
    const wanted = { ...like, ...(of ? { slot: this[of] } : {}) };
    const found = (await this.stack.containers()).find((c) =>
      Object.entries(wanted).every(([key, value]) => c[key as keyof Container] === value),
    );
    if (!found) throw new Error(`nothing like ${JSON.stringify(wanted)}`);
    return found;
  }

  async container(like: Like) {
    return this.stack.transport.docker.getContainer((await this.find(like)).id);
  }

  /** The two that serve, by what a client sees: a version, and a name. */
  async answers(): Promise<unknown[]> {
    const api = await this.stack.get("/", this.apiPort, `localhost:${this.apiPort}`);
    return [
      await this.stack.version(),
      api.status === 200 ? JSON.parse(api.body).service : api.status,
    ];
  }
}
