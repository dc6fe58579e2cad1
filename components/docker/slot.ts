import { gzipSync } from "zlib";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { frontService, ROUTER } from "../../spec/front";
import { LABEL, resourceName } from "../../spec/names";
import { healthOf, inOrder, isWaitedFor } from "../../spec/services";
import type { ServiceSpec } from "../../spec/types";
import type { Run, SlotArgs, SlotParts, UnitInputs } from "../platform";
import { Ready, Task } from "../resources";
import {
  baseLabels,
  containerArgs,
  LASTING,
  type Labels,
  labelList,
  physicalName,
} from "./container";
import { sealed } from "../sealed";
import { type DockerHost, network, SHARED_TIMEOUT } from "./host";
import { SlotImages } from "./slotImages";
import { ROUTER_CONFIG_PATH, routerConfig } from "../router";
import { askedPorts, harmless, loopback, mounts } from "./service";

export interface DockerSlotParts extends SlotParts {
  networks: Record<string, docker.Network>;
  /** By service. */
  images: Record<string, docker.RemoteImage>;
}

/** A closed unit that runs one release: its networks, tasks, services and one front door. */
export class DockerSlot extends pulumi.ComponentResource {
  readonly parts: DockerSlotParts;

  private readonly networks: Record<string, docker.Network>;
  private readonly images: SlotImages;
  /** What others wait for, by service: its containers, or the end of its task. */
  private readonly started = new Map<string, pulumi.Resource[]>();
  private readonly healthy = new Map<string, pulumi.Resource[]>();
  private readonly units: UnitInputs[] = [];
  private readonly fronts: docker.Container[] = [];
  private readonly smoke: SlotParts["smoke"] = [];
  private readonly trials: SlotParts["trials"] = [];

  constructor(
    private readonly run: Run,
    private readonly host: DockerHost,
    private readonly args: SlotArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("slipway:docker:Slot", args.slot, {}, opts);
    const { content } = args.release;
    this.images = new SlotImages(run, host, args, this.options);
    this.networks = this.makeNetworks();
    const front = frontService(content);
    const releaseTasks = content.services
      .filter((service) => service.release)
      .flatMap((service) => this.releaseTask(service));
    for (const service of inOrder(content.services)) {
      if (service.role === "worker") this.trial(service);
      else if (service.role === "task") this.taskService(service, releaseTasks);
      else this.appService(service, releaseTasks, front?.service === service.name);
    }
    if (!front) this.router();
    const port = front?.port ?? ROUTER.port;
    this.parts = {
      slot: args.slot,
      release: args.release,
      units: this.units,
      trials: this.trials,
      smoke: this.smoke,
      targets: this.fronts.map((container) => pulumi.interpolate`${container.name}:${port}`),
      healthPath: front?.healthPath ?? ROUTER.healthPath,
      digests: this.images.digests,
      networks: this.networks,
      images: this.images.byService,
    };
    this.registerOutputs({});
  }

  private get options(): pulumi.CustomResourceOptions {
    return { ...this.host.options, parent: this };
  }

  private makeNetworks(): Record<string, docker.Network> {
    const { networks } = this.args.release.content;
    return Object.fromEntries(
      networks.map(({ name, internal }) => [
        name,
        network(this.run, resourceName.network(this.args.slot, name), this.host.claim, internal, {
          ...this.options,
          dependsOn: this.host.ready,
        }),
      ]),
    );
  }

  private appService(service: ServiceSpec, releaseTasks: pulumi.Resource[], isFront: boolean) {
    const after = [...releaseTasks, ...this.waitsFor(service)];
    const containers = Array.from({ length: service.replicas }, (_, index) =>
      this.container(service, resourceName.container(this.args.slot, service.name, index), after, {
        role: "app",
        isFront,
      }),
    ).filter((container) => container !== undefined);
    this.started.set(service.name, containers);
    containers.forEach((container) =>
      this.units.push({ id: container.id, service: service.name, ...healthOf(service) }),
    );
    if (isFront) this.fronts.push(...containers);
    const [one] = containers;
    if (one)
      this.smoke.push(
        ...service.smoke.map((check) => ({ id: one.id, service: service.name, check })),
      );
    this.healthy.set(
      service.name,
      isWaitedFor(service, this.args.release.content.services)
        ? this.ready(service, containers)
        : [],
    );
  }

  /** The gate starts it for a moment, where it can reach nothing and change nothing. */
  private trial(worker: ServiceSpec) {
    // The worker itself needs it too, even where the double is lost.
    this.images.of(worker);
    const logical = resourceName.trial(this.args.slot, worker.name);
    const container = this.container(worker, logical, [], { role: "trial", isFront: false });
    if (container) this.trials.push({ id: container.id, service: worker.name });
  }

  private ready(service: ServiceSpec, containers: docker.Container[]): pulumi.Resource[] {
    return containers.map((container, index) => {
      const logical = resourceName.container(this.args.slot, service.name, index);
      return new Ready(
        resourceName.ready(logical),
        {
          ...this.host.place,
          resource: logical,
          unit: { id: container.id, service: service.name, ...healthOf(service) },
          timeout: this.run.spec.strategy.deployTimeout,
          secrets: this.run.secrets.values,
        },
        { parent: this },
      );
    });
  }

