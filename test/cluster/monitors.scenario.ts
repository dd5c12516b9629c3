import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual, promisify } from 'node:util';
import { load } from 'js-yaml';
import {
  committedReference,
  Judge,
  type OpenApi,
  referenceOf,
  textOf,
} from '../charts/monitors/datadog-reference';
import { root } from '../support/root';
import type { KubernetesObject } from './api';
import type { Cluster } from './cluster';
import { startDatadogOperator } from './datadog-operator';
import { given, startCluster } from './given';
import { addOnValues, inOrder, manifestsOf } from './manifests';
import { DatadogApi } from './played/datadog-api';
import { binaryOf, type Programs, withAddOn } from './programs';
import { until } from './waiting';

const kind = 'DatadogGenericResource';
const resources = manifestsOf(['dist/cluster/monitors']).map(({ object }) => object);
const ofType = (type: string) => resources.filter(({ spec }) => spec.type === type);
const [monitor, dashboard, outside] = ['monitor', 'dashboard', 'synthetics_api_test'].map((type) =>
  only(ofType(type)),
) as [KubernetesObject, KubernetesObject, KubernetesObject];
const keys = { api: 'played-api-key', application: 'played-app-key' };

let cluster: Cluster;
let programs: Programs;
let datadog: DatadogApi;
beforeAll(async () => {
  programs = await withAddOn('datadog-operator', given().programs, (line) => process.stderr.write(`${line}\n`));
  cluster = await startCluster();
  datadog = cluster.add(await DatadogApi.start(new Judge(committedReference()), keys));
  const rights = ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
  const around = manifestsOf(['dist/cluster/datadog']).filter(({ object }) => rights.includes(object.kind));
  await cluster.api.applyAll(inOrder(around).map(({ object }) => object));
  await start();
}, 2_400_000);
afterAll(() => cluster?.stop());
afterEach(() => {
  if (datadog) datadog.refuses = () => undefined;
});

test('the committed part of the reference is that of the client that the operator is built with', () => {
  const file = join(root, 'test/charts/monitors/datadog-reference.json');
  const now = textOf(referenceOf(load(readFileSync(programs.files['openapi.yaml'] ?? '', 'utf8')) as OpenApi));
  if (process.env.WRITE_REFERENCE) writeFileSync(file, now);
  expect(readFileSync(file, 'utf8') === now).toBe(true);
});

test('each is written once, as it stands in git, and Datadog allows it', async () => {
  await cluster.api.applyAll(resources);
  await written(resources);

  expect(datadog.asked.filter(({ status }) => status >= 400)).toEqual([]);
  const made = datadog.writes();
  expect(made.map(({ request }) => request.split(' ')[0])).toEqual(resources.map(() => 'POST'));
  const bodies = made.map(({ body }) => body);
  for (const { spec } of resources) expect(bodies).toContainEqual(JSON.parse(spec.jsonSpec));
  for (const object of await live()) {
    const thing = datadog.things.get(object.status.id);
    expect(thing?.json).toEqual(JSON.parse(object.spec.jsonSpec));
  }
});

test('what did not change is not written again', async () => {
  const before = datadog.asked.length;
  await cluster.api.applyAll(resources);
  await sleep(15_000);
  expect(datadog.writes(before)).toEqual([]);
});

test.each([
  ['monitor', monitor, { message: 'another sentence' }],
  ['dashboard', dashboard, { description: 'another sentence' }],
  ['test from outside', outside, { message: 'another sentence' }],
])('a %s that changes is changed there and stays the same one; no other is written', async (_, object, change) => {
  const before = datadog.asked.length;
  const { id } = (await one(object)).status;
  const changed = withJson(object, change);
  await cluster.api.applyAll([changed]);
  await written([changed]);

  const writes = datadog.writes(before);
  expect(writes.map(({ request, status }) => [request.split(' ')[0], status])).toEqual([['PUT', 200]]);
  expect(writes[0]?.body).toEqual(JSON.parse(changed.spec.jsonSpec));
  expect((await one(object)).status.id).toBe(id);
  expect(datadog.things.get(id)?.json).toEqual(JSON.parse(changed.spec.jsonSpec));
});

test.each([
  ['monitor', monitor],
  ['dashboard', dashboard],
  ['test from outside', outside],
])('a %s that leaves git is gone there, and nothing else is', async (_, object) => {
  const before = new Set(datadog.things.keys());
  const { id } = (await one(object)).status;
  await remove(object);
  await until('the object is let go of', async () => (await one(object)) === undefined, { seconds: 60 });
  expect([...before].filter((each) => !datadog.things.has(each))).toEqual([id]);
});

test('while the operator is away, what leaves git waits for it, and then goes', async () => {
  const [, object] = ofType('monitor') as [KubernetesObject, KubernetesObject];
  const { id } = (await one(object)).status;
  await cluster.processes.stop('datadog-operator');
  await remove(object);
  await sleep(5_000);
  expect((await one(object)).metadata.deletionTimestamp).toBeDefined();
  expect(datadog.things.has(id)).toBe(true);
  await start();
  await until('the object is let go of', async () => (await one(object)) === undefined, { seconds: 60 });
  expect(datadog.things.has(id)).toBe(false);
});

test('while Datadog refuses, the object says so; then it is written, and once', async () => {
  datadog.refuses = (request) => (request.startsWith('POST ') ? 500 : undefined);
  await cluster.api.applyAll([monitor]);
  const refused = await until('the object says so', async () => failed(await one(monitor)), { seconds: 60 });
  expect(refused).toMatchObject({ syncStatus: 'error creating object' });
  datadog.refuses = () => undefined;
  await written([monitor]);
  const { name } = JSON.parse(monitor.spec.jsonSpec);
  expect([...datadog.things.values()].filter(({ json }) => json.name === name)).toHaveLength(1);
});

