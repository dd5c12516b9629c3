import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dump, load } from 'js-yaml';
import type { Delivery } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { release } from './judgement';
import { type Notice, Recipients } from './played/recipients';
import { binaryOf } from './programs';
import { until } from './waiting';

const page = (name: string) => `https://github.com/e-ren/delivery/blob/main/docs/runbooks/${name}.md`;

let delivery: Delivery;
let recipients: Recipients;
beforeAll(async () => {
  delivery = await startDelivery();
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
  recipients = delivery.cluster.add(await Recipients.start());
  await delivery.argoCd.startNotifications(recipients.address);
});
afterAll(() => delivery?.stop());

const minutesAgo = (minutes: number) => `${new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19)}Z`;
const rollout = (status: string, message: string) => ({
  resources: [
    { kind: 'Service', name: 'eren-service' },
    { kind: 'Rollout', health: { status, message } },
  ],
});
const running = (more: object) => ({ operationState: { phase: 'Running', startedAt: minutesAgo(1), ...more } });
const ended = (phase: string) => ({
  operationState: { phase, startedAt: minutesAgo(1), finishedAt: minutesAgo(0) },
});

/** What an Application's status says, and what is told of it. */
const states: [string, object, string[], string?][] = [
  ['nothing yet', {}, []],
  ['a canary in a pause of its own', rollout('Suspended', 'CanaryPauseStep'), []],
  ['a canary that a person paused', rollout('Suspended', 'manually paused'), ['on-paused']],
  ['one that waits for a judgement', rollout('Suspended', 'InconclusiveAnalysisRun'), ['on-paused']],
  ['a pause without a reason', rollout('Suspended', ''), ['on-paused']],
  ['an aborted canary', rollout('Degraded', 'RolloutAborted: bad'), ['on-aborted']],
  ['a sync that has just begun', running({}), []],
  ['a sync that is tried again for the first time', running({ retryCount: 1 }), []],
  ['a sync that is tried again and again', running({ retryCount: 3 }), ['on-sync-failed']],
  ['a sync that failed', ended('Failed'), ['on-sync-failed']],
  ['a sync with an error', ended('Error'), ['on-sync-failed']],
  ['a sync that went well', ended('Succeeded'), []],
  ['a sync that may take a minute more', running({ startedAt: '1 minute left' }), []],
  ['a sync that has taken a minute too long', running({ startedAt: '1 minute over' }), ['on-sync-slow']],
  [
    'a migration that may take a minute more',
    running({ startedAt: '1 minute left' }),
    [],
    'production-migrations',
  ],
  [
    'a migration that has taken too long',
    running({ startedAt: '1 minute over' }),
    ['on-sync-slow'],
    'production-migrations',
  ],
];
test.each(states)(
  'of %s is told what is wrong, and nothing else',
  async (_, status, told, name = 'production-web') => {
    const committed = delivery.manifests('argocd/applications').find(({ metadata }) => metadata.name === name);
    const allowed = Number(committed?.metadata.annotations?.['delivery.eren.washu.edu/sync-minutes']);
    expect(allowed).toBeGreaterThan(1);
    const text = dump({ ...committed, status: { sync: { status: 'OutOfSync' }, ...status } })
      .replace('1 minute left', `'${minutesAgo(allowed - 1)}'`)
      .replace('1 minute over', `'${minutesAgo(allowed + 1)}'`);
    const file = delivery.path('application.yaml');
    writeFileSync(file, text);
    expect(await delivery.argoCd.triggered(file)).toEqual(told);
  },
);

