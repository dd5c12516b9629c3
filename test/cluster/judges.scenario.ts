import { overloaded, partial } from './capacity';
import type { Delivery, Look } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { judgementOf, phases, release } from './judgement';
import { awaitRollout } from './pipeline';
import type { Story } from './played/observability';
import { until } from './waiting';

const [sentry, datadog] = ['sentry-error-rate', 'datadog-5xx-rate-1'];
const few = { sessions: 10, errored: 10 };

let delivery: Delivery;
let number = 1;
beforeAll(async () => {
  // Argo Rollouts waits 10 s after an error, whatever the settings say: three have to fit in a canary.
  delivery = await startDelivery({ factor: 10 });
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
  await delivery.promote('production', 'web', image(number));
  await delivery.settled(['production-web']);
});
afterAll(() => delivery?.stop());

test.each<[string, Partial<Story>, string]>([
  ['6 % errored sessions at Sentry', { sentry: { sessions: 100, errored: 6 } }, sentry],
  ['10 sessions at Sentry and 6 % at Datadog', { sentry: few, datadog: 0.06 }, datadog],
  // A page with status 200 is a success to Argo Rollouts, whatever the conditions: Datadog has to decide.
  ['A page instead of JSON from Sentry and 6 % at Datadog', { sentry: 'page', datadog: 0.06 }, datadog],
])('%s abort it: the stable version gets everything back, and a rollback heals it', async (_, story, judge) => {
  const { looks, judgement } = await aborted(story);
  expect(judgement?.phase).toBe('Failed');
  expect(phases(judgement?.metrics[judge])).toEqual(['Failed', 'Failed']);
  const other = judge === sentry ? datadog : sentry;
  expect(new Set(phases(judgement?.metrics[other]))).toEqual(new Set(['Successful']));
  // It had requests when it was judged.
  expect(looks.some(({ weights }) => Object.values(weights).includes(20))).toBe(true);
});

test.each<[string, Partial<Story>]>([
  ['5 % errored sessions at Sentry', { sentry: { sessions: 100, errored: 5 } }],
  ['10 sessions at Sentry and 2 % at Datadog', { sentry: few, datadog: 0.02 }],
])('%s pass', async (_, story) => {
  const next = image(++number);
  await release(delivery, next, story);
  const { code, said } = await awaitRollout(delivery, 'production', next);
  expect({ code, said }).toMatchObject({ code: 0 });
  await delivery.settled(['production-web']);
  const judgement = await judgementOf(delivery, next);
  expect(judgement?.phase).toBe('Successful');
  const all = [sentry, datadog].map((metric) => new Set(phases(judgement?.metrics[metric])));
  expect(all).toEqual([new Set(['Successful']), new Set(['Successful'])]);
});

test.each<[string, Partial<Story>, string, RegExp]>([
  ['Sentry is down', { sentry: 'down' }, sentry, /EOF|connection re/],
  ['Sentry does not answer', { sentry: 'slow' }, sentry, /deadline exceeded|Timeout/i],
  ['Sentry answers 401', { sentry: 'unauthorized' }, sentry, /401/],
  ['Sentry answers nonsense', { sentry: 'nonsense' }, sentry, /groups is not found/],
  ['Datadog answers 401', { datadog: 'unauthorized' }, datadog, /401/],
  ['Datadog answers a page', { datadog: 'page' }, datadog, /JSON|invalid character/i],
])('when %s, the canary ends after three errors in a row', async (_, story, judge, why) => {
  const { judgement } = await aborted(story);
  expect(judgement?.phase).toBe('Error');
  const seen = judgement?.metrics[judge] ?? [];
  expect(phases(seen)).toEqual(['Error', 'Error', 'Error']);
  for (const { message } of seen) expect(message).toMatch(why);
});

/** Promotes a release that has to fail, looks at everything, and rolls back as the pipeline does. */
async function aborted(story: Partial<Story>) {
  const next = image(++number);
  const before = await delivery.rollout('production');
  const observation = delivery.observe('production');
  await release(delivery, next, story);
  const { code, said } = await awaitRollout(delivery, 'production', next);
  expect({ code, said }).toMatchObject({ code: 1 });
  await delivery.health('production-web', 'Degraded');
  const { stableRS } = before.status;
  const back = (look: Look | undefined) =>
    look &&
    Object.entries(look.weights).every(([name, weight]) => weight === (look.behind[name] === stableRS ? 100 : 0));
  await until('the stable version has all requests', async () => back(observation.looks.at(-1)), {
    seconds: 90,
    seen: () => observation.looks.at(-1),
  });
  const judgement = await judgementOf(delivery, next);

  await delivery.rollback('production', 'web');
  await delivery.settled(['production-web']);
  const looks = await observation.stop();
  expect(new Set(looks.map(({ stable }) => stable))).toEqual(new Set([stableRS]));
  expect(partial(looks)).toEqual([]);
  expect(overloaded(looks, before.spec.replicas)).toEqual([]);
  const { spec } = await delivery.rollout('production');
  expect(spec.template.spec.containers[0].image).toBe(before.spec.template.spec.containers[0].image);
  return { looks, judgement };
}
