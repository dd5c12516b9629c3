import { setTimeout as sleep } from 'node:timers/promises';
import { query } from './database';
import { measured } from './figures';
import { send } from './load';
import type { Pod } from './pods';
import { until } from './processes';
import { type Recorded, type Recorder, sentryItems } from './recorders';
import { prepare, shows } from './sentence';
import { openConsole } from './sessions';
import { Stage } from './stage';

let stage: Stage;
let web: Pod;
let sidekiq: Pod;
let sentry: Recorder<Recorded>;
let datadog: { traces: Recorder<Recorded>; statistics: Recorder<string> };
prepare(async () => {
  stage = await Stage.open('sidekiq');
  [sentry, datadog] = await Promise.all([stage.recordSentry(), stage.recordDatadog()]);
  web = await stage.pod('web').start();
  sidekiq = await stage.pod('sidekiq').start();
});
afterAll(async () => {
  sentry?.close();
  datadog?.traces.close();
  datadog?.statistics.close();
  await stage?.close();
});

async function enqueue(name: string, count: number, seconds: number, more = ''): Promise<void> {
  const path = `/jobs?name=${name}&count=${count}&seconds=${seconds}${more}`;
  const { status } = await send({ address: web.address, port: 3000 }, { method: 'POST', path });
  expect(status).toBe(202);
}

async function rows(what: string, name: string): Promise<number> {
  return Number(await query(stage.database, `select count(${what}) from job_runs where name like '${name}-%'`));
}

/** Names of the jobs that were done, each once, though it may have run twice. */
const done = (name: string) => rows('distinct name', name);
/** How often jobs were begun, and ended. */
const begun = (name: string) => rows('*', `begun:${name}`);
const ended = (name: string) => rows('*', name);

/** What became of so many jobs. */
async function outcome(name: string, count: number): Promise<string> {
  const [lost, twice] = [count - (await done(name)), (await ended(name)) - (await done(name))];
  return `${lost} of ${count}; ${(await begun(name)) - count} begun twice, ${twice} done twice`;
}

/** The one that gave the last sign of life. */
const process = () => redis('zrange', 'fetch:processes', '-1', '-1');

/** Jobs that a process has and has not yet done, of all processes. */
const held = () =>
  redis(
    'eval',
    "local all = 0 for _, list in ipairs(redis.call('keys', 'fetch:taken:*')) do all = all + redis.call('llen', list) end return all",
    '0',
  );

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

shows('with threads that wait, a job begins soon, and Redis is asked seldom', async () => {
  sidekiq = await stage.pod('sidekiq').start();
  const waits: number[] = [];
  for (let number = 0; number < 10; number += 1) {
    const at = Date.now();
    await enqueue(`soon${number}`, 1, 0);
    await until('it has begun', 10, async () => (await done(`soon${number}`)) === 1);
    const since = `extract(epoch from created_at) * 1000 - ${at}`;
    waits.push(
      Number(await query(stage.database, `select ${since} from job_runs where name = 'begun:soon${number}-0'`)),
    );
  }
  const calls = async () => Number(/cmdstat_eval:calls=(\d+)/.exec(await redis('info', 'commandstats'))?.[1]);
  const before = await calls();
  await sleep(5000);
  measured(
    'A job begins, of ten that come to a Sidekiq without work, within',
    `${Math.round(waits.reduce((sum, wait) => sum + wait, 0) / 10)} ms, at most ${Math.round(Math.max(...waits))} ms; five threads that wait ask Redis ${((await calls()) - before) / 5} times a second`,
  );
});

shows('a container that is killed and started again goes on with what it was doing', async () => {
  await enqueue('killed', 12, 3);
  await until('five run', 10, async () => (await begun('killed')) === 5);
  const at = Date.now();
  await sidekiq.restart('sidekiq', 'SIGKILL', 500);
  await until('all are done', 60, async () => (await done('killed')) >= 12);
  measured('Jobs lost with a killed container of five threads', await outcome('killed', 12));
  measured('They are all done after', `${((Date.now() - at) / 1000).toFixed(0)} s, of which the start takes most`);
  await until('none is held', 10, async () => (await held()) === '0');
  expect([await done('killed'), await begun('killed')]).toEqual([12, 17]);
  expect(interruptions()).toBe(5);
});

