import { isMap } from '../model/canonical';
import { withoutHash } from '../model/identity';
import type { KubernetesObject, Manifest } from '../model/tree';

interface Pairs {
  readonly pairs: readonly (readonly [before: Manifest, after: Manifest])[];
  readonly removed: readonly Manifest[];
  readonly added: readonly Manifest[];
}

/** From this share of common fields on, a removed and a new object are told as one that was renamed. */
const alike = 0.6;

/** Finds what is the same object under another name, namespace, kind, group or folder. */
export function pairUp(removed: readonly Manifest[], added: readonly Manifest[]): Pairs {
  const leaves = new Map<Manifest, ReadonlySet<string>>();
  const leavesOf = (manifest: Manifest) => {
    const known = leaves.get(manifest) ?? leavesIn(manifest.object);
    leaves.set(manifest, known);
    return known;
  };
  const few = removed.length * added.length <= most;
  const scored = removed.flatMap((before) =>
    added
      .filter((after) => mayBe(before.object, after.object))
      .map((after) => ({
        before,
        after,
        score: certainty(before, after) ?? (few ? common(leavesOf(before), leavesOf(after)) : 0),
      })),
  );
  const pairs: [Manifest, Manifest][] = [];
  const taken = new Set<Manifest>();
  // Sorting is stable, so equals are paired in the order of their files.
  for (const { before, after, score } of scored.sort((a, b) => b.score - a.score)) {
    if (score < alike || taken.has(before) || taken.has(after)) continue;
    pairs.push([before, after]);
    taken.add(before).add(after);
  }
  const alone = (manifest: Manifest) => !taken.has(manifest);
  return { pairs, removed: removed.filter(alone), added: added.filter(alone) };
}

/** Above this many candidates only names decide: content would be compared for seconds. */
const most = 40_000;

/** Pods are described alike in all of these, and one of them often takes another's place. */
const workloads = ['Deployment', 'StatefulSet', 'DaemonSet', 'Rollout', 'ReplicaSet'];

function mayBe(before: KubernetesObject, after: KubernetesObject): boolean {
  return before.kind === after.kind || [before, after].every(({ kind }) => workloads.includes(kind));
}

/** What names alone decide, content aside. */
function certainty(before: Manifest, after: Manifest): number | undefined {
  const [a, b] = [before.object, after.object];
  const same = a.metadata.name === b.metadata.name;
  const place = a.metadata.namespace === b.metadata.namespace;
  if (same && place) return 3;
  const base = withoutHash(a.metadata.name);
  if (place && a.kind === b.kind && base !== undefined && base === withoutHash(b.metadata.name)) return 2;
  // The same in another environment is another object: both have a `default-deny`.
  if (before.environment !== after.environment) return 0;
  return undefined;
}

function common(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0;
  for (const leaf of a) if (b.has(leaf)) both++;
  return both / (a.size + b.size - both || 1);
}

/** Every field with its value; the lines of a text are fields of their own. */
function leavesIn(object: KubernetesObject): ReadonlySet<string> {
  const leaves = new Set<string>();
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, `${path}[]`);
    else if (isMap(value)) for (const [key, each] of Object.entries(value)) visit(each, `${path}.${key}`);
    else for (const line of String(value).split('\n')) leaves.add(`${path}=${line}`);
  };
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  visit(rest, '');
  visit(metadata.labels ?? {}, 'labels');
  visit(metadata.annotations ?? {}, 'annotations');
  return leaves;
}
