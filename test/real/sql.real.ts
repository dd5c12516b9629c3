import { query } from './database';
import { failures, type Request, send } from './load';
import { migration } from './migration';
import type { Pod } from './pods';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

let stage: Stage;
let pod: Pod;
prepare(async () => {
  stage = await Stage.open('sql');
  pod = await stage.pod('web').start();
});
afterAll(() => stage?.close());

const ask = (request: Request) => send({ address: pod.address, port: 3000 }, request);

shows(
  'statements are prepared on the server, and found again on whichever connection a request gets',
  async () => {
    const many = await Promise.all(Array.from({ length: 100 }, (_, user) => ask({ path: '/prepared', user })));
    expect(failures(many)).toEqual([]);
    const names = many.flatMap(({ body }) => JSON.parse(body) as string[]);
    expect(names.filter((name) => !name.startsWith('PGBOUNCER_'))).toEqual([]);
    expect(many.filter(({ body }) => JSON.parse(body).length === 0)).toEqual([]);
  },
);

shows('a transaction that fails leaves nothing behind', async () => {
  const { body } = await ask({ path: '/rolled_back?title=never' });
  expect(body).toBe('0');
  expect(await query(stage.database, "select count(*) from posts where title = 'never'")).toBe('0');
});

shows('SET LOCAL holds in its transaction and not in the next', async () => {
  const many = await Promise.all(Array.from({ length: 30 }, (_, user) => ask({ path: '/local', user })));
  expect(new Set(many.map(({ body }) => body))).toEqual(new Set(['{"inside":"4321ms","after":"0"}']));
});

shows('a migration through the pool is refused, with the way to do it', async () => {
  const { status, said } = await pod.container('e-ren').exec(['bundle', 'exec', 'rails', 'db:migrate'], 60);
  expect(status).not.toBe(0);
  expect(said).toMatch(/leads to the connection pool.*eren-migrations/);
});

shows(
  'of two migrations straight at the database one is refused by the advisory lock, and the schema is there once',
  async () => {
    const above = migration(
      stage.folderFor('above'),
      '20260201000000',
      'Slowly',
      "execute 'select pg_sleep(12)'\n    add_column :posts, :subtitle, :string",
    );
    const jobs = [1, 2].map(() => stage.pod('migrations', { environment: 'staging', above: [above] }));
    const failed = await Promise.all(jobs.map((job) => job.runToCompletion()));
    expect(failed.filter(Boolean)).toEqual(['migrate']);
    const loser = jobs[failed[0] ? 0 : 1] as Pod;
    expect(loser.log('migrate')).toContain('ConcurrentMigrationError');
    expect(await stage.migrated()).toBe('20260201000000');
  },
);

shows('a pod whose schema is ahead of the database does not start', async () => {
  const above = migration(
    stage.folderFor('above'),
    '20260301000000',
    'Later',
    'add_column :posts, :summary, :string',
  );
  await expect(stage.pod('web', { above: [above] }).start()).rejects.toThrow(/pending-migrations ended with 1/);
});
