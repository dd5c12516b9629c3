import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/root';

jest.setTimeout(60_000);
const image = 'registry.example/e-ren:4f2c9de-128@sha256:00';
const schema = 'a'.repeat(40);
const folder = mkdtempSync(join(tmpdir(), 'await-migrations-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, 'secret\n');
const servers: Server[] = [];
afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const server of servers) server.close();
});

interface State {
  readonly has?: string;
  readonly job?: object;
  readonly status?: number;
}

/** What the script says of a cluster that goes through these states, one each time it is asked for the ConfigMap. */
async function wait(states: readonly State[], ...more: string[]) {
  let times = 0;
  const server = createServer(({ url, headers }, response) => {
    const isRecord = url === '/api/v1/namespaces/production/configmaps/eren-migrations';
    const state = states[Math.min(isRecord ? times++ : times - 1, states.length - 1)];
    const known = isRecord || url === '/apis/batch/v1/namespaces/production/jobs/eren-migrations';
    const found = isRecord ? state?.has && { data: { schema: state.has, since: 'tag-1' } } : state?.job;
    const status =
      headers.authorization !== 'Bearer secret' ? 401 : known ? (state?.status ?? (found ? 200 : 404)) : 400;
    response.writeHead(status).end(JSON.stringify(found ?? 'no'));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const script = join(root, 'docs', 'rails-app', 'ci', 'await-migrations.mjs');
  const args = ['--namespace', 'production', '--schema', schema, '--image', image, '--every', '0.01', ...more];
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      PATH: process.env.PATH,
      KUBERNETES_API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      TOKEN_FILE: tokenFile,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  return { code, said };
}

const job = (of: string, status: object) => ({
  spec: { template: { spec: { containers: [{ image: of }] } } },
  status,
});
const failed = { conditions: [{ type: 'Failed', status: 'True', message: 'Job has reached the backoff limit' }] };
const other = 'b'.repeat(40);

test.concurrent.each<[string, readonly State[], number, RegExp]>([
  ['the database has them', [{ has: schema }], 0, /has the migrations of tag-1/],
  ['nothing has ever run', [{}], 2, /none that is known; nobody has started/],
  ['the Job is of the image before', [{ has: other, job: job('old', failed) }], 2, /tag-1; nobody has started/],
  ['their Job runs', [{ has: other, job: job(image, { active: 1 }) }], 2, /the Job runs/],
  ['their Job failed', [{ has: other, job: job(image, failed) }], 1, /failed: Job has reached the backoff limit/],
  ['it may not read', [{ status: 403 }], 2, /cannot read how the migrations fare \(1\): 403/],
])('looks once, and says how it is when %s', async (_, states, code, said) => {
  expect(await wait(states)).toEqual({ code, said: expect.stringMatching(said) });
});

test.concurrent('waits through an update of the cluster and a Job that is started again', async () => {
  const states = [
    { status: 500 },
    { has: other, job: job(image, failed) },
    { has: other, job: job(image, { active: 1 }) },
    { has: schema },
  ];
  const { code, said } = await wait(states, '--minutes', '1');
  expect(code).toBe(0);
  expect(said).toMatch(/cannot read.*failed.*runs.*has the migrations/s);
});

test.concurrent('says which option is missing', async () => {
  expect(await wait([{}], '--schema', '')).toEqual({ code: 2, said: '--schema is missing\n' });
});

test.each(['await-migrations', 'await-preview', 'await-rollout'])(
  '%s ends at once where a time is not a number, as it would wait for ever',
  (name) => {
    const script = join(root, 'docs', 'rails-app', 'ci', `${name}.mjs`);
    const known = ['--namespace', 'x', '--image', 'y'];
    const own = { 'await-migrations': ['--schema', 'z'], 'await-rollout': ['--rollout', 'r'] }[name] ?? [];
    const { status, stderr } = spawnSync(process.execPath, [script, ...known, ...own, '--minutes', 'soon'], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    expect([status, stderr]).toEqual([2, '--minutes soon is not a number\n']);
  },
);
