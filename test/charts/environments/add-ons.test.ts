import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual as same } from 'node:util';
import { load } from 'js-yaml';
import { type AddOn, type AddOnName, addOns, deliveredAddOns } from '../../../charts/environments/add-ons';
import type { Resources } from '../../../charts/environments/environment';
import { manifestsWith } from '../../support/changed';
import { type Manifest, manifests, one, settings } from '../../support/manifests';
import { root } from '../../support/root';

/** One Sidekiq process more in these environments, and the connections for it. */
const scaledIn = (...names: string[]) =>
  manifestsWith(({ environments }) => {
    for (const { name, sidekiq, connections } of environments) {
      if (!names.includes(name)) continue;
      sidekiq.scaling = { max: 2, latency: '30s', jobsPerProcess: 100 };
      connections.max += 1;
    }
  });
/** With the settings that the last of the add-ons are delivered for. */
const everything = scaledIn('production', 'staging');
const addOnsOf = (of: readonly Manifest[]) => of.filter(({ path }) => path.startsWith('argocd/add-ons/'));
const applications = addOnsOf(everything);
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
  keda: { 'keda-operator': ['operator'], 'keda-operator-metrics-apiserver': ['metricsServer'] },
};

/** And where it has its resources, in a chart that keeps them apart. */
const apart: Partial<Record<string, string[]>> = {
  'keda-operator': ['resources', 'operator'],
  'keda-operator-metrics-apiserver': ['resources', 'metricServer'],
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
  return Object.entries(values).flatMap(([key, value]) => {
    if (key !== 'resources') return sizes(value);
    return 'requests' in value ? [value] : Object.values(value);
  });
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
  'keda@2.20.2': 'v2.20.2',
};

test('the release of an add-on is the one that its chart installs', () => {
  const stated = Object.values(addOns).map(({ chart, version, release }) => [`${chart}@${version}`, release]);
  expect(Object.fromEntries(stated)).toEqual(appVersions);
});

test('every add-on of the table is an Application once it is needed, and no other chart is', () => {
  expect(applications.map(({ metadata }) => metadata.name).sort()).toEqual(Object.keys(addOns).sort());
  const now = deliveredAddOns(settings.sites.map(({ environment }) => environment)).map(([name]) => name);
  expect(
    addOnsOf(manifests)
      .map(({ metadata }) => metadata.name)
      .sort(),
  ).toEqual(now.sort());
});

