import { setTimeout as sleep } from 'node:timers/promises';
import { type Delivery, stateOf } from './delivery';
import { startDelivery } from './given';
import { shuffled } from './random';

/** A person starts it by a sync; see docs/decisions/0017. */
const byPerson = 'production-migrations';
/** Seconds without a sync, after which there is no loop: a resync is every 30. */
const quiet = 60;

describe('from an empty cluster, by what a person applies once', () => {
  let delivery: Delivery;
  let names: string[];
  beforeAll(async () => {
    delivery = await startDelivery();
    names = delivery.automatic();
    await delivery.bootstrap();
  });
  afterAll(() => delivery?.stop());

  test('every generated Application becomes Synced and Healthy', async () => {
    await delivery.settled(['root', ...names]);
    expect(names.length).toBeGreaterThan(15);
    const others = delivery.manifests('argocd/applications').map(({ metadata }) => metadata.name);
    expect(others.filter((name) => !names.includes(name))).toEqual([byPerson]);
  });

  test('a migration of production waits for a person, and nothing of it exists', async () => {
    const { status } = await delivery.application(byPerson);
    expect(status.sync.status).toBe('OutOfSync');
    expect(status.operationState).toBeUndefined();
    expect(await delivery.api.get('batch/v1', 'Job', 'eren-migrations', 'production')).toBeUndefined();
  });

  test('no further sync happens for a minute, and nothing is OutOfSync', async () => {
    expect(await restless(delivery, ['root', ...names])).toEqual([]);
  });

  test('no program of the cluster has ended', () => {
    const { processes } = delivery.cluster;
    expect([...processes.started].filter((name) => processes.fate(name))).toEqual([]);
  });
});

test.each([1, 2])('it does not matter which Application is there first (order %i)', async (seed) => {
  const delivery = await startDelivery();
  try {
    const names = delivery.automatic();
    await delivery.api.applyAll(delivery.manifests('argocd/projects'), { manager: 'person' });
    const applications = delivery.manifests('argocd/applications');
    // Without the root application, which would bring the rest along.
    for (const application of shuffled(applications, seed)) {
      await delivery.api.applyAll([application], { manager: 'person' });
      await sleep(1_000);
    }
    await delivery.settled(names);
    expect(await restless(delivery, names)).toEqual([]);
  } finally {
    await delivery.stop();
  }
});

/** Every sync that begins, and every difference that shows, within the quiet time. */
async function restless(delivery: Delivery, names: readonly string[]): Promise<string[]> {
  const found = new Set<string>();
  const operations = new Map<string, string>();
  const end = performance.now() + quiet * 1000;
  while (performance.now() < end) {
    for (const application of await delivery.applications()) {
      const { name } = application.metadata;
      if (!names.includes(name)) continue;
      const { startedAt = '' } = application.status.operationState ?? {};
      const before = operations.get(name) ?? startedAt;
      operations.set(name, startedAt);
      if (before !== startedAt) found.add(`${name} was synced again at ${startedAt}`);
      if (application.status.sync.status !== 'Synced') found.add(`${name}: ${stateOf(application)}`);
    }
    await sleep(500);
  }
  return [...found];
}
