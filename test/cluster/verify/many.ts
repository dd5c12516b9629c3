import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import type { KubernetesObject } from '../api';
import type { Delivery } from '../delivery';
import { manifestsOf } from '../manifests';

/** What no controller does anything with. */
const still = [
  'ConfigMap',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'Role',
  'Service',
  'ServiceAccount',
  'AnalysisTemplate',
];
const folder = 'dist/production/many';

/** Copies of production's own objects until it has so many, in the tree and in the cluster. */
export async function addMany({ api, repository }: Delivery, wanted: number): Promise<void> {
  const own = manifestsOf(['dist/production'], repository.tree).map(({ object }) => object);
  const patterns = own.filter(({ kind }) => still.includes(kind));
  const copies: KubernetesObject[] = Array.from({ length: wanted - own.length }, (_, i) => {
    const pattern = patterns[i % patterns.length] as KubernetesObject;
    const { name, namespace, labels = {} } = pattern.metadata;
    return { ...pattern, metadata: { name: `${name}-${i}`, namespace, labels } };
  });
  mkdirSync(join(repository.tree, folder));
  for (const object of copies)
    writeFileSync(join(repository.tree, folder, `${object.kind}.${object.metadata.name}.yaml`), dump(object));
  const lanes = Array.from({ length: 8 }, (_, lane) => copies.filter((_, i) => i % 8 === lane));
  await Promise.all(lanes.map((objects) => api.applyAll(objects)));
}

/** From the tree only: what stays in the cluster has no mark of Argo CD's. */
export function forgetMany({ repository }: Delivery): void {
  rmSync(join(repository.tree, folder), { recursive: true });
}
