import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual as same } from 'node:util';
import { type AddOn, type AddOnName, addOns, awaited } from '../charts/environments/add-ons';
import type { Resources } from '../charts/environments/environment';
import { manifests, root } from './manifests';

const applications = manifests.filter(({ path }) => path.startsWith('argocd/add-ons/'));
const valuesOf = (name: string) =>
  applications.find(({ metadata }) => metadata.name === name)?.spec.source.helm.valuesObject;

const table = Object.entries(addOns) as [AddOnName, AddOn][];
const workloads = table.flatMap(([name, addOn]) =>
  Object.entries(addOn.workloads).map(([workload, numbers]) => ({ name, workload, ...numbers })),
);

/** Where in the values of its chart a workload has its replicas and resources. */
const places: { [name in AddOnName]: Record<keyof (typeof addOns)[name]['workloads'], string[]> } = {
  'external-secrets': {
    'external-secrets': [],
    'external-secrets-webhook': ['webhook'],
    'external-secrets-cert-controller': ['certController'],
  },
  'argo-rollouts': { 'argo-rollouts': ['controller'] },
  'aws-load-balancer-controller': { 'aws-load-balancer-controller': [] },
  'argo-cd': {
    'argocd-application-controller': ['controller'],
    'argocd-server': ['server'],
    'argocd-repo-server': ['repoServer'],
    'argocd-applicationset-controller': ['applicationSet'],
    'argocd-notifications-controller': ['notifications'],
    'argocd-dex-server': ['dex'],
    'argocd-redis': ['redis'],
  },
  reloader: { reloader: ['reloader', 'deployment'] },
  'cluster-autoscaler': { 'cluster-autoscaler': [] },
  'external-dns': { 'external-dns': [] },
  'datadog-operator': { 'datadog-operator': [] },
};

/** What its chart always runs one of: there is no value for it. */
const single = ['argocd-notifications-controller', 'argocd-dex-server', 'argocd-redis', 'external-dns'];

/** As Kubernetes has it: a limit of memory, and none of CPU. */
function limited({ cpu, memory, memoryLimit }: Resources) {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

/** Every `resources` in the values, wherever it is. */
function sizes(values: unknown): unknown[] {
  if (typeof values !== 'object' || values === null) return [];
  return Object.entries(values).flatMap(([key, value]) => (key === 'resources' ? [value] : sizes(value)));
}

/** What each chart installs, as its Chart.yaml says: a new version of a chart needs its line here, looked up. */
const appVersions: Record<string, string> = {
  'external-secrets@2.9.0': 'v2.9.0',
  'argo-rollouts@2.41.1': 'v1.9.1',
  'aws-load-balancer-controller@3.5.0': 'v3.5.0',
  'argo-cd@10.4.0': 'v3.5.1',
  'reloader@2.2.16': 'v1.4.21',
  'cluster-autoscaler@9.59.0': 'v1.35.2',
  'external-dns@1.21.1': 'v0.21.0',
  'datadog-operator@2.25.1': 'v1.29.0',
};

test('the release of an add-on is the one that its chart installs', () => {
  const stated = Object.values(addOns).map(({ chart, version, release }) => [`${chart}@${version}`, release]);
  expect(Object.fromEntries(stated)).toEqual(appVersions);
});

test('every add-on of the table is an Application, and no other chart is', () => {
  expect(applications.map(({ metadata }) => metadata.name).sort()).toEqual(Object.keys(addOns).sort());
});

test('the definitions in imports/crds are those of the releases that are installed, or would be for a setting', () => {
  const installed = [
    ...table.map(([name, { release }]) => `${name}-${release}`),
    ...Object.entries(awaited).map(([name, { release }]) => `${name}-${release}`),
  ];
  const imported = readdirSync(join(root, 'imports/crds'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  expect(imported).not.toEqual([]);
  expect(imported.filter((folder) => !installed.includes(folder))).toEqual([]);
});

test('no committed object is of an add-on that is not installed', () => {
  const missing = Object.entries(awaited).filter(([name]) => !(name in addOns));
  const offenders = manifests.filter(({ apiVersion }) =>
    missing.some(([, { group }]) => apiVersion.startsWith(`${group}/`)),
  );
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

test('the values of every workload have the replicas and resources of the table', () => {
  const offenders = workloads.flatMap(({ name, workload, replicas, resources }) => {
    const place = (places[name] as Record<string, string[]>)[workload];
    const found = place?.reduce((values, key) => values?.[key], valuesOf(name));
    const values = {
      replicas: single.includes(workload) ? 1 : (found?.replicas ?? found?.replicaCount),
      resources: found?.resources,
    };
    const expected = { replicas, resources: limited(resources) };
    return same(values, expected) ? [] : [{ name, workload, values, expected }];
  });
  expect(offenders).toEqual([]);
});

test('an init container or Job in the values is of the size of a workload of the table', () => {
  const offenders = table.flatMap(([name, addOn]) => {
    const known = Object.values(addOn.workloads).map(({ resources }) => limited(resources));
    return sizes(valuesOf(name))
      .filter((size) => !known.some((one) => same(one, size)))
      .map((size) => ({ name, size }));
  });
  expect(offenders).toEqual([]);
});

test('every add-on is pinned to one version of its chart and one release of the program', () => {
  const charts = applications.map(({ metadata, spec }) => ({
    name: metadata.name,
    pinned: `v${spec.source.targetRevision}`,
  }));
  const releases = table.map(([name, { release }]) => ({ name, pinned: release }));
  expect([...charts, ...releases].filter(({ pinned }) => !/^v\d+\.\d+\.\d+$/.test(pinned))).toEqual([]);
});

test('every workload states replicas, what a pod requests and how much memory it may take', () => {
  const amounts = [/^\d+$/, /^[1-9]\d*m$/, /^[1-9]\d*(Mi|Gi)$/, /^[1-9]\d*(Mi|Gi)$/];
  const offenders = workloads.filter(({ kind, replicas, resources: { cpu, memory, memoryLimit } }) => {
    const stated = [kind === 'DaemonSet' ? 0 : replicas, cpu, memory, memoryLimit];
    return !stated.every((amount, i) => amounts[i]?.test(String(amount)));
  });
  expect(offenders).toEqual([]);
});
