import type { Client } from "../../../provider/kubernetes/client";
import { limitsOf } from "../../../provider/kubernetes/limits";
import { checkNeeds } from "../../../provider/kubernetes/needs";
import { ApiError } from "../../../provider/kubernetes/client";
import { numberOf } from "../../../provider/kubernetes/quantity";
import { Refusal } from "../../../provider/platform";
import { formatFault } from "../../../spec/fault";
import { needsOf, type ClusterNeeds } from "../../../spec/kubernetesNeeds";
import { application, service } from "../../helpers/spec";

const DEFAULT = { "storageclass.kubernetes.io/is-default-class": "true" };
const named = (name: string, annotations = {}) => ({ metadata: { name, annotations } });
const NOTHING: ClusterNeeds = { rights: {}, names: [] };

/** A cluster that answers these lists; one that is not here is forbidden. */
function cluster(lists: Record<string, unknown[]>, may: (verb: string, what: string) => boolean) {
  const asked: string[] = [];
  const get = async (path: string) => {
    const kind = path.replace(/\?.*/, "").split("/").pop()!;
    if (lists[kind] === undefined) throw new ApiError(403, "Forbidden", `${kind} is forbidden`);
    return { items: lists[kind] };
  };
  const create = async (path: string, { spec }: any) => {
    if (!path.endsWith("accessreviews")) return { status: { userInfo: { username: "ann" } } };
    const { verb, resource, group, subresource } = spec.resourceAttributes;
    const what = [[resource, subresource].filter(Boolean).join("/"), group].filter(Boolean);
    asked.push(`${verb} ${what.join(".")}`);
    return { status: { allowed: may(verb, what.join(".")) } };
  };
  const list = async (path: string) => (await get(path)).items;
  const path = (plural: string) => plural;
  return { asked, client: { namespace: "shop", get, create, list, path } as unknown as Client };
}

async function faults(
  needs: Partial<ClusterNeeds>,
  lists: Record<string, unknown[]> = {},
  may: (verb: string, what: string) => boolean = () => true,
): Promise<string[]> {
  const { client } = cluster(lists, may);
  try {
    await checkNeeds(client, "shop", { ...NOTHING, ...needs });
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return error.faults.map(formatFault);
  }
}

test("rights that are missing, with the commands that give them", async () => {
  const rights = { "deployments.apps": ["create", "patch"], "pods/proxy": ["get"], pods: ["get"] };
  const may = (verb: string, what: string) => what === "pods" || verb === "patch";
  expect(await faults({ rights }, {}, may)).toEqual([
    "slipway:kubernetes.namespace: you (ann) may not do there what a deploy does (given: shop; allowed: deployments.apps: create; pods/proxy: get). Have somebody who may give you a Role: kubectl create role slipway -n shop --verb=create,get --resource=deployments.apps,pods/proxy && kubectl create rolebinding slipway -n shop --role=slipway --user=ann",
  ]);
});

test("whoever may do everything is asked one question", async () => {
  const { client, asked } = cluster({}, () => true);
  await checkNeeds(client, "shop", { ...NOTHING, rights: { pods: ["get", "list"] } });
  expect(asked).toEqual(["* *.*"]);
});

test("only what a run uses is asked for", () => {
  const plain = needsOf(application({ platform: "kubernetes", kubernetes: SETTINGS }));
  expect(Object.keys(plain.rights)).not.toContain("ingresses.networking.k8s.io");
  expect(plain).toMatchObject({ rights: { "statefulsets.apps": ["list"] } });
  expect(plain).not.toHaveProperty("storageClass");
  const services = [service({ smoke: [{ path: "/", port: 8000, status: 200 }], replicas: 2 })];
  const ingress = { annotations: {} };
  const more = application({
    platform: "kubernetes",
    kubernetes: { ...SETTINGS, ingress },
    services,
    volumes: ["data"],
  });
  expect(needsOf(more)).toMatchObject({
    ingressClass: {},
    storageClass: { volumes: ["data"] },
    rights: { "pods/proxy": ["get"], "poddisruptionbudgets.policy": expect.anything() },
  });
});
const SETTINGS = { namespace: "shop", expose: "ClusterIP" as const, storage: "8Gi" };

