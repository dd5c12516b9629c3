import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connections, notAskable } from '../review/verify/fits/connections';
import { nodes } from '../review/verify/fits/nodes';
import { customResources, kubernetes } from '../review/verify/fits/versions';
import { certificates } from '../review/verify/healthy/certificates';
import { applications, secrets } from '../review/verify/healthy/delivery';
import { pods } from '../review/verify/healthy/pods';
import { rollouts } from '../review/verify/healthy/rollouts';
import { claims, jobs, workloads } from '../review/verify/healthy/workloads';
import { nodesOf } from './cluster/nodes';
import { root, settings } from './manifests';

const now = Date.parse('2026-11-20T12:00:00Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const object = (kind: string, rest: object, metadata: object = {}): any => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', namespace: 'production', ...metadata },
  ...rest,
});
const said = (findings: Iterable<any>) =>
  [...findings].map(({ level, what, path, message }) => [level, what, path, message].filter(Boolean).join(' '));
const matching = (told: readonly RegExp[]) => told.map((each) => expect.stringMatching(each));

const steps = [{ setWeight: 20 }, { pause: {} }, { setWeight: 50 }, { pause: {} }, { setWeight: 100 }];
const spec = { strategy: { canary: { steps } } };
test.each<[string, object, RegExp[]]>([
  ['is healthy', { phase: 'Healthy' }, []],
  [
    'is on its way',
    { phase: 'Progressing', message: 'more replicas', currentStepIndex: 3 },
    [/^note progressing Progressing \(more replicas\), step 4 of 5, canary at 50 %$/],
  ],
  [
    'pauses as it should',
    {
      phase: 'Paused',
      currentStepIndex: 1,
      pauseConditions: [{ reason: 'CanaryPauseStep' }],
      canary: { weights: { canary: { weight: 20 } } },
    },
    [/^note progressing Paused, step 2 of 5, canary at 20 %$/],
  ],
  [
    'waits for a person',
    { phase: 'Paused', currentStepIndex: 1, pauseConditions: [{ reason: 'InconclusiveAnalysisRun' }] },
    [/^mismatch inconclusive .* waits for a person$/],
  ],
  [
    'is aborted',
    { phase: 'Degraded', abort: true, message: 'RolloutAborted', currentStepIndex: 0 },
    [/^mismatch aborted Degraded \(RolloutAborted\), step 1 of 5, canary at 20 %; the version before serves$/],
  ],
  ['is degraded', { phase: 'Degraded', message: 'ProgressDeadlineExceeded' }, [/^mismatch degraded/]],
  ['is seen by nobody', {}, [/^mismatch no-status/]],
])('a Rollout that %s', (_, status, told) => {
  expect(said(rollouts([object('Rollout', { spec, status })]))).toEqual(matching(told));
});

test.each<[string, any, RegExp[]]>([
  [
    'a Deployment with all its pods',
    object('Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 2, updatedReplicas: 2 } }),
    [],
  ],
  [
    'one that rolls',
    object('Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 2, updatedReplicas: 1 } }),
    [/^note progressing/],
  ],
  [
    'one with too few',
    object('Deployment', { spec: { replicas: 2 }, status: { readyReplicas: 1, updatedReplicas: 2 } }),
    [/^mismatch not-ready 1 of 2/],
  ],
  [
    'one whose deadline is over',
    object('Deployment', {
      spec: { replicas: 1 },
      status: { readyReplicas: 1, conditions: [{ type: 'Progressing', status: 'False' }] },
    }),
    [/deadline is over$/],
  ],
  ['one that wants none', object('Deployment', { spec: { replicas: 0 }, status: {} }), []],
  ['a DaemonSet without a node', object('DaemonSet', { spec: {}, status: { desiredNumberScheduled: 0 } }), []],
  [
    'a DaemonSet that lacks one',
    object('DaemonSet', {
      spec: {},
      status: { desiredNumberScheduled: 3, numberReady: 2, updatedNumberScheduled: 3 },
    }),
    [/^mismatch not-ready 2 of 3/],
  ],
])('%s', (_, workload, told) => {
  expect(said(workloads([workload]))).toEqual(matching(told));
});

test('of the Jobs of a CronJob only the last one counts', () => {
  const status = {
    conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'no' }],
  };
  const of = (name: string, creationTimestamp: string, rest: object) =>
    object('Job', rest, { name, creationTimestamp, ownerReferences: [{ kind: 'CronJob', name: 'c' }] });
  const failed = of('first', '2026-11-19', { status });
  expect(said(jobs([failed]))).toEqual(['mismatch failed failed: BackoffLimitExceeded, no']);
  expect(said(jobs([failed, of('second', '2026-11-20', {})]))).toEqual([]);
});

