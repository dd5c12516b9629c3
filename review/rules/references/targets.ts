import { externalPods, externals } from '../../model/externals';
import { targetOf } from '../../model/scaling';
import { type LabelSelector, podsIn, sayLabels, selectPods } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';

export const scalerTarget: Rule = {
  id: 'scaler-target',
  level: 'high',
  title: 'What an autoscaler scales exists.',
  why: 'The autoscaler reports `FailedGetScale` in an event that nobody reads, and the number of pods never changes.',
  fix: 'Write kind, name and apiVersion of the workload into the target, in the same namespace.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('HorizontalPodAutoscaler', 'ScaledObject', 'VerticalPodAutoscaler')) {
      const { metadata, kind: own } = manifest.object;
      const field = own === 'VerticalPodAutoscaler' ? 'targetRef' : 'scaleTargetRef';
      const { kind, name, apiVersion } =
        own === 'VerticalPodAutoscaler' ? (manifest.object.spec?.targetRef ?? {}) : targetOf(manifest);
      const target = tree.find(kind, metadata.namespace, name);
      const path = ['spec', field];
      if (!target) yield { manifest, path: [...path, 'name'], message: `${kind} ${name} does not exist` };
      else if (apiVersion && groupOf(apiVersion) !== groupOf(target.object.apiVersion))
        yield {
          manifest,
          path: [...path, 'apiVersion'],
          message: `${kind} ${name} is of ${target.object.apiVersion}, not of ${apiVersion}`,
        };
    }
  },
};

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] as string) : '';
}

export const budgetTarget: Rule = {
  id: 'budget-target',
  level: 'high',
  title: 'A PodDisruptionBudget selects pods.',
  why: 'A budget of no pods protects none: a drain takes all pods of the workload it was meant for at once.',
  fix: "Write the workload's selector into the budget.",
  *check({ tree }) {
    for (const manifest of tree.ofKind('PodDisruptionBudget')) {
      const { metadata, spec = {} } = manifest.object;
      if (selectPods(tree, metadata.namespace, spec.selector).length > 0) continue;
      if (spec.selector && externalPods(metadata.namespace, spec.selector)) continue;
      const message = spec.selector ? `${sayLabels(spec.selector)} selects no pod` : 'selects no pod';
      yield { manifest, path: ['spec', 'selector'], message };
    }
  },
};

export const networkPolicyTarget: Rule = {
  id: 'network-policy-target',
  level: 'warn',
  title: 'A NetworkPolicy selects pods.',
  why: 'A policy for no pod is one for the wrong pod: what it was meant to open stays closed, or what it was meant to close stays open.',
  fix: "Write the workload's labels into the policy, or remove it. Pods that a controller makes are declared in review/model/externals.ts.",
  *check({ tree }) {
    for (const manifest of tree.ofKind('NetworkPolicy')) {
      const { metadata, spec = {} } = manifest.object;
      const selector: LabelSelector = spec.podSelector ?? {};
      // The policy of a whole namespace is right before the first pod is there.
      if (isEmpty(selector) || selectPods(tree, metadata.namespace, selector).length > 0) continue;
      if (externalPods(metadata.namespace, selector)) continue;
      yield { manifest, path: ['spec', 'podSelector'], message: `${sayLabels(selector)} selects no pod` };
    }
  },
};

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

export const networkPolicyPeer: Rule = {
  id: 'network-policy-peer',
  level: 'warn',
  title: 'The pods that a NetworkPolicy names as peers exist.',
  why: 'A peer that nothing matches opens nothing: the connection it was written for times out.',
  fix: "Write the peer's namespace and labels as they are. Pods that a controller makes are declared in review/model/externals.ts.",
  *check({ tree }) {
    for (const manifest of tree.ofKind('NetworkPolicy'))
      for (const [direction, peersOf] of [
        ['ingress', 'from'],
        ['egress', 'to'],
      ] as const)
        for (const [i, rule] of (manifest.object.spec?.[direction] ?? []).entries())
          for (const [j, peer] of (rule?.[peersOf] ?? []).entries()) {
            const message = judge(tree, manifest, peer);
            if (message) yield { manifest, path: ['spec', direction, i, peersOf, j], message };
          }
  },
};

const wellKnown = 'kubernetes.io/metadata.name';

function judge(tree: Tree, manifest: Manifest, { podSelector, namespaceSelector }: any): string | undefined {
  if (!podSelector || isEmpty(podSelector)) return undefined;
  // By any other label than its name a namespace may be one that is not made here.
  const namespace = namespaceSelector
    ? namespaceSelector.matchLabels?.[wellKnown]
    : manifest.object.metadata.namespace;
  if (namespace === undefined || !isKnown(tree, namespace)) return undefined;
  if (selectPods(tree, namespace, podSelector).length > 0 || externalPods(namespace, podSelector))
    return undefined;
  return `${sayLabels(podSelector)} selects no pod of namespace ${namespace}`;
}

/** In a namespace without any pod of ours, a chart's pods are not to be seen here. */
function isKnown(tree: Tree, namespace: string): boolean {
  return (
    podsIn(tree, namespace).length > 0 ||
    externals.some((each) => each.kind === 'Pod' && each.namespace === namespace)
  );
}