describe("classes", () => {
  const storageClass = { volumes: ["data"] };
  test("none is the default", async () => {
    const lists = { storageclasses: [named("slow")], persistentvolumeclaims: [] };
    expect(await faults({ storageClass }, lists)).toEqual([
      expect.stringMatching(/^slipway:kubernetes\.storageClass: says nothing, and.*allowed: slow/),
    ]);
  });
  test.each<[string, Partial<ClusterNeeds>, Record<string, unknown[]>]>([
    ["a default", { storageClass }, { storageclasses: [named("a", DEFAULT)], persistentvolumeclaims: [] }], // prettier-ignore
    ["claims that are there", { storageClass }, { storageclasses: [], persistentvolumeclaims: [{}] }], // prettier-ignore
    ["volumes made by hand", { storageClass }, { storageclasses: [], persistentvolumeclaims: [], persistentvolumes: [{}] }], // prettier-ignore
    ["nobody may look", { storageClass, ingressClass: {} }, { persistentvolumeclaims: [] }],
    ["the one that is named", { ingressClass: { name: "a" } }, { ingressclasses: [named("a")] }],
  ])("nothing is lacking: %s", async (_what, needs, lists) => {
    expect(await faults(needs, lists)).toEqual([]);
  });
  test("the one that is named is not there", async () => {
    expect(await faults({ ingressClass: { name: "nginx" } }, { ingressclasses: [] })).toEqual([
      expect.stringContaining("given: nginx; allowed: the cluster has none"),
    ]);
  });
});

test("HTTPRoutes, where a Gateway is named", async () => {
  const { client } = cluster({}, () => true);
  const needs = { ...NOTHING, gateway: true as const };
  const asked = (found: object | undefined) =>
    checkNeeds({ ...client, find: async () => found } as unknown as Client, "shop", needs);
  await expect(asked(undefined)).rejects.toThrow(
    "slipway:kubernetes.gateway: the cluster knows no",
  );
  await expect(asked({})).resolves.toBeUndefined();
});

test("what would be taken over", async () => {
  const names = [{ kind: "workload" as const, name: "api-blue", path: "services.api" }];
  const other = { metadata: { name: "api-blue", labels: { "slipway.application": "other" } } };
  expect(await faults({ names }, { deployments: [other], services: [other] })).toEqual([
    expect.stringMatching(/^services.api: Deployment api-blue is in .* of application other/),
  ]);
});

test.each([
  ["500m", 0.5],
  ["2", 2],
  ["1Gi", 2 ** 30],
  ["128M", 128e6],
  ["1e3", 1000],
  ["1.5Ki", 1536],
  ["-1", -1],
  ["x", undefined],
  [undefined, undefined],
])("quantity %s", (text, number) => {
  expect(numberOf(text)).toBe(number);
});

test("what a quota leaves, in processors and bytes; one for some pods only is not known", async () => {
  const status = { hard: { cpu: "2", "limits.memory": "1Gi" }, used: { cpu: "500m" } };
  const quota = { metadata: { name: "small" }, status };
  const range = {
    metadata: { name: "usual" },
    spec: { limits: [{ type: "Container", default: { cpu: "100m", memory: "64Mi" } }] },
  };
  const { client } = cluster(
    {
      resourcequotas: [quota, { ...quota, spec: { scopes: ["BestEffort"] } }],
      limitranges: [range],
    },
    () => true,
  );
  const usual = { cpus: 0.1, memory: 64 };
  expect(await limitsOf(client)).toEqual({
    quotas: [{ name: "small", left: { cpu: 1.5, "limits.memory": 2 ** 30 } }],
    ranges: [{ name: "usual", max: {}, min: {}, limit: usual, request: usual }],
  });
});
