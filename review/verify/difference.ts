import { canonical, isMap } from '../model/canonical';
import { calledBy } from '../model/literals';
import type { Step } from '../model/position';
import type { KubernetesObject } from '../model/tree';

/** One field that differs. */
export interface Difference {
  readonly path: readonly Step[];
  /** For each step into a list, the element; what the owners of a field are found by. */
  readonly elements: readonly unknown[];
  /** Absent when the field would be removed. */
  readonly wanted?: unknown;
  /** Absent when the field is not there. */
  readonly live?: unknown;
  /** What a `value` is called by the field beside it. */
  readonly called?: string;
}

/** What the server writes, whoever applies. */
const bookkeeping = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
]);

/**
 * Plain booleans of a pod. A controller that reads a custom resource into Go and writes it back leaves `false` out, and
 * Argo CD compares the pods of a Rollout in Go's form too. A boolean for which absent means something else is kept.
 */
const plain = new Set(['hostNetwork', 'hostPID', 'hostIPC', 'readOnly', 'stdin', 'stdinOnce', 'tty']);

/**
 * Fields in which two forms of one object differ, the smallest that do.
 *
 * @param partial what only the live one has is not a difference: the wanted one is a file, without defaults
 */
export function differences(wanted: KubernetesObject, live: KubernetesObject, partial = false): Difference[] {
  const { status: _, ...wantedRest } = wanted;
  const { status: __, ...liveRest } = live;
  return [...walk(wantedRest, liveRest, [], [], partial)]
    .filter(({ path: [top, field] }) => !(top === 'metadata' && bookkeeping.has(String(field))))
    .filter((each) => !(live.kind === 'Rollout' && isLeftOut(each)));
}

function isLeftOut({ path, wanted, live }: Difference): boolean {
  return path[1] === 'template' && plain.has(String(path.at(-1))) && !wanted && !live;
}

function* walk(
  wanted: unknown,
  live: unknown,
  path: readonly Step[],
  elements: readonly unknown[],
  partial: boolean,
): Generator<Difference> {
  if (Object.is(wanted, live) || (partial && (wanted === undefined || isEmpty(wanted)))) return;
  if (isMap(wanted) && isMap(live)) {
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(live)])) {
      const called = key === 'value' ? calledBy(wanted, live) : undefined;
      for (const each of walk(wanted[key], live[key], [...path, key], [...elements, undefined], partial))
        yield called ? { called, ...each } : each;
    }
    return;
  }
  if (Array.isArray(wanted) && Array.isArray(live)) {
    const pairs = paired(wanted, live);
    if (pairs) {
      for (const [step, a, b] of pairs) yield* walk(a, b, [...path, step], [...elements, b ?? a], partial);
      return;
    }
    if (canonical(wanted) === canonical(live)) return;
  }
  yield { path, elements, ...(wanted !== undefined && { wanted }), ...(live !== undefined && { live }) };
}

/** Elements that are one, by name or by position; nothing when the lists can only be compared as a whole. */
function paired(wanted: readonly unknown[], live: readonly unknown[]): [Step, unknown, unknown][] | undefined {
  const names = (list: readonly unknown[]) =>
    list.map((each) => (isMap(each) && typeof each.name === 'string' ? each.name : ''));
  const [a, b] = [names(wanted), names(live)];
  const unique = (list: readonly string[]) => list.every(Boolean) && new Set(list).size === list.length;
  if (unique(a) && unique(b)) {
    const [was, is] = [
      new Map(a.map((name, i) => [name, wanted[i]])),
      new Map(b.map((name, i) => [name, live[i]])),
    ];
    return [...new Set([...a, ...b])].map((name) => [{ name }, was.get(name), is.get(name)]);
  }
  if (wanted.length === live.length && [...wanted, ...live].every(isMap))
    return wanted.map((each, i) => [i, each, live[i]]);
  return undefined;
}

/** What a file leaves empty the server leaves out. */
function isEmpty(value: unknown): boolean {
  if (value === '') return true;
  return (isMap(value) && Object.keys(value).length === 0) || (Array.isArray(value) && value.length === 0);
}
