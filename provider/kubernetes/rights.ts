import type { Fault } from "../../spec/types";
import type { Client } from "./client";

const REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

interface Asked {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
}

/** What whoever runs this may not do there; one question for those who may do everything. */
export async function lackingRights(
  client: Client,
  rights: Record<string, string[]>,
): Promise<Fault[]> {
  if (await may(client, { verb: "*", group: "*", resource: "*" })) return [];
  const lacking = (
    await Promise.all(
      Object.entries(rights).map(async ([resource, verbs]) => {
        const denied: string[] = [];
        // One after another: the API server takes only so many connections at once.
        for (const verb of verbs) {
          if (!(await may(client, { verb, ...partsOf(resource) }))) denied.push(verb);
        }
        return { resource, denied };
      }),
    )
  ).filter(({ denied }) => denied.length > 0);
  if (lacking.length === 0) return [];
  const verbs = [...new Set(lacking.flatMap(({ denied }) => denied))].sort();
  const resources = lacking.map(({ resource }) => resource);
  const { namespace } = client;
  const [flag, who] = await subject(client);
  return [
    {
      path: "slipway:kubernetes.namespace",
      what: `you (${who}) may not do there what a deploy does`,
      given: namespace,
      allowed: lacking
        .map(({ resource, denied }) => `${resource}: ${denied.join(", ")}`)
        .join("; "),
      cure: `Have somebody who may give you a Role: kubectl create role slipway -n ${namespace} --verb=${verbs.join(",")} --resource=${resources.join(",")} && kubectl create rolebinding slipway -n ${namespace} --role=slipway --${flag}=${who}`,
    },
  ];
}

/** `deployments.apps`, `pods/log` */
function partsOf(text: string): Omit<Asked, "verb"> {
  const [path = "", ...group] = text.split(".");
  const [resource = "", subresource] = path.split("/");
  return { group: group.join("."), resource, ...(subresource ? { subresource } : {}) };
}

async function may(client: Client, asked: Asked): Promise<boolean> {
  const body = {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: { resourceAttributes: { namespace: client.namespace, ...asked } },
  };
  const { status } = await client.create<{ status: { allowed: boolean } }>(REVIEWS, body);
  return status.allowed;
}

/** Who the API server takes us for; not every one tells. */
async function subject(client: Client): Promise<[flag: string, name: string]> {
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const name = await client
    .create<{ status: { userInfo: { username: string } } }>(path, body)
    .then(({ status }) => status.userInfo.username)
    .catch(() => "NAME");
  const [, account] = /^system:serviceaccount:(.+)$/.exec(name) ?? [];
  return account === undefined ? ["user", name] : ["serviceaccount", account];
}
