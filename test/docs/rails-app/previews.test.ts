import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/root';

const jenkinsfile = readFileSync(join(root, 'docs/rails-app/Jenkinsfile'), 'utf8');
const [, written = ''] = /def closePreview\(\) \{[\s\S]*?script: '''([\s\S]*?)'''/.exec(jenkinsfile) ?? [];
/** As Groovy reads it. */
const script = written.replaceAll('\\\\', '\\');

const folder = mkdtempSync(join(tmpdir(), 'merged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'charts/environments/previews'), { recursive: true });
writeFileSync(join(folder, 'charts/environments/previews/12.json'), '{}');
const program = (name: string, text: string) =>
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
program('eren', 'printf "<%s>" "$@"');
program('git', 'printf "%s\\n" "$SUBJECT"');

test.each([
  ['Add a map (#12)', '<preview><close><12><--push>'],
  ['Merge pull request #12 from e-ren/map', '<preview><close><12><--push>'],
  ['Revert "Add a map (#12)" (#13)', ''],
  ['Add a map (#13)', ''],
  ['Merge pull request #13 from e-ren/map (#12', ''],
  ['Add a map, see #12', ''],
  ['Add a map (#../../12)', ''],
  ['', ''],
])('after the merge of %j the preview of that pull request is closed, if there is one', (subject, said) => {
  const env = { PATH: `${folder}:${process.env.PATH}`, SUBJECT: subject, GIT_COMMIT: 'HEAD' };
  const { status, stdout, stderr } = spawnSync('sh', ['-eu'], {
    cwd: folder,
    input: script,
    env,
    encoding: 'utf8',
  });
  expect([stdout, stderr, status]).toEqual([said, '', 0]);
});

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** Runs a script of `ci/` against a server that answers each request by its order. */
async function run(
  name: string,
  args: readonly string[],
  answer: (request: { method: string; path: string; body: any }, time: number) => [number, unknown],
) {
  const asked: { method: string; path: string; body: any }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const { method = '', url: path = '', headers } = request;
    if (headers.authorization !== 'Bearer secret') return void response.writeHead(401).end();
    asked.push({ method, path, body: text && JSON.parse(text) });
    const [status, body] = answer(asked.at(-1) as (typeof asked)[number], asked.length);
    response.writeHead(status).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(folder, 'token'), 'secret\n');
  const child = spawn(process.execPath, [join(root, 'docs/rails-app/ci', name), ...args], {
    env: {
      PATH: process.env.PATH,
      ...{ KUBERNETES_API: url, TOKEN_FILE: join(folder, 'token') },
      ...{ GITHUB_API_URL: url, GITHUB_TOKEN: 'secret' },
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, said, asked };
}

describe('the pipeline waits until the preview serves its image', () => {
  const image = 'registry.example/e-ren-preview:4f2c9de-pr12-1@sha256:00';
  const web = (runs: string, status: object = {}) => ({
    metadata: { generation: 2 },
    spec: {
      replicas: 1,
      template: { spec: { containers: [{ name: 'pgbouncer' }, { name: 'e-ren', image: runs }] } },
    },
    status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...status },
  });
  const late = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' };
  const wait = (minutes: string, ...states: [number, unknown][]) => {
    const args = ['--namespace', 'preview-12', '--image', image, '--minutes', minutes, '--every', '0.01'];
    return run('await-preview.mjs', args, (_, time) => states[Math.min(time, states.length) - 1] ?? [500, '']);
  };

  test('through what nobody may read yet, what is not there and what is the image before', async () => {
    const { code, said, asked } = await wait(
      '1',
      [403, 'forbidden'],
      [404, ''],
      [200, web('registry.example/e-ren-preview:before')],
      [200, web(image, { observedGeneration: 1 })],
      [200, web(image, { replicas: 2, availableReplicas: 1 })],
      [200, web(image)],
    );
    expect(code).toBe(0);
    expect(said).toMatch(/403.*its database, migrations and seeds.*still has .*:before.*1 of 1.*it serves/s);
    expect(asked[0]?.path).toBe('/apis/apps/v1/namespaces/preview-12/deployments/eren-web');
  });

  test.each<[string, number, object]>([
    ['one whose pod did not start has failed', 1, web(image, { availableReplicas: 0, conditions: [late] })],
    [
      'one that has not been looked at since has not',
      2,
      web(image, { observedGeneration: 1, conditions: [late] }),
    ],
    ['one with a pod that is not available is not healthy', 2, web(image, { availableReplicas: undefined })],
    ['the pod of the image before does not count', 2, web(image, { updatedReplicas: 0 })],
    ['another image is another preview', 2, web('registry.example/e-ren-preview:before')],
  ])('%s', async (_, expected, state) => {
    expect((await wait('0.001', [200, state])).code).toBe(expected);
  });
});

describe('the comment on a pull request', () => {
  const mine = (run: string, by = 'jenkins') => ({
    id: 7,
    user: { type: 'Bot' },
    body: `<!-- e-ren-pull-request by=${by} run=${run} -->\n\nbefore`,
  });
  const other = { id: 1, user: { type: 'Bot' }, body: 'Coverage: 90 %' };
  const copied = { ...mine('99'), id: 2, user: { type: 'User' } };
  const say = (there: readonly object[], ...more: string[]) => {
    const args = ['--repository', 'e-ren/e-ren', '--pull', '12', '--by', 'jenkins', '--run', '40'];
    const log = ['--log', 'https://jenkins/40', '--preview', 'Preview of a: https://pr-12.example'];
    return run('comment.mjs', [...args, ...log, ...more], ({ method, path }) =>
      method === 'GET' ? [200, /page=1$/.test(path) ? there : []] : [200, {}],
    );
  };

  test('is written once, and then replaced, whatever others write', async () => {
    const first = await say([other, copied], '--tests', 'SUCCESS: 3 examples');
    const body =
      '<!-- e-ren-pull-request by=jenkins run=40 -->\n\nPreview of a: https://pr-12.example\n\n`SUCCESS: 3 examples`\n\nhttps://jenkins/40';
    expect(first.asked.at(-1)).toEqual({
      method: 'POST',
      path: '/repos/e-ren/e-ren/issues/12/comments',
      body: { body },
    });
    const again = await say([other, copied, mine('39')]);
    expect(again.asked.at(-1)).toMatchObject({ method: 'PATCH', path: '/repos/e-ren/e-ren/issues/comments/7' });
    expect([first.code, again.code]).toEqual([0, 0]);
  });

  test('of a newer build stays, and one of another pipeline does not count by its number', async () => {
    for (const run of ['41', '40.2']) expect((await say([mine(run)])).said).toContain('left as it is');
    for (const there of [mine('40'), mine('39.9'), mine('41', 'actions')])
      expect((await say([there])).said).toContain('comment replaced');
  });

  test('is found beyond the first hundred', async () => {
    const many = Array.from({ length: 100 }, (_, id) => ({ ...other, id }));
    const args = ['--repository', 'e-ren/e-ren', '--pull', '12', '--by', 'jenkins', '--run', '40'];
    const { asked } = await run(
      'comment.mjs',
      [...args, '--preview', '', '--log', 'https://jenkins/40'],
      ({ method, path }) => [
        200,
        method === 'GET' && /page=2$/.test(path) ? [mine('39')] : method === 'GET' ? many : {},
      ],
    );
    expect(asked.at(-1)).toMatchObject({ method: 'PATCH', path: '/repos/e-ren/e-ren/issues/comments/7' });
  });

  test('shows what the tests say of themselves as text in one line', async () => {
    const { asked } = await say(
      [],
      '--tests',
      'a`b\n<img src=x> @everybody\n\n# c',
      '--preview',
      'No: <b>\n@you a@b',
    );
    const [, preview, tests, log, ...more] = asked.at(-1)?.body.body.split('\n\n') ?? [];
    expect([preview, tests, log, more]).toEqual([
      'No: &lt;b> &#64;you a@b',
      "`a'b <img src=x> @everybody # c`",
      'https://jenkins/40',
      [],
    ]);
  });

  test.each([
    ['--pull', '12/../13', 2],
    ['--repository', 'e-ren', 2],
    ['--by', 'Jenkins 1', 2],
    ['--log', 'javascript:x', 2],
  ])('with %s %s nothing is asked', async (option, value, code) => {
    const answer = await say([], option, value);
    expect([answer.code, answer.asked]).toEqual([code, []]);
    expect(answer.said).toContain(`error ${option}: `);
  });

  test('that GitHub refuses is an error', async () => {
    const args = ['--repository', 'e-ren/e-ren', '--pull', '12', '--by', 'jenkins', '--run', '40'];
    const more = ['--preview', 'x', '--log', 'https://jenkins/40'];
    const { code, said } = await run('comment.mjs', [...args, ...more], ({ method }) =>
      method === 'GET' ? [200, []] : [403, { message: 'no' }],
    );
    expect([code, said]).toEqual([1, expect.stringContaining('POST /repos/e-ren/e-ren/issues/12/comments: 403')]);
  });
});
