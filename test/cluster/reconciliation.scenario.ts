import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { until } from './waiting';

/** Seconds, in which there are two resyncs. */
const quiet = 65;

let delivery: Delivery;
beforeAll(async () => {
  delivery = await startDelivery();
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
});
afterAll(() => delivery?.stop());

test('a hand edit is reverted', async () => {
  const { api } = delivery;
  const policy = () => api.get('networking.k8s.io/v1', 'NetworkPolicy', 'eren-web', 'production');
  const before = (await policy()).spec;
  await api.merge(await policy(), { spec: { ingress: [{}] } });
  expect((await policy()).spec).not.toEqual(before);
  await until('the policy is as it was', async () => same((await policy()).spec, before), { seconds: 60 });
});

test('an object that was deleted by hand comes back', async () => {
  const { api } = delivery;
  const service = () => api.get('v1', 'Service', 'eren-service', 'production');
  const { uid } = (await service()).metadata;
  await api.done('DELETE', '/api/v1/namespaces/production/services/eren-service');
  const again = await until('the Service', service, { seconds: 60 });
  expect(again.metadata.uid).not.toBe(uid);
});

test('what controllers write is left alone: replicas of an autoscaler, weights and selectors of a Rollout', async () => {
  const { api } = delivery;
  const rollout = () => delivery.rollout('production');
  const ingress = () => api.get('networking.k8s.io/v1', 'Ingress', 'eren-ingress', 'production');
  const weights = async () =>
    (await ingress()).metadata.annotations['alb.ingress.kubernetes.io/actions.eren-service'];
  const committed = await weights();
  await delivery.promote('production', 'web', image(1));
  await delivery.settled(['production-web']);
  const { replicas } = (await rollout()).spec;
  delivery.usage.share = 0.95;
  await until('the autoscaler wants more', async () => (await rollout()).spec.replicas > replicas, {
    seconds: 120,
  });
  await delivery.settled(['production-web']);
  const written = await weights();
  const { startedAt } = (await delivery.application('production-web')).status.operationState;
  await sleep(quiet * 1000);

  expect(written).not.toBe(committed);
  expect(await weights()).toBe(written);
  expect((await rollout()).spec.replicas).toBeGreaterThan(replicas);
  const services = ['eren-web-ping', 'eren-web-pong'].map((name) => api.get('v1', 'Service', name, 'production'));
  for (const { spec } of await Promise.all(services))
    expect(spec.selector['rollouts-pod-template-hash']).toBeTruthy();
  const { status } = await delivery.application('production-web');
  expect(status.sync.status).toBe('Synced');
  expect(status.operationState.startedAt).toBe(startedAt);
});

test('a chart that is removed from the list is pruned, but its volume and its Namespace stay', async () => {
  const { api, repository } = delivery;
  remove('charts/app.ts', /\n.*new RedisChart\(.*/, /\n.*new BackupChart\(.*/);
  await repository.npm('charts/main.ts');
  await repository.push('remove the backup and the Redis of staging');
  await delivery.refresh();
  const names = ['staging-redis', 'cluster-backup'];
  await until(
    'the Applications are gone',
    async () => (await Promise.all(names.map((name) => delivery.application(name)))).every((each) => !each),
    { seconds: 120, seen: () => names },
  );

  expect(await api.get('apps/v1', 'StatefulSet', 'redis', 'staging')).toBeUndefined();
  expect((await api.list('batch/v1', 'CronJob', 'backup')).map(({ metadata }) => metadata.name)).toEqual([]);
  const claims = await api.list('v1', 'PersistentVolumeClaim', 'staging');
  const redis = claims.find(({ metadata }) => metadata.name.startsWith('redis'));
  expect(redis).toMatchObject({ status: { phase: 'Bound' } });
  expect(redis.metadata.deletionTimestamp).toBeUndefined();
  const namespace = await api.get('v1', 'Namespace', 'backup');
  expect(namespace).toMatchObject({ status: { phase: 'Active' } });
  await delivery.settled(['root', ...delivery.automatic()]);
});

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function remove(file: string, ...lines: RegExp[]): void {
  const path = join(delivery.repository.tree, file);
  let text = readFileSync(path, 'utf8');
  for (const line of lines) {
    expect(text).toMatch(line);
    text = text.replace(line, '');
  }
  writeFileSync(path, text);
}
