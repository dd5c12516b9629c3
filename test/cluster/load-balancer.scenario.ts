import { setTimeout as sleep } from 'node:timers/promises';
import { unanswered } from './capacity';
import type { Delivery, Look } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { awaitRollout } from './pipeline';
import { until } from './waiting';

const [ping, pong] = ['eren-web-ping', 'eren-web-pong'];

let delivery: Delivery;
let number = 0;
beforeAll(async () => {
  delivery = await startDelivery();
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
});
afterAll(() => delivery?.stop());
afterEach(async () => {
  if (!delivery) return;
  delivery.loadBalancer.delay = 0;
  delivery.loadBalancer.elb.throttled = false;
  await mend();
});

/** A release on its way, and everything that is seen of it. */
async function release() {
  const next = image(++number);
  const observation = delivery.observe('production');
  await delivery.promote('production', 'web', next);
  const last = () => observation.looks.at(-1);
  const share = () => last()?.live[canary(observation.looks)]?.weight;
  return {
    ended: awaitRollout(delivery, 'production', next),
    looks: () => observation.stop(),
    /** Waits until the live listener sends the canary this share. */
    at: (weight: number) =>
      until(`the canary has ${weight} %`, async () => share() === weight, { seconds: 120, seen: last }),
    /** Waits until a weight is asked for that the listener does not have. `verified` in the Rollout's status does not
     * tell: Argo Rollouts 1.9.1 keeps there what it saw first. */
    held: () =>
      until('the canary waits for the load balancer', async () => isHeld(last()), { seconds: 120, seen: last }),
  };
}

test('a slow load balancer controller is waited for at every weight, and no request goes nowhere', async () => {
  delivery.loadBalancer.delay = 6;
  const { ended, looks } = await release();
  const { code, said } = await ended;
  const all = await looks();

  expect({ code, said }).toMatchObject({ code: 0 });
  expect(sharesOf(all)).toEqual([0, 20, 50, 100]);
  expect(unanswered(all)).toEqual([]);
  // It was not taken for applied before it was.
  const ahead = all.filter(
    ({ step, stable, current, live }) => step >= 1 && stable !== current && live[canary(all)]?.weight === 0,
  );
  expect(ahead.map(({ at, step }) => ({ at, step }))).toEqual([]);
});

test('a group that is refused from the start holds a canary before its first request, and its deadline ends it', async () => {
  await refuse();
  const { ended, looks } = await release();
  const { code, said } = await ended;
  const all = await looks();

  expect({ code, said }).toMatchObject({ code: 1 });
  expect(sharesOf(all)).toEqual([0]);
  expect(unanswered(all)).toEqual([]);
  expect(await eventsOf('Ingress')).toContain('FailedBuildModel');
  expect(await eventsOf('Rollout')).toContain('TargetGroupUnverified');
  await mend();
  await delivery.rollback('production', 'web');
  await delivery.settled(['production-web']);
});

test('a group that is refused in the middle holds a canary where it is, and it goes on when the group is mended', async () => {
  const { ended, looks, at, held } = await release();
  await at(20);
  await refuse();
  await held();
  await sleep(5_000);
  await mend();
  const { code, said } = await ended;
  const all = await looks();

  expect({ code, said }).toMatchObject({ code: 0 });
  expect(sharesOf(all)).toEqual([0, 20, 50, 100]);
  expect(unanswered(all)).toEqual([]);
});

test('when nobody comes until the deadline, the aborted pods answer until somebody does, although git goes back at once', async () => {
  const { ended, looks, at } = await release();
  await at(20);
  await refuse();
  const { code, said } = await ended;
  // Before the pods go.
  await Promise.all([delivery.rollback('production', 'web'), sleep(20_000).then(mend)]);
  await at(0);
  const all = await looks();

  expect({ code, said }).toMatchObject({ code: 1 });
  expect(sharesOf(all)).toEqual([0, 20, 0]);
  expect(unanswered(all)).toEqual([]);
  await delivery.settled(['production-web']);
});

test('a person who pauses the Rollout has all the time there is', async () => {
  const { ended, looks, at, held } = await release();
  await at(20);
  await refuse();
  await held();
  const rollout = () => delivery.rollout('production');
  // `kubectl argo rollouts pause`, and `resume` below.
  await delivery.api.merge(await rollout(), { spec: { paused: true } });
  // Longer than the deadline and the delay after an abort together.
  await sleep(90_000);
  expect((await rollout()).status).toMatchObject({ phase: 'Paused', message: 'manually paused' });
  await mend();
  await delivery.api.merge(await rollout(), { spec: { paused: false } });
  const { code, said } = await ended;
  const all = await looks();

  expect({ code, said }).toMatchObject({ code: 0 });
  expect(unanswered(all)).toEqual([]);
});

