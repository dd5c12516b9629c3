import { type ApiObject, JsonPatch } from 'cdk8s';

/** Takes away the namespace that a chart gives to everything in it: a Namespace is in none. */
export function clusterScoped(object: ApiObject): void {
  object.addJsonPatch(JsonPatch.remove('/metadata/namespace'));
}
