import { Client, type KubernetesObject } from "../../provider/kubernetes/client";

/** A namespace `test` whose API answers from these objects, by path below it: `deployments/api`, `pods`. */
export class FakeClient extends Client {
  constructor(private readonly objects: Record<string, KubernetesObject | KubernetesObject[]>) {
    super("kubernetes:///test");
  }

  override path = (path: string) => path;

  override get = async <T>(path: string): Promise<T> => {
    const found = this.objects[path.replace(/\?.*/, "")];
    if (Array.isArray(found)) return { items: found } as T;
    if (found === undefined) throw new Error(`nobody asks for ${path} here`);
    return found as T;
  };

  override async find<T>(path: string): Promise<T | undefined> {
    return this.objects[path] as T | undefined;
  }

  override async list<T>(path: string): Promise<T[]> {
    return (this.objects[path] ?? []) as T[];
  }
}