test.each<[string, object, RegExp[]]>([
  ['Bound', { phase: 'Bound' }, []],
  ['Pending', { phase: 'Pending' }, [/^mismatch unbound is Pending/]],
  ['Lost', { phase: 'Lost' }, [/^mismatch lost its volume is gone/]],
])('a claim that is %s', (_, status, told) => {
  expect(said(claims([object('PersistentVolumeClaim', { status })]))).toEqual(matching(told));
});

const container = (more: object) => ({
  phase: 'Running',
  startTime: ago(60),
  containerStatuses: [{ name: 'web', restartCount: 0, ...more }],
});
const ended = { terminated: { reason: 'OOMKilled', exitCode: 137, finishedAt: ago(5) } };
test.each<[string, object, RegExp[]]>([
  ['runs', container({ state: { running: {} } }), []],
  ['is done', { phase: 'Succeeded' }, []],
  [
    'crashes',
    container({ restartCount: 4, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: ended }),
    [/^mismatch waiting container web waits: CrashLoopBackOff \(4 restarts; it ended with OOMKilled 137\)$/],
  ],
  [
    'has no image',
    container({ state: { waiting: { reason: 'ImagePullBackOff', message: 'not found' } } }),
    [/ImagePullBackOff, not found/],
  ],
  ['comes up', { ...container({ state: { waiting: { reason: 'ContainerCreating' } } }), startTime: ago(1) }, []],
  [
    'comes up for too long',
    container({ state: { waiting: { reason: 'ContainerCreating' } } }),
    [/^mismatch waiting container web is ContainerCreating for 60 min/],
  ],
  [
    'has restarted a moment ago',
    container({ restartCount: 1, state: { running: {} }, lastState: ended }),
    [/^mismatch restarting container web has 1 restart, the last one 2026-11-20T11:55/],
  ],
  [
    'has restarted long ago',
    container({
      restartCount: 1,
      state: { running: {} },
      lastState: { terminated: { ...ended.terminated, finishedAt: ago(600) } },
    }),
    [],
  ],
  [
    'waits in an init container',
    {
      phase: 'Pending',
      startTime: ago(1),
      initContainerStatuses: [{ name: 'schema', state: { waiting: { reason: 'CreateContainerConfigError' } } }],
    },
    [/container schema waits: CreateContainerConfigError/],
  ],
  [
    'has no node',
    { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: '0/4 nodes' }] },
    [/^mismatch unschedulable has no node: 0\/4 nodes$/],
  ],
  ['was evicted', { phase: 'Failed', reason: 'Evicted' }, [/^mismatch failed failed: Evicted$/]],
])('a pod that %s', (_, status, told) => {
  expect(said(pods([object('Pod', { status })], now))).toEqual(matching(told));
});

const automated = { source: { path: 'dist/production/web' }, syncPolicy: { automated: {} } };
const fine = { sync: { status: 'Synced' }, health: { status: 'Healthy' } };
test.each<[string, object, object, RegExp[]]>([
  ['is well', automated, fine, []],
  [
    'is out of sync',
    automated,
    { ...fine, sync: { status: 'OutOfSync' }, resources: [{ kind: 'Service', name: 's', status: 'OutOfSync' }] },
    [/^mismatch out-of-sync is OutOfSync: Service s$/],
  ],
  [
    'waits for a person',
    { source: {}, syncPolicy: {} },
    { sync: { status: 'OutOfSync' }, health: { status: 'Missing' } },
    [/^note out-of-sync .*a person syncs it$/],
  ],
  [
    'could not sync',
    automated,
    { ...fine, operationState: { phase: 'Failed', message: 'one object refused' } },
    [/^mismatch sync-failed .*Failed: one object refused/],
  ],
  [
    'cannot be compared',
    automated,
    { sync: { status: 'Unknown' }, conditions: [{ type: 'ComparisonError', message: 'no repository' }] },
    [/^mismatch condition ComparisonError: no repository/, /^mismatch not-compared cannot/],
  ],
  ['is seen by nobody', automated, {}, [/^mismatch not-compared has no status/]],
  [
    'is degraded',
    automated,
    {
      ...fine,
      health: { status: 'Degraded' },
      resources: [{ kind: 'Rollout', name: 'r', health: { status: 'Degraded', message: 'aborted' } }],
    },
    [/^mismatch unhealthy is Degraded: Rollout r aborted/],
  ],
  ['comes up', automated, { ...fine, health: { status: 'Progressing' } }, [/^note progressing/]],
])('an Application that %s', (_, spec, status, told) => {
  expect(said(applications([object('Application', { spec, status })]))).toEqual(matching(told));
});

