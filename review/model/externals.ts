import type { loadBalanced } from '../../charts/environments/load-balanced';
import { groupedBy, oncePer } from './collections';
import table from './externals.json';
import type { Objects } from './objects';
import { podsOf } from './pods';
import { type LabelSelector, type Labels, selects } from './selection';

/** Something that manifests here may name although none of them makes it. */
interface External {
  readonly kind: string;
  /** Absent: in every namespace, or in none. */
  readonly namespace?: string;
  /** As a pattern of the whole name. */
  readonly name?: string;
  /** Labels of pods, which have no name to go by; `(system)` stands for the name of any system that has pods here. */
  readonly labels?: Labels;
  /** The load balancer's way to a Service, which says where its pods listen. */
  readonly opened?: keyof typeof loadBalanced;
  /** Who makes it. */
  readonly why: string;
}

/** What add-ons and controllers of this cluster make. An entry that nothing names any more is deleted. */
export const externals = table.ofAddOns as unknown as readonly External[];

/** By kind, with what every cluster of Kubernetes has: this is asked for every reference. */
const byKind = groupedBy([...(table.ofKubernetes as readonly External[]), ...externals], ({ kind }) => kind);

/** The entry for what is named, if there is one. */
export function external(kind: string, namespace: string | undefined, name: string): External | undefined {
  return byKind
    .get(kind)
    ?.find(
      (each) =>
        (each.namespace === undefined || each.namespace === namespace) &&
        each.name !== undefined &&
        new RegExp(`^(?:${each.name})$`).test(name),
    );
}

/** The entry for pods that are selected, if there is one. */
export function externalPods(
  objects: Objects,
  namespace: string | undefined,
  selector: LabelSelector,
): External | undefined {
  const system = selector.matchLabels?.[partOf] ?? '';
  const named = ([key, value]: [string, string]) =>
    [key, value === '(system)' && systemsIn(objects).has(system) ? system : value] as const;
  return byKind
    .get('Pod')
    ?.find(
      ({ namespace: of, labels }) =>
        of === namespace &&
        labels !== undefined &&
        selects(selector, Object.fromEntries(Object.entries(labels).map(named))),
    );
}

const partOf = 'app.kubernetes.io/part-of';
const systemsIn = oncePer((objects: Objects) => new Set(podsOf(objects).map(({ labels }) => labels[partOf])));
