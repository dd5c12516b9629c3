import fc from 'fast-check';
import type { AnyEnvironment } from '../../../charts/environments/preview-environment';
import { mostConnections } from '../../../charts/environments/rules';
import type { Settings } from '../../../charts/settings';
import { databaseConsumers } from '../../../review/connections/consumers';
import {
  connections,
  connectionsAt,
  connectionsDisagree,
  connectionsNear,
  connectionsOver,
  databases,
} from '../../../review/connections/databases';
import { redisClients, redisClientsOver, redisServers } from '../../../review/connections/redis';
import { Tree } from '../../../review/model/tree';
import { treeOf, workload } from '../objects';
import { settings, tree } from '../ours';
import { treeOf as made, settingsOf } from '../scheduling/settings';

const facts = { tree, settings };
const [production] = settings.sites;
const { host, port, name } = production?.database ?? { host: '', port: 0, name: '' };
const server = `${host}:${port}/${name}`;

/** Ours, with the connections of production changed. */
function budget(change: Partial<Settings['sites'][number]['environment']['connections']>): Settings {
  const sites = settings.sites.map((site) =>
    site === production
      ? {
          ...site,
          environment: { ...site.environment, connections: { ...site.environment.connections, ...change } },
        }
      : site,
  );
  return { ...settings, sites };
}

/** Ours, with one file's object changed. */
function changed(file: string, change: (object: any) => void): Tree {
  return new Tree(
    tree.manifests.map((manifest) => {
      if (!manifest.file.includes(file)) return manifest;
      const object = structuredClone(manifest.object);
      change(object);
      return { ...manifest, object };
    }),
  );
}

test('our databases have enough for the worst moment, by the objects and by the settings alike', () => {
  for (const offences of [connectionsOver, connectionsNear, connectionsDisagree, redisClientsOver])
    expect([...offences(facts)].map(({ message }) => message)).toEqual([]);
  for (const [i, database] of databases(facts).entries())
    expect(database.consumers.reduce((sum, { allowed, replicas }) => sum + allowed * replicas.abort, 0)).toBe(
      mostConnections(settings.sites[i]?.environment as AnyEnvironment),
    );
});

test.each([1, 2, 3, 4])('objects and settings agree whatever the settings are (%i)', (seed) => {
  const other = settingsOf(settings, seed);
  const objects = made(other);
  const said = [...connectionsDisagree({ tree: objects, settings: other })];
  expect(said.map(({ message }) => message)).toEqual([]);
  expect(databaseConsumers(objects).length).toBeGreaterThan(8);
});

test('everybody who connects to production is in its table', () => {
  const [table] = connections(facts);
  expect(table?.rows.map(([who]) => who)).toEqual([
    'production/Rollout/e-ren-rollout',
    'datadog/Deployment/datadog-checks',
    'production/Deployment/eren-sidekiq',
    'production/Job/eren-migrations',
    'production/CronJob/eren-console',
    'all, of 40 usable',
  ]);
  for (const { columns, rows } of [...connections(facts), ...redisClients(facts)])
    for (const row of rows) expect(row).toHaveLength(columns.length);
});

test('the worst moment is counted by hand: 12 web pods, Sidekiq, a migration, Datadog and a console', () => {
  const [database] = databases(facts);
  const at = (moment: 'rest' | 'maximum' | 'release' | 'abort') => database && connectionsAt(database, moment);
  expect([at('rest'), at('maximum'), at('release'), at('abort')]).toEqual([
    3 * 2 + 3 + 1,
    6 * 2 + 3 + 1 + 1,
    12 * 2 + 3 + 2 + 1 + 1,
    12 * 2 + 3 + 2 + 1 + 1,
  ]);
});

test.each([
  [
    'refused when the worst moment takes more than there are',
    { max: 35 },
    'connections.max: 31 connections at the worst moment',
  ],
  ['let through when it takes all there are', { max: 36 }, undefined],
])('connections are %s', (_, change, message) => {
  const [offence] = connectionsOver({ tree, settings: budget(change) });
  expect(offence?.message.slice(0, message?.length)).toBe(message);
});

test.each([
  // 31 of 38 are 82 %, and 31 of 39 are 79 %.
  [{ max: 43 }, 1],
  [{ max: 44 }, 0],
])('with %j a release that goes well is told of %i times', (change, count) => {
  expect([...connectionsNear({ tree, settings: budget(change) })]).toHaveLength(count);
});

test('what is refused already is not told of as near as well', () => {
  expect([...connectionsNear({ tree, settings: budget({ max: 30 }) })]).toEqual([]);
});

