import type { KubernetesObject, Manifest } from '../model/tree';
import { factsOf } from './facts';

/** What is replaced as well, because it names something of this one that only AWS knows, in an argument that cannot change. */
export function followersOf(
  object: KubernetesObject,
  side: { readonly manifests: readonly Manifest[] },
): KubernetesObject[] {
  const all = side.manifests.map((each) => each.object).filter(({ kind }) => factsOf(kind));
  const found: KubernetesObject[] = [];
  const queue = [object];
  for (let next = queue.shift(); next; next = queue.shift()) {
    const name = `${next.kind}.${next.metadata.name}.`;
    for (const other of all) {
      if (other === object || found.includes(other)) continue;
      const fixed = factsOf(other.kind)?.replace ?? [];
      const named = fixed
        .map((argument) => JSON.stringify(argumentOf(other, argument)) ?? '')
        .filter((text) => text.includes(name))
        .map((text) => /^\w+/.exec(text.slice(text.indexOf(name) + name.length))?.[0] ?? '');
      if (!named.some((attribute) => !Object.hasOwn(next, attribute))) continue;
      found.push(other);
      queue.push(other);
    }
  }
  return found;
}

/** The value of a field, elements of lists left out of its path; of several the list of all. */
export function argumentOf(object: KubernetesObject, argument: string): unknown {
  let values: unknown[] = [object];
  for (const step of argument.split('.')) {
    const inner = values.flatMap((each) => (Array.isArray(each) ? each : [each]));
    values = inner.flatMap((each) => {
      const value = (each as Record<string, unknown> | undefined)?.[step];
      return value === undefined ? [] : [value];
    });
  }
  return values.length > 1 ? values.flat() : values[0];
}
