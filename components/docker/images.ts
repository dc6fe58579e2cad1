import { dockerfileOf } from "../../spec/buildHash";
import { frontService } from "../../spec/front";
import { baseImages } from "../../spec/mirrors";
import { holderIsKnown } from "../../spec/shared";
import type { ServiceSpec } from "../../spec/types";
import type { Run } from "../platform";
import { isMade } from "./hostRegistry";

/** The images, by reference, that this run makes containers from or builds upon. Nothing when it is steady. */
export function neededImages(run: Run): string[] {
  const { plan, spec } = run;
  const isRendered = plan.kind === "first" || plan.kind === "deploy";
  const { services, routerImage } = plan.release.content;
  const isEdgeRendered = plan.edge.action !== "keep" || !holderIsKnown(run.observation);
  const accessories = spec.services.filter(
    ({ name, role }) => role === "accessory" && plan.accessories[name] !== "keep",
  );
  const all = [
    ...(isEdgeRendered ? [spec.docker.proxyImage] : []),
    ...(isRendered ? services.flatMap(references) : []),
    ...(isRendered && !frontService(plan.release.content) ? [routerImage] : []),
    ...accessories.flatMap(references),
    ...(isMade(run) && spec.registry?.onHost ? [spec.registry.onHost.image] : []),
    ...buildBases(run),
  ];
  return [...new Set(all)].sort();
}

const references = ({ image }: ServiceSpec) =>
  image.kind === "reference" ? [image.reference] : [];

/** The host's engine builds, and FROM has to find there what only this machine has. */
function buildBases({ spec, observation }: Run): string[] {
  if (spec.release !== undefined) return [];
  return spec.services.flatMap(({ image }) => {
    if (image.kind !== "build" || observation.builds.includes(image.reference)) return [];
    return [
      ...baseImages(dockerfileOf(image), spec.mirrors, image.args),
      ...Object.values(image.contexts ?? {}).flatMap(
        (place) => /^docker-image:\/\/(.+)$/.exec(place)?.slice(1) ?? [],
      ),
    ];
  });
}
