import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../../support/root';

const app = join(root, 'docs/rails-app');
const read = (name: string) => readFileSync(join(app, `.github/workflows/${name}.yaml`), 'utf8');
const [build, preview] = ['build-preview', 'preview'].map((name) => parse(read(name), { strict: true }));

test('the code of a pull request runs where there is no secret, with the right to push to one repository', () => {
  const { build: job, ...others } = build.jobs;
  expect([Object.keys(build.on), Object.keys(others)]).toEqual([['pull_request'], []]);
  expect([build.permissions, job.permissions, job.environment]).toEqual([
    {},
    { contents: 'read', 'id-token': 'write' },
    undefined,
  ]);
  expect(read('build-preview')).not.toMatch(/secrets\.|github\.token|GITHUB_TOKEN/);
  expect(job.if).toContain('github.event.pull_request.head.repo.full_name == github.repository');
  expect(job.steps[0].with).toEqual({ 'persist-credentials': false });
});

test('what holds the tokens is as main has it, and runs nothing of the pull request', () => {
  const { preview: job, ...others } = preview.jobs;
  expect([Object.keys(preview.on), Object.keys(others)]).toEqual([['workflow_run', 'pull_request_target'], []]);
  expect(preview.on.workflow_run.workflows).toEqual([build.name]);
  expect(preview.on.pull_request_target.types).toEqual(['closed']);
  expect([preview.permissions, job.permissions, job.environment]).toEqual([
    {},
    { actions: 'read', contents: 'read', 'pull-requests': 'write' },
    'delivery',
  ]);
  const checkouts = job.steps.filter(({ uses }: any) => /checkout/.test(uses ?? ''));
  expect(checkouts.map((step: any) => [step.with.path, step.with.ref, step.with.repository])).toEqual([
    ['target', '${{ github.event.repository.default_branch }}', undefined],
    ['delivery', undefined, '${{ github.repository_owner }}/delivery'],
  ]);
  expect(checkouts.every((step: any) => step.with['persist-credentials'] === false)).toBe(true);
  expect(read('preview')).not.toMatch(/head_sha|head_branch|head\.(sha|ref)|refs\/pull/);
  const tokens = job.steps.filter(({ uses }: any) => /create-github-app-token/.test(uses ?? ''));
  expect(
    tokens.map(({ id, with: given }: any) => [
      id,
      given.repositories,
      Object.entries(given).filter(([key]) => key.startsWith('permission-')),
    ]),
  ).toEqual([
    ['read', 'delivery', [['permission-contents', 'read']]],
    [
      'token',
      'delivery',
      [
        ['permission-contents', 'write'],
        ['permission-statuses', 'read'],
      ],
    ],
  ]);
  const at = (pattern: RegExp) => job.steps.findIndex((step: any) => pattern.test(`${step.run} ${step.id}`));
  expect(at(/npm ci/)).toBeLessThan(at(/\btoken$/));
});

test('nothing of an event is part of a script, and each action is one that this repository pins', () => {
  for (const { run = '' } of [...build.jobs.build.steps, ...preview.jobs.preview.steps])
    expect(run).not.toContain('${{');
  const actions = (text: string) =>
    [...text.matchAll(/uses: (\S+@[0-9a-f]{40} # v[\d.]+)/g)].map(([, action]) => action);
  const own = join(root, '.github/workflows');
  const known = readdirSync(own).flatMap((file) => actions(readFileSync(join(own, file), 'utf8')));
  const used = ['build-preview', 'preview'].flatMap((name) => actions(read(name)));
  expect(used.filter((action) => !known.includes(action))).toEqual([]);
  const lines = ['build-preview', 'preview'].flatMap((name) => read(name).match(/^ *(- )?uses:/gm) ?? []);
  expect(used).toHaveLength(lines.length);
});

describe('the script of the workflow', () => {
  const folder = mkdtempSync(join(tmpdir(), 'preview-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['delivery', 'built']) mkdirSync(join(folder, name));
  const eren = join(folder, 'delivery/eren');
  writeFileSync(
    eren,
    '#!/bin/sh\nprintf "<%s>" "$@" >> ../did; [ "$2" = await ] && { echo https://pr-12.example; exit $AWAITED; }\n' +
      'echo "error 3 are open" >&2; exit $OPENED\n',
  );
  chmodSync(eren, 0o755);

  test.each<[string, object, number, string, string | undefined]>([
    [
      'what is healthy has an address',
      {},
      0,
      '<preview><open><12><a.b/c:4f-pr12@sha256:0><--push><preview><await><12><--minutes><20>',
      'Preview of 4f-pr12: https://pr-12.example',
    ],
    [
      'what is not is said, and is a failure',
      { AWAITED: '1' },
      1,
      '<preview><open><12><a.b/c:4f-pr12@sha256:0><--push><preview><await><12><--minutes><20>',
      'The preview is open and not healthy: do its migrations run, and its seeds? The log says how far it came.',
    ],
    [
      'as many as there may be are not a failure',
      { OPENED: '3' },
      0,
      '<preview><open><12><a.b/c:4f-pr12@sha256:0><--push>',
      'No preview: 3 are open',
    ],
    [
      'any other refusal is one',
      { OPENED: '2' },
      1,
      '<preview><open><12><a.b/c:4f-pr12@sha256:0><--push>',
      'No preview: 3 are open',
    ],
    [
      'with the pull request the preview is closed',
      { EVENT: 'pull_request_target' },
      0,
      '<preview><close><12><--push>',
      'The preview is closed with the pull request.',
    ],
  ])('%s', (_, given, code, did, says) => {
    // More than one line would be more than one image.
    writeFileSync(join(folder, 'built/image.txt'), 'a.b/c:4f-pr12@sha256:0\nsays=forged\n');
    for (const name of ['did', 'output']) writeFileSync(join(folder, name), '');
    const env = { EVENT: 'workflow_run', OPENED: '0', AWAITED: '0', PULL: '12', ...given };
    const { status } = spawnSync(join(app, 'ci/preview.sh'), {
      cwd: join(folder, 'delivery'),
      env: { PATH: process.env.PATH, GITHUB_OUTPUT: join(folder, 'output'), ...env },
    });
    expect([status, readFileSync(join(folder, 'did'), 'utf8')]).toEqual([code, did]);
    expect(readFileSync(join(folder, 'output'), 'utf8')).toBe(`says=${says}\n`);
  });
});
