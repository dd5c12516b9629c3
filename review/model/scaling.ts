import type { Objects } from './objects';
import { countOf } from './quantity';
import type { Manifest } from './tree';

/** Who sets the number of a workload's pods instead of git. */
export interface Scaler {
  readonly manifest: Manifest;
  /** KEDA's may be 0. */
  readonly least: number;
  readonly most: number;
}

const known = new WeakMap<Objects, ReadonlyMap<string, readonly Scaler[]>>();

/** The HorizontalPodAutoscalers and ScaledObjects of a workload. */
export function scalersOf(objects: Objects, { object: { kind, metadata } }: Manifest): readonly Scaler[] {
  return indexOf(objects).get(`${metadata.namespace ?? ''} ${kind} ${metadata.name}`) ?? [];
}

/** What a scaler names; KEDA's default kind is Deployment. */
export function targetOf({ object: { kind, spec } }: Manifest): {
  kind: string;
  name: string;
  apiVersion?: string;
} {
  const { scaleTargetRef = {} } = spec ?? {};
  return kind === 'ScaledObject' ? { kind: 'Deployment', ...scaleTargetRef } : scaleTargetRef;
}

/** How many pods a workload has at rest; a Deployment that says nothing has one. */
export function replicasAtRest(objects: Objects, workload: Manifest): number {
  return scalersOf(objects, workload)[0]?.least ?? workload.object.spec?.replicas ?? 1;
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

function indexOf(objects: Objects): ReadonlyMap<string, readonly Scaler[]> {
  const found = known.get(objects);
  if (found) return found;
  const scalers = new Map<string, Scaler[]>();
  for (const manifest of objects.ofKind('HorizontalPodAutoscaler', 'ScaledObject')) {
    const { kind, metadata, spec = {} } = manifest.object;
    const target = targetOf(manifest);
    const [least, most] =
      kind === 'ScaledObject'
        ? [countOf(spec.minReplicaCount, 0), countOf(spec.maxReplicaCount, 100)]
        : [countOf(spec.minReplicas, 1), countOf(spec.maxReplicas, 1)];
    const key = `${metadata.namespace ?? ''} ${target.kind} ${target.name}`;
    scalers.set(key, [...(scalers.get(key) ?? []), { manifest, least, most }]);
  }
  known.set(objects, scalers);
  return scalers;
}
