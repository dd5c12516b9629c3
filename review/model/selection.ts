import type * as k8s from '@kubernetes/client-node';
import { gathered, oncePer } from './collections';
import type { Loose } from './kinds';
import type { Objects } from './objects';
import { type PodTemplate, podsOf } from './pods';
import type { Manifest } from './tree';

export type Labels = Readonly<Record<string, string>>;
export type LabelSelector = Loose<k8s.V1LabelSelector>;

/** Pods by namespace, and within it by each of their labels: what selects is found without looking at every pod. */
interface Index {
  readonly namespaces: ReadonlyMap<string, readonly PodTemplate[]>;
  readonly labels: ReadonlyMap<string, readonly PodTemplate[]>;
}

export function podsIn(objects: Objects, namespace: string | undefined): readonly PodTemplate[] {
  return indexOf(objects).namespaces.get(namespace ?? '') ?? [];
}

/** Every namespace that has pods, and them. */
export function podsOfNamespaces(objects: Objects): Iterable<[string, readonly PodTemplate[]]> {
  return indexOf(objects).namespaces;
}

/** By what a Service, a policy, a budget or a workload selects; nothing where somebody else writes a Service's endpoints. */
export function selectorOf({ object: { kind, spec } }: Manifest): LabelSelector | undefined {
  if (kind === 'NetworkPolicy') return spec?.podSelector ?? {};
  if (kind !== 'Service') return spec?.selector;
  return Object.keys(spec?.selector ?? {}).length > 0 ? { matchLabels: spec?.selector } : undefined;
}

const selected = oncePer((objects: Objects) =>
  oncePer((selecting: Manifest) =>
    selectPods(objects, selecting.object.metadata.namespace, selectorOf(selecting)),
  ),
);

/** The pods of its namespace that an object selects; asked again and again. */
export function selectedBy(objects: Objects, selecting: Manifest): readonly PodTemplate[] {
  return selected(objects)(selecting);
}

/** An empty selector selects every pod of the namespace, as Kubernetes has it; no selector selects none. */
export function selectPods(
  objects: Objects,
  namespace: string | undefined,
  selector: LabelSelector | undefined,
): readonly PodTemplate[] {
  if (!selector) return [];
  const [first] = Object.entries(selector.matchLabels ?? {});
  const candidates = first
    ? (indexOf(objects).labels.get(`${namespace ?? ''} ${first[0]}=${first[1]}`) ?? [])
    : podsIn(objects, namespace);
  return candidates.filter(({ labels }) => selects(selector, labels));
}

export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key = '', operator, values = [] }) => {
      const value = labels[key];
      if (operator === 'Exists') return value !== undefined;
      if (operator === 'DoesNotExist') return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === 'NotIn' ? !listed : listed;
    })
  );
}

/** The labels that it looks at. */
export function keysOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string[] {
  return [...Object.keys(matchLabels), ...matchExpressions.flatMap(({ key }) => key ?? [])];
}

/** Whether it selects whatever there is. */
export function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** `app=web,tier In a b`, as `kubectl` takes it. */
export function sayLabels({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const said = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => `${key} ${operator} ${values.join(' ')}`.trim()),
  ];
  return said.join(',') || 'everything';
}

const indexOf = oncePer((objects: Objects): Index => {
  const pods = podsOf(objects).map((pod) => ({ pod, namespace: pod.owner.object.metadata.namespace ?? '' }));
  const labelled = pods.flatMap(({ pod, namespace }) =>
    Object.entries(pod.labels).map(([key, value]) => [`${namespace} ${key}=${value}`, pod] as const),
  );
  return {
    namespaces: gathered(pods.map(({ pod, namespace }) => [namespace, pod])),
    labels: gathered(labelled),
  };
});