test.each([
  ['as often as its patience lasts', {}],
  ['once', { AWS_MAX_ATTEMPTS: '1' }],
])(
  'while AWS answers that there are too many requests, and is asked again %s, nothing is taken for done',
  async (_, variables) => {
    await delivery.cluster.processes.stop('argo-rollouts');
    await delivery.startRollouts({ variables });
    const { ended, looks, at } = await release();
    await at(50);
    delivery.loadBalancer.elb.throttled = true;
    // From the last pause until well after its end.
    await sleep(40_000);
    delivery.loadBalancer.elb.throttled = false;
    const { code, said } = await ended;
    const all = await looks();

    expect({ code, said }).toMatchObject({ code: 0 });
    expect(sharesOf(all)).toEqual([0, 20, 50, 100]);
    expect(unanswered(all)).toEqual([]);
  },
);

test('while the load balancer controller is down, no pod starts and no weight moves', async () => {
  const { ended, looks, at } = await release();
  await at(20);
  await delivery.loadBalancer.sleep();
  await sleep(25_000);
  await delivery.loadBalancer.wake();
  const { code, said } = await ended;
  const all = await looks();

  expect({ code, said }).toMatchObject({ code: 0 });
  expect(sharesOf(all)).toEqual([0, 20, 50, 100]);
  expect(unanswered(all)).toEqual([]);
});

describe('as it was, without asking AWS and with 30 s before the old pods go', () => {
  beforeAll(async () => {
    const { repository } = delivery;
    repository.edit('charts/environments/production.ts', /(?<=scaleDownDelay: )'\w+'/, "'2s'");
    await repository.npm('charts/main.ts');
    await repository.push('let the old pods go sooner');
    await delivery.refresh();
    await delivery.settled(['production-web']);
    await delivery.cluster.processes.stop('argo-rollouts');
    await delivery.startRollouts({ verify: false });
  });

  test('a slow controller leaves requests without an answer', async () => {
    delivery.loadBalancer.delay = 10;
    const { ended, looks } = await release();
    expect(await ended).toMatchObject({ code: 0 });
    await sleep(15_000);
    expect(unanswered(await looks()).length).toBeGreaterThan(0);
  });

  test('a group that is refused is an outage: everything goes to a version that has no pod', async () => {
    await refuse();
    const { ended, looks } = await release();
    expect(await ended).toMatchObject({ code: 0 });
    await sleep(10_000);
    const last = unanswered(await looks()).at(-1);
    expect(last).toMatch(/100 % went to eren-web-p[io]ng, which had no target/);
  });
});

/** Another Ingress of the group with another security group: the controller refuses all of it. */
async function refuse(): Promise<void> {
  const { metadata, spec } = await delivery.ingress('production');
  const prefix = 'alb.ingress.kubernetes.io';
  const annotations = { [`${prefix}/target-type`]: 'ip', [`${prefix}/security-groups`]: 'sg-99999999999999999' };
  await delivery.api.applyAll(
    [
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'stranger', namespace: metadata.namespace, annotations },
        spec: {
          ingressClassName: spec.ingressClassName,
          rules: [{ ...spec.rules[0], host: 'stranger.eren.washu.edu' }],
        },
      },
    ],
    { manager: 'person' },
  );
}

async function mend(): Promise<void> {
  const path = await delivery.api.path('networking.k8s.io/v1', 'Ingress', 'production', 'stranger');
  await delivery.api.request('DELETE', path);
}

async function eventsOf(kind: string): Promise<string[]> {
  const all = await delivery.api.list('v1', 'Event', 'production');
  return all.filter(({ involvedObject }) => involvedObject.kind === kind).map(({ reason }) => reason);
}

/** The Service of the version that comes: the one that had no request at first. */
function canary(looks: readonly Look[]): string {
  return looks[0]?.live[ping]?.weight === 0 ? ping : pong;
}

function isHeld(look: Look | undefined): boolean {
  return look !== undefined && [ping, pong].some((name) => look.weights[name] !== look.live[name]?.weight);
}

/** What the live listener sent to the version that comes, in the order in which it was seen. */
function sharesOf(looks: readonly Look[]): number[] {
  const all = looks.map(({ live }) => live[canary(looks)]?.weight ?? Number.NaN);
  return all.filter((weight, i) => weight !== all[i - 1]);
}
