import { type PodTemplate, podsOf } from './pods';
import type { Tree } from './tree';

export type Labels = Readonly<Record<string, string>>;

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Pods by namespace, and within it by each of their labels: what selects is found without looking at every pod. */
interface Index {
  readonly namespaces: ReadonlyMap<string, readonly PodTemplate[]>;
  readonly labels: ReadonlyMap<string, readonly PodTemplate[]>;
}

const indexes = new WeakMap<Tree, Index>();

export function podsIn(tree: Tree, namespace: string | undefined): readonly PodTemplate[] {
  return indexOf(tree).namespaces.get(namespace ?? '') ?? [];
}

/** Every namespace that has pods, and them. */
export function podsOfNamespaces(tree: Tree): Iterable<[string, readonly PodTemplate[]]> {
  return indexOf(tree).namespaces;
}

/** An empty selector selects every pod of the namespace, as Kubernetes has it; no selector selects none. */
export function selectPods(
  tree: Tree,
  namespace: string | undefined,
  selector: LabelSelector | undefined,
): readonly PodTemplate[] {
  if (!selector) return [];
  const [first] = Object.entries(selector.matchLabels ?? {});
  const candidates = first
    ? (indexOf(tree).labels.get(`${namespace ?? ''} ${first[0]}=${first[1]}`) ?? [])
    : podsIn(tree, namespace);
  return candidates.filter(({ labels }) => selects(selector, labels));
}

export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === 'NotIn' ? !listed : listed;
    })
  );
}

/** `app=web,tier in (a,b)`, as `kubectl` takes it. */
export function sayLabels({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const said = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => `${key} ${operator} ${values.join(' ')}`.trim()),
  ];
  return said.join(',') || 'everything';
}

function indexOf(tree: Tree): Index {
  const known = indexes.get(tree);
  if (known) return known;
  const [namespaces, labels] = [new Map<string, PodTemplate[]>(), new Map<string, PodTemplate[]>()];
  const add = (map: Map<string, PodTemplate[]>, key: string, pod: PodTemplate) => {
    const same = map.get(key);
    if (same) same.push(pod);
    else map.set(key, [pod]);
  };
  for (const pod of podsOf(tree)) {
    const namespace = pod.owner.object.metadata.namespace ?? '';
    add(namespaces, namespace, pod);
    for (const [key, value] of Object.entries(pod.labels)) add(labels, `${namespace} ${key}=${value}`, pod);
  }
  const index = { namespaces, labels };
  indexes.set(tree, index);
  return index;
}
