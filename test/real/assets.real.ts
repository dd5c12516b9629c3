import { setTimeout as sleep } from 'node:timers/promises';
import { Aws, bucket } from './aws';
import { measured } from './figures';
import { names } from './replacements';
import { prepare, shows } from './sentence';
import { type PodOptions, Stage } from './stage';

let stage: Stage;
let env: Record<string, string>;
let cli: Aws['cli'];
prepare(async () => {
  stage = await Stage.open('assets');
  const aws = await Aws.start(stage.folderFor('aws'));
  env = aws.env;
  cli = aws.cli.bind(aws);
});
afterAll(() => stage?.close());

const keys = async (): Promise<string[]> =>
  ((await cli('s3api', 'list-objects-v2', '--bucket', bucket)).Contents ?? []).map(
    ({ Key }: { Key: string }) => Key,
  );
const tag = '0000000-0';
/** The same Job of an image with this tag. */
const assetsOf = (other: string, more: PodOptions = {}) => {
  const breaks = [{ kind: 'Job', name: 'eren-assets', from: tag, to: other }];
  return stage.pod('assets', { env, breaks, ...more });
};
/** A pod of web with nothing but its question to the CDN, of an image with this tag. */
const asking = (other: string) =>
  stage.pod('web', {
    breaks: [{ kind: 'Rollout', name: 'e-ren-rollout', from: tag, to: other }],
    change: (spec) => {
      spec.initContainers = spec.initContainers.filter(({ name }: any) => name === 'uploaded-assets');
      spec.containers = [];
    },
  });

shows('without S3 the upload fails, and marks nothing', async () => {
  const assets = stage.pod('assets', {
    env: { ...env, AWS_ENDPOINT_URL: 'http://198.18.9.9:5000', AWS_MAX_ATTEMPTS: '1' },
  });
  expect(await assets.runToCompletion()).toBe('upload');
  expect(assets.log('upload')).toMatch(/Could not connect|Connect timeout/);
  expect(await keys()).toEqual([]);
});

shows('assets are in the bucket: a year for names with a fingerprint, an hour for the others', async () => {
  const assets = stage.pod('assets', { env });
  expect(await assets.runToCompletion()).toBeUndefined();
  const all = await keys();
  const headers = await Promise.all(
    all.map((key) => cli('s3api', 'head-object', '--bucket', bucket, '--key', key)),
  );
  const ages = Object.fromEntries(
    all.map((key, index) => [key.replace(/-[0-9a-f]{8,}\./, '-*.'), headers[index].CacheControl]),
  );
  expect(ages).toMatchObject({
    'assets/application-*.css': 'public, max-age=31536000, immutable',
    'assets/.manifest.json': 'public, max-age=3600',
    [`assets/uploads/${tag}`]: 'public, max-age=31536000, immutable',
    'assets/uploads/any': 'public, max-age=31536000, immutable',
  });
});

shows('of an image whose assets are there nothing is copied or uploaded again', async () => {
  const before = await cli('s3api', 'list-objects-v2', '--bucket', bucket);
  const assets = stage.pod('assets', { env });
  expect(await assets.runToCompletion()).toBeUndefined();
  expect(assets.log('upload')).toMatch(new RegExp(`^the assets of \\S+/e-ren:${tag}@sha256:0{64} are there\\n$`));
  expect(await cli('s3api', 'list-objects-v2', '--bucket', bucket)).toEqual(before);
});

shows('the mark of a longer tag is not taken for that of a shorter one', async () => {
  const shorter = tag.slice(0, -2);
  expect(await assetsOf(shorter).runToCompletion()).toBeUndefined();
  expect(await keys()).toContain(`assets/uploads/${shorter}`);
});

shows('a pod whose assets are there starts after one question', async () => {
  stage.cdn.mood = 'bucket';
  stage.cdn.bucket = `${env.AWS_ENDPOINT_URL}/${bucket}`;
  stage.cdn.asked.length = 0;
  const began = Date.now();
  await asking(tag).start();
  measured('A pod whose assets are at the CDN asks for', `${((Date.now() - began) / 1000).toFixed(1)} s`);
  expect(stage.cdn.asked).toEqual([`HEAD /assets/uploads/${tag}`]);
});

shows('a pod of a new image waits until its assets are uploaded', async () => {
  const next = 'abcdef0-1';
  const pod = asking(next);
  let started = false;
  const starting = pod.start().then(() => {
    started = true;
  });
  await sleep(10_000);
  expect({ started, said: pod.log('uploaded-assets') }).toEqual({
    started: false,
    said: `the assets of ${next} are not uploaded yet\n`,
  });
  expect(await assetsOf(next).runToCompletion()).toBeUndefined();
  await starting;
});

for (const [mood, says] of [
  ['refuses', '403'],
  ['broken', '503'],
  ['silent', '(EOFError|OpenSSL::SSL::SSLError)'],
] as const)
  shows(`a pod starts all the same when the CDN ${mood === 'refuses' ? mood : `is ${mood}`}`, async () => {
    stage.cdn.mood = mood;
    const began = Date.now();
    const pod = await asking('abcdef0-2').start();
    expect(pod.log('uploaded-assets')).toMatch(new RegExp(`says ${says}: starts without knowing`));
    expect(Date.now() - began).toBeLessThan(30_000);
  });

shows('a pod starts all the same when no name leads to the CDN', async () => {
  const { [names.assets]: address, ...others } = stage.hosts;
  delete stage.hosts[names.assets];
  const pod = await asking(tag).start();
  expect(pod.log('uploaded-assets')).toContain('starts without knowing');
  Object.assign(stage.hosts, others, { [names.assets]: address });
});