const ini = 'pgbouncer.files.eren.washu.edu/pgbouncer.ini';
test.each([
  [
    'a pool of its own',
    'production/web/Rollout',
    (rollout: any) => {
      const { annotations } = rollout.spec.template.metadata;
      annotations[ini] = annotations[ini].replaceAll('= 2', '= 3');
    },
  ],
  [
    'a reserve',
    'production/sidekiq/Deployment',
    (deployment: any) => {
      const { annotations } = deployment.spec.template.metadata;
      annotations[ini] = annotations[ini]
        .replace('reserve_pool_size = 0', 'reserve_pool_size = 2')
        .replace(/max_db_connections = \d+/, 'max_db_connections = 0');
    },
  ],
  [
    'one pod more',
    'production/sidekiq/Deployment',
    (deployment: any) => {
      deployment.spec.replicas = 2;
    },
  ],
  [
    'an update that starts the new one first',
    'production/sidekiq/Deployment',
    (deployment: any) => {
      deployment.spec.strategy = { type: 'RollingUpdate' };
    },
  ],
  [
    'no line of the database',
    'production/web/ExternalSecret.eren-web-pgbouncer',
    (secret: any) => {
      secret.spec.target.template.data['databases.ini'] = '[databases]';
    },
  ],
])('an object with %s disagrees with the settings', (_, file, change) => {
  const [offence] = connectionsDisagree({ tree: changed(file, change), settings });
  expect(offence?.message).toMatch(/the objects open up to \d+ connections .* the settings reckon with 31/);
});

test("a server whose own limit is another number is told, at the server's arguments", () => {
  const other = changed('staging/postgres/StatefulSet', ({ spec }) => {
    const [container] = spec.template.spec.containers;
    container.args = container.args.map((each: string) =>
      each === 'max_connections=30' ? 'max_connections=20' : each,
    );
  });
  const [offence] = connectionsDisagree({ tree: other, settings });
  expect(offence).toMatchObject({ message: 'max_connections is 20, and connections.max of staging 30' });
  expect(offence && 'manifest' in offence && offence.manifest.object.kind).toBe('StatefulSet');
});

test('a consumer of a database that no environment has is told', () => {
  const stray = workload(
    'Deployment',
    'stray',
    {},
    { container: { env: [{ name: 'DATABASE_URL', value: 'postgresql://elsewhere:5432/x' }] } },
  );
  const [offence] = connectionsDisagree({ tree: treeOf(stray), settings });
  expect(offence?.message).toContain('connects to elsewhere:5432/x, the database of no environment');
});

function pooled(ini: string, line: string, pod: any = {}) {
  const volumes = [
    { name: 'a', configMap: { name: 'pool' } },
    { name: 'b', secret: { secretName: 'pool' } },
  ];
  const metadata = { name: 'pool', namespace: 'production' };
  return treeOf(
    workload('Deployment', 'app', { strategy: { type: 'Recreate' } }, { ...pod, spec: { volumes, ...pod.spec } }),
    { kind: 'ConfigMap', metadata, data: { 'pgbouncer.ini': `[pgbouncer]\n${ini}\n` } },
    {
      kind: 'ExternalSecret',
      metadata,
      spec: { target: { name: 'pool', template: { data: { 'databases.ini': `[databases]\n${line}\n` } } } },
    },
  );
}

const forced = `eren = host=${host} port=${port} dbname=${name} user=app`;

test.each([
  ['the pool', 'default_pool_size = 4', forced, 4],
  ["PgBouncer's own default", '', forced, 20],
  ['the pool and its reserve', 'default_pool_size = 4\nreserve_pool_size = 2', forced, 6],
  ['the most of the database, where it is less', 'default_pool_size = 4\nmax_db_connections = 3', forced, 3],
  ['no limit of the database, where it is 0', 'default_pool_size = 4\nmax_db_connections = 0', forced, 4],
  ["the line's own pool", 'default_pool_size = 4', `${forced} pool_size=7`, 7],
  [
    'the most of the database, where every client has a pool',
    'default_pool_size = 4\nmax_db_connections = 9',
    forced.replace('user=app', ''),
    9,
  ],
])('a pod with PgBouncer opens %s', (_, ini, line, expected) => {
  expect(databaseConsumers(pooled(ini, line)).map((each) => [each.server, each.allowed])).toEqual([
    [server, expected],
  ]);
});

test.each([
  ['puma', ['bundle', 'exec', 'puma'], { WEB_CONCURRENCY: '2', RAILS_MAX_THREADS: '3' }, 6],
  ['puma without a word about threads', ['puma'], {}, 5],
  ['sidekiq', ['sidekiq', '-c', '8'], {}, 8],
  ['a console, of which nobody knows', ['sleep', 'infinity'], {}, 12],
])('no more reach the database than the clients in the pod: %s', (_, command, variables, expected) => {
  const env = Object.entries({ DATABASE_URL: 'postgresql://app@127.0.0.1:6432/eren', ...variables }).map(
    ([name, value]) => ({ name, value }),
  );
  const [consumer] = databaseConsumers(pooled('default_pool_size = 12', forced, { container: { command, env } }));
  expect([consumer?.connections, consumer?.allowed]).toEqual([expected, 12]);
});

