import { podsOf } from '../../model/pods';
import { replicasAtRest, scalersOf, shareOf } from '../../model/scaling';
import { selectPods, selects } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';

/** What keeps its pods running; a DaemonSet's and a Job's number is not chosen. */
const workloads = ['Deployment', 'StatefulSet', 'Rollout'] as const;

export const singleReplica: Rule = {
  id: 'single-replica',
  level: 'high',
  title: 'Every workload has at least two pods, or says why it has one.',
  why: 'The only pod is away at every deploy, every drained node and every crash, for as long as it takes to start.',
  fix: 'Raise `replicas`, or the minimum of the autoscaler; a workload that must be alone is allowed with its reason next to its construct.',
  *check({ tree }) {
    for (const manifest of tree.ofKind(...workloads)) {
      const [scaler] = scalersOf(tree, manifest);
      const replicas = replicasAtRest(tree, manifest);
      // 0 is switched off on purpose; KEDA's 0 is a queue that is empty.
      if (replicas === 0 || replicas >= 2) continue;
      if (scaler)
        yield {
          manifest: scaler.manifest,
          path: ['spec'],
          message: `keeps ${replicas} pod of ${manifest.object.metadata.name} at rest`,
        };
      else yield { manifest, path: ['spec', 'replicas'], message: `has ${replicas} pod` };
    }
  },
};

export const scalerRange: Rule = {
  id: 'scaler-range',
  level: 'warn',
  title: 'An autoscaler can scale: its maximum is above its minimum.',
  why: 'With both the same the number never changes, whatever the load; the API server refuses a maximum below.',
  fix: 'Raise the maximum, or remove the autoscaler and write `replicas`.',
  *check({ tree }) {
    for (const manifest of tree.ofKind(...workloads, 'ReplicaSet'))
      for (const scaler of scalersOf(tree, manifest))
        if (scaler.most <= scaler.least)
          yield {
            manifest: scaler.manifest,
            path: ['spec', scaler.manifest.object.kind === 'ScaledObject' ? 'maxReplicaCount' : 'maxReplicas'],
            message: `${scaler.most} is not above the minimum, ${scaler.least}`,
          };
  },
};

export const scalerRequests: Rule = {
  id: 'scaler-requests',
  level: 'high',
  title: 'An autoscaler that counts in percent scales pods that request what it counts.',
  why: 'Percent are of the request: where one container has none, the autoscaler says `FailedGetResourceMetric` and never scales.',
  fix: 'Set the request in every container of the pod, or count in absolute values.',
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { manifest } of scalersOf(tree, pod.owner))
        for (const [i, { type, resource }] of (manifest.object.spec?.metrics ?? []).entries()) {
          if (type !== 'Resource' || resource?.target?.type !== 'Utilization') continue;
          const sidecars = (pod.spec.initContainers ?? []).filter((each: any) => each?.restartPolicy === 'Always');
          const without = [...sidecars, ...(pod.spec.containers ?? [])].filter(
            ({ resources = {} }: any) =>
              !resources.requests?.[resource.name] && !resources.limits?.[resource.name],
          );
          if (without.length > 0)
            yield {
              manifest,
              path: ['spec', 'metrics', i, 'resource'],
              message: `${without.map(({ name }: any) => name).join(', ')} requests no ${resource.name}`,
            };
        }
  },
};

export const budgetMissing: Rule = {
  id: 'budget-missing',
  level: 'high',
  title: 'What has several pods has a PodDisruptionBudget.',
  why: 'Without one a drain takes all pods of a node at once, and an upgrade of the node group all of them one after the other without waiting.',
  fix: 'Add a budget with `maxUnavailable: 1` (charts/constructs/keep-available.ts).',
  *check({ tree }) {
    const kept = new Set<Manifest>();
    for (const { object } of tree.ofKind('PodDisruptionBudget'))
      for (const { owner } of selectPods(tree, object.metadata.namespace, object.spec?.selector)) kept.add(owner);
    for (const manifest of tree.ofKind(...workloads))
      if (replicasAtRest(tree, manifest) >= 2 && !kept.has(manifest))
        yield { manifest, path: ['spec'], message: `${replicasAtRest(tree, manifest)} pods and no budget` };
  },
};

