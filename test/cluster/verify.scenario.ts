import { readFileSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import type { KubernetesObject } from './api';
import type { Delivery } from './delivery';
import { startDelivery } from './given';
import { manifestsOf } from './manifests';
import { freePort } from './ports';
import { lines, type Run, verify, writeKubeconfig } from './verify/command';
import { deviations } from './verify/deviations';
import { addMany, forgetMany } from './verify/many';
import { Seeds } from './verify/seeds';
import { until } from './waiting';

const environments = ['production', 'staging', 'cluster'] as const;
/** Stands for the group of the manifest: it is what a ServiceAccount can be in, and its token all that is needed. */
const group = 'system:serviceaccounts:eren-verify';
const account = { name: 'verifier', namespace: 'eren-verify' };

let delivery: Delivery;
beforeAll(async () => {
  delivery = await startDelivery();
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()], 400);
  // Nothing is put back, nor judged anew, while it is looked at.
  for (const name of ['argocd-application-controller', 'argo-rollouts'])
    await delivery.cluster.processes.stop(name);
  await playAddOns();
});
afterAll(() => delivery?.stop());

const ask = (environment: string, ...args: string[]) =>
  verify(delivery.repository.tree, delivery.cluster.kubeconfig, environment, ...args);

describe('of a cluster that nobody has touched', () => {
  test.each(environments)('%s has nothing to tell', async (environment) => {
    const { status, report, stderr } = await ask(environment);
    expect(lines(report?.findings, 'mismatch', 'unanswered')).toEqual([]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('it tells that a person has to sync the migrations of production, as a note', async () => {
    const { report } = await ask('production', '--only', 'healthy');
    expect(lines(report?.findings, 'note')).toEqual([
      expect.stringMatching(/^healthy out-of-sync Application argocd\/production-migrations: .*a person syncs it/),
    ]);
  });

  test('nothing is written, to no object of any environment', async () => {
    const before = await versions();
    for (const environment of environments) await ask(environment);
    expect(Object.keys(before).length).toBeGreaterThan(200);
    expect(await versions()).toEqual(before);
  });
});

describe('with the rights of docs/verify/access.yaml, for a ServiceAccount', () => {
  let kubeconfig: string;
  beforeAll(async () => {
    const { api, repository } = delivery;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } };
    await api.applyAll([namespace, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account }]);
    await api.applyAll(access(readFileSync(`${repository.tree}/docs/verify/access.yaml`, 'utf8')));
    kubeconfig = writeKubeconfig(delivery.path('verifier'), api.address.server, await tokenOf());
  });
  const asked = (environment: string, ...args: string[]) =>
    verify(delivery.repository.tree, kubeconfig, environment, ...args);

  test.each(environments)('%s has nothing to tell either', async (environment) => {
    const { status, report } = await asked(environment);
    expect(lines(report?.findings, 'mismatch', 'unanswered')).toEqual([]);
    expect(status).toBe(0);
  });

  test('roles and admission policies are compared and not tried, which is told', async () => {
    const { report } = await asked('cluster', '--only', 'accepted');
    const told = lines(report?.findings, 'note');
    expect(told.length).toBe(6);
    expect(
      told.filter((line) => !/^accepted compared-only \S*(Role|Binding|Policy): \d objects? compared/.test(line)),
    ).toEqual([]);
  });

  test('a patch without dryRun is refused, and the same with it is not', async () => {
    const { api } = delivery;
    const headers = { authorization: `Bearer ${await tokenOf()}` };
    const path = await api.path('v1', 'Service', 'production', 'eren-service');
    const patch = { metadata: { labels: { written: 'yes' } } };
    const send = (query: string) => sendAs(headers.authorization, `${path}${query}`, patch);
    await until('the policy works', async () => (await send('')).status === 403, {
      seconds: 60,
      seen: () => 'no 403',
    });
    expect((await send('')).message).toMatch(/the group .* may try and change nothing/);
    expect((await send('?dryRun=All')).status).toBe(200);
    expect(
      (await api.get('v1', 'Service', 'eren-service', 'production')).metadata.labels?.written,
    ).toBeUndefined();
  });

  test('without the right to list pods it says so, and tells everything else', async () => {
    const { api } = delivery;
    const rights = access(readFileSync(`${delivery.repository.tree}/docs/verify/access.yaml`, 'utf8'));
    const role = rights.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'eren-verify');
    const rules = role?.rules.filter(({ resources }: any) => !resources.includes('pods'));
    await api.applyAll([{ ...(role as KubernetesObject), rules }]);
    const { status, report } = await until(
      'pods are forbidden',
      async () => {
        const run = await asked('production');
        return run.status === 2 && run;
      },
      { seconds: 60 },
    );
    expect(lines(report?.findings, 'mismatch', 'unanswered')).toEqual([
      expect.stringMatching(
        /^healthy forbidden pods in production could not be read: 403 pods is forbidden: User "system:serviceaccount:eren-verify:verifier" cannot list/,
      ),
    ]);
    expect(status).toBe(2);
    await api.applyAll([role as KubernetesObject]);
  });
});

test('of 1,000 objects every one is tried, and how long that takes is told', async () => {
  await addMany(delivery, 1000);
  // The first run of a new bundle also compiles it.
  await ask('production', '--only', 'healthy');
  const { status, report, seconds, memory } = await ask('production', '--only', 'accepted,drift,healthy,fits');
  forgetMany(delivery);
  process.stderr.write(`verify of 1,000 objects: ${seconds.toFixed(1)} s, ${Math.round(memory)} MB\n`);
  expect(lines(report?.findings, 'mismatch', 'unanswered')).toEqual([]);
  expect(report?.objects).toBeGreaterThanOrEqual(1000);
  expect(status).toBe(0);
});

