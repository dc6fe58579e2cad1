import { gzipSync } from "node:zlib";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { frontService, ROUTER } from "../../spec/front";
import { LABEL, resourceName } from "../../spec/names";
import { portNumbers } from "../../spec/ports";
import { healthOf, inOrder, isWaitedFor } from "../../spec/services";
import type { ServiceSpec } from "../../spec/types";
import type { Run, SlotArgs, SlotParts, UnitInputs } from "../platform";
import { Ready, Task } from "../resources";
import { config } from "./config";
import type { KubernetesHost } from "./host";
import { type About, dns, labelsOf, metadata, options, unitId, type Way } from "./object";
import { podTemplate } from "./pod";
import { type Aliases, aboutOf, names, selectorOf } from "./names";
import { autoscaler, budget, replicasAtStart } from "./scale";
import { doubleOf, routerOf } from "./services";

export interface KubernetesSlotParts extends SlotParts {
  aliases: Aliases;
}

/** Seconds that a task may take. */
const TASK_TIMEOUT = 600;

/** A closed unit that runs one release: its Services, tasks, Deployments and one front door. */
export class KubernetesSlot extends pulumi.ComponentResource {
  readonly parts: KubernetesSlotParts;

  private readonly way: Way;
  private readonly aliases: Aliases;
  /** What others wait for, by service: its Deployment, or the end of its task. */
  private readonly started = new Map<string, pulumi.Resource[]>();
  private readonly healthy = new Map<string, pulumi.Resource[]>();
  private readonly units: UnitInputs[] = [];
  private readonly smoke: SlotParts["smoke"] = [];
  private readonly trials: SlotParts["trials"] = [];
  /** What the one Service selects. */
  private readonly front: string;

  constructor(
    private readonly run: Run,
    private readonly host: KubernetesHost,
    private readonly args: SlotArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("slipway:kubernetes:Slot", args.slot, {}, opts);
    const { release, slot, sealed } = args;
    const { content } = release;
    this.way = sealed ? "asItIs" : "anew";
    this.front = `${slot}-${release.id}`;
    this.aliases = names(run, args, this.way, this.options);
    const front = frontService(content);
    const releaseTasks = content.services
      .filter((service) => service.release)
      .flatMap((service) => this.releaseTask(service));
    for (const service of inOrder(content.services)) {
      if (service.role === "worker") {
        this.trial(service);
        continue;
      }
      if (service.role === "task") this.taskService(service, releaseTasks);
      else this.appService(service, releaseTasks, front?.service === service.name);
    }
    if (!front) this.router();
    this.parts = {
      slot,
      release,
      units: this.units,
      trials: this.trials,
      smoke: this.smoke,
      targets: [this.front],
      healthPath: front?.healthPath ?? ROUTER.healthPath,
      digests: sealed ? {} : (args.digests ?? {}),
      aliases: this.aliases,
    };
    this.registerOutputs({});
  }

  private get options(): pulumi.CustomResourceOptions {
    return {
      ...this.host.options,
      parent: this,
      dependsOn: [...this.host.ready, ...this.args.after],
    };
  }

  private appService(service: ServiceSpec, releaseTasks: pulumi.Resource[], isFront: boolean) {
    const about = aboutOf(this.args, service.name, "app");
    if (this.isLost(about.resource)) return;
    const front = isFront ? frontService(this.args.release.content)?.port : undefined;
    const dependsOn = [...releaseTasks, ...this.waitsFor(service)];
    const deployment = this.deployment(service, about, { front, dependsOn });
    const unit = {
      id: unitId("deployment", deployment),
      service: service.name,
      ...healthOf(service),
    };
    this.units.push(unit);
    this.smoke.push(
      ...service.smoke.map((check) => ({ id: unit.id, service: service.name, check })),
    );
    this.started.set(service.name, [deployment]);
    if (!isWaitedFor(service, this.args.release.content.services)) return;
    const ready = new Ready(
      resourceName.ready(about.resource),
      {
        ...this.host.place,
        resource: about.resource,
        unit,
        timeout: this.run.spec.strategy.deployTimeout,
        secrets: this.run.secrets.values,
      },
      { parent: this },
    );
    this.healthy.set(service.name, [ready]);
  }

