import { type ApiObject, JsonPatch } from 'cdk8s';

const marked = new WeakSet<ApiObject>();

/** Takes away the namespace that a chart gives to everything in it: a Namespace is in none. */
export function clusterScoped(object: ApiObject): void {
  marked.add(object);
  object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
}

/** Asked of every object; rendering it to look would double the work of a synth. */
export function isClusterScoped(object: ApiObject): boolean {
  return marked.has(object) || object.metadata.namespace === undefined;
}
