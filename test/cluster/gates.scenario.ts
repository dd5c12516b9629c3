import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { partial } from './capacity';
import type { Delivery } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { gatesOf, phases, release } from './judgement';
import { awaitRollout } from './pipeline';
import { binaryOf } from './programs';
import { until } from './waiting';

const enough = 'enough-good-requests';
/** Too little for anybody to judge by. */
const silence = { sentry: { sessions: 10, errored: 10 }, datadog: null } as const;
/** What a pod uses of what it requests: so little that three carry what all pods of a canary use, and more than one can. */
const [atRest, busy] = [0.3, 0.95];

let delivery: Delivery;
let number = 1;
beforeAll(async () => {
  delivery = await startDelivery({ factor: 10 });
  delivery.usage.share = atRest;
  // The autoscaler's patience, divided as the canary's is: it moves within a gate's wait, and comes back.
  const web = join(delivery.repository.tree, 'charts/web.ts');
  const windows = /(stabilizationWindow: Duration\.seconds\()(\d+)/g;
  const text = readFileSync(web, 'utf8');
  expect(text.match(windows)).toHaveLength(2);
  writeFileSync(
    web,
    text.replace(windows, (_, before, time) => `${before}${time / 10}`),
  );
  await delivery.repository.npm('charts/main.ts');
  await delivery.repository.push('let the autoscaler hurry');
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
  await delivery.promote('production', 'web', image(number));
  await delivery.settled(['production-web']);
});
afterAll(() => delivery?.stop());

test('a person may pause it: nothing takes that back, and only after a resume an abort is carried out', async () => {
  const before = await rests();
  const next = image(++number);
  await release(delivery, next, { datadog: 0.01 });
  await weighs(20);
  await plugin('pause');
  await delivery.health('production-web', 'Suspended');
  await scalesUp(before.spec.replicas, { followed: false });
  await plugin('abort');
  // As upstream has it, and as the runbook warns: the autoscaler's wish is in the way.
  await sleep(15_000);
  expect(await delivery.weights('production')).toMatchObject(Object.fromEntries(await shares(20)));
  expect((await delivery.rollout('production')).spec.paused).toBe(true);
  delivery.usage.share = atRest;

  // The action `resume` of Argo CD does this.
  await delivery.api.merge(await delivery.rollout('production'), { spec: { paused: false } });
  await serves(before.status.stableRS);
  const { code, said } = await awaitRollout(delivery, 'production', next);
  expect({ code, said }).toMatchObject({ code: 1 });
  await delivery.rollback('production', 'web');
  await delivery.settled(['production-web']);
});

test('while a gate waits for requests the autoscaler scales, and an abort is carried to the load balancer; a rollback heals it', async () => {
  const { before, after } = await atGate(async (stable) => {
    await plugin('abort');
    await serves(stable);
    await delivery.health('production-web', 'Degraded');
    await delivery.rollback('production', 'web');
  });
  expect(after.status.stableRS).toBe(before.status.stableRS);
});

test('while a gate waits and the autoscaler scales, a rollback that is committed is carried out', async () => {
  const { before, after } = await atGate(async (stable) => {
    await delivery.rollback('production', 'web');
    await serves(stable);
  });
  expect(after.status.stableRS).toBe(before.status.stableRS);
});

test('a version that too few requests have seen is aborted at the deadline, and never waits for anybody', async () => {
  const { status } = await delivery.rollout('production');
  const observation = delivery.observe('production');
  const next = image(++number);
  await release(delivery, next, silence);
  const { code, said } = await awaitRollout(delivery, 'production', next);
  expect({ code, said }).toMatchObject({ code: 1 });
  expect(said).toMatch(
    /waits for enough requests to judge it by, 20 % of the requests\n.*aborted.*enough-good-requests/,
  );
  await serves(status.stableRS);
  const [first, second, ...more] = await gatesOf(delivery, next);
  expect(more).toEqual([]);
  // The shorter window hands over, the longer one decides.
  expect([first?.phase, second?.phase]).toEqual(['Successful', 'Failed']);
  for (const gate of [first, second]) expect(phases(gate?.metrics[enough])).not.toContain('Successful');
  await delivery.rollback('production', 'web');
  await delivery.settled(['production-web']);
  const looks = await observation.stop();
  expect(looks.map(({ message }) => message).filter((message) => /inconclusive/i.test(message))).toEqual([]);
  expect(new Set(looks.map(({ stable }) => stable))).toEqual(new Set([status.stableRS]));
});

test('few requests are collected for longer, at each weight, and then it goes on', async () => {
  const next = image(++number);
  // The windows are 30 s and 90 s here.
  await release(delivery, next, { ...silence, datadog: { share: 0.02, over: 60 } });
  const { code, said } = await awaitRollout(delivery, 'production', next, 6);
  expect({ code, said }).toMatchObject({ code: 0 });
  await delivery.settled(['production-web']);
  const gates = await gatesOf(delivery, next);
  expect(gates.map(({ phase }) => phase)).toEqual(Array(4).fill('Successful'));
  const last = gates.map(({ metrics }) => phases(metrics[enough]).at(-1));
  expect(last).toEqual(['Failed', 'Successful', 'Failed', 'Successful']);
});

test('what was seen at one weight is not taken for another: when Datadog falls silent at 50 %, the version is aborted', async () => {
  const { status } = await delivery.rollout('production');
  const next = image(++number);
  await release(delivery, next, { ...silence, datadog: 0.01 });
  await weighs(50);
  delivery.observability.tell(...toldOf(next));
  const { code, said } = await awaitRollout(delivery, 'production', next);
  expect({ code, said }).toMatchObject({ code: 1 });
  expect(said).toContain(enough);
  await serves(status.stableRS);
  await delivery.rollback('production', 'web');
  await delivery.settled(['production-web']);
});

test('while a gate waits and the autoscaler scales, a full promotion is carried out', async () => {
  const { before, after } = await atGate(async () => {
    // The action `promote-full` of Argo CD does this.
    await delivery.api.merge(await delivery.rollout('production'), { status: { promoteFull: true } }, 'status');
  });
  expect(after.status.stableRS).not.toBe(before.status.stableRS);
});

/** Promotes a release of which nothing is known, and acts when the autoscaler has scaled while a gate waits. */
async function atGate(act: (stable: string) => Promise<void>): Promise<{ before: any; after: any }> {
  const before = await rests();
  const { stableRS } = before.status;
  const observation = delivery.observe('production');
  await release(delivery, image(++number), silence);
  await gateWaits();
  await scalesUp(before.spec.replicas);
  delivery.usage.share = atRest;
  const { status } = await delivery.rollout('production');
  expect(status).toMatchObject({ phase: 'Progressing', stableRS });
  expect(status.pauseConditions ?? []).toEqual([]);
  expect(await delivery.weights('production')).toMatchObject(Object.fromEntries(await shares(20)));

  await act(stableRS);
  await delivery.settled(['production-web']);
  const looks = await observation.stop();
  expect(partial(looks)).toEqual([]);
  const autoscaler = await delivery.api.get(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    'e-ren-rollout',
    'production',
  );
  expect(Math.max(...looks.map(({ replicas }) => replicas))).toBeLessThanOrEqual(autoscaler?.spec.maxReplicas);
  return { before, after: await delivery.rollout('production') };
}

/** A release, and that nothing is known of it. */
function toldOf(next: string): [string, typeof silence] {
  return [next.replace(/^.*:(.*)@.*$/, '$1'), silence];
}

/** Waits until a step that is an analysis is under way. */
async function gateWaits(): Promise<void> {
  let last: any;
  await until(
    'a gate waits',
    async () => {
      const { spec, status } = await delivery.rollout('production');
      last = status;
      return (
        status.currentPodHash !== status.stableRS && spec.strategy.canary.steps[status.currentStepIndex]?.analysis
      );
    },
    { seconds: 120, seen: () => [last?.phase, last?.message, last?.currentStepIndex] },
  );
}

/** Waits until the autoscaler wants no more than its least. */
async function rests(): Promise<any> {
  delivery.usage.share = atRest;
  let last: any;
  return until(
    'the autoscaler is at rest',
    async () => {
      last = await delivery.rollout('production');
      return last.spec.replicas === 3 && last;
    },
    { seconds: 180, seen: () => last?.spec.replicas },
  );
}

/** Lets the autoscaler want more, and waits until the stable pods have followed. */
async function scalesUp(from: number, { followed = true } = {}): Promise<void> {
  delivery.usage.share = busy;
  let last: unknown;
  await until(
    'the autoscaler wants more pods, and gets them',
    async () => {
      const { spec, status } = await delivery.rollout('production');
      const name = `e-ren-rollout-${status.stableRS}`;
      const stable = await delivery.api.get('apps/v1', 'ReplicaSet', name, 'production');
      last = { from, wants: spec.replicas, stable: stable?.spec.replicas, message: status.message };
      return spec.replicas > from && (!followed || stable?.spec.replicas > from);
    },
    { seconds: 80, seen: () => last },
  );
}

/** By Service: the canary's share, and the rest. */
async function shares(canary: number): Promise<[string, number][]> {
  const { status } = await delivery.rollout('production');
  const { stablePingPong = 'ping' } = status.canary;
  const weights = stablePingPong === 'ping' ? [100 - canary, canary] : [canary, 100 - canary];
  return [
    ['eren-web-ping', weights[0] ?? 0],
    ['eren-web-pong', weights[1] ?? 0],
  ];
}

async function weighs(canary: number): Promise<void> {
  let last: unknown;
  await until(
    `the canary has ${canary} %`,
    async () => {
      last = await delivery.weights('production');
      return (
        Object.values(last as object).includes(canary) && Object.values(last as object).includes(100 - canary)
      );
    },
    { seconds: 180, seen: () => last },
  );
}

/** Waits until a version has all requests. */
async function serves(hash: string): Promise<void> {
  let last: unknown;
  await until(
    `${hash} has all requests`,
    async () => {
      const weights = await delivery.weights('production');
      const [service = ''] = Object.entries(weights).find(([, weight]) => weight === 100) ?? [];
      const behind = service ? await delivery.api.get('v1', 'Service', service, 'production') : undefined;
      const serving = behind?.spec.selector['rollouts-pod-template-hash'];
      last = { weights, serving };
      return serving === hash;
    },
    { seconds: 60, seen: () => last },
  );
}

/** What a person types: `kubectl argo rollouts <verb> e-ren-rollout`. */
async function plugin(verb: 'abort' | 'pause'): Promise<void> {
  const { programs, kubeconfig } = delivery.cluster;
  const args = ['--kubeconfig', kubeconfig, '--namespace', 'production', verb, 'e-ren-rollout'];
  await promisify(execFile)(binaryOf(programs, 'kubectl-argo-rollouts'), args);
}
