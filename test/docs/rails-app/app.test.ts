import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PgBouncer } from '../../../charts/constructs/pgbouncer';
import { longestCanary } from '../../../charts/environments/canary-rules';
import { seconds } from '../../../charts/environments/units';
import { railsUser } from '../../../charts/rails';
import { webPort } from '../../../charts/web/port';
import { metrics } from '../../charts/monitors/datadog-metrics';
import { containers, ofKind, one, settings } from '../../support/live';
import { root } from '../../support/root';

const folder = join(root, 'docs', 'rails-app');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
const ruby = files.filter((path) => /\.(rb|rake|yml)$/.test(path)).map((path) => ({ path, text: read(path) }));
const all = ruby.map(({ text }) => text).join('\n');
const readme = read('README.md');
const environments = settings.sites.map((site) => [site.environment.name, site] as const);
const { cluster } = settings;
const staging = settings.sites.map(({ environment }) => environment).find(({ name }) => name === 'staging');

/** The only match of a number in a file. */
function number(path: string, pattern: RegExp): number {
  const found = [...read(path).matchAll(new RegExp(pattern, 'gm'))];
  if (found.length !== 1) throw new Error(`${path}: ${found.length} times ${pattern}`);
  return Number(found[0]?.[1]);
}

/** The number of a file is as the settings need it, or the file is named with what to write. */
function agree(path: string, pattern: RegExp, write: string, holds: (found: number) => boolean): void {
  const found = number(path, pattern);
  expect(
    holds(found) ? '' : `docs/rails-app/${path}: ${found} does not go with the settings; write ${write}`,
  ).toBe('');
}

/** First column of the table that follows this text in the README. */
function table(after: string): string[] {
  const [, rest = ''] = readme.split(after);
  const rows = rest.trimStart().split('\n');
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(2, end).flatMap((row) => row.split('|')[1]?.match(/[A-Z][A-Z0-9_]+/g) ?? []);
}