const definitions = readdirSync(join(root, 'imports/crds'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('the definitions in imports/crds are those of the releases that are installed', () => {
  const installed = table.map(([name, { release }]) => `${name}-${release}`);
  expect(definitions).not.toEqual([]);
  expect(definitions.filter((folder) => !installed.includes(folder))).toEqual([]);
});

test('no committed object is of an add-on that is not delivered', () => {
  const now = addOnsOf(manifests).map(({ metadata }) => metadata.name);
  const missing = table.filter(([name]) => !now.includes(name)).map(([name, { release }]) => `${name}-${release}`);
  const groups = missing
    .filter((folder) => definitions.includes(folder))
    .flatMap((folder) =>
      readdirSync(join(root, 'imports/crds', folder)).map(
        (file) => (load(readFileSync(join(root, 'imports/crds', folder, file), 'utf8')) as Manifest).spec.group,
      ),
    );
  expect(groups).toContain('keda.sh');
  const offenders = manifests.filter(({ apiVersion }) => groups.includes(apiVersion.split('/')[0]));
  expect(offenders.map(({ path }) => path)).toEqual([]);
});

describe('KEDA, while an environment scales', () => {
  const projectIn = (of: Manifest[]) =>
    of.find(({ path }) => path === 'argocd/projects/AppProject.add-ons.yaml')?.spec;

  test.each([[['staging']], [['production']], [['production', 'staging']]])(
    'of %p reads Secrets and scales there and nowhere else',
    (names) => {
      const changed = scaledIn(...names);
      const { source } = addOnsOf(changed).find(({ metadata }) => metadata.name === 'keda')?.spec ?? {};
      expect(source.helm.valuesObject.watchNamespace.split(',')).toEqual(names);
      const before = projectIn(manifests).destinations.map(({ namespace }: any) => namespace);
      expect(projectIn(changed).destinations.map(({ namespace }: any) => namespace)).toEqual(
        [...new Set([...before, 'keda', ...names])].sort(),
      );
    },
  );

  test("may be taken from its own repository, and answer the autoscaler's API and no other", () => {
    const rights = (of: Manifest[], list: string) => projectIn(of)[list];
    const changed = scaledIn('staging');
    const more = (list: string) => {
      const before = rights(manifests, list).map((each: any) => JSON.stringify(each));
      return rights(changed, list).filter((each: any) => !before.includes(JSON.stringify(each)));
    };
    expect(more('sourceRepos')).toEqual(['https://kedacore.github.io/charts']);
    expect(more('clusterResourceWhitelist')).toEqual([
      { group: 'apiregistration.k8s.io', kind: 'APIService', name: 'v1beta1.external.metrics.k8s.io' },
    ]);
    expect(more('namespaceResourceWhitelist')).toEqual([]);
  });

  test('runs as `restricted` asks, in a namespace of that level', () => {
    const { spec } = applications.find(({ metadata }) => metadata.name === 'keda') as Manifest;
    const { podSecurityContext, securityContext, webhooks } = spec.source.helm.valuesObject;
    expect(spec.destination.namespace).toBe('keda');
    expect(spec.syncPolicy.managedNamespaceMetadata.labels['pod-security.kubernetes.io/enforce']).toBe(
      'restricted',
    );
    expect(webhooks.enabled).toBe(false);
    for (const pod of ['operator', 'metricServer']) {
      expect(podSecurityContext[pod]).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(securityContext[pod]).toMatchObject({
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  test('changes nothing of what exists once', () => {
    const cluster = (of: Manifest[]) => of.filter(({ path }) => path.startsWith('dist/cluster/'));
    expect(cluster(scaledIn('staging'))).toEqual(cluster(manifests));
  });
});

test('Reloader reads the Secrets of the namespaces where something asks to be restarted, and of no other', () => {
  const asked = /(^|\.)reloader\.stakater\.com\//;
  const ours = manifests.filter(({ metadata }) =>
    Object.keys(metadata.annotations ?? {}).some((key) => asked.test(key)),
  );
  const ofAddOns = applications.filter(({ spec }) => /reloader\.stakater\.com\//.test(JSON.stringify(spec)));
  const where = [
    ...ours.map(({ metadata }) => metadata.namespace),
    ...ofAddOns.map(({ spec }) => spec.destination.namespace),
  ];
  const { watchGlobally, namespaces } = valuesOf('reloader').reloader;
  expect(watchGlobally).toBe(false);
  expect([...namespaces].sort()).toEqual([...new Set(where)].sort());
  const project = manifests.find(({ path }) => path === 'argocd/projects/AppProject.add-ons.yaml')?.spec;
  const allowed = project.destinations.map(({ namespace }: any) => namespace);
  expect(namespaces.filter((name: string) => !allowed.includes(name))).toEqual([]);
  // It would have a role in each, which the chart makes only without the one for the cluster.
  expect(project.namespaceResourceWhitelist).toContainEqual({ group: 'rbac.authorization.k8s.io', kind: 'Role' });
});

test('the values of every workload have the replicas and resources of the table', () => {
  const offenders = workloads.flatMap(({ name, workload, replicas, resources, container = resources }) => {
    const place = (places[name] as Record<string, string[]>)[workload];
    const found = place?.reduce((values, key) => values?.[key], valuesOf(name));
    const sized = apart[workload]?.reduce((values, key) => values?.[key], valuesOf(name)) ?? found?.resources;
    const values = {
      replicas: single.includes(workload) ? 1 : (found?.replicas ?? found?.replicaCount),
      resources: sized,
    };
    const expected = { replicas, resources: limited(container) };
    return same(values, expected) ? [] : [{ name, workload, values, expected }];
  });
  expect(offenders).toEqual([]);
});

test('an init container or Job in the values is of the size of a workload of the table', () => {
  const offenders = table.flatMap(([name, addOn]) => {
    const known = Object.values(addOn.workloads).map(({ resources, container = resources }) => limited(container));
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

test('the Datadog operator may read what it is to write there, note what became of it, and nothing else', () => {
  const values = addOnsOf(manifests).find(({ metadata }) => metadata.name === 'datadog-operator')?.spec.source.helm
    .valuesObject;
  expect([values.rbac.create, values.serviceAccount.create]).toEqual([false, false]);
  const { rules } = one('cluster', 'Role', 'datadog-operator') as any;
  expect(rules.flatMap(({ resources }: any) => resources)).toEqual([
    'datadoggenericresources',
    'datadoggenericresources/status',
    'events',
    'leases',
    'leases',
  ]);
  expect(one('cluster', 'ClusterRole', 'datadog-operator')).toMatchObject({
    rules: [{ resources: ['namespaces'], verbs: ['list', 'watch'] }],
  });
  const { subjects } = one('cluster', 'RoleBinding', 'datadog-operator') as any;
  expect(subjects).toEqual([
    { kind: 'ServiceAccount', name: values.serviceAccount.name, namespace: values.watchNamespaces[0] },
  ]);
  const account = one('cluster', 'ServiceAccount', values.serviceAccount.name) as any;
  expect(account.automountServiceAccountToken).toBe(true);
});
