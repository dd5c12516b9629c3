import { groupNamed } from '../../../charts/environments/node-groups';
import { Tree } from '../../../review/model/tree';
import { connectionsInUse, notAskable } from '../../../review/verify/fits/connections';
import { nodes } from '../../../review/verify/fits/nodes';
import { customResources, kubernetes } from '../../../review/verify/fits/versions';
import { nodesOf } from '../../cluster/nodes';
import { settings } from '../../support/manifests';
import { matching, object, said } from './findings';

const all = () => nodesOf(settings.cluster, { app: groupNamed(settings.cluster, 'app').min, jenkins: 1 }) as any[];
const ready = (node: any) => ({
  ...node,
  status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] },
});

test('the nodes that EKS starts for the settings fit', () => {
  expect(said(nodes(all().map(ready), settings.cluster, 'charts/environments/cluster.ts'))).toEqual([]);
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
  ['fewer pods', ({ status }) => (status.allocatable.pods = '17'), /maxPods may run 17 pods, the settings say 35/],
  ['less CPU', ({ status }) => (status.allocatable.cpu = '1500m'), /has 1500m CPU for pods, .* count on 1930m/],
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
  expect(said(nodes(changed, settings.cluster, 'charts/environments/cluster.ts')).join('\n')).toMatch(told);
});

test('a group with too few nodes does not', () => {
  expect(said(nodes(all().map(ready).slice(1), settings.cluster, 'charts/environments/cluster.ts'))).toEqual([
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
  const judge = await customResources(imports, { definition: async () => live } as never);
  expect(said(judge())).toEqual(matching(told));
});

const [production, staging] = settings.sites.map(({ environment }) => environment) as [any, any];
const pod = (component: string, rest: object, annotations = {}) =>
  object('Pod', rest, { labels: { 'app.kubernetes.io/component': component }, annotations });
const pooled = (pool: number) => {
  const items = [{ path: 'pgbouncer.ini', fieldRef: { fieldPath: "metadata.annotations['a/ini']" } }];
  return pod(
    'web',
    { spec: { containers: [], volumes: [{ name: 'etc', downwardAPI: { items } }] }, status: { phase: 'Running' } },
    { 'a/ini': `[pgbouncer]\nmax_db_connections = ${pool}\n` },
  );
};
const postgres = (max: number) =>
  pod('database', { spec: { containers: [{ args: ['-c', `max_connections=${max}`] }] } });
test.each<[string, any, any[], RegExp[]]>([
  ['what is running is what the budget was made for', production, [pooled(2)], []],
  [
    'a larger pool',
    production,
    [pooled(4)],
    [
      /^mismatch pool pgbouncer\.webPool its PgBouncer may hold 4 connections, the budget has 2/,
      /^mismatch connections .*could hold \d+ connections/,
    ],
  ],
  [
    'a larger autoscaler',
    production,
    [object('HorizontalPodAutoscaler', { spec: { maxReplicas: 12 } })],
    [/HPA maximum 12\), 40 are usable/],
  ],
  ['a pod that is done', production, [{ ...pooled(4), status: { phase: 'Succeeded' } }], []],
  ['PostgreSQL with its max_connections', staging, [postgres(staging.connections.max)], []],
  [
    'PostgreSQL with fewer',
    staging,
    [postgres(10)],
    [/^mismatch max-connections .*max_connections=10/, /are usable/],
  ],
])('connections: %s', (_, environment, running, told) => {
  const live = new Tree(running.map((object) => ({ file: '', environment: '', chart: '', object })));
  expect(said(connectionsInUse(environment, live))).toEqual(matching(told));
});

test('what only AWS knows is told as not asked', () => {
  expect([notAskable(production).join(), notAskable(staging).join()]).toEqual([
    expect.stringMatching(/max_connections of RDS/),
    '',
  ]);
});