export const budgetBlocks: Rule = {
  id: 'budget-blocks',
  level: 'high',
  title: 'A PodDisruptionBudget lets one pod go.',
  why: 'A budget that allows nothing blocks every drain: the node group cannot be upgraded, and the autoscaler never removes the node.',
  fix: 'Write `maxUnavailable: 1`, or a `minAvailable` below the least number of pods.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('PodDisruptionBudget')) {
      const { metadata, spec = {} } = manifest.object;
      const { maxUnavailable, minAvailable } = spec;
      if (maxUnavailable === undefined && minAvailable === undefined)
        yield { manifest, path: ['spec'], message: 'says neither `maxUnavailable` nor `minAvailable`' };
      const owners = selectPods(tree, metadata.namespace, spec.selector).map(({ owner }) => owner);
      const replicas = owners.reduce((sum, owner) => sum + replicasAtRest(tree, owner), 0);
      if (maxUnavailable !== undefined && shareOf(maxUnavailable, Math.max(replicas, 1)) === 0)
        yield { manifest, path: ['spec', 'maxUnavailable'], message: `${maxUnavailable} lets no pod go` };
      if (minAvailable === undefined || owners.length === 0) continue;
      if (shareOf(minAvailable, replicas) >= replicas)
        yield {
          manifest,
          path: ['spec', 'minAvailable'],
          message: `${minAvailable} of at least ${replicas} lets no pod go${scaled(tree, owners)}`,
        };
    }
  },
};

function scaled(tree: Tree, owners: readonly Manifest[]): string {
  return owners.some((owner) => scalersOf(tree, owner).length > 0)
    ? ', when the autoscaler is at its minimum'
    : '';
}

export const budgetUnhealthy: Rule = {
  id: 'budget-unhealthy',
  level: 'warn',
  title: 'A PodDisruptionBudget does not protect pods that do not work.',
  why: 'By default pods that are not ready count against the budget: with one in a crash loop no node can be drained.',
  fix: 'Set `unhealthyPodEvictionPolicy: AlwaysAllow`.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('PodDisruptionBudget'))
      if (manifest.object.spec?.unhealthyPodEvictionPolicy !== 'AlwaysAllow')
        yield {
          manifest,
          path: ['spec', 'unhealthyPodEvictionPolicy'],
          message: 'keeps broken pods on their node',
        };
  },
};

export const spread: Rule = {
  id: 'spread',
  level: 'high',
  title: 'The pods of a workload are spread over nodes, by labels that they have.',
  why: 'The scheduler may put all of them on one node, and one lost node is then all of the service. A constraint whose selector matches no pod spreads nothing, silently.',
  fix: 'Add `topologySpreadConstraints` over zone and hostname with the selector of the workload (charts/constructs/hardened.ts), or anti-affinity.',
  *check({ tree }) {
    for (const { owner, path, spec, labels } of podsOf(tree)) {
      const constraints: any[] = spec.topologySpreadConstraints ?? [];
      for (const [i, { labelSelector }] of constraints.entries())
        if (!labelSelector || !selects(labelSelector, labels))
          yield {
            manifest: owner,
            path: [...path, 'spec', 'topologySpreadConstraints', i],
            message: 'does not select the pods that it is to spread',
          };
      const { podAntiAffinity = {} } = spec.affinity ?? {};
      const apart = Object.values(podAntiAffinity).flat().length > 0;
      const chosen = (workloads as readonly string[]).includes(owner.object.kind);
      if (chosen && replicasAtRest(tree, owner) >= 2 && constraints.length === 0 && !apart)
        yield { manifest: owner, path: [...path, 'spec'], message: 'may be all on one node' };
    }
  },
};

export const updateStrategy: Rule = {
  id: 'update-strategy',
  level: 'high',
  title: 'A deploy leaves pods that serve.',
  why: '`Recreate`, or a rolling update that may take all pods away, is an outage at each deploy; `OnDelete` deploys nothing until somebody deletes the pods.',
  fix: 'Use `RollingUpdate` with `maxUnavailable` below the number of pods; a workload of one pod may be recreated.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Deployment', 'StatefulSet', 'DaemonSet')) {
      const { strategy, updateStrategy: update } = manifest.object.spec ?? {};
      const { type = 'RollingUpdate', rollingUpdate = {} } = strategy ?? update ?? {};
      const path = ['spec', strategy ? 'strategy' : 'updateStrategy'];
      if (type === 'OnDelete') yield { manifest, path, message: 'deploys nothing by itself (OnDelete)' };
      const replicas = replicasAtRest(tree, manifest);
      if (manifest.object.kind === 'DaemonSet' || replicas < 2) continue;
      if (type === 'Recreate')
        yield { manifest, path, message: `ends all ${replicas} pods before the first new one` };
      const { maxUnavailable = '25%' } = rollingUpdate;
      // A rolling update rounds down what is unavailable.
      const share = /^(\d+)%$/.exec(String(maxUnavailable))?.[1];
      const away = share === undefined ? Number(maxUnavailable) : Math.floor((Number(share) * replicas) / 100);
      if (manifest.object.kind === 'Deployment' && away >= replicas)
        yield { manifest, path, message: `${maxUnavailable} of ${replicas} pods may be away at once` };
    }
  },
};
