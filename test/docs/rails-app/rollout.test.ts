import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/root';

const image = 'registry.example/e-ren:4f2c9de-128@sha256:00';
const folder = mkdtempSync(join(tmpdir(), 'await-rollout-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, 'secret\n');
const servers: Server[] = [];
afterAll(() => {
  rmSync(folder, { recursive: true });
  for (const server of servers) server.close();
});

/** An answer for each time it is asked; the last one again and again. */
async function serve(answers: ((asked: { url?: string; authorization?: string }) => [number, unknown])[]) {
  let times = 0;
  const asked: { url?: string; authorization?: string }[] = [];
  const server = createServer(({ url, headers: { authorization } }, response) => {
    asked.push({ url, authorization });
    const [status, body] = answers[Math.min(times++, answers.length - 1)]?.({ url, authorization }) ?? [500, ''];
    response.writeHead(status).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const rollout = (runs: string, status: object, generation = 7) => ({
  metadata: { generation },
  spec: { template: { spec: { containers: [{ image: runs }] } } },
  status: { observedGeneration: String(generation), ...status },
});
const healthy = { phase: 'Healthy', currentPodHash: 'b', stableRS: 'b' };

/** The patience with an outcome that never comes. */
const soon = ['--minutes', '0.005'];

async function wait(states: unknown[], ...more: string[]) {
  const { url, asked } = await serve(
    states.map(
      (state) => () => (state === 403 ? [403, 'no'] : [200, typeof state === 'function' ? state() : state]),
    ),
  );
  const script = join(root, 'docs', 'rails-app', 'ci', 'await-rollout.mjs');
  const args = ['--namespace', 'staging', '--rollout', 'e-ren-rollout', '--image', image, '--every', '0.01'];
  const child = spawn(process.execPath, [script, ...args, ...more], {
    env: { PATH: process.env.PATH, KUBERNETES_API: url, TOKEN_FILE: tokenFile },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  return { code, said, asked };
}

test('waits for Argo CD, the controller and the canary, and then says that all requests go to the image', async () => {
  const { code, said, asked } = await wait([
    rollout('old', healthy),
    { ...rollout(image, healthy), metadata: { generation: 8 } },
    rollout(image, { phase: 'Paused', canary: { weights: { canary: { weight: 20 } } } }),
    rollout(image, healthy),
  ]);
  expect(said).toMatch(/Argo CD.*controller.*20 %.*all requests/s);
  expect(code).toBe(0);
  expect(asked[0]).toEqual({
    url: '/apis/argoproj.io/v1alpha1/namespaces/staging/rollouts/e-ren-rollout',
    authorization: 'Bearer secret',
  });
});

test('is not deceived by a healthy version that is another one, or is still the one before', async () => {
  const { code } = await wait([rollout(image, { ...healthy, currentPodHash: 'c' })], ...soon);
  expect(code).toBe(2);
});

test.each([
  ['an abort', { phase: 'Degraded', abort: true, message: 'metric "sentry-error-rate" assessed Failed' }],
  ['a deadline that passed', { phase: 'Degraded', message: 'ReplicaSet has timed out progressing' }],
])('says 1 at %s, and why', async (_, status) => {
  const { code, said } = await wait([rollout('old', healthy), rollout(image, status)]);
  expect(code).toBe(1);
  expect(said).toContain(status.message);
});

test('says of a gate that stayed shut that the requests were too few', async () => {
  const message =
    'RolloutAborted: Rollout aborted update to revision 2: Step-based analysis phase error/failed: ' +
    'Metric "enough-good-requests" assessed Failed due to failed (3) > failureLimit (2)';
  const { code, said } = await wait([rollout(image, { phase: 'Degraded', abort: true, message })]);
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/aborted, with too few good requests until the deadline: R/),
  ]);
});

test('ignores what is said of the version before, until the controller has seen the image', async () => {
  const before = { ...rollout(image, { phase: 'Degraded', abort: true }), metadata: { generation: 8 } };
  expect((await wait([before, rollout(image, healthy)])).code).toBe(0);
});

test('says 2 when another deploy replaces the image', async () => {
  const { code, said } = await wait([rollout(image, { phase: 'Progressing' }), rollout('newer', healthy)]);
  expect([code, said]).toEqual([2, expect.stringContaining('replaced by newer')]);
});

test.each([
  ['a person paused it', { paused: true }, {}],
  ['an analysis was inconclusive', {}, { pauseConditions: [{ reason: 'InconclusiveAnalysisRun' }] }],
])('says 2 when %s until the time is over, and what to do', async (_, spec, status) => {
  const paused = rollout(image, { phase: 'Paused', ...status });
  Object.assign(paused.spec, spec);
  const { code, said } = await wait([paused], ...soon);
  expect([code, said]).toEqual([2, expect.stringMatching(/waits for a person: in Argo CD Resume, and only then/)]);
});

test('says that a pause of the canary itself is one, and that a gate waits for requests', async () => {
  const steps = [{ setWeight: 20 }, { pause: {} }, { analysis: {} }];
  const at = (currentStepIndex: number, status: object) => {
    const state = rollout(image, { currentStepIndex, canary: { weights: { canary: { weight: 20 } } }, ...status });
    Object.assign(state.spec, { strategy: { canary: { steps } } });
    return state;
  };
  const { code, said } = await wait([
    at(1, { phase: 'Paused', message: 'CanaryPauseStep', pauseConditions: [{ reason: 'CanaryPauseStep' }] }),
    at(2, { phase: 'Progressing' }),
    rollout(image, healthy),
  ]);
  expect(said).toMatch(/Paused, 20 % .*CanaryPauseStep\n.*waits for enough requests to judge it by, 20 %/);
  expect(code).toBe(0);
});

test('goes on when the API server does not answer for a moment, and says 2 when it never does', async () => {
  expect((await wait([403, rollout(image, healthy)])).code).toBe(0);
  const { code, said } = await wait([403], ...soon);
  expect([code, said]).toEqual([2, expect.stringContaining('403')]);
});

/** Healthy as soon as the site has been asked ten times. */
const judged = (site: { asked: unknown[] }) => () =>
  rollout(image, site.asked.length < 10 ? { phase: 'Progressing' } : healthy);

test('sends requests meanwhile, to each path in turn, and counts the answers', async () => {
  const site = await serve([({ url }) => [url === '/events' ? 500 : 200, '']]);
  const traffic = ['--traffic', site.url, '--paths', '/,/events', '--per-second', '100'];
  const { code, said } = await wait([judged(site)], ...traffic);
  expect(code).toBe(0);
  expect(said).toMatch(/200: \d+, 500: \d+/);
  expect(new Set(site.asked.map(({ url }) => url))).toEqual(new Set(['/', '/events']));
});

test('says 2 when a canary was found good and no request was ever answered well', async () => {
  const site = await serve([() => [503, '']]);
  expect((await wait([judged(site)], '--traffic', site.url, '--per-second', '100')).code).toBe(2);
});
