import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  changed,
  clones,
  done,
  ecr,
  expectGenerated,
  first,
  git,
  published,
  refused,
  removeClones,
  run,
  second,
  text,
} from '../support/clones';

jest.setTimeout(300_000);
afterAll(removeClones);

const file = (number: number) => `charts/environments/previews/${number}.json`;
const open = (number: number, image = first) => ['preview', 'open', String(number), image, '--push'];

/** So that its time is over, or nearly. */
function aged(clone: string, number: number, hours: number): void {
  const path = file(number);
  const moment = new Date(Date.now() - hours * 3_600_000).toISOString().replace(/\.\d+/, '');
  writeFileSync(join(clone, path), text(clone, path).replace(/("(opened|pushed)": ")[^"]+/g, `$1${moment}`));
}

test.concurrent('one is opened, given another image and closed, and then the branch is what it was', async () => {
  const [clone, other] = clones();
  writeFileSync(join(clone, 'README.md'), 'not committed');
  const opened = await done(clone, ...open(12));
  expect(opened.out).toContain('pushed    to origin main');
  expect(changed(clone)).toEqual(['README.md']);
  expect(published(other)[0]).toBe('open preview 12 with 1111111-1');
  await expectGenerated(other);
  const before = JSON.parse(text(other, file(12)));

  await done(other, ...open(12, second));
  expect(published(other)[0]).toBe('update preview 12 with 2222222-2');
  await expectGenerated(other);
  const after = JSON.parse(text(other, file(12)));
  expect(after).toEqual({ image: second, opened: before.opened, pushed: expect.stringMatching(/^20.*Z$/) });
  const { out } = await done(other, 'preview', 'list');
  expect(out).toMatch(
    /^https:\/\/github.com\/e-ren\/e-ren\/pull\/12 {2}2222222-2 {2}open for \d+ minutes? {2}ends in 2 days {2}https:\/\/pr-12.preview.eren.washu.edu\n1 of 3\n$/,
  );

  const { out: status } = await done(other, 'status', '--no-live');
  expect(status).toMatch(/\n\npreview 12\n {2}2222222-2 {2}since 20\d\d-\d\d-\d\d \d\d:\d\d UTC\n/);
  const { out: one } = await done(other, 'status', 'preview-12', '--no-live');
  expect(one).toMatch(/^preview 12\n/);
  await refused(2, '"preview-13" is not an environment', other, 'status', 'preview-13', '--no-live');

  await done(clone, 'preview', 'close', '12', '--push');
  expect((await done(clone, 'preview', 'close', '12', '--push')).out).toContain('12 is not open, nothing to do');
  published(clone);
  expect(git(clone, 'diff', '--stat', 'HEAD', 'origin/main')).toBe('');
});

test.concurrent('of many at once as many are opened as there may be, and each other one is told of the oldest', async () => {
  const [clone, other] = clones();
  await done(clone, ...open(7));
  const results = await Promise.all(
    [31, 32, 33, 34].map((number) => run(clone, [...open(number), '--attempts', '9'])),
  );
  expect(results.map(({ code }) => code).sort()).toEqual([0, 0, 3, 3]);
  for (const { err } of results.filter(({ code }) => code === 3))
    expect(err).toMatch(
      /3 previews are open, which is preview.most .*; the oldest is 7, opened \d+ minutes? ago: /,
    );
  await expectGenerated(other);
  // To update one that is open takes no more room.
  await done(clone, ...open(7, second));
});

test.concurrent('a sweep closes what is over, and whose pull request GitHub says is closed', async () => {
  const [clone, other] = clones();
  for (const number of [5, 6, 7]) await done(clone, 'preview', 'open', String(number), first);
  aged(clone, 5, 73);
  aged(clone, 6, 71);
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '-m', 'three');
  git(clone, 'push', '--quiet');
  const states: Record<string, string | undefined> = { '6': 'closed' };
  const asked: string[] = [];
  const github = createServer(({ url = '', headers }, answer) => {
    const number = url.split('/').at(-1) as string;
    asked.push(`${headers.authorization} ${url}`);
    const state = states[number];
    answer.writeHead(state ? 200 : 500).end(JSON.stringify({ state }));
  }).listen(0, '127.0.0.1');
  await once(github, 'listening');
  try {
    const { port } = github.address() as AddressInfo;
    const env = { GITHUB_TOKEN: 'secret', GITHUB_API_URL: `http://127.0.0.1:${port}` };
    const dry = await run(other, ['preview', 'sweep', '--push'], { GITHUB_TOKEN: '' });
    expect(dry).toMatchObject({
      code: 0,
      out: expect.stringContaining('GITHUB_TOKEN is not set: only time decides'),
    });
    expect(git(other, 'log', '-1', '--format=%B', 'origin/main')).toBe(
      'close preview 5\n\n5: last pushed 3 days ago',
    );

    const swept = await run(other, ['preview', 'sweep', '--push'], env);
    // What GitHub does not say keeps nobody from the others, and is not silent.
    expect(swept).toMatchObject({
      code: 1,
      err: expect.stringContaining('pull request 7 of e-ren/e-ren: GitHub answered 500'),
    });
    published(other);
    expect(git(other, 'log', '-1', '--format=%B', 'origin/main')).toBe(
      'close preview 6\n\n6: its pull request is closed',
    );
    expect(asked).toContain('Bearer secret /repos/e-ren/e-ren/pulls/7');
    states['7'] = 'open';
    expect((await run(other, ['preview', 'sweep', '--push'], env)).out).toContain('nothing to close: 7 may stay');
    await expectGenerated(other);
  } finally {
    github.close();
  }
});

