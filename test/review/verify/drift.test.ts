import type { Step } from '../../../review/model/position';
import { differences } from '../../../review/verify/difference';
import { pointersOf } from '../../../review/verify/drift';
import { fieldPath, written } from '../../../review/verify/lines';
import { lastWriter, ownersOf } from '../../../review/verify/owners';
import { ApiServer, ask, removeKubeconfigs } from './server';

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
});
afterEach(() => api.stop());
afterAll(removeKubeconfigs);

const drift = async (environment = 'production') => (await ask(api, { environment, only: ['drift'] })).mismatches;
const at = '2026-11-20T10:00:00Z';
const wrote = (manager: string, fieldsV1: object, time = at) => ({ manager, operation: 'Update', time, fieldsV1 });

test('a field that is set by hand is told with both values, who, and when', async () => {
  const service = api.find('Service', 'production', 'eren-service');
  service.spec.type = 'LoadBalancer';
  service.metadata.managedFields = [
    wrote('argocd-controller', { 'f:spec': { 'f:ports': {} } }, '2026-11-01T10:00:00Z'),
    wrote('kubectl-edit', { 'f:spec': { 'f:type': {} } }),
  ];
  expect(await drift()).toEqual([
    `drift changed Service eren-service spec.type is "LoadBalancer" in the cluster and "ClusterIP" in git; set by kubectl-edit, ${at}`,
  ]);
});

test('a field that git has and Argo CD has not written yet is told as behind', async () => {
  const service = api.find('Service', 'production', 'eren-service');
  service.spec.type = 'NodePort';
  service.metadata.managedFields = [wrote('argocd-controller', { 'f:spec': { 'f:type': {} } })];
  expect(await drift()).toEqual([
    expect.stringMatching(/^drift behind Service eren-service spec\.type .*git is ahead/),
  ]);
});

test('what an Application does not compare is not drift, and what is beside it is', async () => {
  const ping = api.find('Service', 'production', 'eren-web-ping');
  ping.spec.selector['rollouts-pod-template-hash'] = 'abc';
  const ingress = api.find('Ingress', 'production', 'eren-ingress');
  ingress.metadata.annotations['alb.ingress.kubernetes.io/actions.eren-service'] = '{}';
  api.find('Rollout', 'production', 'e-ren-rollout').spec.replicas = 5;
  expect(await drift()).toEqual([]);
  ping.spec.selector['app.kubernetes.io/name'] = 'other';
  expect(await drift()).toEqual([
    expect.stringMatching(/^drift behind Service eren-web-ping spec\.selector\[app\.kubernetes\.io\/name\]/),
  ]);
});

test.each([
  ['API_TOKEN', 'hunter2'],
  ['DD_API_KEY', '0123456789abcdef0123456789hunter2'],
  ['SENTRY_DSN', 'https://hunter2@o1.ingest.sentry.io/1'],
  ['DATABASE_URL', 'postgresql://app:hunter2@db:5432/eren'],
  ['CONFIG', '{"password":"hunter2"}'],
])('%s is told of as changed, and neither its live nor its committed value is shown', async (name, value) => {
  const rollout = api.find('Rollout', 'production', 'e-ren-rollout');
  const [container] = rollout.spec.template.spec.containers;
  const variable = container.env.find((each: any) => each.value !== undefined);
  Object.assign(variable, { name, value });
  const file = 'pgbouncer.files.eren.washu.edu/pgbouncer.ini';
  rollout.spec.template.metadata.annotations[file] += `\npassword = ${value}\n`;
  const map = api.find('ConfigMap', 'production', 'eren-assets');
  map.data.image += `\npassword = ${value}\n`;
  const told = (await drift()).join('\n');
  expect(told).toContain('containers[e-ren].env');
  expect(told).toContain(`annotations[${file}]`);
  expect(told).toContain('data.image');
  expect(told).not.toMatch(/hunter2/);
});

