import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'cdk8s';
import { chartFolders } from '../../../charts/app';
import { clusterKinds } from '../../../charts/argocd/cluster-kinds';
import type { Leaving } from '../../../charts/argocd/leaving';
import { ProjectsChart } from '../../../charts/argocd/projects';
import { SettingsError } from '../../../charts/settings';
import { settings } from '../../support/manifests';
import { root } from '../../support/root';

const charts = chartFolders(settings).filter(({ environment }) => environment !== undefined);

/** The projects that are made when this leaves. */
const projects = (gone: Leaving): any[] =>
  new ProjectsChart(new App(), 'projects', settings, charts, gone).toJson();

function problems(gone: Leaving): readonly string[] {
  try {
    projects(gone);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
}

test.each<[string, Leaving, string]>([
  [
    'a project that is not there',
    { prod: [] },
    'charts/argocd/leaving.ts: prod: is not a project with charts; there are cluster, production, staging',
  ],
  [
    'a project without charts',
    { 'add-ons': [{ group: 'keda.sh', kind: 'ScaledObject' }] },
    'charts/argocd/leaving.ts: add-ons: is not a project with charts; there are cluster, production, staging',
  ],
  [
    'a cluster-scoped kind without a name',
    { cluster: [{ group: 'rbac.authorization.k8s.io', kind: 'ClusterRole' }] },
    'charts/argocd/leaving.ts: cluster.0.name: is missing; ClusterRole is in no namespace, and allowed by name only',
  ],
  [
    'a namespaced kind with a name',
    { production: [{ group: 'keda.sh', kind: 'ScaledObject', name: 'web' }] },
    'charts/argocd/leaving.ts: production.0.name: "web" goes with a kind of charts/argocd/cluster-kinds.ts only, and ScaledObject of group "keda.sh" is none; leave the name out',
  ],
])('%s cannot leave', (_, gone, problem) => {
  expect(problems(gone)).toEqual([problem]);
});

test('what leaves is allowed in the list of its scope, and once where the charts still have it', () => {
  const made = projects({
    cluster: [
      { kind: 'ClusterRole', name: 'gone', group: 'rbac.authorization.k8s.io' },
      { name: 'gp3', kind: 'StorageClass', group: 'storage.k8s.io' },
      { kind: 'ScaledObject', group: 'keda.sh' },
      { kind: 'ConfigMap', group: '' },
    ],
  });
  const { spec } = made.find(({ metadata }) => metadata.name === 'cluster');
  const count = (list: any[], kind: string, name?: string) =>
    list.filter((each) => each.kind === kind && each.name === name).length;
  const { clusterResourceWhitelist: wide, namespaceResourceWhitelist: narrow } = spec;
  expect([
    count(wide, 'ClusterRole', 'gone'),
    count(wide, 'StorageClass', 'gp3'),
    count(narrow, 'ScaledObject'),
    count(narrow, 'ConfigMap'),
  ]).toEqual([1, 1, 1, 1]);
});

test('the kinds without a namespace are those of the schema tables', () => {
  const read = (table: string) =>
    JSON.parse(readFileSync(join(root, 'review/schema/tables', `${table}.json`), 'utf8'));
  const found = Object.entries<string>(read('index').tables).flatMap(([apiVersion, table]) => {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const kinds = Object.entries<{ namespaced: boolean }>(read(table).kinds);
    return kinds.filter(([, { namespaced }]) => !namespaced).map(([kind]) => `${group}/${kind}`);
  });
  expect([...clusterKinds]).toEqual([...new Set(found)].sort());
});