/** Those that Datadog heard of, since the file began. */
function interruptions(): number {
  return datadog.statistics.received.filter((line) => line.startsWith('eren.sidekiq.jobs.interrupted:1|c')).length;
}

shows('another process takes over from one that is gone; what was interrupted too often is given up', async () => {
  await enqueue('gone', 5, 3, '&queue=nobody');
  // As if their process had been killed before: one three times, one once.
  const mark = `local jobs = redis.call('lrange', KEYS[1], 0, -1)
    redis.call('del', KEYS[1])
    for at, job in ipairs(jobs) do
      job = job:gsub('"queue":"nobody"', '"queue":"default"')
      if at < 3 then job = '{"interruptions":' .. (at == 1 and 3 or 1) .. ',' .. job:sub(2) end
      redis.call('lpush', KEYS[2], job)
    end`;
  await redis('eval', mark, '2', 'queue:nobody', 'queue:default');
  await until('five run', 10, async () => (await begun('gone')) === 5);
  for (const name of ['sidekiq', 'pgbouncer']) sidekiq.kill(name);
  // What is not a job stops neither those beside it nor those behind it.
  await redis('lpush', `fetch:taken:${await process()}`, '[]');
  await redis('zadd', 'schedule', '0', 'nonsense');
  const at = Date.now();
  sidekiq = await stage.pod('sidekiq').start();
  await until('three are done', 120, async () => (await done('gone')) === 3);
  measured(
    'A lost node: its jobs are done by another process after',
    `${((Date.now() - at) / 1000).toFixed(0)} s`,
  );
  expect([await redis('zcard', 'schedule'), await redis('zcard', 'dead'), await held()]).toEqual(['1', '3', '0']);
  expect(interruptions()).toBe(10);
  expect(datadog.statistics.received.filter((line) => line.startsWith('eren.sidekiq.jobs.dead:1|c')).length).toBe(
    1,
  );
  const [event] = await until('Sentry hears of it', 20, () => {
    const events = sentryItems(sentry.received).filter(({ type }) => type === 'event');
    return events.length > 0 ? events : undefined;
  });
  expect(event?.payload.exception.values[0].value).toMatch(/RecordJob has lost its process 4 times/);
  // Its moment would come within a minute.
  await redis(
    'eval',
    "for _, job in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do redis.call('zadd', KEYS[1], 0, job) end",
    '1',
    'schedule',
  );
  await until('the fourth is done', 40, async () => (await done('gone')) === 4);
  expect(await begun('gone')).toBe(9);
});

shows('while Redis is away jobs are done, once; and what was taken unheard goes back', async () => {
  // Redis has moved it, and the answer was lost.
  await enqueue('unheard', 1, 0, '&queue=nobody');
  await redis('lmove', 'queue:nobody', `fetch:taken:${await process()}`, 'RIGHT', 'LEFT');
  await enqueue('away', 5, 4);
  await until('five run', 10, async () => (await begun('away')) === 5);
  await stage.redis.restart('redis', 'SIGTERM', 6000);
  await until('none is held', 60, async () => (await held()) === '0');
  measured('Jobs lost when Redis is away while they run', await outcome('away', 5));
  expect([await done('away'), await begun('away')]).toEqual([5, 5]);
  expect(await redis('llen', 'queue:nobody')).toBe('1');
  expect(sidekiq.trouble).toEqual([]);
});

shows('a scheduled task enqueues its job, and Sidekiq does it', async () => {
  const task = stage.pod('reminders');
  expect(await task.runToCompletion()).toBeUndefined();
  await until(
    'the job is done',
    15,
    async () => (await query(stage.database, "select 1 from job_runs where name = 'event-reminders'")) === '1',
  );
});

shows(
  'a full Redis refuses writes, and its jobs are done; the app answers with an error page, not a hang',
  async () => {
    expect((await sidekiq.stop()).killed).toEqual([]);
    await enqueue('kept', 20, 0);
    await enqueue('due', 2, 0, '&wait=1');
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
    sidekiq = await stage.pod('sidekiq').start();
    await until(
      'the kept jobs are done',
      40,
      async () => (await done('kept')) === 20 && (await done('due')) === 2,
    );
    expect(await redis('set', 'one', 'more')).toContain('OOM');
    await redis('eval', "for i = 1, 200 do redis.call('DEL', 'fill' .. i) end", '0');
    expect([...web.trouble, ...sidekiq.trouble]).toEqual([]);
  },
);