test('what the reference does not allow is refused, and the object names the field', async () => {
  const before = (await one(monitor)).status.id;
  const { options } = JSON.parse(monitor.spec.jsonSpec);
  await cluster.api.applyAll([withJson(monitor, { options: { ...options, no_data_timeframe: 'soon' } })]);
  const status = await until('the object says so', async () => failed(await one(monitor)), { seconds: 60 });
  expect(status).toMatchObject({ id: before, syncStatus: 'error updating object' });
  expect(JSON.stringify(status.conditions)).toContain('no_data_timeframe');
  await cluster.api.applyAll([monitor]);
  await written([monitor]);
});

test('Argo CD says what became of it', async () => {
  const health = async (object: unknown) => (await healthOf(object)).replace(/\n/g, ' ');
  const object = await one(monitor);
  expect(await health(object)).toMatch(/STATUS: Healthy .*written to Datadog/);
  expect(await health(monitor)).toMatch(/STATUS: Progressing .*not written/);
  const { options } = JSON.parse(monitor.spec.jsonSpec);
  await cluster.api.applyAll([withJson(monitor, { options: { ...options, renotify_occurrences: 'often' } })]);
  await until('the object says so', async () => failed(await one(monitor)), { seconds: 60 });
  expect(await health(await one(monitor))).toMatch(
    /STATUS: Degraded .*error updating object: .*renotify_occurrences/,
  );
});

test('the full sync mends what a person has changed there, what is gone, and what Datadog has not taken', async () => {
  await cluster.processes.stop('datadog-operator');
  await start({ DD_GENERIC_RESOURCE_FORCE_SYNC_PERIOD: '1' });
  // What the test before left.
  await cluster.api.applyAll([monitor]);
  await written([monitor]);
  const others = ofType('monitor').slice(2, 5) as [KubernetesObject, KubernetesObject, KubernetesObject];
  const [edited, gone, untaken] = await Promise.all(others.map(async (object) => (await one(object)).status.id));
  Object.assign(datadog.things.get(edited) as object, {
    json: { name: 'by hand', type: 'query alert', query: 'a' },
  });
  datadog.things.delete(gone);
  const changed = withJson(others[2], { message: 'another sentence' });
  datadog.refuses = (request) => (request === `PUT /api/v1/monitor/${untaken}` ? 429 : undefined);
  await cluster.api.applyAll([changed]);
  await until('Datadog has refused it', async () => failed(await one(changed)), { seconds: 60 });
  datadog.refuses = () => undefined;

  await written([others[0], others[1], changed]);
  expect((await one(others[1])).status.id).not.toBe(gone);
});

test('the account of the operator may do all of this, and asks for nothing that it may not', async () => {
  const refused = cluster.processes.log('datadog-operator').match(/[^"]*is forbidden[^"]*/g) ?? [];
  expect([...new Set(refused)]).toEqual([]);
  const events = await cluster.api.list('v1', 'Event', monitor.metadata.namespace);
  expect(events.filter(({ involvedObject }) => involvedObject.kind === kind).length).toBeGreaterThan(0);
});

/** What the committed settings of Argo CD make of an object. */
async function healthOf(object: unknown): Promise<string> {
  const files = {
    cm: join(cluster.processes.folder, 'argocd-cm.yaml'),
    object: join(cluster.processes.folder, 'object.yaml'),
  };
  const { cm } = addOnValues('argo-cd').configs;
  const data = Object.fromEntries(Object.entries(cm).map(([key, value]) => [key, String(value)]));
  writeFileSync(
    files.cm,
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm' }, data }),
  );
  writeFileSync(files.object, JSON.stringify(object));
  const args = ['admin', 'settings', 'resource-overrides', 'health', files.object, '--argocd-cm-path', files.cm];
  const { stdout } = await promisify(execFile)(binaryOf(programs, 'argocd'), args, { timeout: 60_000 });
  return stdout;
}

function start(variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const file = binaryOf(programs, 'datadog-operator');
  return startDatadogOperator(cluster, file, { address: datadog.address, keys }, variables);
}

function only<T>([first]: readonly T[]): T | undefined {
  return first;
}

function live(): Promise<any[]> {
  return cluster.api.list(monitor.apiVersion, kind, monitor.metadata.namespace);
}

function one({ apiVersion, metadata }: KubernetesObject): Promise<any> {
  return cluster.api.get(apiVersion, kind, metadata.name, metadata.namespace);
}

async function remove({ apiVersion, metadata }: KubernetesObject): Promise<void> {
  await cluster.api.done('DELETE', await cluster.api.path(apiVersion, kind, metadata.namespace, metadata.name));
}

/** The object with other fields in its JSON. */
function withJson(object: KubernetesObject, change: object): KubernetesObject {
  const jsonSpec = JSON.stringify({ ...JSON.parse(object.spec.jsonSpec), ...change });
  return { ...object, spec: { ...object.spec, jsonSpec } };
}

function failed({ status }: any): any {
  return status?.syncStatus?.startsWith('error') && status;
}

/** Waits until Datadog has all of these as they are here. */
async function written(objects: readonly KubernetesObject[]): Promise<void> {
  let missing: unknown[] = [];
  await until(
    'everything is written',
    async () => {
      const now = new Map((await live()).map((object) => [object.metadata.name, object]));
      missing = objects.filter(({ metadata, spec }) => {
        const { status } = now.get(metadata.name) ?? {};
        const thing = datadog.things.get(status?.id);
        return status?.syncStatus !== 'OK' || !isDeepStrictEqual(thing?.json, JSON.parse(spec.jsonSpec));
      });
      return missing.length === 0;
    },
    { seconds: 180, seen: () => missing },
  );
}
