import { setTimeout as sleep } from 'node:timers/promises';
import { query } from './database';
import { measured } from './figures';
import { atRate, failures, describe as kinds, send } from './load';
import { Manifests } from './manifests';
import type { Pod } from './pods';
import { until } from './processes';
import { names, passwords } from './replacements';
import { prepare, shows } from './sentence';
import { app, connect, type Login, open, openConsole, statistics } from './sessions';
import { type PodOptions, Stage } from './stage';

let stage: Stage;
let pod: Pod;
prepare(async () => {
  stage = await Stage.open('access');
  pod = await stage.pod('web').start();
});
afterAll(() => stage?.close());

shows('from loopback the app gets in, over TLS to the server', async () => {
  expect(await connect(pod, app, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toBe('t');
});

shows('from elsewhere the statistics user gets in with its password', async () => {
  expect(await connect(pod, statistics, 'show version')).toMatch(/^PgBouncer /);
});

shows('nobody else gets in', async () => {
  const attempts: Record<string, Login> = {
    'app from elsewhere': { ...app, from: 'outside' },
    'the role of the database from elsewhere': {
      user: 'eren',
      database: 'eren',
      password: passwords.database,
      from: 'outside',
    },
    'the role of the database from loopback': {
      user: 'eren',
      database: 'eren',
      password: passwords.database,
      from: 'inside',
    },
    'statistics with a wrong password': { ...statistics, password: 'wrong' },
    'statistics at the database': { ...statistics, database: 'eren' },
    'app at the statistics': { ...app, database: 'pgbouncer' },
    'an administrator': { user: 'postgres', database: 'pgbouncer', password: 'superuser', from: 'outside' },
  };
  const answers = await Promise.all(
    Object.entries(attempts).map(async ([who, login]) => [who, await connect(pod, login)] as const),
  );
  expect(answers.filter(([, said]) => !said.includes('FATAL'))).toEqual([]);
});

/** A pod with nothing but its pool. */
function onlyPool(options: PodOptions = {}): Pod {
  return stage.pod('web', {
    ...options,
    change: (spec) => {
      spec.initContainers = spec.initContainers.filter(({ name }: { name: string }) => name === 'pgbouncer');
      spec.containers = [];
    },
  });
}

/** What somebody in it is told. */
async function poolAlone(options: PodOptions): Promise<{ answer: string; log: string }> {
  const alone = await onlyPool(options).start();
  const answer = await connect(alone, app);
  const log = alone.log('pgbouncer');
  await alone.stop();
  return { answer, log };
}

shows('a server that is not the one, or does not know the role, is refused, and each says why', async () => {
  const other = 'other.us-east-1.rds.amazonaws.com';
  stage.hosts[other] = stage.database.address;
  // The first is served, so that what is refused is refused for its own reason.
  const [served, password, expired, name] = await Promise.all([
    poolAlone({}),
    poolAlone({ store: (store) => Object.assign(store['eren/production/database'] ?? {}, { password: 'wrong' }) }),
    poolAlone({ authority: stage.authority.expired }),
    poolAlone({
      breaks: [{ kind: 'ExternalSecret', name: 'eren-web-pgbouncer', from: names.database, to: other }],
    }),
  ]);
  expect(served.answer).toBe('1');
  for (const { answer } of [password, expired, name]) expect(answer).toContain('FATAL');
  expect(password.log).toMatch(/password authentication failed/);
  expect(expired.log).toContain('certificate verify failed');
  // PgBouncer tells the reason to the server only.
  expect(stage.database.log('postgres')).toContain('alert certificate expired');
  expect(name.log).toMatch(/name .* not present in server certificate/);
});

shows(
  'told to end twice, it does what the app asks until the app has gone, and waits for no console',
  async () => {
    const alone = await onlyPool().start();
    const [client, console] = [await open(alone, app), await openConsole(alone)];
    const slow = client.ask("select 'waited' from pg_sleep(3)");
    const ending = alone.stop();
    await sleep(1000);
    process.kill(alone.container('pgbouncer').pid, 'SIGTERM');
    const answers = [await slow, await client.ask("select 'and again'")];
    expect(answers).toEqual(['waited', 'and again']);
    client.end();
    const began = Date.now();
    const { killed } = await ending;
    expect(killed).toEqual([]);
    expect(Date.now() - began).toBeLessThan(5000);
    expect(await console.ask('show version')).not.toContain('PgBouncer');
  },
);

shows("when the app died first, it ends at once, though the agent's console is open", async () => {
  const alone = await onlyPool().start();
  await connect(alone, app);
  await openConsole(alone);
  const { seconds, killed } = await alone.stop();
  measured("A pool whose app has gone ends, with the agent's console open, within", `${seconds.toFixed(1)} s`);
  expect(killed).toEqual([]);
  expect(seconds).toBeLessThan(5);
  expect(await alone.container('pgbouncer').ended).toBe(0);
});

shows("staging's pod, whose authorities are secrets, reaches its database and its Redis", async () => {
  const staging = await stage.pod('web', { environment: 'staging' }).start();
  const { env } = new Manifests('staging').one('Rollout', 'e-ren-rollout').spec.template.spec.containers[0];
  const host = env.find(({ name }: { name: string }) => name === 'APP_HOST').value as string;
  const ask = (method: string, path: string) =>
    send({ address: staging.address, port: 3000 }, { method, path, headers: { host } });
  const answers = [
    await ask('GET', '/posts'),
    await ask('POST', '/jobs?name=staging'),
    await ask('GET', '/posts'),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 202, 200]);
  for (const name of ['e-ren', 'pgbouncer']) staging.kill(name);
});

shows('a rotated role and password are used without a restart and without a lost request', async () => {
  const puma = pod.container('e-ren').pid;
  let rotated = false;
  const load = atRate({ address: pod.address, port: 3000 }, 20, 40, () => rotated);
  const role = 'eren_b';
  await query(stage.database, `create role ${role} login password 'the "second" one' in role eren`);
  await query(stage.database, `alter role ${role} set role eren`);
  const began = Date.now();
  pod.rotate('eren/production/database', { username: role, password: 'the "second" one' });
  const users = () =>
    query(
      stage.database,
      "select distinct usename from pg_stat_activity where datname = 'eren' and backend_type = 'client backend' and application_name <> 'psql'",
    );
  await until('the new role is used alone', 30, async () => (await users()) === role, 250);
  measured('A rotated password is used after', `${((Date.now() - began) / 1000).toFixed(1)} s`);
  await query(stage.database, 'alter role eren nologin');
  await new Promise((resolve) => setTimeout(resolve, 3000));
  rotated = true;
  const answers = await load;
  measured('Requests lost in the rotation', `${failures(answers).length} of ${answers.length}`);
  expect(kinds(failures(answers))).toEqual([]);
  expect(answers.length).toBeGreaterThan(60);
  expect(pod.container('e-ren').pid).toBe(puma);
  expect(pod.trouble).toEqual([]);
});