test('of a text the first line that differs is told', async () => {
  const { metadata } = api.objects.find(({ kind }) => kind === 'Rollout').spec.template;
  const key = 'pgbouncer.files.eren.washu.edu/pgbouncer.ini';
  metadata.annotations[key] = metadata.annotations[key].replace('pool_mode = transaction', 'pool_mode = session');
  expect(await drift()).toEqual([
    expect.stringMatching(
      /annotations\[pgbouncer\.files\.eren\.washu\.edu\/pgbouncer\.ini\] is "pool_mode = session" \(line \d+\) in the cluster and "pool_mode = transaction" \(line \d+\) in git/,
    ),
  ]);
});

const mark = (id: string, more: object = {}) => ({ 'argocd.argoproj.io/tracking-id': id, ...more });
const service = (name: string, metadata: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'production', ...metadata },
});
const id = 'production-web:/Service:production/old';
test.each<[string, object, RegExp[]]>([
  [
    'what an Application of ours applied',
    { annotations: mark(id) },
    [/^drift extra Service old was applied by production-web and is no longer in git$/],
  ],
  [
    'what an Application applied that is gone itself',
    { annotations: mark('production-gone:/Service:production/old') },
    [/^drift extra Service old was applied by production-gone/],
  ],
  [
    'what the label of an older Argo CD names',
    { labels: { 'app.kubernetes.io/instance': 'production-web' } },
    [/^drift extra Service old/],
  ],
  [
    'what is kept on purpose',
    { annotations: mark(id, { 'argocd.argoproj.io/sync-options': 'Prune=false' }) },
    [/Prune=false keeps it$/],
  ],
  ["what an add-on's chart applied", { annotations: mark('reloader:/Service:production/old') }, []],
  [
    'a copy that carries the mark of another object',
    { annotations: mark('production-web:/Service:production/eren-service') },
    [],
  ],
  ['what a controller made of an object', { annotations: mark(id), ownerReferences: [{ kind: 'Any' }] }, []],
  ['what nobody of ours applied', {}, []],
])('extra: %s', async (_, metadata, told) => {
  api.objects.push(service('old', metadata));
  expect(await drift()).toEqual(told.map((each) => expect.stringMatching(each)));
});

test('an Application that git no longer has is told in the environment it was of', async () => {
  const application = structuredClone(api.find('Application', 'argocd', 'production-web'));
  application.metadata.name = 'production-gone';
  application.metadata.annotations = mark('root:argoproj.io/Application:argocd/production-gone');
  application.spec.source.path = 'dist/production/gone';
  api.objects.push(application);
  expect(await drift('staging')).toEqual([]);
  expect(await drift()).toEqual([
    expect.stringMatching(/^drift extra Application production-gone was applied by root/),
  ]);
});

test('what a person syncs is told as a note until it is due', async () => {
  api.remove(api.find('ServiceAccount', 'production', 'eren-migrations'));
  const { notes, mismatches } = await ask(api, { only: ['drift'] });
  expect([notes, mismatches]).toEqual([
    ['drift missing ServiceAccount eren-migrations is in git and not in the cluster'],
    [],
  ]);
});

test.each<[string, any, any, boolean, string[]]>([
  ['a value', { spec: { a: 1 } }, { spec: { a: 2 } }, false, ['spec.a']],
  [
    'an element by its name, wherever it stands',
    { c: [{ name: 'a', v: 1 }, { name: 'b' }] },
    { c: [{ name: 'b' }, { name: 'a', v: 2 }] },
    false,
    ['c[a].v'],
  ],
  ['an element without a name by its place', { c: [{ port: 1 }] }, { c: [{ port: 2 }] }, false, ['c[0].port']],
  ['lists of other lengths as a whole', { c: [{ port: 1 }] }, { c: [] }, false, ['c']],
  ['the order of a list of texts', { args: ['a', 'b'] }, { args: ['b', 'a'] }, false, ['args']],
  [
    'nothing but status and bookkeeping',
    { metadata: { generation: 1 } },
    { metadata: { generation: 2 }, status: {} },
    false,
    [],
  ],
  ['defaults, when the wanted one is a file', { spec: { a: 1, e: {} } }, { spec: { a: 1, b: 2 } }, true, []],
  [
    'a plain false that a controller left out of a Rollout',
    { spec: { template: { spec: { hostNetwork: false } } } },
    { kind: 'Rollout', spec: { template: { spec: {} } } },
    true,
    [],
  ],
  [
    'a false that means something, in a Rollout',
    { spec: { template: { spec: { automountServiceAccountToken: false } } } },
    { kind: 'Rollout', spec: { template: { spec: {} } } },
    true,
    ['spec.template.spec.automountServiceAccountToken'],
  ],
])('difference: %s', (_, wanted, live, partial, paths) => {
  expect(differences(wanted, live, partial).map(({ path }) => written(path))).toEqual(paths);
});

