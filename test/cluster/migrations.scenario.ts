import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { overloaded } from './capacity';
import type { Delivery, Look } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { awaitPerson, awaitRollout, deploy, migrate, tagOf } from './pipeline';
import { migrations as awaited, Gate } from './played/gate';
import { binaryOf } from './programs';
import { until } from './waiting';

/** As the pipeline names the migrations of an image. */
const schema = (number: number) => String(number).repeat(40);
/** The schema of the last release that brought no migration, by hand and without a name. */
const known = schema(7);
/** The waiting times of a canary are divided by 15, and so is a person's. */
const tenMinutes = 40;

let delivery: Delivery;
let migrations: Gate;
beforeAll(async () => {
  delivery = await startDelivery();
  const { cluster, api } = delivery;
  const stages = { ready: cluster.podReady(), complete: cluster.file('pod-complete.yaml') };
  migrations = cluster.add(new Gate(api, stages, awaited));
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
});
afterAll(() => delivery?.stop());

test("staging's migration runs by itself and before web, whose new pods find the schema they want", async () => {
  const next = image(1);
  await migrations.bring('staging', tagOf(next));
  expect(await migrate(delivery, 'staging', next, schema(1))).toMatchObject({ code: 0 });
  const { code, said } = await deploy(delivery, 'staging', next, schema(1));
  expect({ code, said }).toMatchObject({ code: 0 });
  await delivery.settled(['staging-web', 'staging-migrations']);

  const job = await migrationOf('staging');
  expect(job).toMatchObject({ status: { succeeded: 1 } });
  expect(job.spec.template.spec.containers[0].image).toBe(next);
  const pods = (await web('staging')).filter(({ metadata }) => metadata.labels.version === tagOf(next));
  expect(pods.length).toBeGreaterThan(0);
  const early = pods.filter(({ metadata }) => metadata.creationTimestamp < job.status.completionTime);
  expect(early.map(({ metadata }) => metadata.name)).toEqual([]);
  expect(await migrated('staging')).toEqual({ schema: schema(1), since: tagOf(next) });
});

test('when the migration fails, web is not promoted; a repaired one goes through', async () => {
  const [broken, repaired] = [image(2), image(6)];
  const observation = delivery.observe('staging');
  await migrations.bring('staging', tagOf(broken), 'fails');
  const { code, said } = await migrate(delivery, 'staging', broken, schema(2));
  const looks = await observation.stop();

  expect({ code: code === 0, said }).toEqual({ code: false, said: expect.stringContaining('the Job') });
  expect(unmoved(looks)).toEqual([]);
  expect(new Set(looks.map(({ current }) => current)).size).toBe(1);
  expect((await delivery.application('staging-migrations')).status.sync.status).toBe('OutOfSync');
  expect(await migrated('staging')).toEqual({ schema: schema(1), since: tagOf(image(1)) });
  await migrations.bring('staging', tagOf(repaired));
  await delivery.promote('staging', 'migrations', repaired, '--schema', schema(3));
  await delivery.settled(['staging-migrations'], 400);
  expect(await deploy(delivery, 'staging', repaired, schema(3))).toMatchObject({ code: 0 });
});

test("the person who comes to production's migration after 40 minutes sees the same release go through", async () => {
  const next = image(3);
  const { replicas } = (await delivery.rollout('production')).spec;
  const observation = delivery.observe('production');
  await migrations.bring('production', tagOf(next));
  await delivery.promote('production', 'migrations', next, '--schema', schema(3));
  const waiting = awaitPerson(delivery, 'production', next, schema(3), tenMinutes);
  await sleep(4 * tenMinutes * 1000);

  const { status } = await delivery.application('production-migrations');
  expect(status.sync.status).toBe('OutOfSync');
  expect(status.operationState).toBeUndefined();
  expect(await migrationOf('production')).toBeUndefined();
  await syncMigrations();
  expect(await waiting).toBeGreaterThanOrEqual(4);
  const looks = await observation.stop();
  // All the while the version before has served alone, and nothing was aborted.
  expect(unmoved(looks)).toEqual([]);
  expect(new Set(looks.map(({ current }) => current)).size).toBe(1);
  expect(overloaded(looks, replicas)).toEqual([]);

  const { code, said } = await deploy(delivery, 'production', next, schema(3));
  expect({ code, said }).toMatchObject({ code: 0 });
  expect(await migrated('production')).toEqual({ schema: schema(3), since: tagOf(next) });
  await delivery.settled(['production-web', 'production-sidekiq']);
});

