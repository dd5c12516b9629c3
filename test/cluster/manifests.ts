import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load, loadAll } from 'js-yaml';
import { root } from '../support/root';
import type { KubernetesObject } from './api';

/** An object and the file it stands in, relative to the folder it was read from. */
export interface Manifest {
  readonly path: string;
  readonly object: KubernetesObject;
}

/** Every object in the YAML files of some folders or files. */
export function manifestsOf(folders: readonly string[], base = root): Manifest[] {
  return folders.flatMap((folder) =>
    filesOf(base, folder).flatMap((path) =>
      loadAll(readFileSync(join(base, path), 'utf8'))
        .filter((object): object is KubernetesObject => object !== null && object !== undefined)
        .map((object) => ({ path, object })),
    ),
  );
}

/** The values that the chart of an add-on gets; nothing renders the charts here. */
export function addOnValues(name: string): any {
  const file = join(root, `argocd/add-ons/Application.${name}.yaml`);
  return (load(readFileSync(file, 'utf8')) as any).spec.source.helm.valuesObject;
}

/** In the order in which they can be created: what others need at admission comes first. */
export function inOrder(manifests: readonly Manifest[]): Manifest[] {
  const first = [
    'CustomResourceDefinition',
    'Namespace',
    'PriorityClass',
    'StorageClass',
    'AppProject',
    'ResourceQuota',
    'LimitRange',
    'ServiceAccount',
    'IngressClassParams',
    'IngressClass',
    'ClusterRole',
    'Role',
  ];
  const rank = ({ object: { kind } }: Manifest) => (first.indexOf(kind) + first.length + 1) % (first.length + 1);
  return [...manifests].sort((a, b) => rank(a) - rank(b));
}

function filesOf(base: string, path: string): string[] {
  if (path.endsWith('.yaml')) return [path];
  return readdirSync(join(base, path), { withFileTypes: true }).flatMap((item) => {
    if (item.isDirectory()) return filesOf(base, `${path}/${item.name}`);
    return item.name.endsWith('.yaml') ? [`${path}/${item.name}`] : [];
  });
}