describe('the variables', () => {
  const given = new Set(
    containers
      .filter(({ container }) => container.name !== 'pgbouncer' && container.image?.includes('/e-ren:'))
      .flatMap(({ container }) => (container.env ?? []).map(({ name }: { name: string }) => name)),
  );
  const used = new Set(
    [...all.matchAll(/ENV(?:\.fetch\(|\.key\?\(|\[)'([A-Z0-9_]+)'/g)].map(([, name]) => name as string),
  );
  const others = table('Given by the manifests and read by something other than these files:');
  const optional = table('Read by these files and optional, because there is a default:');

  test('that the manifests give are each read, or listed with who reads it', () => {
    expect(given.size).toBeGreaterThan(30);
    expect([...given].filter((name) => !used.has(name)).sort()).toEqual([...others].sort());
  });

  test('that the files read are each given by the manifests, or listed with a default', () => {
    expect([...used].filter((name) => !given.has(name)).sort()).toEqual([...optional].sort());
  });

  test('are read in a way that this test sees', () => {
    const lines = ruby.flatMap(({ path, text }) => text.split('\n').map((line) => `${path}: ${line}`));
    const bad = lines.filter(
      (line) => /\bENV\b/.test(line) && !/ENV(\.fetch\(|\.key\?\(|\[)'[A-Z0-9_]+'/.test(line),
    );
    expect(bad).toEqual([]);
  });

  test('that are optional have a default in every place', () => {
    const bare = optional.filter((name) => new RegExp(`ENV\\.fetch\\('${name}'\\)(?! \\{)`).test(all));
    expect(bare).toEqual([]);
  });

  test('are none that the build of the image would miss', () => {
    // assets:precompile starts Rails with SECRET_KEY_BASE_DUMMY and nothing else.
    expect(all).not.toMatch(/ENV\.fetch\('[A-Z0-9_]+'\)(?! \{)/);
  });
});

describe.each(environments)('in %s', (name, { environment }) => {
  const { web, pgbouncer, sidekiq } = environment;

  test('Puma ends before the pod is killed, and outlives the idle connections of the load balancer', () => {
    const drain = web.drain;
    const shutdown = number('config/puma.rb', /^worker_shutdown_timeout (\d+)/);
    expect(number('config/puma.rb', /^force_shutdown_after (\d+)/)).toBeLessThan(shutdown);
    const left = seconds(drain.terminationGracePeriod) - seconds(drain.preStop);
    agree('config/puma.rb', /^worker_shutdown_timeout (\d+)/, `less than ${left}`, (found) => found < left);
    const idle = seconds(cluster.loadBalancer.idleTimeout);
    agree('config/puma.rb', /^persistent_timeout (\d+)/, `more than ${idle}`, (found) => found > idle);
  });

  test('a connection waits longer than the pool does for the database', () => {
    const wait = seconds(pgbouncer.queryWaitTimeout);
    agree('config/database.yml', /^ {2}connect_timeout: (\d+)/, `more than ${wait}`, (found) => found > wait);
    // As long as the pool would let it wait, also when the pool refuses at once.
    agree('config/database.yml', /^ {2}retry_deadline: (\d+)/, `${wait}`, (found) => found === wait);
    expect(pgbouncer.maxPreparedStatements).toBeGreaterThan(0);
  });

  test('Sidekiq has the queues of the settings, and every queue that the app names', () => {
    const queues = [...read('config/sidekiq.yml').matchAll(/- \[([\w-]+), (\d+)\]/g)].map(([, queue, weight]) => [
      queue,
      Number(weight),
    ]);
    const file = 'docs/rails-app/config/sidekiq.yml';
    expect({ file, queues: Object.fromEntries(queues) }).toEqual({ file, queues: sidekiq.queues });
    const named = [...read('config/environments/production.rb').matchAll(/= :(\w+)$/gm)].map(([, queue]) => queue);
    expect(named).toContain('maintenance');
    const used = named.filter((queue) => !['sidekiq', 'smtp'].includes(queue as string));
    expect(used.filter((queue) => !Object.keys(sidekiq.queues).includes(queue as string))).toEqual([]);
  });

  test('the heartbeat is touched three times before it is stale', () => {
    const probe = one(name, 'Deployment', 'eren-sidekiq').spec.template.spec.containers[0].livenessProbe;
    const minutes = Number(/-mmin -(\d+)/.exec(probe.exec.command.join(' '))?.[1]);
    expect(3 * number('config/initializers/sidekiq.rb', /run\((\d+), 'heartbeat'/)).toBeLessThanOrEqual(
      60 * minutes,
    );
  });

  test('the limits are those of the settings, in the README and where a laptop has none', () => {
    const { people, person, address } = web.limits;
    const said = [person, address, people / 5, people].map((count) => count.toLocaleString('en-US'));
    const [requests, ofAddress, signIns, mails] = said;
    for (const cell of [`${requests} requests`, `${ofAddress} requests`, `${signIns} sign-ins`, `${mails} mails`])
      expect(readme).toContain(`| ${cell} `);
    const fallback = (name: string) =>
      number('config/initializers/rack_attack.rb', new RegExp(`ENV\\.fetch\\('${name}', '(\\d+)'\\)`));
    expect(['LIMIT_REQUESTS_PERSON', 'LIMIT_REQUESTS_ADDRESS', 'LIMIT_PEOPLE'].map(fallback)).toEqual([
      person,
      address,
      people,
    ]);
  });

  test('a process gives three signs of life before its jobs are taken over', () => {
    const beat = number('lib/platform/reliable_fetch.rb', /^ {4}BEAT = (\d+)/);
    expect(3 * beat).toBeLessThanOrEqual(seconds(sidekiq.takeOver.after));
  });

  test('the address that a request is counted by is the one that the load balancer appends', () => {
    const { metadata } = one(name, 'Ingress', 'eren-ingress');
    const attributes = metadata.annotations?.['alb.ingress.kubernetes.io/load-balancer-attributes'] ?? '';
    expect(attributes).not.toMatch(/xff_header_processing|xff_client_port/);
  });

  test('the commands of the CronJobs are tasks', () => {
    const commands = ofKind('CronJob')
      .filter(({ metadata, spec }) => metadata.namespace === environment.namespace && !spec.suspend)
      .map(({ spec }) => spec.jobTemplate.spec.template.spec.containers[0].command.at(-1));
    const tasks = [...read('lib/tasks/scheduled.rake').matchAll(/namespace :(\w+) do[\s\S]*?task (\w+):/g)];
    expect(commands.sort()).toEqual(tasks.map(([, space, task]) => `${space}:${task}`).sort());
  });

  test('the pipeline waits longer than the migrations may take where Argo CD starts them', () => {
    const wait = 60 * number('Jenkinsfile', /migrated\(environment, ([1-9]\d*)\)/);
    if (environment.migrations.startedBy === 'commit')
      expect(wait).toBeGreaterThan(seconds(environment.migrations.deadline));
  });

  test('the pipeline waits longer than a canary may take, within the life of its agent', () => {
    const deploy = new RegExp(`deploy\\('${name}', (\\d+)`);
    const longest = longestCanary(web.canary);
    agree('Jenkinsfile', deploy, `more than ${longest / 60}`, (found) => 60 * found > longest);
    const wait = 60 * number('Jenkinsfile', deploy);
    const stages = [...read('Jenkinsfile').matchAll(/timeout\(time: (\d+), unit: 'MINUTES'\)/g)];
    expect(stages).toHaveLength(3);
    for (const [, whole] of stages)
      expect(60 * Number(whole)).toBeLessThan(seconds(cluster.jenkins.agents.buildTimeout));
    for (const [, whole] of stages.slice(1)) expect(wait).toBeLessThan(60 * Number(whole));
  });
});

test('the pipeline waits longer for a preview than its migrations may take, and its stage is longer', () => {
  const minutes = number('Jenkinsfile', /await-preview\.mjs .* --minutes (\d+)/);
  const like = settings.sites.find(({ environment }) => environment.name === cluster.preview?.like)?.environment;
  expect(60 * minutes).toBeGreaterThan(seconds(like?.migrations.deadline ?? '0s'));
  expect(
    number('Jenkinsfile', /skipDefaultCheckout\(\)\n *timeout\(time: (\d+), unit: 'MINUTES'\)/),
  ).toBeGreaterThan(minutes);
});

test('the smoke test gives the first judgement in staging enough to judge', () => {
  if (!staging) throw new Error('no staging');
  const { sentry, datadog, steps } = staging.web.canary;
  const perSecond = number('ci/await-rollout.mjs', /'per-second': '(\d+)'/);
  const share = ((steps[0]?.weight ?? 0) / 100) * perSecond;
  // Sentry's SDK sends its counts once a minute.
  expect(share * (seconds(sentry.initialDelay) - 60)).toBeGreaterThanOrEqual(sentry.minimumSessions);
  expect(share * seconds(datadog.initialDelay)).toBeGreaterThanOrEqual(datadog.minimumRequests);
});

test('the name of the pool is that which PgBouncer lets in from loopback', () => {
  expect(read('lib/platform/database.rb')).toContain(`POOL_ROLE = '${PgBouncer.clientRole}'`);
});

test('the image has the user, port and start of the manifest, and the Ruby of the tests', () => {
  const dockerfile = read('Dockerfile');
  const command = one('production', 'Rollout', 'e-ren-rollout').spec.template.spec.containers[0].command;
  expect(dockerfile).toContain(`USER ${railsUser.user}:${railsUser.group}`);
  expect(dockerfile).toContain(`EXPOSE ${webPort}`);
  expect(JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '')).toEqual(command);
  const version = /^ARG RUBY_VERSION=(.*)$/m.exec(dockerfile)?.[1];
  expect(cluster.jenkins.agents.rspec.ruby.image).toMatch(new RegExp(`/ruby:${version}[-@]`));
});

test('the metrics that are sent are those that monitors and dashboards may ask for', () => {
  const known = Object.keys(metrics).filter((metric) => metric.startsWith('eren.'));
  const sent = [...read('lib/platform/metrics.rb').matchAll(/'(eren\.[\w.]+)'/g)].map(([, metric]) => metric);
  expect(sent.sort()).toEqual(known.sort());
});

test('the pipeline works on the repositories, host, organization and channel of the settings', () => {
  const setting = (name: string) => new RegExp(`^ {4}${name} = '(.*)'$`, 'm').exec(read('Jenkinsfile'))?.[1];
  const { delivery, sentry, jenkins } = cluster;
  expect(`https://github.com/${setting('REPOSITORY')}.git`).toBe(jenkins.application);
  expect(`${setting('DELIVERY')}.git`).toBe(delivery.repository);
  expect(setting('SENTRY')).toBe(`${sentry.api}/api/0/organizations/${sentry.organization}`);
  expect(setting('SLACK_CHANNEL')).toBe(delivery.channel);
  expect(setting('STAGING_URL')).toBe(`https://${staging?.host}`);
  expect(setting('PREVIEWS')).toBe(cluster.preview?.domain);
  expect(['same run', 'pull request']).toContain(setting('PRODUCTION'));
});

test('every file is explained in the README, and every file there exists', () => {
  const cells = readme.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split('|')[1] ?? ''] : []));
  const names = cells.flatMap(
    (cell) => cell.match(/[\w./-]*[\w-]+\.(?:rb|rake|yml|mjs)|Dockerfile|Jenkinsfile/g) ?? [],
  );
  const explained = (path: string) => names.some((name) => path === name || path.endsWith(`/${name}`));
  const code = files.filter((path) => /\.(rb|rake|yml|mjs)$|(Docker|Jenkins)file$/.test(path));
  expect(code.filter((path) => !explained(path))).toEqual([]);
  expect(names.filter((name) => !code.some((path) => path === name || path.endsWith(`/${name}`)))).toEqual([]);
});
