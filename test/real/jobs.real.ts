import { settings } from '../support/manifests';
import { Aws } from './aws';
import { hold, query } from './database';
import { measured } from './figures';
import { migration } from './migration';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

let stage: Stage;
let env: Record<string, string>;
let cli: Aws['cli'];
prepare(async () => {
  stage = await Stage.open('jobs');
  const aws = await Aws.start(stage.folderFor('aws'));
  env = aws.env;
  cli = aws.cli.bind(aws);
});
afterAll(() => stage?.close());

/** A snapshot from before; without the CLI, which takes longer to start than moto to answer. */
async function taken(name: string, tag?: { readonly key: string; readonly value: string }): Promise<void> {
  const tags: Record<string, string> = tag ? { 'Tags.Tag.1.Key': tag.key, 'Tags.Tag.1.Value': tag.value } : {};
  const names = { DBInstanceIdentifier: 'eren-production', DBSnapshotIdentifier: name };
  const { ok, status } = await fetch(env.AWS_ENDPOINT_URL as string, {
    method: 'POST',
    headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/rds/aws4_request' },
    body: new URLSearchParams({ Action: 'CreateDBSnapshot', Version: '2014-10-31', ...names, ...tags }),
  });
  if (!ok) throw new Error(`moto answers ${status} to CreateDBSnapshot of ${name}`);
}

const snapshots = async () => (await cli('rds', 'describe-db-snapshots')).DBSnapshots as any[];
const columns = () =>
  query(
    stage.database,
    "select string_agg(column_name, ' ' order by ordinal_position) from information_schema.columns where table_name = 'posts'",
  );
const above = (version: string, name: string, body: string) =>
  migration(stage.folderFor('above'), version, name, body);
const old = { schema: '', version: '' };

shows('without a snapshot nothing is migrated', async () => {
  Object.assign(old, { schema: await columns(), version: await stage.migrated() });
  const job = stage.pod('migrations', {
    env,
    above: [above('20260201000000', 'Early', 'add_column :posts, :early, :string')],
  });
  expect(await job.runToCompletion()).toBe('snapshot');
  expect(job.log('snapshot')).toContain('DBInstanceNotFound');
  expect({ schema: await columns(), version: await stage.migrated() }).toEqual(old);
});

shows('a lock that is not got in time ends the migration with the old schema whole', async () => {
  await cli(
    ...[
      'rds',
      'create-db-instance',
      '--db-instance-identifier',
      'eren-production',
      '--db-instance-class',
      'db.t3.micro',
    ],
    ...[
      '--engine',
      'postgres',
      '--allocated-storage',
      '20',
      '--master-username',
      'postgres',
      '--master-user-password',
      'password1',
    ],
  );
  const reader = hold(stage.database, 'begin; lock table posts in access share mode');
  await reader.done;
  const body = 'create_table :first_of_two\n    add_column :posts, :locked, :string';
  const job = stage.pod('migrations', { env, above: [above('20260202000000', 'Locked', body)] });
  expect(await job.runToCompletion()).toBe('migrate');
  reader.end();
  expect(job.log('migrate')).toContain('lock timeout');
  expect({ schema: await columns(), version: await stage.migrated() }).toEqual(old);
  expect(await query(stage.database, "select to_regclass('first_of_two') is null")).toBe('t');
});

shows('a migration that raises leaves the old schema whole', async () => {
  const body = "add_column :posts, :half, :string\n    raise 'on purpose'";
  const job = stage.pod('migrations', { env, above: [above('20260203000000', 'Half', body)] });
  expect(await job.runToCompletion()).toBe('migrate');
  expect(job.log('migrate')).toContain('on purpose');
  expect({ schema: await columns(), version: await stage.migrated() }).toEqual(old);
});

shows('a snapshot is taken and waited for, and then the schema is the new one', async () => {
  const before = (await snapshots()).length;
  const job = stage.pod('migrations', {
    env,
    above: [above('20260204000000', 'Good', 'add_column :posts, :subtitle, :string')],
  });
  const began = Date.now();
  expect(await job.runToCompletion()).toBeUndefined();
  measured('The migration, with its snapshot', `${((Date.now() - began) / 1000).toFixed(1)} s`);
  const all = await snapshots();
  expect(all.length).toBe(before + 1);
  const snapshot = all.find(({ DBSnapshotIdentifier: name }) =>
    job.log('snapshot').includes(`${name} is available`),
  );
  expect(snapshot).toMatchObject({ DBInstanceIdentifier: 'eren-production', Status: 'available' });
  expect(snapshot.TagList).toContainEqual({ Key: 'environment', Value: 'production' });
  expect(job.log('snapshot')).toMatch(/manual snapshots in the region: \d+ of 100/);
  expect({ schema: await columns(), version: await stage.migrated() }).toEqual({
    schema: `${old.schema} subtitle`,
    version: '20260204000000',
  });
});

shows('nothing is pending: no snapshot is taken, and the migration has nothing to do', async () => {
  const before = (await snapshots()).length;
  const job = stage.pod('migrations', {
    env,
    above: [above('20260204000000', 'Good', 'add_column :posts, :subtitle, :string')],
  });
  expect(await job.runToCompletion()).toBeUndefined();
  expect(job.log('snapshot')).toContain('nothing is pending: no snapshot');
  expect((await snapshots()).length).toBe(before);
});

shows("the snapshots of migrations before are deleted but for the newest, and nobody else's", async () => {
  const keep = settings.sites[0]?.environment.migrations.snapshot?.keep as number;
  await taken('eren-production-of-a-person');
  for (let number = 10; number < 11 + keep; number++)
    await taken(`eren-production-before-${number}`, { key: 'purpose', value: 'migration' });
  const job = stage.pod('migrations', {
    env,
    above: [
      above('20260204000000', 'Good', 'add_column :posts, :subtitle, :string'),
      above('20260205000000', 'Better', 'add_column :posts, :summary, :string'),
    ],
  });
  expect(await job.runToCompletion()).toBeUndefined();
  const names = (await snapshots()).map(({ DBSnapshotIdentifier: name }) => name);
  const numbered = names.filter((name) => /-before-\d+$/.test(name));
  expect(numbered.sort()).toEqual(Array.from({ length: keep }, (_, i) => `eren-production-before-${11 + i}`));
  expect(names).toContain('eren-production-of-a-person');
  expect(job.log('snapshot')).toContain(`eren-production-before-10: older than the last ${keep}`);
  measured('Snapshots kept of migrations before', String(numbered.length));
});
