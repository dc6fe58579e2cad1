import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { resourceName } from "../../spec/names";
import { registryOf } from "../../spec/registry";
import type { ServiceSpec } from "../../spec/types";
import type { Run, SlotArgs, SlotParts } from "../platform";
import { Images } from "../resources";
import { sealed } from "../sealed";
import type { DockerHost } from "./host";

/** The images of a slot: found (or pulled) for each rendering, whatever the state says. */
export class SlotImages {
  readonly byService: Record<string, docker.RemoteImage> = {};
  /** One resource for each image: several services of one image are common, and each resource costs every run. */
  private readonly byName = new Map<pulumi.Input<string>, docker.RemoteImage>();
  /** A tag may be moved, so pushed images run by what it means now, or meant when the release was deployed. */
  readonly digests: SlotParts["digests"];
  /** What each of them waits for. */
  private readonly dependsOn: pulumi.Resource[];

  constructor(
    private readonly run: Run,
    host: DockerHost,
    private readonly args: SlotArgs,
    private readonly options: pulumi.CustomResourceOptions,
  ) {
    this.digests = args.sealed ? {} : (args.digests ?? {});
    this.dependsOn = [...args.after, ...this.pulled(host)];
  }

  of(service: Pick<ServiceSpec, "name" | "image">): docker.RemoteImage {
    return (this.byService[service.name] ??= this.made(service));
  }

  private made({ name: service, image }: Pick<ServiceSpec, "name" | "image">): docker.RemoteImage {
    const name = this.digests[service] ?? image.reference;
    const known = this.byName.get(name);
    if (known) return known;
    const args = { name, keepLocally: true, pullTriggers: [this.run.attempt] };
    const options = { ...this.options, dependsOn: this.dependsOn };
    const made = new docker.RemoteImage(
      resourceName.image(this.args.slot, service),
      args,
      this.args.sealed ? sealed(args, options) : options,
    );
    this.byName.set(name, made);
    return made;
  }

  /** Pushed in this run, so that nobody could pull them before; by us, for the plugin has no login. */
  private pulled({ place }: DockerHost): pulumi.Resource[] {
    const { slot, release, after } = this.args;
    const isPushed = ({ image }: ServiceSpec) =>
      image.kind === "build" && registryOf(image.reference) !== undefined;
    if (!release.content.services.some(isPushed)) return [];
    const { logins } = this.run.secrets;
    const args = { ...place, references: Object.values(this.digests), logins };
    const { provider: _plugin, ...options } = this.options;
    return [new Images(resourceName.images(slot), args, { ...options, dependsOn: after })];
  }
}
