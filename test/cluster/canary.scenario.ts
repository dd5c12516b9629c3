import { fewest, overloaded, partial } from './capacity';
import type { Delivery } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { judgementOf } from './judgement';
import { awaitRollout, tagOf } from './pipeline';
import { until } from './waiting';

const [ping, pong] = ['eren-web-ping', 'eren-web-pong'];

let delivery: Delivery;
beforeAll(async () => {
  delivery = await startDelivery();
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
});
afterAll(() => delivery?.stop());

test('a promotion that is committed and pushed moves through 20, 50 and 100 %, and ping and pong swap', async () => {
  const { repository } = delivery;
  const before = (await delivery.rollout('production')).status.stableRS;
  const observation = delivery.observe('production');
  await repository.npm('commands/promote.ts', 'production', 'web', image(1), '--commit');
  await repository.git('push', '--quiet');
  await delivery.refresh();
  const { code, said } = await awaitRollout(delivery, 'production', image(1));
  await delivery.settled(['production-web']);
  const looks = await observation.stop();

  expect({ code, said }).toMatchObject({ code: 0 });
  expect(observation.weightsOf(pong)).toEqual([0, 20, 50, 100]);
  expect(observation.weightsOf(ping)).toEqual([100, 80, 50, 0]);
  const { spec, status } = await delivery.rollout('production');
  expect(partial(looks)).toEqual([]);
  expect(overloaded(looks, fewest(looks))).toEqual([]);
  expect(spec.template.spec.containers[0].image).toBe(image(1));
  expect(status).toMatchObject({ phase: 'Healthy', stableRS: status.currentPodHash });
  expect(status.stableRS).not.toBe(before);
  await gone(before);
});

test('the promotion after it swaps them back', async () => {
  const before = (await delivery.rollout('production')).status.stableRS;
  const observation = delivery.observe('production');
  await delivery.promote('production', 'web', image(2));
  await delivery.settled(['production-web']);
  await observation.stop();

  expect(observation.weightsOf(ping)).toEqual([0, 20, 50, 100]);
  expect(observation.weightsOf(pong)).toEqual([100, 80, 50, 0]);
  await gone(before);
  await delivery.passed('production', image(2));
  await delivery.settled(['production-web', 'production-sidekiq']);
});

test('a second promotion during the first replaces it: the stable version gets everything back before the new one has a pod, and the canary begins again', async () => {
  const [first, second] = [image(3), image(4)];
  await delivery.cluster.podsNeed(10);
  const stable = (await delivery.rollout('production')).status.stableRS;
  const observation = delivery.observe('production');
  await delivery.promote('production', 'web', first);
  const pipeline = awaitRollout(delivery, 'production', first);
  await until(
    'the first canary has half of the requests',
    async () => observation.looks.at(-1)?.weights[pong] === 50,
    { seconds: 180, seen: () => observation.looks.at(-1) },
  );
  const replaced = (await delivery.rollout('production')).status.currentPodHash;
  await delivery.promote('production', 'web', second);
  const outcomes = [await pipeline, await awaitRollout(delivery, 'production', second)];
  await delivery.settled(['production-web']);
  const looks = await observation.stop();

  expect(outcomes.map(({ code }) => code)).toEqual([2, 0]);
  expect(outcomes[0]?.said).toContain(`replaced by ${second}`);
  const began = looks.findIndex(({ current }) => ![stable, replaced].includes(current));
  expect(new Set(looks.slice(0, began + 1).map(({ stable }) => stable))).toEqual(new Set([stable]));
  const back = looks.findIndex(({ weights }, i) => i >= began && weights[pong] === 0);
  expect(Object.keys(looks[back]?.ready ?? {})).not.toContain(looks[back]?.current);
  const weights = looks.slice(back).map(({ weights }) => weights[pong]);
  expect(weights.filter((weight, i) => weight !== weights[i - 1])).toEqual([0, 20, 50, 100]);
  const { spec, status } = await delivery.rollout('production');
  expect(partial(looks)).toEqual([]);
  // Without its stable pods it would have to wait for them, and until then half of the requests would have no pod.
  const waiting = looks
    .slice(0, back + 1)
    .filter(({ ready }) => (ready[stable] ?? 0) < (looks[0]?.ready[stable] ?? 1));
  expect(waiting).toEqual([]);
  // Between two writes of one reconciliation the canary's Service has changed its pods already, and its weight not yet.
  expect(overloaded([...looks.slice(0, began), ...looks.slice(back)], fewest(looks))).toEqual([]);
  expect(spec.template.spec.containers[0].image).toBe(second);
  expect(status).toMatchObject({ phase: 'Healthy', stableRS: status.currentPodHash });
  for (const hash of [stable, replaced]) await gone(hash);
});

