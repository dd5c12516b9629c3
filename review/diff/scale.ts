import { scalersOf } from '../model/scaling';
import type { Manifest } from '../model/tree';
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
  const { kind, spec } = workload.object;
  const [scaler] = scalersOf(side, workload);
  if (scaler) return { min: scaler.least, max: scaler.most, scaler: scaler.manifest };
  if (kind === 'DaemonSet') return { min: 0, max: 0 };
  const pods = Number(spec?.replicas ?? spec?.parallelism ?? 1);
  return { min: pods, max: pods };
}

/** `3 pods`, `3 to 6 pods`. */
export function podsOfScale({ min, max }: Scale): string {
  if (min === max) return `${min} ${min === 1 ? 'pod' : 'pods'}`;
  return `${min} to ${max} pods`;
}
