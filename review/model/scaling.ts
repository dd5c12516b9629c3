import { groupedBy, oncePer } from './collections';
import type { Kinds } from './kinds';
import type { Objects } from './objects';
import { countOf } from './quantity';
import type { Manifest } from './tree';

/** What keeps a number of pods running that somebody chose; a DaemonSet's and a Job's is not. */
export const replicated = ['Deployment', 'StatefulSet', 'Rollout'] as const;

/** Who sets the number of a workload's pods instead of git. */
interface Scaler {
  readonly manifest: Manifest<'HorizontalPodAutoscaler' | 'ScaledObject'>;
  /** KEDA's may be 0. */
  readonly least: number;
  readonly most: number;
}

/** How many pods a workload has with no release under way: at rest, and at most. */
interface Scale {
  readonly min: number;
  readonly max: number;
  /** What moves it between the two. */
  readonly scaler?: Scaler;
}

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

/** The HorizontalPodAutoscalers and ScaledObjects of a workload. */
export function scalersOf(objects: Objects, { object: { kind, metadata } }: Manifest): readonly Scaler[] {
  return indexOf(objects).get(`${metadata.namespace ?? ''} ${kind} ${metadata.name}`) ?? [];
}

/** What a scaler names; KEDA's default kind is Deployment. */
export function targetOf({ object: { kind, spec } }: Scaler['manifest']): {
  readonly kind?: string;
  readonly name?: string;
  readonly apiVersion?: string;
} {
  return { ...(kind === 'ScaledObject' && { kind: 'Deployment' }), ...spec?.scaleTargetRef };
}

/** @returns one pod of what names no number, as the API server does; none of a DaemonSet, which follows the nodes */
export function scaleOf(objects: Objects, workload: Manifest): Scale {
  const { kind, spec } = workload.object;
  const [scaler] = scalersOf(objects, workload);
  if (scaler) return { min: scaler.least, max: scaler.most, scaler };
  const pods = kind === 'DaemonSet' ? 0 : countOf(spec?.replicas ?? spec?.parallelism, 1);
  return { min: pods, max: pods };
}

/** `3 pods`, `3 to 6 pods`. */
export function sayScale({ min, max }: Scale): string {
  return min === max ? `${min} ${min === 1 ? 'pod' : 'pods'}` : `${min} to ${max} pods`;
}

/**
 * `25%` or `2` of a number of pods.
 *
 * @param round what may be missing in a rollout is rounded down; a surge, and both of a PodDisruptionBudget, up
 */
export function shareOf(value: unknown, pods: number, round: 'up' | 'down' = 'up'): number {
  const text = String(value);
  if (!text.endsWith('%')) return Number(text) || 0;
  const exact = (pods * Number.parseFloat(text)) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** What a Rollout, Deployment, StatefulSet, Job or CronJob has; a DaemonSet has one pod on every node instead. */
export function replicasOf(objects: Objects, owner: Manifest): Replicas {
  const { kind, spec = {} } = owner.object;
  if (kind === 'Job') return { rest: 0, maximum: 0, release: parallel(spec), abort: parallel(spec) };
  if (kind === 'CronJob') {
    // A suspended one is a person's: a console may be open at any time but at rest.
    const pods = parallel(spec.jobTemplate?.spec);
    return { rest: spec.suspend ? 0 : pods, maximum: pods, release: pods, abort: pods };
  }
  if (kind === 'Pod') return { rest: 1, maximum: 1, release: 1, abort: 1 };
  const { min: rest, max: maximum } = kind === 'DaemonSet' ? { min: 1, max: 1 } : scaleOf(objects, owner);
  if (kind === 'Rollout') return { rest, maximum, ...rolledOut(spec.strategy ?? {}, maximum) };
  const surges = kind === 'Deployment' && spec.strategy?.type !== 'Recreate';
  const most = maximum + (surges ? shareOf(spec.strategy?.rollingUpdate?.maxSurge ?? '25%', maximum) : 0);
  return { rest, maximum, release: most, abort: most };
}

type Strategy = NonNullable<NonNullable<Kinds['Rollout']['spec']>['strategy']>;

/** Where a Rollout's pods take the place of others, the old and the new set together. */
function rolledOut({ canary, blueGreen }: Strategy, pods: number): Pick<Replicas, 'release' | 'abort'> {
  if (!canary) return { release: blueGreen ? 2 * pods : pods + shareOf('25%', pods), abort: 2 * pods };
  if (!canary.trafficRouting) {
    const most = pods + shareOf(canary.maxSurge ?? '25%', pods);
    return { release: most, abort: most };
  }
  // The stable set gives up pods only after the step before has moved their traffic away.
  const weights = (canary.steps ?? []).flatMap(({ setWeight }) => setWeight ?? []);
  const release = [...weights, 100].map((weight, i) => {
    const kept = canary.dynamicStableScale ? 100 - (weights[i - 1] ?? 0) : 100;
    return Math.ceil((pods * weight) / 100) + Math.ceil((pods * kept) / 100);
  });
  return { release: Math.max(...(weights.at(-1) === 100 ? release.slice(0, -1) : release)), abort: 2 * pods };
}

function parallel(spec: NonNullable<Kinds['Job']['spec']> = {}): number {
  return Math.min(countOf(spec.parallelism, 1), countOf(spec.completions, 1000));
}

const indexOf = oncePer((objects: Objects): ReadonlyMap<string, readonly Scaler[]> => {
  const scalers = [
    ...objects.ofKind('HorizontalPodAutoscaler').map((manifest): Scaler => {
      const { minReplicas, maxReplicas } = manifest.object.spec ?? {};
      return { manifest, least: countOf(minReplicas, 1), most: countOf(maxReplicas, 1) };
    }),
    ...objects.ofKind('ScaledObject').map((manifest): Scaler => {
      const { minReplicaCount, maxReplicaCount } = manifest.object.spec ?? {};
      return { manifest, least: countOf(minReplicaCount, 0), most: countOf(maxReplicaCount, 100) };
    }),
  ];
  return groupedBy(scalers, ({ manifest }) => {
    const { kind, name } = targetOf(manifest);
    return `${manifest.object.metadata.namespace ?? ''} ${kind} ${name}`;
  });
});