  private waitsFor(service: ServiceSpec): pulumi.Resource[] {
    return service.dependsOn.flatMap(({ service: name, condition }) => [
      ...(this.started.get(name) ?? []),
      ...(condition === "started" ? [] : (this.healthy.get(name) ?? [])),
    ]);
  }

  /** A one-off service: runs once a release, before those that wait for its end. */
  private taskService(service: ServiceSpec, after: pulumi.Resource[]) {
    const task = this.task(service, service.name, [...after, ...this.waitsFor(service)]);
    this.healthy.set(service.name, task);
    this.started.set(service.name, []);
  }

  /** A command with the new image, before the slot starts. */
  private releaseTask(service: ServiceSpec): pulumi.Resource[] {
    const command: ServiceSpec = { ...service, command: service.release! };
    delete command.health;
    return this.task(command, `${service.name}-release`, []);
  }

  private task(service: ServiceSpec, name: string, after: pulumi.Resource[]): pulumi.Resource[] {
    const logical = resourceName.task(this.args.slot, name);
    const container = this.container(service, logical, after, { role: "task", isFront: false });
    if (!container) return [];
    return [
      new Task(
        `run-${logical}`,
        {
          ...this.host.place,
          release: this.args.release.id,
          service: service.name,
          task: name,
          unit: container.id,
          timeout: TASK_TIMEOUT,
          secrets: this.run.secrets.values,
        },
        { parent: this },
      ),
    ];
  }

  private container(
    service: ServiceSpec,
    logical: string,
    after: pulumi.Resource[],
    { role, isFront }: { role: "app" | "task" | "trial"; isFront: boolean },
  ): docker.Container | undefined {
    if (this.isLost(logical)) return undefined;
    const image = this.images.of(service);
    const labels = this.labels(logical, role, service.name, isFront);
    const isApp = role === "app";
    const args: docker.ContainerArgs = {
      ...containerArgs(this.run, service, image.imageId, logical, labels),
      ...mounts(this.run, service),
      // What does not serve is made here; the provider starts it when its time has come.
      ...(isApp ? {} : { start: false, restart: "no" }),
      ...(role === "trial"
        ? harmless(this.run, service)
        : {
            networksAdvanced: [
              ...this.attachments(service, !isApp),
              ...(isFront ? [this.edgeAttachment()] : []),
            ],
          }),
      ...loopback(isApp ? askedPorts(service, isFront ? this.args.release : undefined) : []),
    };
    return this.make(logical, args, [...after, ...this.args.after]);
  }

  private router() {
    const { content } = this.args.release;
    const logical = resourceName.front(this.args.slot);
    if (this.isLost(logical)) return;
    const image = this.images.of({
      name: ROUTER_IMAGE_NAME,
      image: { kind: "reference", reference: content.routerImage },
    });
    const args: docker.ContainerArgs = {
      name: physicalName(this.run, logical),
      image: image.imageId,
      ...LASTING,
      labels: labelList(this.labels(logical, "front", "front", true)),
      uploads: [{ file: ROUTER_CONFIG_PATH, content: routerConfig(content) }],
      networksAdvanced: [
        ...Object.values(this.networks).map((n) => ({ name: n.name })),
        this.edgeAttachment(),
      ],
      ...loopback([ROUTER.port]),
    };
    const container = this.make(logical, args, this.args.after);
    this.fronts.push(container);
    const http = { path: ROUTER.healthPath, port: ROUTER.port };
    const health = { http, interval: 1, timeout: 5, retries: 1, startPeriod: 0 };
    this.units.push({ id: container.id, service: "front", health });
  }

  private make(logical: string, args: docker.ContainerArgs, dependsOn: pulumi.Resource[]) {
    const options = { ...this.options, dependsOn, additionalSecretOutputs: ["envs", "uploads"] };
    return new docker.Container(logical, args, this.args.sealed ? sealed(args, options) : options);
  }

  /** In a sealed slot only what really is there is declared. */
  private isLost(logical: string): boolean {
    if (!this.args.sealed) return false;
    const there = this.run.observation.slots[this.args.slot].containers;
    return !there.some((container) => container.resource === logical);
  }

  private labels(logical: string, role: string, service: string, carriesRecord: boolean): Labels {
    const { release, slot } = this.args;
    return {
      ...baseLabels(this.run, logical, role, service),
      [LABEL.slot]: slot,
      [LABEL.release]: release.id,
      ...(carriesRecord
        ? { [LABEL.record]: gzipSync(JSON.stringify(release.content)).toString("base64") }
        : {}),
    };
  }

  private attachments(service: ServiceSpec, isTask: boolean) {
    return service.networks.flatMap(({ name, aliases }) => [
      // A task answers to nobody: under the service's name it would get requests meant for the service.
      { name: this.networks[name]!.name, aliases: isTask ? [] : [service.name, ...aliases] },
      { name: this.host.shared[name]!.name },
    ]);
  }

  private edgeAttachment() {
    return { name: this.host.edgeNetwork.name };
  }
}

/** Beside the images of services; no service can be called so. */
const ROUTER_IMAGE_NAME = "front.router";

/** Seconds that a task may take. */
const TASK_TIMEOUT = 5 * SHARED_TIMEOUT;