test('an ExternalSecret that is not ready is told with its reason', () => {
  const status = {
    conditions: [{ type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'AccessDenied' }],
  };
  expect(said(secrets([object('ExternalSecret', { status }), object('SecretStore', {})]))).toEqual(
    matching([/^mismatch not-ready SecretSyncedError: AccessDenied$/, /^mismatch no-status/]),
  );
});

const ended2020 = readFileSync(join(root, 'test/cluster/verify/ended.pem'), 'utf8');
test.each<[string, any, string, RegExp[]]>([
  ['in a ConfigMap, long before', object('ConfigMap', { data: { 'ca.pem': ended2020 } }), '2020-01-05', []],
  [
    'in a ConfigMap, shortly before',
    object('ConfigMap', { data: { 'ca.pem': ended2020 } }),
    '2020-02-20',
    [/^mismatch certificate data\[ca\.pem\] ends on 2020-03-01, in 10 days$/],
  ],
  [
    'in a ConfigMap, afterwards',
    object('ConfigMap', { data: { 'ca.pem': ended2020 } }),
    '2020-03-11',
    [/ended on 2020-03-01, 10 days ago$/],
  ],
  [
    'of a webhook',
    object('ValidatingWebhookConfiguration', {
      webhooks: [{ name: 'w', clientConfig: { caBundle: Buffer.from(ended2020).toString('base64') } }],
    }),
    '2020-02-20',
    [/webhooks\[w\]\.clientConfig\.caBundle ends on/],
  ],
  [
    'that is none',
    object('ConfigMap', { data: { a: '-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----' } }),
    '2020-02-20',
    [],
  ],
])('a certificate %s', (_, holder, day, told) => {
  expect(said(certificates([holder], { days: 45, now: Date.parse(day) }))).toEqual(matching(told));
});

