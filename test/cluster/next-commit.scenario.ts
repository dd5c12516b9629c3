import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Delivery } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { tagOf } from './pipeline';
import { Gate } from './played/gate';
import { until } from './waiting';

const [ping, pong] = ['eren-web-ping', 'eren-web-pong'];
/** Argo CD is told of the push, as by GitHub's webhook; what it needs then is for rendering, comparing and five waves. */
const atOnce = 30;

let delivery: Delivery;
let uploads: Gate;
beforeAll(async () => {
  delivery = await startDelivery();
  const { cluster, api } = delivery;
  const stages = { ready: cluster.podReady(), complete: cluster.file('pod-complete.yaml') };
  uploads = cluster.add(new Gate(api, stages, { job: 'assets', waiting: ['web'] }));
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
});
afterAll(() => delivery?.stop());

test('a pool that was changed before leaves nothing behind that keeps a rollback from the canary after it', async () => {
  const { tree } = delivery.repository;
  const settings = join(tree, 'charts/environments/production.ts');
  const text = readFileSync(settings, 'utf8');
  writeFileSync(settings, text.replace(/(?<=queryWaitTimeout: )'15s'/, "'16s'"));
  await delivery.repository.npm('charts/main.ts');
  await commit('wait a second longer for a connection');
  await promoteWith(image(1));
  await delivery.settled(['production-web']);
  const pooled = (await delivery.api.list('v1', 'ConfigMap', 'production')).filter(
    ({ data }) => data?.['pgbouncer.ini'],
  );

  expect(JSON.stringify((await delivery.rollout('production')).spec.template)).toContain(
    'query_wait_timeout = 16',
  );
  const before = await promoted(image(2));
  expect(await secondsUntilBack(before)).toBeLessThan(atOnce);
  expect(pooled.map(({ metadata }) => metadata.name)).toEqual([]);
  await delivery.settled(['production-web']);
});

test('nor does an object that leaves git with the promotion, and whose controller never lets it go', async () => {
  const { repository, api } = delivery;
  const file = join(repository.tree, 'dist/production/web/ExternalSecret.leaves.yaml');
  const secret = readFileSync(join(dirname(file), 'ExternalSecret.eren-analysis.yaml'), 'utf8');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(
    file,
    secret
      .replaceAll('name: eren-analysis', 'name: leaves')
      .replace('  name: leaves\n', '  finalizers: [example.org/stays]\n  name: leaves\n'),
  );
  await repository.push('add a secret');
  await delivery.refresh();
  await delivery.settled(['production-web']);
  const leaving = () => api.get('external-secrets.io/v1', 'ExternalSecret', 'leaves', 'production');
  expect((await leaving()).metadata.finalizers).toContain('example.org/stays');

  rmSync(file);
  await commit('remove it');
  const before = await promoted(image(3));
  expect(existsSync(file)).toBe(false);
  expect((await leaving()).metadata.deletionTimestamp).toBeDefined();
  expect(await secondsUntilBack(before)).toBeLessThan(atOnce);

  await api.merge(await leaving(), { metadata: { finalizers: null } });
  await delivery.settled(['production-web']);
});

test('while the assets of a release cannot be uploaded its pods wait, nothing is sent to them, and a rollback needs no upload', async () => {
  const next = image(4);
  await uploads.bring('production', tagOf(next), 'fails');
  const observation = delivery.observe('production');
  const before = (await delivery.rollout('production')).spec.template.spec.containers[0].image;
  await delivery.promote('production', 'web', next);
  await until('a Job that has failed', async () => (await uploadOf())?.status?.failed > 0, { seconds: 120 });
  const { status } = await delivery.application('production-web');
  expect(status.operationState.phase).toBe('Succeeded');
  expect((await delivery.rollout('production')).spec.template.spec.containers[0].image).toBe(next);

  expect(await secondsUntilBack(before)).toBeLessThan(atOnce);
  await delivery.settled(['production-web', 'production-assets']);
  const looks = await observation.stop();
  expect(looks.filter(({ weights }) => weights[ping] !== 0 && weights[pong] !== 0)).toEqual([]);
  expect((await delivery.api.get('v1', 'ConfigMap', 'eren-assets', 'production')).data.image).toBe(before);
});

test('a release whose assets are uploaded goes through, and no pod of it is ready before', async () => {
  const next = image(5);
  await uploads.bring('production', tagOf(next));
  await delivery.promote('production', 'web', next);
  await delivery.settled(['production-web', 'production-assets']);
  const job = await uploadOf();
  const pods = (
    await delivery.api.list('v1', 'Pod', 'production', '?labelSelector=app.kubernetes.io/component%3Dweb')
  ).filter(({ metadata }) => metadata.labels.version === tagOf(next));
  expect(pods.length).toBeGreaterThan(0);
  const ready = pods.map(
    ({ status }) => status.conditions.find(({ type }: any) => type === 'Ready')?.lastTransitionTime,
  );
  expect(ready.filter((time) => time < job.status.completionTime)).toEqual([]);
});

async function commit(subject: string): Promise<void> {
  await delivery.repository.git('add', '--all');
  await delivery.repository.git('commit', '--quiet', '--message', subject);
}

/** A promotion together with the commits that are not pushed yet: one sync. */
async function promoteWith(next: string): Promise<void> {
  await delivery.repository.npm('commands/promote.ts', 'production', 'web', next, '--commit');
  await delivery.repository.git('push', '--quiet');
  await delivery.refresh();
}

/** The image before, once the new one has its first share of the requests. */
async function promoted(next: string): Promise<string> {
  const before = (await delivery.rollout('production')).spec.template.spec.containers[0].image;
  const was = await delivery.weights('production');
  await promoteWith(next);
  let last: unknown;
  await until(
    'the canary has a share of the requests',
    async () => {
      last = await delivery.weights('production');
      return Object.entries(last as object).some(([service, weight]) => weight !== was[service]);
    },
    { seconds: 120, seen: () => last },
  );
  return before;
}

/** From the push of a rollback until the Rollout is told of it. */
async function secondsUntilBack(before: string): Promise<number> {
  await delivery.rollback('production', 'web');
  const began = performance.now();
  let last: unknown;
  await until(
    `the Rollout has ${before} again`,
    async () => {
      const { operationState } = (await delivery.application('production-web')).status;
      last = `${operationState?.phase}: ${operationState?.message}`;
      return (await delivery.rollout('production')).spec.template.spec.containers[0].image === before;
    },
    { seconds: 150, seen: () => last },
  );
  return (performance.now() - began) / 1000;
}

function uploadOf(): Promise<any> {
  return delivery.api.get('batch/v1', 'Job', 'eren-assets', 'production');
}
