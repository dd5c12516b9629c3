import type { Manifest, Tree } from './tree';

/** Who sets the number of a workload's pods instead of git. */
export interface Scaler {
  readonly manifest: Manifest;
  /** KEDA's may be 0. */
  readonly least: number;
  readonly most: number;
}

const known = new WeakMap<Tree, ReadonlyMap<string, readonly Scaler[]>>();

/** The HorizontalPodAutoscalers and ScaledObjects of a workload. */
export function scalersOf(tree: Tree, { object: { kind, metadata } }: Manifest): readonly Scaler[] {
  return indexOf(tree).get(`${metadata.namespace ?? ''} ${kind} ${metadata.name}`) ?? [];
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
export function replicasOf(tree: Tree, workload: Manifest): number {
  const [scaler] = scalersOf(tree, workload);
  return scaler ? scaler.least : (workload.object.spec?.replicas ?? 1);
}

/** Of a percentage or a number, how many pods; Kubernetes rounds both of a PodDisruptionBudget's up. */
export function podsOfShare(value: unknown, replicas: number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(String(value))?.[1];
  return percent === undefined ? Number(value) : Math.ceil((Number(percent) * replicas) / 100);
}

function indexOf(tree: Tree): ReadonlyMap<string, readonly Scaler[]> {
  const found = known.get(tree);
  if (found) return found;
  const scalers = new Map<string, Scaler[]>();
  for (const manifest of tree.ofKind('HorizontalPodAutoscaler', 'ScaledObject')) {
    const { kind, metadata, spec = {} } = manifest.object;
    const target = targetOf(manifest);
    const [least, most] =
      kind === 'ScaledObject'
        ? [spec.minReplicaCount ?? 0, spec.maxReplicaCount ?? 100]
        : [spec.minReplicas ?? 1, spec.maxReplicas];
    const key = `${metadata.namespace ?? ''} ${target.kind} ${target.name}`;
    scalers.set(key, [...(scalers.get(key) ?? []), { manifest, least, most }]);
  }
  known.set(tree, scalers);
  return scalers;
}
