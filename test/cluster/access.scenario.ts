import type { KubernetesObject } from './api';
import type { Cluster } from './cluster';
import { startCluster } from './given';
import { inOrder, manifestsOf } from './manifests';
import { podTemplates } from './pods';

const committed = inOrder(manifestsOf(['dist']));
const objects = committed.map(({ object }) => object);
const named = (kind: string) => objects.filter((object) => object.kind === kind);
const namespaces = named('Namespace').map(({ metadata }) => metadata.name);
/** `namespace/name`; each namespace has a `default` as well, which pods use that name none. */
const accounts = [
  ...named('ServiceAccount').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
  ...namespaces.map((namespace) => `${namespace}/default`),
];

interface Row {
  readonly verbs: string;
  /** `group/resource`; the core group is empty. */
  readonly resources: string;
  /** Namespaces, or `*` for all of them and what has none. */
  readonly in: string;
  /** Only objects of these names. */
  readonly names?: string;
}

/** All that each may do, and why; who is not listed may do nothing. */
const table: Readonly<Record<string, readonly Row[]>> = {
  // Makes the pods of its agents, looks at them and ends them.
  'ci-cd/jenkins': [
    { verbs: 'create delete get list patch update watch', resources: '/pods', in: 'ci-cd ci-build' },
    { verbs: 'create get', resources: '/pods/exec', in: 'ci-cd ci-build' },
    { verbs: 'get', resources: '/pods/log', in: 'ci-cd ci-build' },
    { verbs: 'list watch', resources: '/events', in: 'ci-cd ci-build' },
  ],
  // The pipeline waits for the migrations, and for the outcome of a canary.
  'ci-cd/eren-deployer': [
    { verbs: 'get', resources: '/configmaps batch/jobs', in: 'production staging', names: 'eren-migrations' },
    { verbs: 'get watch', resources: 'argoproj.io/rollouts', in: 'production staging', names: 'e-ren-rollout' },
  ],
  // Asks the kubelet of its node.
  'datadog/datadog-agent': [
    {
      verbs: 'get',
      resources: '/nodes/spec /nodes/healthz /nodes/pods /nodes/stats /nodes/metrics',
      in: '*',
    },
  ],
  // Reads the state of everything, and writes what it elects itself by, and where it was.
  'datadog/datadog-cluster-agent': [
    {
      verbs: 'list watch',
      resources:
        '/limitranges /namespaces /nodes /persistentvolumeclaims /persistentvolumes /pods /resourcequotas /services' +
        ' apps/daemonsets apps/deployments apps/replicasets apps/statefulsets autoscaling/horizontalpodautoscalers' +
        ' batch/cronjobs batch/jobs networking.k8s.io/ingresses policy/poddisruptionbudgets' +
        ' discovery.k8s.io/endpointslices /events',
      in: '*',
    },
    { verbs: 'get', resources: '/namespaces /nodes /pods /services', in: '*' },
    { verbs: 'get', resources: 'discovery.k8s.io/endpointslices /events', in: '*' },
    { verbs: 'get list', resources: '/componentstatuses', in: '*' },
    {
      verbs: 'get update',
      resources: 'coordination.k8s.io/leases',
      in: 'datadog',
      names: 'datadog-leader-election',
    },
    { verbs: 'create', resources: 'coordination.k8s.io/leases', in: 'datadog' },
    { verbs: 'get update', resources: '/configmaps', in: 'datadog', names: 'datadogtoken datadog-cluster-id' },
    { verbs: 'create', resources: '/configmaps', in: 'datadog' },
  ],
  // Reads what is to be written to Datadog, and notes what became of it.
  'datadog/datadog-operator': [
    { verbs: 'list watch', resources: '/namespaces', in: '*' },
    { verbs: 'get list watch update', resources: 'datadoghq.com/datadoggenericresources', in: 'datadog' },
    { verbs: 'update', resources: 'datadoghq.com/datadoggenericresources/status', in: 'datadog' },
    { verbs: 'create patch', resources: '/events', in: 'datadog' },
    {
      verbs: 'get update',
      resources: 'coordination.k8s.io/leases',
      in: 'datadog',
      names: 'datadog-operator-lock',
    },
    { verbs: 'create', resources: 'coordination.k8s.io/leases', in: 'datadog' },
  ],
};

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  const kinds = ['Namespace', 'ServiceAccount', 'PriorityClass', 'LimitRange', 'Role', 'RoleBinding'];
  const access = [...kinds, 'ClusterRole', 'ClusterRoleBinding'];
  await cluster.api.applyAll(objects.filter(({ kind }) => access.includes(kind)));
});
afterAll(() => cluster?.stop());

test('every account of the table exists', () => {
  expect(Object.keys(table).filter((account) => !accounts.includes(account))).toEqual([]);
});

test('every ServiceAccount may do what it must', async () => {
  const refused: string[] = [];
  for (const [account, rows] of Object.entries(table))
    for (const permission of rows.flatMap((row) => spread(row)))
      if (!(await allowed(account, permission))) refused.push(`${account} may not ${say(permission)}`);
  expect(refused).toEqual([]);
});