test('a release without a migration leaves nothing for a person to do', async () => {
  const next = image(4);
  const states = new Set<string>();
  let over = false;
  const watching = (async () => {
    for (; !over; await sleep(300))
      states.add((await delivery.application('production-migrations')).status.sync.status);
  })();
  expect(await migrate(delivery, 'production', next, schema(3))).toMatchObject({ code: 0 });
  expect(await deploy(delivery, 'production', next, schema(3))).toMatchObject({ code: 0 });
  await delivery.settled(['production-web', 'production-sidekiq']);
  over = true;
  await watching;
  expect([...states]).toEqual(['Synced']);
});

test('web that is promoted by hand before its migration is aborted, and after the migration a retry goes through', async () => {
  const next = image(7);
  const { replicas } = (await delivery.rollout('production')).spec;
  const observation = delivery.observe('production');
  await migrations.bring('production', tagOf(next));
  const told = await delivery.promote('production', 'web', 'migrations', next, '--schema', known);
  expect(told).toContain('pods of web wait for a person: argocd app sync production-migrations');
  const { code, said } = await awaitRollout(delivery, 'production', next);
  const looks = await observation.stop();
  expect({ code, said }).toMatchObject({ code: 1 });
  expect(unmoved(looks)).toEqual([]);
  expect(overloaded(looks, replicas)).toEqual([]);

  await syncMigrations();
  const { programs, kubeconfig } = delivery.cluster;
  const retry = ['retry', 'rollout', 'e-ren-rollout', '-n', 'production', '--kubeconfig', kubeconfig];
  await promisify(execFile)(binaryOf(programs, 'kubectl-argo-rollouts'), retry);
  await delivery.settled(['production-web']);
  const { status } = await delivery.rollout('production');
  expect(status.stableRS).toBe(status.currentPodHash);
  await delivery.passed('production', next);
});

test("Sidekiq's new version runs only after the canary has succeeded", async () => {
  const next = image(8);
  const seen = watchSidekiq(next);
  const { code, said } = await deploy(delivery, 'production', next, known);
  expect({ code, said }).toMatchObject({ code: 0 });
  await delivery.settled(['production-web', 'production-sidekiq']);
  const looks = await seen.stop();
  expect(looks.filter(({ sidekiq, web }) => sidekiq && !web)).toEqual([]);
  expect(looks.at(-1)).toEqual({ sidekiq: true, web: true });
});

test('a release that is aborted never becomes that of Sidekiq', async () => {
  const next = image(9);
  delivery.observability.tell(tagOf(next), { sentry: { sessions: 100, errored: 6 } });
  const seen = watchSidekiq(next);
  const { code, said } = await deploy(delivery, 'production', next, known);
  expect({ code, said }).toMatchObject({ code: 1 });
  await delivery.settled(['production-web', 'production-sidekiq']);
  const looks = await seen.stop();
  expect(looks.filter(({ sidekiq }) => sidekiq)).toEqual([]);
});

/** Whether Sidekiq has an image, and whether it is the stable one of web, several times a second. */
function watchSidekiq(reference: string) {
  const looks: { sidekiq: boolean; web: boolean }[] = [];
  let stopped = false;
  const running = (async () => {
    while (!stopped) {
      const { spec, status } = await delivery.rollout('production');
      const sidekiq = await delivery.api.get('apps/v1', 'Deployment', 'eren-sidekiq', 'production');
      const runs = spec.template.spec.containers[0].image === reference;
      looks.push({
        sidekiq: JSON.stringify(sidekiq.spec.template).includes(reference),
        web: runs && status.phase === 'Healthy' && status.stableRS === status.currentPodHash,
      });
      await sleep(300);
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await running;
      return looks;
    },
  };
}

/** The looks in which the version before had less than all requests. */
function unmoved(looks: readonly Look[]): readonly Look[] {
  return looks.filter(({ weights }) => Object.values(weights).some((weight) => ![0, 100].includes(weight)));
}

function migrationOf(environment: string): Promise<any> {
  return delivery.api.get('batch/v1', 'Job', 'eren-migrations', environment);
}

async function migrated(environment: string): Promise<{ schema: string; since: string }> {
  return (await delivery.api.get('v1', 'ConfigMap', 'eren-migrations', environment))?.data;
}

/** `argocd app sync production-migrations` does this. */
async function syncMigrations(): Promise<void> {
  const name = 'production-migrations';
  const operation = { initiatedBy: { username: 'operator' }, sync: { syncStrategy: { hook: {} } } };
  await delivery.api.merge(await delivery.application(name), { operation });
  let last: any;
  await until(
    'the migration has run',
    async () => {
      const { operation, status } = await delivery.application(name);
      last = status.operationState;
      return operation === undefined && last?.phase === 'Succeeded';
    },
    { seconds: 120, seen: () => last },
  );
}

function web(environment: string): Promise<any[]> {
  return delivery.api.list('v1', 'Pod', environment, '?labelSelector=app.kubernetes.io/component%3Dweb');
}
