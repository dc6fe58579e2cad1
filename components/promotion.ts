import * as pulumi from "@pulumi/pulumi";
import type { Promoted } from "../spec/types";

/** What another stack's active release runs, by its outputs: they tell of a release only when it serves. */
export async function promoted(from: string | undefined): Promise<Promoted | undefined> {
  if (from === undefined) return undefined;
  const name = from.includes("/")
    ? from
    : `${pulumi.getOrganization()}/${pulumi.getProject()}/${from}`;
  const { value } = await new pulumi.StackReference(name).getOutputDetails("images");
  return { from, images: (value ?? {}) as Record<string, string> };
}