describe('fits', () => {
  const all = () => nodesOf(settings.cluster, { app: settings.cluster.nodeGroups.app.min, jenkins: 1 }) as any[];
  const ready = (node: any) => ({
    ...node,
    status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] },
  });

  test('the nodes that EKS starts for the settings fit', () => {
    expect(said(nodes(all().map(ready), settings.cluster))).toEqual([]);
  });

  test.each<[string, (node: any) => void, RegExp]>([
    [
      'another type',
      ({ metadata }) => (metadata.labels['node.kubernetes.io/instance-type'] = 't3.small'),
      /instanceType is a t3\.small/,
    ],
    ['no taint', ({ spec }) => (spec.taints = []), /tainted is not tainted/],
    [
      'another label',
      ({ metadata }) => delete metadata.labels.workload,
      /workload is absent, the settings say jenkins/,
    ],
    [
      'fewer pods',
      ({ status }) => (status.allocatable.pods = '17'),
      /maxPods may run 17 pods, the settings say 35/,
    ],
    ['less CPU', ({ status }) => (status.allocatable.cpu = '1500m'), /has 1500m CPU for pods, 1930m was/],
    ['less memory', ({ status }) => (status.allocatable.memory = '2097152Ki'), /has 2048Mi memory for pods/],
    [
      'no kubelet',
      ({ status }) => (status.conditions = [{ type: 'Ready', status: 'Unknown', message: 'gone' }]),
      /node-not-ready is not ready: gone/,
    ],
    [
      'another group',
      ({ metadata }) => (metadata.labels['eks.amazonaws.com/nodegroup'] = 'gpu'),
      /is of node group gpu/,
    ],
  ])('a node with %s does not', (_, change, told) => {
    const changed = all().map(ready);
    const jenkins = changed.find(({ metadata }) => metadata.name.startsWith('jenkins'));
    change(jenkins);
    expect(said(nodes(changed, settings.cluster)).join('\n')).toMatch(told);
  });

  test('a group with too few nodes does not', () => {
    expect(said(nodes(all().map(ready).slice(1), settings.cluster))).toEqual([
      expect.stringMatching(/^mismatch node-count nodeGroups\.app has \d nodes, the settings say \d to \d$/),
    ]);
  });

  test.each<[string, string, string, RegExp[]]>([
    ['the same', 'v1.35.4-eks-1', 'v1.35.1', []],
    ['a kubelet that is three behind', 'v1.35.4', 'v1.32.0', []],
    ['a kubelet that is four behind', 'v1.35.4', 'v1.31.0', [/^mismatch kubelet/]],
    ['a kubelet that is newer', 'v1.35.4', 'v1.36.0', [/it may not be newer/]],
    [
      'another minor',
      'v1.36.0',
      'v1.36.0',
      [/^mismatch kubernetes kubernetes the API server is v1\.36\.0, the settings say 1\.35/],
    ],
  ])('versions: %s', (_, server, kubelet, told) => {
    const node = object('Node', { status: { nodeInfo: { kubeletVersion: kubelet } } });
    expect(said(kubernetes(server, '1.35', [node]))).toEqual(matching(told));
  });

  const definition = (versions: object[]) =>
    object('CustomResourceDefinition', { spec: { versions } }, { name: 'as.example.org' });
  const version = (name: string, type = 'object') => ({
    name,
    served: true,
    schema: { openAPIV3Schema: { type, description: type } },
  });
  test.each<[string, object | undefined | 'unknown', RegExp[]]>([
    ['is the same', definition([version('v2'), version('v1')]), []],
    ['is not there', undefined, [/^mismatch definition-missing/]],
    [
      'serves another version',
      definition([version('v2')]),
      [/^mismatch definition-version does not serve v1.*it serves v2$/],
    ],
    ['has another schema', definition([version('v1', 'string')]), [/first in openAPIV3Schema\.type$/]],
    ['is not shown', 'unknown', []],
  ])('a definition that %s', async (_, live, told) => {
    const imports = [{ file: 'imports/crds/a/a.yaml', object: definition([version('v1')]) }];
    expect(said(await customResources(imports, { show: async () => live } as never))).toEqual(matching(told));
  });

  const [production, staging] = settings.sites.map(({ environment }) => environment) as [any, any];
  const pod = (component: string, rest: object) =>
    object('Pod', rest, { labels: { 'app.kubernetes.io/component': component } });
  const map = (pool: number) =>
    object(
      'ConfigMap',
      { data: { 'pgbouncer.ini': `[pgbouncer]\nmax_db_connections = ${pool}\n` } },
      { name: 'pool' },
    );
  const mounts = {
    spec: { containers: [], volumes: [{ configMap: { name: 'pool' } }] },
    status: { phase: 'Running' },
  };
  const postgres = (max: number) =>
    pod('database', { spec: { containers: [{ args: ['-c', `max_connections=${max}`] }] } });
  test.each<[string, any, object, RegExp[]]>([
    [
      'what is running is what was reckoned with',
      production,
      { pods: [pod('web', mounts)], configMaps: [map(2)] },
      [],
    ],
    [
      'a larger pool',
      production,
      { pods: [pod('web', mounts)], configMaps: [map(4)] },
      [
        /^mismatch pool pgbouncer\.webPool its PgBouncer may hold 4 connections, the budget has 2/,
        /^mismatch connections .*could hold \d+ connections/,
      ],
    ],
    [
      'a larger autoscaler',
      production,
      { autoscalers: [object('HorizontalPodAutoscaler', { spec: { maxReplicas: 12 } })] },
      [/HPA maximum 12\), 35 are usable/],
    ],
    [
      'a pod that is done',
      production,
      { pods: [pod('web', { ...mounts, status: { phase: 'Succeeded' } })], configMaps: [map(4)] },
      [],
    ],
    ['PostgreSQL with its max_connections', staging, { pods: [postgres(staging.connections.max)] }, []],
    [
      'PostgreSQL with fewer',
      staging,
      { pods: [postgres(10)] },
      [/^mismatch max-connections .*max_connections=10/, /are usable/],
    ],
  ])('connections: %s', (_, environment, running, told) => {
    const nothing = { pods: [], configMaps: [], autoscalers: [] };
    expect(said(connections(environment, { ...nothing, ...running }))).toEqual(matching(told));
  });

  test('what only AWS knows is told as not asked', () => {
    expect([notAskable(production).join(), notAskable(staging).join()]).toEqual([
      expect.stringMatching(/max_connections of RDS/),
      '',
    ]);
  });
});
