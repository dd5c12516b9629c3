import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { settings } from '../manifests';
import { run } from './containers';
import { hold, query } from './database';
import { measured } from './figures';
import { awsImage } from './images';
import { debian13 } from './installation';
import { migration } from './migration';
import { addHost } from './network';
import { until } from './processes';
import { aws } from './replacements';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

let stage: Stage;
let env: Record<string, string>;
prepare(async () => {
  stage = await Stage.open('jobs');
  const host = addHost('aws');
  env = aws(host.address);
  const folder = stage.folderFor('aws');
  mkdirSync(folder, { recursive: true });
  const moto = await run({
    name: 'moto',
    host,
    image: awsImage,
    command: ['/opt/python/bin/moto_server', '--host', '0.0.0.0', '--port', '5000'],
    env: { HOME: '/dev/shm', PYTHONDONTWRITEBYTECODE: '1' },
    user: 1000,
    group: 1000,
    names: {},
    folder,
  });
  await until('moto listens', 60, () => moto.said().includes('Running on') || undefined);
  await cli('s3api', 'create-bucket', '--bucket', 'eren-assets-000000000000');
});
afterAll(() => stage?.close());

/** The AWS CLI from outside of any pod. */
function cli(...args: string[]): Promise<any> {
  const set = Object.entries({ ...env, AWS_REGION: 'us-east-1', LC_ALL: 'C.UTF-8' }).map(
    ([key, value]) => `${key}=${value}`,
  );
  return new Promise((resolve, reject) =>
    execFile('chroot', [debian13, 'env', ...set, 'aws', ...args, '--output', 'json'], (error, stdout, stderr) =>
      error
        ? reject(new Error(`aws ${args.join(' ')}: ${stderr}`))
        : resolve(stdout.trim() ? JSON.parse(stdout) : undefined),
    ),
  );
}

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

shows('assets are in the bucket: a year for names with a fingerprint, an hour for the others', async () => {
  const assets = stage.pod('assets', { env });
  expect(await assets.runToCompletion()).toBeUndefined();
  const { Contents } = await cli('s3api', 'list-objects-v2', '--bucket', 'eren-assets-000000000000');
  const keys: string[] = Contents.map(({ Key }: { Key: string }) => Key);
  const headers = await Promise.all(
    keys.map((key) => cli('s3api', 'head-object', '--bucket', 'eren-assets-000000000000', '--key', key)),
  );
  const ages = Object.fromEntries(
    keys.map((key, index) => [key.replace(/-[0-9a-f]{8,}\./, '-*.'), headers[index].CacheControl]),
  );
  expect(ages).toMatchObject({
    'assets/application-*.css': 'public, max-age=31536000, immutable',
    'assets/.manifest.json': 'public, max-age=3600',
  });
});
