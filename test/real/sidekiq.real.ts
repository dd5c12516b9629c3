import { setTimeout as sleep } from 'node:timers/promises';
import { query } from './database';
import { measured } from './figures';
import { send } from './load';
import type { Pod } from './pods';
import { until } from './processes';
import { prepare, shows } from './sentence';
import { openConsole } from './sessions';
import { Stage } from './stage';

let stage: Stage;
let web: Pod;
let sidekiq: Pod;
prepare(async () => {
  stage = await Stage.open('sidekiq');
  web = await stage.pod('web').start();
  sidekiq = await stage.pod('sidekiq').start();
});
afterAll(() => stage?.close());

async function enqueue(name: string, count: number, seconds: number): Promise<void> {
  const path = `/jobs?name=${name}&count=${count}&seconds=${seconds}`;
  const { status } = await send({ address: web.address, port: 3000 }, { method: 'POST', path });
  expect(status).toBe(202);
}

/** Names of the jobs that were done, each once, though it may have run twice. */
async function done(name: string): Promise<number> {
  return Number(
    await query(stage.database, `select count(distinct name) from job_runs where name like '${name}-%'`),
  );
}

/** redis-cli in the container of Redis, as its own probes ask. */
async function redis(...command: string[]): Promise<string> {
  const tls = ['--tls', '--cacert', '/run/redis-secret/ca.crt', '--sni', 'redis.staging.svc.cluster.local'];
  const { said } = await stage.redis
    .container('redis')
    .exec(['redis-cli', ...tls, '-h', 'localhost', '--no-auth-warning', ...command], 10);
  return said.trim();
}

shows('on TERM it finishes short jobs and gives long ones back, within its grace period', async () => {
  await openConsole(sidekiq);
  await enqueue('short', 3, 6);
  await enqueue('long', 4, 60);
  await until('jobs run', 10, async () => (await redis('llen', 'queue:default')) === '2');
  const { seconds, killed } = await sidekiq.stop();
  measured('Sidekiq with jobs of 60 s ends within', `${seconds.toFixed(1)} s of its 40`);
  expect(killed).toEqual([]);
  expect(await done('short')).toBe(3);
  expect(await done('long')).toBe(0);
  // The two that ran and the two that had not begun.
  expect(await redis('llen', 'queue:default')).toBe('4');
  await redis('del', 'queue:default');
});

shows(
  'killed, it loses no job that had not begun; what a killed one was doing is lost, as its documentation says',
  async () => {
    sidekiq = await stage.pod('sidekiq').start();
    await enqueue('killed', 12, 3);
    await until('five run', 10, async () => (await redis('llen', 'queue:default')) === '7');
    sidekiq.kill('sidekiq');
    await sleep(500);
    expect(await redis('llen', 'queue:default')).toBe('7');
    await sidekiq.stop();
    sidekiq = await stage.pod('sidekiq').start();
    await until('the seven are done', 30, async () => (await done('killed')) >= 7);
    expect(await done('killed')).toBe(7);
    measured(
      'Jobs lost with a killed Sidekiq of five threads',
      `${12 - (await done('killed'))}, those it was doing`,
    );
  },
);

shows('a scheduled task enqueues its job, and Sidekiq does it', async () => {
  const task = stage.pod('reminders');
  expect(await task.runToCompletion()).toBeUndefined();
  await until(
    'the job is done',
    15,
    async () => (await query(stage.database, "select 1 from job_runs where name = 'event-reminders'")) === '1',
  );
});

shows('a full Redis refuses writes and drops no job; the app answers with an error page, not a hang', async () => {
  expect((await sidekiq.stop()).killed).toEqual([]);
  await enqueue('kept', 20, 0);
  const cached = () => send({ address: web.address, port: 3000 }, { path: '/cached?key=full&bytes=20000' });
  const megabyte = "for i = 1, 200 do redis.call('SET', 'fill' .. i, string.rep('x', 1048576)) end";
  // A script that has begun may end; from then on nobody writes.
  await redis('eval', megabyte, '0');
  expect(await redis('set', 'one', 'more')).toContain('OOM');
  const refused = await send(
    { address: web.address, port: 3000 },
    { method: 'POST', path: '/jobs?name=refused&count=1' },
  );
  expect(refused.status).toBe(500);
  expect(refused.body).toContain('Something went wrong');
  expect(refused.milliseconds).toBeLessThan(5000);
  measured('An answer while Redis is full', `${Math.round(refused.milliseconds)} ms`);
  expect((await cached()).status).toBe(200);
  expect((await send({ address: web.address, port: 3000 }, { path: '/posts' })).status).toBe(200);
  expect(await redis('llen', 'queue:default')).toBe('20');
  await redis('eval', "for i = 1, 200 do redis.call('DEL', 'fill' .. i) end", '0');
  sidekiq = await stage.pod('sidekiq').start();
  await until('the kept jobs are done', 20, async () => (await done('kept')) === 20);
  expect([...web.trouble, ...sidekiq.trouble]).toEqual([]);
});
