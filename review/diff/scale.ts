import type { Manifest } from '../tree';
import type { Side } from './sides';

/** How many pods a workload has: at rest, and at most. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  /** What moves it between the two. */
  readonly scaler?: Manifest;
}

/** @returns one pod of what names no number, as the API server does; none of a DaemonSet, which follows the nodes */
export function scaleOf(workload: Manifest, side: Side): Scale {
  const { kind, spec, metadata } = workload.object;
  const scaler = side.ofKind('HorizontalPodAutoscaler', 'ScaledObject').find(({ object }) => {
    const target = object.spec?.scaleTargetRef;
    // KEDA's default is a Deployment.
    return (
      object.metadata.namespace === metadata.namespace &&
      target?.name === metadata.name &&
      (target.kind ?? 'Deployment') === kind
    );
  });
  if (scaler?.object.kind === 'HorizontalPodAutoscaler')
    return { min: scaler.object.spec.minReplicas ?? 1, max: scaler.object.spec.maxReplicas ?? 1, scaler };
  if (scaler)
    return {
      min: scaler.object.spec.minReplicaCount ?? 0,
      max: scaler.object.spec.maxReplicaCount ?? 100,
      scaler,
    };
  if (kind === 'DaemonSet') return { min: 0, max: 0 };
  const pods = Number(spec?.replicas ?? spec?.parallelism ?? 1);
  return { min: pods, max: pods };
}

/** `25%` or `2` of a number of pods; a surge is rounded up, what may be missing is rounded down. */
export function shareOf(value: unknown, pods: number, round: 'up' | 'down'): number {
  const text = String(value);
  if (!text.endsWith('%')) return Number(text) || 0;
  const exact = (pods * Number.parseFloat(text)) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** `3 pods`, `3 to 6 pods`. */
export function podsOfScale({ min, max }: Scale): string {
  if (min === max) return `${min} ${min === 1 ? 'pod' : 'pods'}`;
  return `${min} to ${max} pods`;
}