test('a version that was replaced in its canary is not gone back to unasked, and by name it walks a canary of its own', async () => {
  const { repository } = delivery;
  const stable = (await delivery.rollout('production')).status.stableRS;
  await delivery.passed('production', image(4));
  await delivery.settled(['production-web', 'production-sidekiq']);
  expect(await repository.npm('commands/rollback.ts', 'production', 'web')).toContain(`→ ${image(2)}`);
  await repository.git('checkout', '--quiet', '.');

  const observation = delivery.observe('production');
  await delivery.rollback('production', 'web', '--to', tagOf(image(3)));
  const canary = () =>
    observation.looks.map(({ weights, behind }) => {
      const service = Object.keys(weights).find((each) => behind[each] !== stable);
      return service ? weights[service] : 0;
    });
  await until('it has half of the requests', async () => canary().at(-1) === 50, {
    seconds: 180,
    seen: () => observation.looks.at(-1),
  });
  expect((await judgementOf(delivery, image(3)))?.phase).toBe('Running');
  await delivery.rollback('production', 'web', '--to', tagOf(image(4)));
  await delivery.settled(['production-web']);
  // Healthy again, and perhaps not looked at since.
  await until('it has no requests any more', async () => canary().at(-1) === 0, {
    seconds: 60,
    seen: () => observation.looks.at(-1),
  });
  await observation.stop();
  const weights = canary();
  expect(weights.filter((weight, i) => weight !== weights[i - 1])).toEqual([0, 20, 50, 0]);
  expect((await delivery.rollout('production')).status.stableRS).toBe(stable);
});

test('a rollback whose pods are gone never gives all requests to the first of them that is ready', async () => {
  const { spec, status } = await delivery.rollout('production');
  await delivery.cluster.podsNeed(4, 16);
  const observation = delivery.observe('production');
  await delivery.rollback('production', 'web', '--to', tagOf(image(2)));
  const { code, said } = await awaitRollout(delivery, 'production', image(2));
  const looks = await observation.stop();

  expect({ code, said }).toMatchObject({ code: 0 });
  // All at once, and nothing is judged: it was, when it was promoted.
  const weights = observation.weightsOf(ping);
  expect([weights.at(0), weights.at(-1)]).toEqual([0, 100]);
  expect(weights.filter((weight) => ![0, 50, 100].includes(weight))).toEqual([]);
  const early = looks.filter(({ weights, ready, behind }) => {
    return weights[ping] === 100 && (ready[behind[ping] ?? ''] ?? 0) < spec.replicas;
  });
  expect(early).toEqual([]);
  await gone(status.stableRS);
});

/** The controller leaves the old pods a while, for a load balancer that has not yet heard. */
async function gone(hash: string): Promise<void> {
  let last: unknown;
  await until(
    'the old ReplicaSet has no pods',
    async () => {
      const set = await delivery.api.get('apps/v1', 'ReplicaSet', `e-ren-rollout-${hash}`, 'production');
      last = set?.status;
      return !set || (set.spec.replicas === 0 && set.status.replicas === 0);
    },
    { seconds: 90, seen: () => last },
  );
}
