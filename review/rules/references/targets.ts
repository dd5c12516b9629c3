import { externalPods, externals } from '../../model/externals';
import { groupOf } from '../../model/identity';
import { flowsOf } from '../../model/network';
import { targetOf } from '../../model/scaling';
import {
  isEmpty,
  type LabelSelector,
  podsIn,
  sayLabels,
  selectedBy,
  selectorOf,
  selectPods,
} from '../../model/selection';
import type { Tree } from '../../model/tree';
import { ofKinds } from '../../rule-of';

export const scalerTarget = ofKinds(
  'scaler-target',
  ['HorizontalPodAutoscaler', 'ScaledObject'],
  function* ({ metadata }, manifest, tree) {
    const { kind = '', name = '', apiVersion } = targetOf(manifest);
    const target = tree.find(kind, metadata.namespace, name);
    const path = ['spec', 'scaleTargetRef'];
    if (!target) yield [`${kind} ${name} does not exist`, ...path, 'name'];
    else if (apiVersion && groupOf(apiVersion) !== groupOf(target.object.apiVersion))
      yield [`${kind} ${name} is of ${target.object.apiVersion}, not of ${apiVersion}`, ...path, 'apiVersion'];
  },
);

export const budgetTarget = ofKinds(
  'budget-target',
  ['PodDisruptionBudget'],
  function* ({ metadata }, manifest, tree) {
    const selector = selectorOf(manifest);
    if (selectedBy(tree, manifest).length > 0 || (selector && externalPods(tree, metadata.namespace, selector)))
      return;
    yield [`${selector ? `${sayLabels(selector)} ` : ''}selects no pod`, 'spec', 'selector'];
  },
);

export const networkPolicyTarget = ofKinds(
  'network-policy-target',
  ['NetworkPolicy'],
  function* ({ metadata, spec }, manifest, tree) {
    const selector = spec?.podSelector ?? {};
    // The policy of a whole namespace is right before the first pod is there.
    if (isEmpty(selector) || selectedBy(tree, manifest).length > 0) return;
    if (!externalPods(tree, metadata.namespace, selector))
      yield [`${sayLabels(selector)} selects no pod`, 'spec', 'podSelector'];
  },
);

const wellKnown = 'kubernetes.io/metadata.name';

export const networkPolicyPeer = ofKinds(
  'network-policy-peer',
  ['NetworkPolicy'],
  function* ({ metadata, spec }, _, tree) {
    for (const { peers, path } of flowsOf(spec))
      for (const [i, { podSelector, namespaceSelector }] of peers.entries()) {
        // By any other label than its name a namespace may be one that is not made here.
        const namespace = namespaceSelector ? namespaceSelector.matchLabels?.[wellKnown] : metadata.namespace;
        if (!podSelector || isEmpty(podSelector) || !namespace || isThere(tree, namespace, podSelector)) continue;
        yield [`${sayLabels(podSelector)} selects no pod of namespace ${namespace}`, ...path, i];
      }
  },
);

/** In a namespace without any pod of ours, a chart's pods are not to be seen here. */
function isThere(tree: Tree, namespace: string, selector: LabelSelector): boolean {
  const known =
    podsIn(tree, namespace).length > 0 ||
    externals.some((each) => each.kind === 'Pod' && each.namespace === namespace);
  return !known || selectPods(tree, namespace, selector).length > 0 || !!externalPods(tree, namespace, selector);
}
