import { containers, type Manifest, ofKind, one, ownFiles, settings } from '../support/manifests';

const environments = settings.sites.map((site) => [site.environment.name, site] as const);
const cronJobs = ofKind('CronJob');
const paths = (of: Manifest[]) => of.map(({ path }) => path);
const template = ({ spec }: Manifest) => spec.jobTemplate.spec.template.spec;

test('a CronJob runs once at a time, in UTC, and neither late, for ever nor without a trace', () => {
  expect(cronJobs.length).toBeGreaterThan(0);
  const bad = cronJobs.filter(({ spec }) => {
    const { activeDeadlineSeconds, backoffLimit } = spec.jobTemplate.spec;
    return !(
      spec.concurrencyPolicy === 'Forbid' &&
      spec.timeZone === 'Etc/UTC' &&
      spec.startingDeadlineSeconds > 10 &&
      spec.failedJobsHistoryLimit > 0 &&
      spec.successfulJobsHistoryLimit > 0 &&
      activeDeadlineSeconds > 0 &&
      backoffLimit !== undefined
    );
  });
  expect(paths(bad)).toEqual([]);
});

test('every container of a CronJob that stays, but the one that works, is a native sidecar', () => {
  const bad = containers.filter(
    ({ pod, container, stays }) =>
      pod.owner.kind === 'CronJob' &&
      stays &&
      container !== pod.spec.containers[0] &&
      container.restartPolicy !== 'Always',
  );
  expect(bad.map(({ where }) => where)).toEqual([]);
});

describe.each(environments)('the scheduled work of %s', (name, { environment, images, database, redis }) => {
  const ports = (policy: string) =>
    one(name, 'NetworkPolicy', policy).spec.egress.flatMap((rule: any) => rule.ports.map(({ port }: any) => port));

  test('runs at the times of the settings, in the image whose jobs Sidekiq knows', () => {
    const enqueuers = { 'eren-event-reminders': 'eventReminders', 'eren-database-cleanup': 'databaseCleanup' };
    for (const [cronJob, schedule] of Object.entries(enqueuers)) {
      const { spec } = one(name, 'CronJob', cronJob);
      expect([spec.schedule, spec.suspend]).toEqual([
        environment.schedules[schedule as keyof typeof environment.schedules],
        false,
      ]);
    }
    const here = cronJobs.filter(({ path }) => path.startsWith(`dist/${name}/`));
    expect(here).toHaveLength(3);
    expect(paths(here.filter((each) => template(each).containers[0].image !== images.sidekiq?.reference))).toEqual(
      [],
    );
  });

  test('enqueues without a connection to the database, which has none to spare', () => {
    for (const cronJob of ['eren-event-reminders', 'eren-database-cleanup'])
      expect(template(one(name, 'CronJob', cronJob)).initContainers).toBeUndefined();
    expect(ports('eren-scheduled')).toContain(redis.port);
    expect(ports('eren-scheduled')).not.toContain(database.port);
  });

  test('has a console that waits for a person, ends by itself, and holds the connections of the budget', () => {
    const console = one(name, 'CronJob', 'eren-console');
    expect(console.spec.suspend).toBe(true);
    expect(template(console).containers[0].command).toEqual(['sleep', 'infinity']);
    expect(console.spec.jobTemplate.spec.backoffLimit).toBe(0);
    expect(ports('eren-console')).toEqual(expect.arrayContaining([database.port, redis.port]));
    const [pool] = template(console).initContainers;
    const { 'pgbouncer.ini': ini } = ownFiles(console.spec.jobTemplate.spec.template, pool.name);
    expect(ini).toContain(`max_db_connections = ${environment.connections.console}\n`);
  });
});

test('a CronJob that still runs is not yet told as one that does not start', () => {
  const { thresholds } = JSON.parse(
    one('cluster', 'DatadogGenericResource', 'missed-schedule').spec.jsonSpec,
  ).options;
  // The state of Kubernetes is checked every 15 seconds.
  const late = thresholds.critical * 15;
  const running = ofKind('CronJob').filter(({ spec }) => !spec.suspend);
  expect(running.length).toBeGreaterThan(2);
  const longer = running.filter(({ spec }) => !(spec.jobTemplate.spec.activeDeadlineSeconds < late));
  expect(longer.map(({ path }) => path)).toEqual([]);
});