test('a canary that a person pauses is told at once, in the channel and on the commit, with what to do; its own pause is not', async () => {
  const next = image(1);
  await release(delivery, next, {});
  await until(
    'the canary pauses by itself',
    async () => (await delivery.application('production-web')).status.health.status === 'Suspended',
    { seconds: 120 },
  );
  const paused = Date.now();
  await plugin('pause');
  const seen = await told('deployment:paused');
  const commit = await delivery.repository.head();
  for (const { at } of seen) expect(at - paused).toBeGreaterThan(0);
  expect(seen.find(({ to }) => to === 'slack')?.says).toMatchObject({
    channel: 'eren-deploys',
    title: expect.stringMatching(/^production-web is paused.*Resume, and only then Abort/),
    color: 'warning',
    fields: [
      { title: 'Commit', value: commit },
      { title: 'What to do', value: page('alerts/canary-paused') },
    ],
  });
  const status = seen.find(({ to }) => to === 'github');
  expect(status?.path.split('/').at(-1)).toBe(commit);
  expect(status?.says).toMatchObject({ state: 'pending', context: 'argocd/production-web' });
  expect(status?.says.description).toMatch(/Resume, and only then Abort or Promote-Full$/);

  // What Datadog's monitor looks at.
  expect(await pausedMetric()).toBe('1');

  await delivery.api.merge(await delivery.rollout('production'), { spec: { paused: false } });
  await delivery.settled(['production-web']);
  expect(await pausedMetric()).toBe('0');
  const deployed = (await told('deployment:deployed', 'production-web')).find(({ to }) => to === 'github');
  expect(deployed?.says).toMatchObject({ state: 'success', context: 'argocd/production-web' });
});

test('a sync that keeps failing is told with its cause, while Argo CD still tries', async () => {
  const file = join(delivery.repository.tree, 'dist/staging/scheduled/CronJob.eren-event-reminders.yaml');
  const object: any = load(readFileSync(file, 'utf8'));
  object.spec.schedule = 'at "noon"';
  writeFileSync(file, dump(object));
  await delivery.repository.push('break a schedule');
  await delivery.refresh();
  const seen = await told('deployment:sync-failed', 'staging-scheduled');
  const [slack, github] = (['slack', 'github'] as const).map((who) => seen.find(({ to }) => to === who)?.says);
  expect(slack).toMatchObject({ color: 'danger', title: 'staging-scheduled could not be synced' });
  expect(slack.fields.find(({ title }: any) => title === 'Why').value).toContain('at "noon"');
  expect(slack.fields.at(-1)).toMatchObject({ title: 'What to do', value: page('sync') });
  expect(github).toMatchObject({ state: 'failure', context: 'argocd/staging-scheduled' });
  expect((await delivery.application('staging-scheduled')).status.operationState.phase).toBe('Running');
  expect(
    recipients.notices.map(({ says }) => says.title).filter((title) => /paused/.test(title ?? '')),
  ).toHaveLength(2);
});

/** Waits until Slack, GitHub and Datadog were told of an event, by the tag that Datadog gets. */
async function told(tag: string, application = 'production-web'): Promise<Notice[]> {
  return until(
    `${tag} of ${application} is told to everybody`,
    async () => {
      const event = recipients.notices.find(
        ({ to, says }) => to === 'datadog' && says.tags.includes(tag) && says.aggregation_key === application,
      );
      if (!event) return undefined;
      const same = recipients.notices.filter(
        ({ to, says }) =>
          (to === 'slack' && says.title === event.says.title) ||
          (to === 'github' && says.description.startsWith(event.says.title)),
      );
      return same.length >= 2 && [event, ...same];
    },
    { seconds: 180, seen: () => recipients.notices.slice(-4) },
  );
}

/** Whether production's Rollout is paused, as Argo Rollouts' controller tells Datadog's agent. */
async function pausedMetric(): Promise<string | undefined> {
  const [, port] = /Metric Server at \S*:(\d+)/.exec(delivery.cluster.processes.log('argo-rollouts')) ?? [];
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text
    .split('\n')
    .find((each) => /^rollout_phase\{.*namespace="production",phase="Paused"/.test(each));
  return line?.split(' ').at(-1);
}

async function plugin(verb: 'pause'): Promise<void> {
  const { programs, kubeconfig } = delivery.cluster;
  const args = ['--kubeconfig', kubeconfig, '--namespace', 'production', verb, 'e-ren-rollout'];
  await promisify(execFile)(binaryOf(programs, 'kubectl-argo-rollouts'), args);
}