describe('of a cluster that does not answer', () => {
  test('credentials that are not accepted are told, and exit 2', async () => {
    const kubeconfig = writeKubeconfig(delivery.path('stranger'), delivery.api.address.server, 'unknown');
    const { status, stderr } = await verify(delivery.repository.tree, kubeconfig, 'production');
    expect(stderr).toMatch(/does not accept the credentials of context other: they are expired/);
    expect(status).toBe(2);
  });

  test('an address where nobody listens is told, and exits 2', async () => {
    const kubeconfig = writeKubeconfig(delivery.path('nobody'), `https://127.0.0.1:${await freePort()}`, 'any');
    const { status, stderr } = await verify(delivery.repository.tree, kubeconfig, 'production');
    expect(stderr).toMatch(/cannot be reached: ECONNREFUSED; look at the network/);
    expect(status).toBe(2);
  });
});

describe('of a cluster with seeded deviations', () => {
  const runs: Record<string, Run> = {};
  beforeAll(async () => {
    const seeds = new Seeds(delivery);
    for (const { name, seed } of deviations)
      await Promise.resolve(seed(seeds)).catch((error) => {
        throw new Error(`${name}: ${error.message}`);
      });
    // The scheduler, the Job controller and the StatefulSet controller have to see it.
    const pod = () => delivery.api.get('v1', 'Pod', 'postgres-0', 'staging');
    await until(
      'PostgreSQL has restarted',
      async () => JSON.stringify(await pod())?.includes('max_connections=300'),
      { seconds: 120 },
    );
    const job = () => delivery.api.get('batch/v1', 'Job', 'too-late', 'staging');
    await until(
      'the Job has failed',
      async () => (await job()).status?.conditions?.some(({ type }: any) => type === 'Failed'),
      { seconds: 120 },
    );
    for (const environment of environments) {
      const run = await ask(environment);
      if (!run.report) throw new Error(run.stderr);
      runs[environment] = run;
    }
  });

  test.each(deviations.map((each) => [each.name, each] as const))(
    '%s is found',
    (_, { environment, told, file }) => {
      const { report } = runs[environment] as Run;
      const all = lines(report?.findings, 'mismatch');
      const at = all.findIndex((line) => told.test(line));
      expect(at === -1 ? all : 'found').toBe('found');
      const finding = report?.findings.filter(({ level }) => level === 'mismatch')[at];
      if (file) expect(`${finding?.file}:${finding?.line}`).toMatch(file);
    },
  );

  test.each(environments)('of %s nothing else is told', (environment) => {
    const { report, status } = runs[environment] as Run;
    const expected = deviations.flatMap(({ told, touches }) => [told, ...(touches ? [touches] : [])]);
    const all = lines(report?.findings, 'mismatch', 'unanswered');
    expect(all.filter((line) => !expected.some((each) => each.test(line)))).toEqual([]);
    expect(status).toBe(1);
  });
});

/** The add-ons are not delivered here: their Applications are applied as they are committed, and said to be well. */
async function playAddOns(): Promise<void> {
  const { api, repository } = delivery;
  const objects = manifestsOf(['argocd/bootstrap', 'argocd/add-ons'], repository.tree).map(({ object }) => object);
  await api.applyAll(objects);
  for (const object of objects.filter(({ kind, spec }) => kind === 'Application' && spec.source.chart)) {
    const { spec } = object;
    const sync = { status: 'Synced', comparedTo: { source: spec.source, destination: spec.destination } };
    await api.merge(object, { status: { sync, health: { status: 'Healthy' } } });
  }
}

/** By object, of every kind in the tree. */
async function versions(): Promise<Record<string, string>> {
  const kinds = new Map(
    manifestsOf(['dist', 'argocd'], delivery.repository.tree).map(({ object: { apiVersion, kind } }) => [
      `${apiVersion} ${kind}`,
      [apiVersion, kind] as const,
    ]),
  );
  const all: Record<string, string> = {};
  for (const [apiVersion, kind] of kinds.values())
    for (const { metadata } of await delivery.api.list(apiVersion, kind))
      all[`${kind} ${metadata.namespace ?? ''}/${metadata.name}`] = metadata.resourceVersion;
  return all;
}

function access(text: string): KubernetesObject[] {
  return loadAll(
    text
      .replaceAll("'eren-verify' in", `'${group}' in`)
      .replaceAll(/(kind: Group\n\s+name: )eren-verify/g, `$1${group}`),
  ) as KubernetesObject[];
}

async function tokenOf(): Promise<string> {
  const path = await delivery.api.path('v1', 'ServiceAccount', account.namespace, account.name);
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  return (await delivery.api.done('POST', `${path}/token`, request)).status.token;
}

async function sendAs(
  authorization: string,
  path: string,
  patch: object,
): Promise<{ status: number; message?: string }> {
  const { Api } = await import('./api');
  const api = new Api({ server: delivery.api.address.server, token: authorization.slice('Bearer '.length) });
  const { status, body } = await api.request('PATCH', path, patch, 'application/merge-patch+json');
  api.close();
  return { status, message: body?.message };
}
