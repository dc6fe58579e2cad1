import { honoured, refused, warned, type KeyTable } from "./keys";

/** Keys of a Compose file outside its services. */

export const TOP_KEYS: KeyTable = {
  name: honoured("unless slipway:name is set"),
  version: honoured("means nothing, as in Compose"),
  services: honoured(),
  volumes: honoured(),
  networks: honoured(),
  secrets: honoured(),
  configs: honoured(),
  include: honoured("files of this machine"),
  models: refused("Run the model as a service"),
  "x-slipway": refused("Put x-slipway under a service, application settings in the stack's config"),
};

export const INCLUDE_KEYS: KeyTable = {
  path: honoured(),
  project_directory: honoured(),
  env_file: honoured(),
};

export const VOLUME_KEYS: KeyTable = {
  driver: honoured("local", { elsewhere: "a claim on Kubernetes, EFS on ECS" }),
  name: warned("a volume is named after the application, so that its data is found again"),
  labels: warned("volumes have Slipway's own labels"),
  external: refused(
    "Leave it out: the volume is called <application>-<name> and made when it is missing, copy old data into it first",
  ),
  driver_opts: refused("Use the local driver as it is"),
};

const APART = "Leave it out: each slot has networks of its own";
export const NETWORK_KEYS: KeyTable = {
  internal: honoured("", {
    kubernetes: "warned",
    ecs: "warned",
    elsewhere: "one network for the application",
  }),
  driver: honoured("bridge"),
  name: warned("each slot has networks of its own"),
  attachable: warned("each slot has networks of its own"),
  labels: warned("networks have Slipway's own labels"),
  external: refused(`${APART}; on a network of others both releases would answer to one name`),
  ipam: refused("Leave it out: two slots cannot have one range of addresses"),
  driver_opts: refused("Use the bridge driver as it is"),
  enable_ipv4: refused("Leave it out"),
  enable_ipv6: refused("Leave it out"),
};

export const CONFIG_KEYS: KeyTable = {
  file: honoured(),
  content: honoured(),
  environment: honoured(),
  name: warned("the content travels in the release"),
  labels: warned("the content travels in the release"),
  external: refused("Use file or content"),
  template_driver: refused("Use ${NAME}: variables are replaced as the file is read"),
};

export const SECRET_KEYS: KeyTable = {
  file: honoured("unless slipway:secrets has it"),
  environment: honoured("unless slipway:secrets has it"),
  external: honoured("from slipway:secrets"),
  name: honoured("its name in slipway:secrets"),
  labels: warned("a secret is kept by Pulumi"),
  driver: refused("Put the value into slipway:secrets"),
  driver_opts: refused("Put the value into slipway:secrets"),
  template_driver: refused("Put the value into slipway:secrets"),
};