test.each([
  ['a migration opens one more for its lock', ['bundle', 'exec', 'rails', 'db:migrate'], {}, 2],
  ['another task what Rails opens', ['rails', 'runner', 'x'], {}, 5],
  ['or as many as it is told', ['rails', 'runner', 'x'], { RAILS_MAX_THREADS: '3' }, 3],
])('straight at the database %s', (_, command, variables, expected) => {
  const env = Object.entries({
    DATABASE_URL: `postgresql://${host}:${port}/${name}?sslmode=verify-full`,
    ...variables,
  }).map(([name, value]) => ({ name, value }));
  const found = databaseConsumers(treeOf(workload('Job', 'task', {}, { container: { command, env } })));
  expect(found.map(({ server, connections }) => [server, connections])).toEqual([[server, expected]]);
});

test('text that is not a configuration is passed over, not stumbled upon', () => {
  const broken = fc.constantFrom('{', '[databases]\n= host=', 'instances: [', '\u0000', '- a\n- b');
  fc.assert(
    fc.property(broken, broken, (ini, line) => {
      const annotations = { 'ad.datadoghq.com/app.checks': line };
      const objects = pooled(ini, line);
      for (const { object } of objects.ofKind('Deployment'))
        Object.assign(object.spec?.template ?? {}, { metadata: { annotations } });
      expect(databaseConsumers(objects)).toEqual([]);
    }),
  );
});

test('Redis has room for the clients of all pods: three for each thread, and those of Sidekiq itself', () => {
  const [redis] = redisServers(facts);
  const of = (name: string) => redis?.consumers.find((each) => each.name === name)?.connections;
  expect([of('production/Rollout/e-ren-rollout'), of('production/Deployment/eren-sidekiq')]).toEqual([
    5 * 3,
    5 * 3 + 10,
  ]);
  expect(redisServers(facts).map(({ limit }) => limit)).toEqual([20_000, 10_000]);
});

test('a Redis with fewer clients than there are is told, with who sets the limit', () => {
  const few = changed('staging/redis/ConfigMap', ({ data }) => {
    data['redis.conf'] += 'maxclients 50\n';
  });
  const [offence] = redisClientsOver({ tree: few, settings });
  expect(offence?.message).toMatch(/^web\.puma: \d+ Redis clients at the worst moment of 50 \(maxclients\)/);
});

const [range] = (production?.database.peers ?? []).flatMap((peer) => ('cidr' in peer ? [peer.cidr] : []));
const policy = (rule: object) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'reports', namespace: 'production' },
  spec: { podSelector: { matchLabels: { app: 'reports' } }, policyTypes: ['Egress'], egress: [rule] },
});
const secret = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: 'credentials', namespace: 'production' },
  spec: { data: [{ secretKey: 'a', remoteRef: { key: 'eren/production/database', property: 'password' } }] },
};
const reports = (env: object[], args: string[] = []) =>
  workload('Deployment', 'reports', { replicas: 2 }, { container: { env, args } });

test.each([
  ['a host without a pool', [reports([{ name: 'DB_HOST', value: host }])]],
  ['another URL', [reports([{ name: 'REPORTS', value: `postgresql://a@${host}/eren` }])]],
  ['an argument', [reports([], [`--db=${host}`])]],
  [
    'a policy for its port',
    [reports([]), policy({ ports: [{ port: 5432 }], to: [{ ipBlock: { cidr: range } }] })],
  ],
  [
    'a policy for a range around it',
    [reports([]), policy({ ports: [{ port: 5000, endPort: 6000 }], to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] })],
  ],
  ['a policy for every port', [reports([]), policy({ to: [{ ipBlock: { cidr: range } }] })]],
  [
    'its secret',
    [reports([{ name: 'A', valueFrom: { secretKeyRef: { name: 'credentials', key: 'a' } } }]), secret],
  ],
])('who can connect by %s has to say how many connections it takes', (_, objects) => {
  const told = [...connectionsDisagree({ tree: treeOf(...objects), settings })].map(({ message }) => message);
  expect(told).toEqual([expect.stringMatching(/^reports can connect .* does not say how many/)]);
});

test('a host with a pool beside it is counted, and a way to everywhere but the database needs no number', () => {
  const env = [
    { name: 'DB_HOST', value: host },
    { name: 'DB_POOL', value: '20' },
  ];
  const [database] = databases({ tree: treeOf(reports(env)), settings }).filter(
    ({ of }) => of.environment === production?.environment.name,
  );
  expect(database?.consumers.map(({ connections, by }) => [connections, by])).toEqual([[20, 'DB_POOL']]);
  const out = policy({
    ports: [{ port: 5432 }],
    to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }],
  });
  expect([...connectionsDisagree({ tree: treeOf(reports([]), out), settings })]).toEqual([]);
});
