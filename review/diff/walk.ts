import { canonical, isMap, sameMeaning } from '../model/canonical';
import { calledBy, literalName } from '../model/literals';
import type { Path } from '../model/path';
import { isDefault } from './defaults';
import { keyOf, orderMatters } from './list-keys';

/** Why a difference changes nothing in the cluster, or next to nothing. */
export type Cosmetic =
  | 'another order'
  | 'another order in a pod template'
  | 'another spelling'
  | 'a default written out'
  | 'a label or annotation that nothing reads'
  | 'another file';

/** One field that differs; a branch that is new or gone is one change. */
export interface Change {
  readonly path: Path;
  /** Absent when the field is new. */
  readonly before?: unknown;
  /** Absent when the field is gone. */
  readonly after?: unknown;
  readonly cosmetic?: Cosmetic;
  /** What the value is called by the field beside it, as in `{name: TOKEN, value: …}`, where the path does not say it. */
  readonly called?: string;
}

const maps = new Set(['labels', 'annotations', 'data', 'stringData', 'binaryData']);

/** What differs between two versions of an object, keyed as Kubernetes keys its lists, in the order of the fields. */
export function changesBetween(kind: string, before: unknown, after: unknown): Change[] {
  return walk(kind, [], before, after);
}

function walk(kind: string, path: Path, before: unknown, after: unknown): Change[] {
  if (before === after) return [];
  if (isMap(before) && isMap(after)) return walkMaps(kind, path, before, after);
  if (Array.isArray(before) && Array.isArray(after)) return walkLists(kind, path, before, after);
  const [was, is] = [before ?? undefined, after ?? undefined];
  if (was === undefined || is === undefined) {
    // A map of names is as many fields as it has names.
    if (isMap(was ?? is) && maps.has(path.at(-1) ?? '')) {
      const inner = walkMaps(kind, path, mapOf(was), mapOf(is));
      if (inner.length > 0) return inner;
    }
    if (Array.isArray(was ?? is) && typeof keyOf(kind, path) === 'function') {
      const inner = walkLists(kind, path, [was ?? []].flat(), [is ?? []].flat());
      if (inner.length > 0) return inner;
    }
    if (was === is || isDefault(kind, path, was ?? is))
      return [{ path, before, after, cosmetic: 'a default written out' }];
    return [{ path, before: was, after: is }];
  }
  if (sameMeaning(path, was, is)) return [{ path, before, after, cosmetic: 'another spelling' }];
  const [json, other] = [jsonIn(was), jsonIn(is)];
  if (json === undefined || other === undefined) return [{ path, before: was, after: is }];
  const inner = walk('', path, json, other);
  return inner.length > 0 ? inner : [{ path, before, after, cosmetic: 'another spelling' }];
}

function walkMaps(
  kind: string,
  path: Path,
  before: Readonly<Record<string, unknown>>,
  after: typeof before,
): Change[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const called = calledBy(after, before);
  return [...keys].sort(inReadingOrder).flatMap((key) => {
    const changes = walk(kind, [...path, key], before[key], after[key]);
    if (key !== 'value' || !called) return changes;
    // JSON in it has names of its own.
    return changes.map((each) => (literalName(each.path.slice(path.length + 1)) ? each : { called, ...each }));
  });
}

function walkLists(kind: string, path: Path, before: readonly unknown[], after: readonly unknown[]): Change[] {
  const key = keyOf(kind, path);
  if (typeof key === 'function') {
    const [was, is] = [keyed(before, key), keyed(after, key)];
    if (was && is) return walkKeyed(kind, path, was, is);
  }
  if (key === 'orderless') return walkOrderless(kind, path, before, after);
  return walkOrdered(kind, path, before, after);
}

function walkKeyed(kind: string, path: Path, before: Map<string, unknown>, after: Map<string, unknown>): Change[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const changes = keys.flatMap((key) => walk(kind, [...path, `[${key}]`], before.get(key), after.get(key)));
  const was = keys.filter((key) => before.has(key) && after.has(key));
  const is = [...after.keys()].filter((key) => before.has(key));
  if (was.join('\0') === is.join('\0')) return changes;
  if (orderMatters(kind, path, [...before.values(), ...after.values()]))
    changes.push({ path, before: [...before.keys()], after: [...after.keys()] });
  else changes.push(reordered(path, [...before.keys()], [...after.keys()]));
  return changes;
}

