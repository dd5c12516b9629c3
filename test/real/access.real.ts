import { execFile } from 'node:child_process';
import { query } from './database';
import { measured } from './figures';
import { debian13 } from './installation';
import { atRate, failures, describe as kinds, send } from './load';
import { Manifests } from './manifests';
import type { Pod } from './pods';
import { until } from './processes';
import { names, passwords } from './replacements';
import { prepare, shows } from './sentence';
import { type PodOptions, Stage } from './stage';

const port = 6432;
let stage: Stage;
let pod: Pod;
prepare(async () => {
  stage = await Stage.open('access');
  pod = await stage.pod('web').start();
});
afterAll(() => stage?.close());

/** What psql says, from a container of the pod or from another host. */
function connect(
  from: Pod | 'outside',
  user: string,
  database: string,
  password = '',
  sql = 'select 1',
): Promise<string> {
  const host = from === 'outside' ? pod.address : '127.0.0.1';
  const net = from === 'outside' ? [] : ['nsenter', `--net=${from.host.namespace}`];
  const psql = ['chroot', debian13, 'env', `PGPASSWORD=${password}`, 'PGCONNECT_TIMEOUT=25', 'psql', '-XqAt'];
  const [command = '', ...args] = [
    ...net,
    ...psql,
    '-h',
    host,
    '-p',
    String(port),
    '-U',
    user,
    '-d',
    database,
    '-c',
    sql,
  ];
  return new Promise((resolve) =>
    execFile(command, args, (_error, stdout, stderr) => resolve(`${stdout}${stderr}`.trim())),
  );
}

shows('from loopback the app gets in, over TLS to the server', async () => {
  expect(await connect(pod, 'app', 'eren', '', 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toBe(
    't',
  );
});

shows('from elsewhere the statistics user gets in with its password', async () => {
  expect(await connect('outside', 'datadog', 'pgbouncer', passwords.statistics, 'show version')).toMatch(
    /^PgBouncer /,
  );
});

shows('nobody else gets in', async () => {
  const attempts = {
    'app from elsewhere': await connect('outside', 'app', 'eren'),
    'the role of the database from elsewhere': await connect('outside', 'eren', 'eren', passwords.database),
    'the role of the database from loopback': await connect(pod, 'eren', 'eren', passwords.database),
    'statistics with a wrong password': await connect('outside', 'datadog', 'pgbouncer', 'wrong'),
    'statistics at the database': await connect('outside', 'datadog', 'eren', passwords.statistics),
    'app at the statistics': await connect(pod, 'app', 'pgbouncer'),
    'an administrator': await connect('outside', 'postgres', 'pgbouncer', 'superuser'),
  };
  expect(Object.entries(attempts).filter(([, said]) => !said.includes('FATAL'))).toEqual([]);
});

/** A pod with nothing but its pool, and what somebody in it is told. */
async function poolAlone(options: PodOptions): Promise<{ answer: string; log: string }> {
  const alone = stage.pod('web', {
    ...options,
    change: (spec) => {
      spec.initContainers = spec.initContainers.filter(({ name }: { name: string }) => name === 'pgbouncer');
      spec.containers = [];
    },
  });
  await alone.start();
  const answer = await connect(alone, 'app', 'eren');
  const log = alone.log('pgbouncer');
  await alone.stop();
  return { answer, log };
}

shows('a pool alone is served, so that what is refused below is refused for its own reason', async () => {
  expect((await poolAlone({})).answer).toBe('1');
});

shows('a wrong password is refused', async () => {
  const { answer, log } = await poolAlone({
    store: (store) => Object.assign(store['eren/production/database'] ?? {}, { password: 'wrong' }),
  });
  expect(answer).toContain('FATAL');
  expect(log).toMatch(/password authentication failed/);
});

shows('an authority that has expired is refused', async () => {
  const { answer, log } = await poolAlone({ authority: stage.authority.expired });
  expect(answer).toContain('FATAL');
  expect(log).toContain('certificate verify failed');
  // PgBouncer tells the reason to the server only.
  expect(stage.database.log('postgres')).toContain('alert certificate expired');
});

shows('a server with another name than that of its certificate is refused', async () => {
  const other = 'other.us-east-1.rds.amazonaws.com';
  stage.hosts[other] = stage.database.address;
  const { answer, log } = await poolAlone({
    breaks: [{ kind: 'ExternalSecret', name: 'eren-web-pgbouncer', from: names.database, to: other }],
  });
  expect(answer).toContain('FATAL');
  expect(log).toMatch(/name .* not present in server certificate/);
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