test.each(accounts)('%s may do nothing else in any namespace', async (account) => {
  const more: string[] = [];
  for (const namespace of [...namespaces, 'kube-system', 'default']) {
    const rows = table[account] ?? [];
    const expected = new Set(rows.flatMap((row) => spread(row, namespace)).map(say));
    for (const permission of await rules(account, namespace))
      if (!expected.has(say(permission))) more.push(say(permission));
  }
  expect(more).toEqual([]);
});

test.each([
  ['ci-cd/jenkins', 'get', '/secrets', 'production'],
  ['ci-cd/jenkins', 'list', '/secrets', 'ci-cd'],
  ['ci-cd/jenkins', 'create', '/pods', 'production'],
  ['ci-cd/eren-deployer', 'get', '/secrets', 'production'],
  ['ci-cd/eren-deployer', 'patch', 'argoproj.io/rollouts', 'production'],
  ['ci-build/eren-builder', 'get', '/secrets', 'ci-build'],
  ['datadog/datadog-agent', 'get', '/nodes/proxy', ''],
  ['datadog/datadog-cluster-agent', 'list', '/secrets', 'datadog'],
  ['datadog/datadog-cluster-agent', 'patch', '/pods', 'production'],
  ['datadog/datadog-operator', 'get', '/secrets', 'datadog'],
  ['datadog/datadog-operator', 'list', '/secrets', 'production'],
  ['datadog/datadog-operator', 'create', '/pods', 'datadog'],
  ['production/eren-web', 'get', '/secrets', 'production'],
  ['staging/eren-web', 'get', '/pods', 'production'],
])('%s may not %s %s in %s', async (account, verb, resource, namespace) => {
  expect(await allowed(account, { verb, resource, namespace })).toBe(false);
});

test('of all pods only those of Jenkins and the Datadog agents get a token', async () => {
  const withToken: string[] = [];
  for (const { object, owner } of podTemplates(committed)) {
    const { status, body } = await cluster.api.apply(object, { dryRun: true });
    if (status >= 300) throw new Error(`${object.metadata.name}: ${body.message}`);
    // Admission adds the volume.
    const tokens = (body.spec.volumes ?? []).filter(({ projected }: any) =>
      projected?.sources.some((source: any) => source.serviceAccountToken),
    );
    if (tokens.length > 0) withToken.push(`${owner.metadata.namespace}/${owner.metadata.name}`);
  }
  expect(withToken.sort()).toEqual(['ci-cd/jenkins', 'datadog/datadog-agent', 'datadog/datadog-cluster-agent']);
});

interface Permission {
  readonly verb: string;
  /** `group/resource` */
  readonly resource: string;
  readonly namespace: string;
  readonly name?: string;
}

/** A row in all its namespaces, or as it is in one. */
function spread(row: Row, only?: string): Permission[] {
  const places = row.in === '*' ? [only ?? ''] : row.in.split(' ').filter((name) => !only || name === only);
  return places.flatMap((namespace) =>
    row.resources
      .split(' ')
      .flatMap((resource) =>
        row.verbs
          .split(' ')
          .flatMap((verb) =>
            (row.names?.split(' ') ?? [undefined]).map((name) => ({ verb, resource, namespace, name })),
          ),
      ),
  );
}

async function allowed(account: string, { verb, resource, namespace, name }: Permission): Promise<boolean> {
  const [group, plural, subresource] = resource.split('/');
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: `system:serviceaccount:${account.replace('/', ':')}`,
      groups: groupsOf(account),
      resourceAttributes: { verb, group, resource: plural, subresource, namespace, name },
    },
  };
  const { status } = await cluster.api.done('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', review);
  return status.allowed;
}

/** What the authorizer lists for the account in a namespace, but for what everybody may: ask about himself. */
async function rules(account: string, namespace: string): Promise<Permission[]> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
  const as = { user: `system:serviceaccount:${account.replace('/', ':')}`, groups: groupsOf(account) };
  const { status } = await cluster.api.done('POST', path, review, undefined, as);
  expect(status.incomplete).toBe(false);
  const listed: KubernetesObject[] = status.resourceRules;
  return listed
    .filter(({ resources }) => !resources.every((name: string) => name.startsWith('selfsubject')))
    .flatMap(({ apiGroups = [''], resources, verbs, resourceNames = [undefined] }: any) =>
      apiGroups.flatMap((group: string) =>
        resources.flatMap((resource: string) =>
          verbs.flatMap((verb: string) =>
            resourceNames.map((name?: string) => ({ verb, resource: `${group}/${resource}`, namespace, name })),
          ),
        ),
      ),
    );
}

/** Those that the API server gives every ServiceAccount. */
function groupsOf(account: string): string[] {
  const [namespace] = account.split('/');
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

function say({ verb, resource, namespace, name }: Permission): string {
  return [verb, resource, name, namespace && `in ${namespace}`].filter(Boolean).join(' ');
}
