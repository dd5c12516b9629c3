import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/root';
import { overloaded, partial, unanswered } from './capacity';
import type { Look } from './delivery';
import { Observability, type Story } from './played/observability';

const folder = mkdtempSync(join(tmpdir(), 'cluster-person-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(path: string, ...args: string[]) {
  const env = { ...process.env, PATH: path, NO_COLOR: '1' };
  const all = ['commands/run.mjs', 'test/cluster/person.ts', ...args];
  return spawnSync(process.execPath, all, { cwd: root, env, encoding: 'utf8' });
}

test('npm run cluster has a help with examples and exit codes', () => {
  const { status, stdout } = run(process.env.PATH ?? '', '--help');
  expect(stdout).toMatch(/Examples:[\s\S]*npm run cluster -- --once[\s\S]*Exit codes: 0 .*; 1 .*; 2 /);
  expect(status).toBe(0);
});

test.each([
  ['a minor without a module', ['--kubernetes', '1.30'], /Allowed choices are 1\.35, 1\.34, 1\.36/],
  ['an unknown option', ['--twice'], /unknown option '--twice'/],
])('%s is refused by npm run cluster, and exits 2', (_, args, said) => {
  const { status, stderr } = run(process.env.PATH ?? '', ...args);
  expect(stderr).toMatch(said);
  expect(status).toBe(2);
});

test('without Go npm run cluster says where it is to be had, and exits 2', () => {
  symlinkSync(process.execPath, join(folder, 'node'));
  const { status, stderr } = run(folder);
  expect(stderr).toMatch(/error go is missing; get it from https:\/\/go\.dev\/dl/);
  expect(status).toBe(2);
});

describe('the played Sentry and Datadog', () => {
  let played: Observability;
  beforeAll(async () => {
    played = await Observability.start();
  });
  afterAll(() => played.stop());

  const put = (body: string) => fetch(`${played.address}/story`, { method: 'PUT', body });

  test('tell what a person puts', async () => {
    expect((await put('{"sentry": {"sessions": 100, "errored": 6}}')).status).toBe(200);
    const answer = await fetch(`${played.address}/api/0/organizations/x/sessions/?query=release:1-1`);
    const { groups } = (await answer.json()) as any;
    expect(groups.map(({ totals }: any) => totals['sum(session)'])).toEqual([94, 6, 0, 0]);
  });

  test('tell of one release what was told of it, and of the others the rest', async () => {
    played.tell('2-2', { datadog: null });
    const ask = async (tag: string) => {
      const answer = await fetch(`${played.address}/api/v2/query/scalar`, {
        method: 'POST',
        body: `{version:${tag}}`,
      });
      return ((await answer.json()) as any).data.attributes.columns[0].values;
    };
    expect([await ask('2-2'), await ask('3-3')]).toEqual([[null], [0.01]]);
  });

  test.each([
    ['what is not JSON', 'errors'],
    ['an unknown trouble', '{"sentry": "sad"}'],
    ['a negative count', '{"sentry": {"sessions": -1, "errored": 0}}'],
    ['a share above one', '{"datadog": 6}'],
    ['an unknown name', '{"rollbar": "down"}'],
  ])('refuse %s, and say what to write', async (_, body) => {
    const before: Story = played.story;
    const answer = await put(body);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(
      /; write \{"sentry": .* or for either one of down, slow, unauthorized, nonsense, page$/m,
    );
    expect(played.story).toEqual(before);
  });
});

describe('the looks at a canary', () => {
  const look = (at: number, [ping, pong]: [number, number], [old, fresh]: [number, number]): Look => ({
    at,
    weights: { ping, pong },
    behind: { ping: 'old', pong: 'fresh' },
    ready: { old, fresh },
    phase: '',
    message: '',
    step: 0,
    replicas: 3,
    stable: 'old',
    current: 'fresh',
    live: { ping: { weight: ping, targets: old }, pong: { weight: pong, targets: fresh } },
  });

  test('show a Service with fewer pods than its share of the requests', () => {
    const looks = [look(0, [100, 0], [3, 0]), look(1, [50, 50], [1, 2]), look(2, [50, 50], [2, 2])];
    expect(overloaded(looks, 3)).toEqual(['at 1.0 s ping had 1 ready pods for 50 %, 2 are due']);
  });

  test('demand nothing for a weight that has changed while the pods were read', () => {
    expect(overloaded([look(0, [80, 20], [2, 2]), look(1, [50, 50], [2, 2])], 3)).toEqual([]);
  });

  test('show requests that go to a target group without a target', () => {
    expect(unanswered([look(0, [100, 0], [3, 0]), look(1, [80, 20], [0, 2])])).toEqual([
      'at 1.0 s 80 % went to ping, which had no target',
    ]);
  });

  test('show weights that are not the whole', () => {
    expect(partial([look(0, [80, 20], [3, 1]), look(1, [80, 0], [3, 1])])).toEqual([
      'at 1.0 s {"ping":80,"pong":0}',
    ]);
  });
});