function walkOrderless(kind: string, path: Path, before: readonly unknown[], after: readonly unknown[]): Change[] {
  const left = new Map<string, number>();
  for (const each of before) left.set(canonical(each), (left.get(canonical(each)) ?? 0) + 1);
  const added = after.filter((each) => {
    const count = left.get(canonical(each)) ?? 0;
    if (count > 0) left.set(canonical(each), count - 1);
    return count === 0;
  });
  const removed = before.filter((each) => {
    const count = left.get(canonical(each)) ?? 0;
    if (count > 0) left.set(canonical(each), count - 1);
    return count > 0;
  });
  if (added.length === 0 && removed.length === 0)
    return canonical(before) === canonical(after) ? [] : [reordered(path, before, after)];
  return pairs(kind, path, removed, added, (element, i) => (isMap(element) ? `[${i}]` : `[${element}]`));
}

/** The longest common part stays as it is; what is between is compared element by element. */
function walkOrdered(kind: string, path: Path, before: readonly unknown[], after: readonly unknown[]): Change[] {
  const [was, is] = [before.map(canonical), after.map(canonical)];
  if (was.join('\0') === is.join('\0')) return [];
  // A command is read as a line, and two orders of steps as two lists.
  if (!before.some(isMap) || [...was].sort().join('\0') === [...is].sort().join('\0'))
    return [{ path, before, after }];
  const common = commonOf(was, is);
  const changes: Change[] = [];
  let [i, j] = [0, 0];
  for (const [x, y] of [...common, [was.length, is.length] as const]) {
    const start = j;
    changes.push(...pairs(kind, path, before.slice(i, x), after.slice(j, y), (_, at) => `[${start + at}]`));
    [i, j] = [x + 1, y + 1];
  }
  return changes;
}

function pairs(
  kind: string,
  path: Path,
  removed: readonly unknown[],
  added: readonly unknown[],
  name: (element: unknown, i: number) => string,
): Change[] {
  const comparable = (i: number) => isMap(removed[i]) && isMap(added[i]);
  return Array.from({ length: Math.max(removed.length, added.length) }, (_, i) => {
    if (comparable(i)) return walk(kind, [...path, name(added[i], i)], removed[i], added[i]);
    const single: Change[] = [];
    if (i < removed.length) single.push({ path: [...path, name(removed[i], i)], before: removed[i] });
    if (i < added.length) single.push({ path: [...path, name(added[i], i)], after: added[i] });
    return single;
  }).flat();
}

/** Index pairs of a longest common subsequence. */
function commonOf(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const length = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      (lengths[i] as Uint32Array)[j] =
        a[i] === b[j] ? length(i + 1, j + 1) + 1 : Math.max(length(i + 1, j), length(i, j + 1));
  const common: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; )
    if (a[i] === b[j]) common.push([i++, j++]);
    else if (length(i + 1, j) >= length(i, j + 1)) i++;
    else j++;
  return common;
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}

function keyed(
  list: readonly unknown[],
  key: (element: Readonly<Record<string, unknown>>) => string,
): Map<string, unknown> | undefined {
  if (!list.every(isMap)) return undefined;
  const map = new Map<string, unknown>(list.map((each) => [key(each), each]));
  // Two elements of one name: the API server would refuse them, and their places are all there is to tell them apart.
  return map.size === list.length ? map : undefined;
}

function reordered(path: Path, before: unknown, after: unknown): Change {
  const inPods = path.includes('template') || path.includes('jobTemplate');
  return { path, before, after, cosmetic: inPods ? 'another order in a pod template' : 'another order' };
}

/** A dashboard, a check or a weight is JSON in a string; two of them are compared by what they say. */
function jsonIn(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const first = ['apiVersion', 'kind', 'metadata'];

function inReadingOrder(a: string, b: string): number {
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}