test.concurrent('whoever waits is told the address when Argo CD has told GitHub, by the commit that opened it or a later one', async () => {
  const [clone, other] = clones();
  await done(clone, ...open(12));
  const [before, opened] = ['HEAD^', 'HEAD'].map(
    (commit) => git(clone, 'fetch') + git(clone, 'rev-parse', commit.replace('HEAD', 'origin/main')),
  );
  await done(other, ...open(13));
  git(other, 'pull', '--quiet');
  const later = git(other, 'rev-parse', 'HEAD');
  const states: Record<string, object[]> = {};
  const asked: string[] = [];
  const github = createServer(({ url = '', headers }, answer) => {
    asked.push(`${headers.authorization} ${url}`);
    answer.end(JSON.stringify(states[url.split('/').at(-2) as string] ?? []));
  }).listen(0, '127.0.0.1');
  await once(github, 'listening');
  try {
    const { port } = github.address() as AddressInfo;
    const env = { GITHUB_TOKEN: 'secret', GITHUB_API_URL: `http://127.0.0.1:${port}` };
    const look = () => run(clone, ['preview', 'await', '12', '--minutes', '0'], env);
    const status = (state: string, context = 'argocd/preview-12') => ({
      state,
      context,
      description: 'preview-12 says',
    });

    // What was said of what was there before is not about it, nor what is said of others.
    states[before as string] = [status('success')];
    states[opened as string] = [
      status('success', 'argocd/preview-13'),
      status('success', 'argocd/production-web'),
    ];
    expect(await look()).toMatchObject({
      code: 1,
      err: expect.stringContaining('Argo CD has told nothing of it yet'),
    });
    expect(asked.at(-1)).toBe(`Bearer secret /repos/e-ren/delivery/commits/${opened}/statuses?per_page=100`);
    states[opened as string] = [status('failure')];
    expect(await look()).toMatchObject({ code: 1, err: expect.stringContaining('failure: preview-12 says') });
    states[later] = [status('success'), status('failure')];
    expect(await look()).toMatchObject({ code: 0, out: 'https://pr-12.preview.eren.washu.edu\n' });
    states[later] = [status('failure'), status('success')];
    expect((await look()).code).toBe(1);

    expect(await run(clone, ['preview', 'await', '12'], { ...env, GITHUB_TOKEN: '' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('GITHUB_TOKEN is not set; give one that may read the commit statuses'),
    });
    expect(await run(clone, ['preview', 'await', '14', '--minutes', '0'], env)).toMatchObject({
      code: 2,
      err: expect.stringContaining('preview 14 is not open at origin main; open it first'),
    });
  } finally {
    github.close();
  }
});

test.concurrent('what a pull request has built runs in its preview, and is promoted nowhere', async () => {
  const [clone, other] = clones();
  const built = first.replace(ecr, `${ecr}-preview`);
  await refused(
    2,
    'e-ren-preview" holds what pull requests have built',
    clone,
    'promote',
    'staging',
    'web',
    built,
  );
  // Whoever says so himself has not reviewed it either.
  const insists = ['--allow-registry', `${ecr}-preview`];
  await refused(2, 'which nobody has reviewed', clone, 'promote', 'staging', 'web', built, ...insists);
  expect(changed(clone)).toEqual([]);
  await done(clone, ...open(12, built));
  published(other);
  expect(JSON.parse(git(other, 'show', `origin/main:${file(12)}`)).image).toBe(built);
});

test.concurrent('what is wrong is refused, and nothing is written', async () => {
  const [clone] = clones();
  const other = first.replace(ecr, 'ghcr.io/somebody/e-ren');
  await Promise.all([
    refused(2, "'0' is invalid", clone, 'preview', 'open', '0', first),
    refused(2, "'main' is invalid", clone, 'preview', 'close', '12', 'main', '--push'),
    refused(2, 'has no tag and digest', clone, 'preview', 'open', '12', `${ecr}:1111111-1`, '--push'),
    refused(2, 'is not a repository of this cluster', clone, 'preview', 'open', '12', other, '--push'),
    refused(2, "missing required argument 'image'", clone, 'preview', 'open', '12'),
    refused(2, 'unknown command', clone, 'preview', 'opne', '12', first),
  ]);
  expect(changed(clone)).toEqual([]);
  // What somebody else has left wrong stops it, with a word of what to mend.
  writeFileSync(
    join(clone, 'charts/environments/staging.ts'),
    `${text(clone, 'charts/environments/staging.ts')}\n`,
  );
  git(clone, 'rm', '--quiet', 'dist/staging/web/Ingress.eren-ingress.yaml');
  git(clone, 'commit', '--quiet', '-m', 'forget a file');
  git(clone, 'push', '--quiet');
  await refused(2, 'dist/staging/web/Ingress.eren-ingress.yaml: not what the code generates', clone, ...open(12));
  expect(published(clone)[0]).toBe('forget a file');
});