  private deployment(
    service: ServiceSpec,
    about: About,
    { front, dependsOn }: { front?: number | undefined; dependsOn: pulumi.Resource[] },
  ): kubernetes.apps.v1.Deployment {
    const own = {
      ...this.options,
      dependsOn: [...this.args.after, ...this.host.ready, ...dependsOn],
    };
    const matchLabels = selectorOf(this.run, this.args, service.name, about.role);
    const named: Record<string, string> =
      portNumbers(service).length > 0 && about.role === "app" ? { [LABEL.named]: "true" } : {};
    const isFront = front !== undefined;
    const args = {
      metadata: metadata(this.run, {
        ...about,
        annotations: { ...named, ...(isFront ? this.record() : {}), ...service.labels },
      }),
      spec: {
        replicas: replicasAtStart(this.run, service),
        selector: { matchLabels },
        minReadySeconds: 0,
        revisionHistoryLimit: 1,
        template: this.template(service, about, {
          labels: { ...matchLabels, ...(isFront ? { [LABEL.front]: this.front } : {}) },
          front,
        }),
      },
    };
    const resource = about.resource;
    const deployment = new kubernetes.apps.v1.Deployment(
      resource,
      args,
      options(this.way, args, own),
    );
    budget(this.run, service, about, matchLabels, this.way, this.options);
    autoscaler(this.run, service, about, this.way, this.options);
    return deployment;
  }

  private template(
    service: ServiceSpec,
    about: About,
    {
      labels,
      front,
      restarts,
    }: { labels: Record<string, string>; front?: number | undefined; restarts?: "Never" },
  ) {
    return podTemplate(service, {
      labels: { ...labelsOf(this.run, about), ...labels },
      config: config(this.run, service, about, this.way, this.options),
      image: this.args.digests?.[service.name] ?? service.image.reference,
      account: this.host.account,
      pullSecrets: this.host.pullSecrets,
      aliases: this.aliases,
      takesRequests: about.role === "app" || about.role === "front",
      ...(front === undefined ? {} : { front }),
      ...(restarts ? { restarts } : {}),
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
    this.healthy.set(
      service.name,
      this.task(service, service.name, [...after, ...this.waitsFor(service)]),
    );
    this.started.set(service.name, []);
  }

  /** A command with the new image, before the slot starts. */
  private releaseTask(service: ServiceSpec): pulumi.Resource[] {
    const command: ServiceSpec = { ...service, command: service.release! };
    delete command.health;
    return this.task(command, `${service.name}-release`, []);
  }

  /** The gate has the image pulled, before the traffic moves. */
  private trial(worker: ServiceSpec) {
    const resource = resourceName.trial(this.args.slot, worker.name);
    if (this.isLost(resource)) return;
    const about = aboutOf(this.args, dns("trial", worker.name), "trial");
    const job = this.job(doubleOf(worker), { ...about, resource, service: worker.name }, []);
    this.trials.push({ id: unitId("job", job), service: worker.name });
  }

  /** A Job that is made suspended; the provider lets it run when its time has come. It stays: a refresh must find it. */
  private task(service: ServiceSpec, name: string, after: pulumi.Resource[]): pulumi.Resource[] {
    const { slot, release } = this.args;
    const resource = resourceName.task(slot, name);
    if (this.isLost(resource)) return [];
    const about = { ...aboutOf(this.args, name, "task"), resource, service: service.name };
    const { health: _health, ...runs } = service;
    const job = this.job(runs, about, after);
    return [
      new Task(
        `run-${resource}`,
        {
          ...this.host.place,
          release: release.id,
          service: service.name,
          task: name,
          unit: unitId("job", job),
          timeout: TASK_TIMEOUT,
          secrets: this.run.secrets.values,
        },
        { parent: this },
      ),
    ];
  }

  private job(service: ServiceSpec, about: About, after: pulumi.Resource[]) {
    const args = {
      metadata: metadata(this.run, about),
      spec: {
        suspend: true,
        backoffLimit: 0,
        template: this.template(service, about, { labels: {}, restarts: "Never" }),
      },
    };
    const own = { ...this.options, dependsOn: [...this.host.ready, ...this.args.after, ...after] };
    return new kubernetes.batch.v1.Job(about.resource, args, options(this.way, args, own));
  }

  private router() {
    const resource = resourceName.front(this.args.slot);
    if (this.isLost(resource)) return;
    const service = routerOf(this.args.release.content);
    const about = { ...aboutOf(this.args, service.name, "front"), resource };
    const dependsOn = [...this.started.values()].flat();
    const deployment = this.deployment(service, about, { front: ROUTER.port, dependsOn });
    this.units.push({
      id: unitId("deployment", deployment),
      service: "front",
      ...healthOf(service),
    });
  }

  /** In a sealed slot only what really is there is declared. */
  private isLost(resource: string): boolean {
    if (!this.args.sealed) return false;
    const there = this.run.observation.slots[this.args.slot].containers;
    return !there.some((unit) => unit.resource === resource);
  }

  private record() {
    const content = JSON.stringify(this.args.release.content);
    return { [LABEL.record]: gzipSync(content).toString("base64") };
  }
}