test.each<[string, object, Step[], unknown[], boolean]>([
  ['a field', { 'f:spec': { 'f:type': {} } }, ['spec', 'type'], [], true],
  ['the field beside it', { 'f:spec': { 'f:type': {} } }, ['spec', 'ports'], [], false],
  [
    'an element by its keys',
    { 'f:c': { 'k:{"name":"a"}': { 'f:image': {} } } },
    ['c', { name: 'a' }, 'image'],
    [undefined, { name: 'a', image: 'x' }],
    true,
  ],
  [
    'another element',
    { 'f:c': { 'k:{"name":"b"}': { 'f:image': {} } } },
    ['c', { name: 'a' }, 'image'],
    [undefined, { name: 'a' }],
    false,
  ],
  [
    'what is in a list that is owned as a whole',
    { 'f:spec': { 'f:ingress': {} } },
    ['spec', 'ingress', 0, 'from'],
    [undefined, undefined, {}],
    true,
  ],
  ['what is in a map of which only the map is owned', { 'f:labels': { '.': {} } }, ['labels', 'a'], [], false],
])('owner of %s', (_, fieldsV1, path, elements, owned) => {
  const live = { metadata: { managedFields: [wrote('somebody', fieldsV1)] } };
  expect(ownersOf(live, { path, elements })).toEqual(owned ? [{ manager: 'somebody', time: at }] : []);
});

test('the last writer is neither Argo CD nor who writes the status', () => {
  const managedFields = [
    wrote('kubectl-patch', {}, '2026-11-02T00:00:00Z'),
    wrote('argocd-controller', {}, '2026-11-03T00:00:00Z'),
    { ...wrote('kubelet', {}, '2026-11-04T00:00:00Z'), subresource: 'status' },
  ];
  expect(lastWriter({ metadata: { managedFields } })).toEqual({
    manager: 'kubectl-patch',
    time: '2026-11-02T00:00:00Z',
  });
});

test.each([
  ['spec.containers[0].image', ['spec', 'containers', 0, 'image']],
  ['metadata.annotations[example.org/key]', ['metadata', 'annotations', 'example.org/key']],
  ['spec.containers[name="web"].env', ['spec', 'containers', { name: 'web' }, 'env']],
])('the field %s of a server is a path', (field, path) => {
  expect(fieldPath(field)).toEqual(path);
});

test('pointers are those of the kind, group, name and namespace, with their escapes undone', () => {
  const object = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'a', namespace: 'n' } };
  const of = (ignored: object) =>
    pointersOf(
      {
        ...object,
        spec: {
          ignoreDifferences: [{ kind: 'Ingress', jsonPointers: ['/metadata/annotations/a~1b~0c'], ...ignored }],
        },
      },
      object,
    );
  expect(of({ group: 'networking.k8s.io' })).toEqual([['metadata', 'annotations', 'a/b~c']]);
  for (const other of [
    {},
    { group: 'networking.k8s.io', name: 'b' },
    { group: 'networking.k8s.io', namespace: 'm' },
  ])
    expect(of(other)).toEqual([]);
});
