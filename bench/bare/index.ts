import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { LASTING } from "../../components/docker/container";

/**
 * What somebody would write by hand: a network and a container per service, with the runtime options
 * that Slipway gives its containers. A new version replaces every container in place: no slots, no gate. With `idle`
 * there are as many containers again, which no version touches: as many as two slots have.
 */
const config = new pulumi.Config();
const name = config.require("name");
const services = config.requireNumber("services");
const version = config.require("version");
const port = config.requireNumber("port");

const provider = new docker.Provider("docker", { host: config.require("host") });
const network = new docker.Network("network", { name }, { provider });
const image = new docker.RemoteImage(
  "image",
  { name: config.require("image"), keepLocally: true },
  { provider },
);

function container(service: string, version: string, more: Partial<docker.ContainerArgs> = {}) {
  new docker.Container(
    service,
    {
      name: `${name}-${service}`,
      image: image.imageId,
      ...LASTING,
      envs: [`VERSION=${version}`],
      labels: [{ label: "slipway.bench", value: name }],
      healthcheck: {
        tests: ["CMD", "/probe", "check", "http://127.0.0.1:8080/health"],
        interval: `${config.requireNumber("interval")}s`,
        timeout: "2s",
        startPeriod: "0s",
        retries: 2,
      },
      stopTimeout: 10,
      destroyGraceSeconds: 10,
      networksAdvanced: [{ name: network.name, aliases: [service] }],
      ...more,
    },
    // A name is taken while its container is there.
    { provider, deleteBeforeReplace: true },
  );
}

for (let index = 1; index <= services; index++) {
  const ports = [{ internal: 8080, external: port, ip: "127.0.0.1" }];
  container(`s${index}`, version, index === 1 ? { ports } : {});
  if (config.requireBoolean("idle")) container(`idle${index}`, "idle");
}
