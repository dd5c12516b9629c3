import { listOf } from './pods';
import { countOf } from './quantity';
import { scalersOf, shareOf } from './scaling';
import type { Manifest, Tree } from './tree';

/** How many pods an object has, at most, at each moment. */
export interface Replicas {
  /** Nothing happens: the autoscaler's minimum. */
  readonly rest: number;
  /** The autoscaler's maximum, with no release under way. */
  readonly maximum: number;
  /** A release at the autoscaler's maximum that goes well. */
  readonly release: number;
  /** A release at the autoscaler's maximum that is aborted at its last step. */
  readonly abort: number;
}

/** How many pods a Rollout, Deployment, StatefulSet, Job or CronJob has; a DaemonSet has one pod on every node instead. */
export function replicasOf(tree: Tree, owner: Manifest): Replicas {
  const { object } = owner;
  const { kind } = object;
  const spec = object.spec ?? {};
  if (kind === 'Job') return { rest: 0, maximum: 0, release: parallel(spec), abort: parallel(spec) };
  if (kind === 'CronJob') {
    // A suspended one is a person's: a console may be open at any time but at rest.
    const pods = parallel(spec.jobTemplate?.spec);
    return { rest: spec.suspend ? 0 : pods, maximum: pods, release: pods, abort: pods };
  }
  if (kind === 'Pod') return { rest: 1, maximum: 1, release: 1, abort: 1 };
  const [scaler] = scalersOf(tree, owner);
  const pods = countOf(spec.replicas, 1);
  const [rest, maximum] = scaler ? [scaler.least, scaler.most] : [pods, pods];
  if (kind === 'Rollout') return { rest, maximum, ...rolledOut(spec.strategy ?? {}, maximum) };
  const surge = kind === 'Deployment' ? surgeOf(spec.strategy, maximum) : 0;
  return { rest, maximum, release: maximum + surge, abort: maximum + surge };
}

/** Where a Rollout's pods take the place of others, the old and the new set together. */
function rolledOut({ canary, blueGreen }: any, pods: number): Pick<Replicas, 'release' | 'abort'> {
  if (!canary) return { release: blueGreen ? 2 * pods : pods + shareOf('25%', pods), abort: 2 * pods };
  if (!canary.trafficRouting) {
    const most = pods + shareOf(canary.maxSurge ?? '25%', pods);
    return { release: most, abort: most };
  }
  // The stable set gives up pods only after the step before has moved their traffic away.
  const weights = listOf(canary.steps).flatMap(({ setWeight }) =>
    typeof setWeight === 'number' ? [setWeight] : [],
  );
  const release = [...weights, 100].map((weight, i) => {
    const kept = canary.dynamicStableScale ? 100 - (weights[i - 1] ?? 0) : 100;
    return Math.ceil((pods * weight) / 100) + Math.ceil((pods * kept) / 100);
  });
  return { release: Math.max(...(weights.at(-1) === 100 ? release.slice(0, -1) : release)), abort: 2 * pods };
}

function surgeOf(strategy: any, pods: number): number {
  if (strategy?.type === 'Recreate') return 0;
  return shareOf(strategy?.rollingUpdate?.maxSurge ?? '25%', pods);
}

function parallel(spec: any): number {
  return Math.min(countOf(spec?.parallelism, 1), countOf(spec?.completions, 1000));
}
