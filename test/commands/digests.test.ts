import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { check } from '../../review/check/check';
import { subjectOf } from '../../review/check/subject';
import { tree } from '../review/ours';
import { containers, settings } from '../support/manifests';
import { root } from '../support/root';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const index = (...architectures: string[]) => ({
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    ...architectures.map((architecture) => ({ platform: { os: 'linux', architecture } })),
    // What BuildKit adds of where an image is from.
    { platform: { os: 'unknown', architecture: 'unknown' } },
  ],
});
const images: Record<string, readonly [digest: string, manifest: object]> = {
  'datadog/agent/manifests/7.81.1': [digest('a'), index('amd64', 'arm64')],
  'moby/buildkit/manifests/v1': [digest('b'), index('arm64', 'amd64', 'riscv64')],
  'old/image/manifests/1': [digest('d'), index('amd64', 's390x')],
  'old/image/manifests/2': [digest('d'), { mediaType: 'application/vnd.oci.image.manifest.v1+json', layers: [] }],
};
let server: Server;
let at: string;
const seen: string[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const { url = '', method, headers } = request;
    seen.push(`${method} ${url}`);
    if (url.startsWith('/token')) return void response.end(JSON.stringify({ token: 'anybody' }));
    if (headers.authorization !== 'Bearer anybody')
      return void response
        .writeHead(401, { 'www-authenticate': `Bearer realm="${at}/token",service="played"` })
        .end();
    if (url.includes('/broken/')) return void response.writeHead(503).end();
    const found = images[url.replace('/v2/', '')];
    response
      .writeHead(found ? 200 : 404, found ? { 'docker-content-digest': found[0] } : {})
      .end(found && JSON.stringify(found[1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** The command on settings of one file. */
async function run(text: string) {
  const folder = mkdtempSync(join(root, 'node_modules/.cache/digests-'));
  writeFileSync(join(folder, 'cluster.ts'), text);
  const args = ['commands/run.mjs', 'commands/digests.ts', '--at', at, '--in', relative(root, folder)];
  const result = await new Promise<{ status: number; output: string }>((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: root, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
  const after = readFileSync(join(folder, 'cluster.ts'), 'utf8');
  rmSync(folder, { recursive: true });
  return { ...result, after };
}

test('a missing digest is written, by a token that the registry gives to anybody', async () => {
  const { status, output, after } = await run(
    `a: 'public.ecr.aws/datadog/agent:7.81.1',\nb: 'docker.io/moby/buildkit:v1@${digest('b')}',`,
  );
  expect(after).toBe(
    `a: 'public.ecr.aws/datadog/agent:7.81.1@${digest('a')}',\nb: 'docker.io/moby/buildkit:v1@${digest('b')}',`,
  );
  expect(output).toContain('asked of 2 images');
  expect(status).toBe(0);
  expect(seen).toContain('GET /token?scope=repository%3Adatadog%2Fagent%3Apull&service=played');
});

test.each<[string, string, number, RegExp]>([
  [
    'a tag that has moved',
    `'docker.io/moby/buildkit:v1@${digest('c')}'`,
    1,
    /the tag is sha256:b+ now, and not sha256:c+/,
  ],
  [
    'an image that is gone',
    "'docker.io/moby/buildkit:v2'",
    1,
    /moby\/buildkit:v2: the registry has no such image/,
  ],
  [
    'an image that does not start on our nodes',
    `'docker.io/old/image:1@${digest('d')}'`,
    1,
    /old\/image:1: is for amd64, s390x, and nodes are arm64: its containers would not start/,
  ],
  [
    'a tag that is not an index',
    `'docker.io/old/image:2@${digest('d')}'`,
    1,
    /old\/image:2: is for one architecture, which it does not name, and nodes are arm64/,
  ],
  [
    'a registry that is away',
    "'docker.io/broken/image:1'",
    2,
    /manifests\/1: answered 503; nothing more was asked/,
  ],
])('%s is told, and nothing is written', async (_, text, code, message) => {
  const { status, output, after } = await run(text);
  expect(output).toMatch(message);
  expect([status, after]).toEqual([code, text]);
});

test('npm run check says which images have none', () => {
  const without = [
    ...new Set(
      containers
        .flatMap(({ container }) => container.image ?? [])
        .filter((image: string) => !image.includes('@sha256:')),
    ),
  ].sort();
  const { notes } = check({
    subject: subjectOf(root, tree, settings),
    rules: [],
    failOn: 'none',
    textOf: () => '',
  });
  const note = notes.find((each) => each.includes('without a digest'));
  expect(without.length).toBeGreaterThan(0);
  expect(note?.split(': ')[1]?.split(', ')).toEqual(without);
});

test('by npm, which tells every script of itself, it runs too', () => {
  const npm = spawnSync('npm', ['run', '--silent', 'digests', '--', '--help'], { cwd: root, encoding: 'utf8' });
  expect([npm.status, npm.stderr]).toEqual([0, '']);
});
