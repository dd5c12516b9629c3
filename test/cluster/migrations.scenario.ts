import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { overloaded } from './capacity';
import type { Delivery, Look } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { awaitRollout, deploy, tagOf } from './pipeline';
import { Migrations } from './played/migrations';
import { binaryOf } from './programs';
import { until } from './waiting';

let delivery: Delivery;
let migrations: Migrations;
beforeAll(async () => {
  delivery = await startDelivery();
  const { cluster, api } = delivery;
  const stages = { ready: cluster.file('pod-ready.yaml'), complete: cluster.file('pod-complete.yaml') };
  migrations = cluster.add(new Migrations(api, stages));
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
});
afterAll(() => delivery?.stop());

test("staging's migration runs by itself, and the new pods start when it has", async () => {
  const next = image(1);
  await migrations.bring('staging', tagOf(next));
  await delivery.promote('staging', 'web', next);
  const { code, said } = await awaitRollout(delivery, 'staging', next);
  expect({ code, said }).toMatchObject({ code: 0 });
  await delivery.settled(['staging-web', 'staging-migrations']);

  const job = await migrationOf('staging');
  expect(job).toMatchObject({ status: { succeeded: 1 } });
  expect(job.spec.template.spec.containers[0].image).toBe(next);
  const pods = (await web('staging')).filter(({ metadata }) => metadata.labels.version === tagOf(next));
  expect(pods.length).toBeGreaterThan(0);
  const early = pods.filter((pod) => readySince(pod) < job.status.completionTime);
  expect(early.map(({ metadata }) => metadata.name)).toEqual([]);
  expect(await migrated('staging')).toBe(next);
});

test('when the migration fails, the version before goes on serving', async () => {
  const next = image(2);
  const observation = delivery.observe('staging');
  await migrations.bring('staging', tagOf(next), 'fails');
  await delivery.promote('staging', 'web', next);
  const { code, said } = await awaitRollout(delivery, 'staging', next);
  const looks = await observation.stop();

  expect({ code, said }).toMatchObject({ code: 1 });
  expect(said).toMatch(/ProgressDeadlineExceeded|timed out|progress/i);
  expect(unmoved(looks)).toEqual([]);
  expect(overloaded(looks, 1)).toEqual([]);
  // Argo CD tries again, with a new Job each time.
  await until('a Job that has failed', async () => (await migrationOf('staging'))?.status?.failed > 0, {
    seconds: 200,
  });
  expect((await delivery.application('staging-migrations')).status.sync.status).toBe('OutOfSync');
  expect(await migrated('staging')).toBe(image(1));
  await delivery.rollback('staging', 'web');
  await delivery.settled(['staging-web', 'staging-migrations']);
});

test("production's migration never runs by itself: its canary is aborted, and the version before serves", async () => {
  const next = image(3);
  const { replicas } = (await delivery.rollout('production')).spec;
  const observation = delivery.observe('production');
  await migrations.bring('production', tagOf(next));
  await delivery.promote('production', 'web', next);
  const { code, said } = await awaitRollout(delivery, 'production', next);
  const looks = await observation.stop();

  expect({ code, said }).toMatchObject({ code: 1 });
  expect(unmoved(looks)).toEqual([]);
  expect(overloaded(looks, replicas)).toEqual([]);
  const { status } = await delivery.application('production-migrations');
  expect(status.sync.status).toBe('OutOfSync');
  expect(status.operationState).toBeUndefined();
  expect(await migrationOf('production')).toBeUndefined();
});

test('once a person has run the migration, the same release goes through', async () => {
  const { api, cluster } = delivery;
  // `argocd app sync production-migrations` does this.
  const operation = { initiatedBy: { username: 'operator' }, sync: { syncStrategy: { hook: {} } } };
  await api.merge(await delivery.application('production-migrations'), { operation });
  let last: unknown;
  await until(
    'the migration has run',
    async () => {
      last = (await delivery.application('production-migrations')).status.operationState;
      return (last as any)?.phase === 'Succeeded';
    },
    { seconds: 120, seen: () => last },
  );
  expect(await migrated('production')).toBe(image(3));
  const retry = ['retry', 'rollout', 'e-ren-rollout', '-n', 'production', '--kubeconfig', cluster.kubeconfig];
  await promisify(execFile)(binaryOf(cluster.programs, 'kubectl-argo-rollouts'), retry);
  await delivery.settled(['production-web']);
  const { status } = await delivery.rollout('production');
  expect(status.stableRS).toBe(status.currentPodHash);
});

test("Sidekiq's new version runs only after the canary has succeeded", async () => {
  const next = image(4);
  const seen = watchSidekiq(next);
  const { code, said } = await deploy(delivery, 'production', next);
  expect({ code, said }).toMatchObject({ code: 0 });
  await delivery.settled(['production-web', 'production-sidekiq']);
  const looks = await seen.stop();
  expect(looks.filter(({ sidekiq, web }) => sidekiq && !web)).toEqual([]);
  expect(looks.at(-1)).toEqual({ sidekiq: true, web: true });
});

test('a release that is aborted never becomes that of Sidekiq', async () => {
  const next = image(5);
  delivery.observability.tell(tagOf(next), { sentry: { sessions: 100, errored: 6 } });
  const seen = watchSidekiq(next);
  const { code, said } = await deploy(delivery, 'production', next);
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

async function migrated(environment: string): Promise<string> {
  return (await delivery.api.get('v1', 'ConfigMap', 'eren-migrations', environment))?.data.image;
}

function web(environment: string): Promise<any[]> {
  return delivery.api.list('v1', 'Pod', environment, '?labelSelector=app.kubernetes.io/component%3Dweb');
}

function readySince({ status }: any): string {
  const ready = status.conditions.find(({ type, status }: any) => type === 'Ready' && status === 'True');
  return ready?.lastTransitionTime ?? '';
}
