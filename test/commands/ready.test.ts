import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { affectedTests } from '../../commands/affected';
import { clones, done, edit, env, git, removeClones, run, second } from '../support/clones';
import { root } from '../support/root';

jest.setTimeout(300_000);
afterAll(removeClones);

const all = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => `test/${path}`);

test.each([
  ['commands/rollback.ts', 'test/commands/rollback.test.ts'],
  ['commands/push.ts', 'test/commands/promote.test.ts'],
  ['commands/bridge.ts', 'test/commands/bridge.test.ts'],
  ['charts/web.ts', 'test/charts/golden.test.ts'],
  ['dist/production/web/Rollout.e-ren-rollout.yaml', 'test/review/generated.test.ts'],
  ['charts/environments/cluster.ts', 'test/docs/runbooks/numbers.test.ts'],
  ['review/rules/index.ts', 'test/review/coverage.test.ts'],
  ['docs/runbooks/sync.md', 'test/docs/runbooks/pages.test.ts'],
  ['.github/workflows/pull-request.yaml', 'test/repository/pull-request.test.ts'],
  ['test/charts/scheduled.test.ts', 'test/charts/scheduled.test.ts'],
])('a change of %s runs %s', (changed, test) => {
  expect(affectedTests([changed], all)).toContain(test);
});

test('a change of a page runs few tests, and a change that no test reads none', () => {
  expect(affectedTests(['docs/runbooks/sync.md'], all).length).toBeLessThan(all.length / 3);
  expect(affectedTests(['LICENSE'], all)).toEqual([]);
});

test('it says what is not committed, and what the branch would do', async () => {
  const [clone] = clones();
  expect((await run(clone, ['ready', '--no-tests'])).out).toMatch(/^ok +committed /m);
  edit(clone, 'charts/environments/production.ts', 'maxPreparedStatements: ', 'maxPreparedStatements: 1');
  const { code, out } = await run(clone, ['ready', '--no-tests']);
  expect(code).toBe(1);
  expect(out).toMatch(/^failed committed .* generated files are not; commit them with their source$/m);
  expect(out).toMatch(/^not ready: committed.* \(the tests were left out\)$/m);
});

test('its hook asks before a push of a person, and neither before a deploy nor before a deletion', async () => {
  const [clone] = clones();
  git(clone, 'config', 'core.hooksPath', '.githooks');
  // What the hook starts says that it was started.
  writeFileSync(join(clone, 'commands/eren.mjs'), '#!/bin/sh\ntouch asked\n');
  const asked = () => existsSync(join(clone, 'asked'));
  git(clone, 'commit', '--quiet', '-am', 'play');
  const push = (...args: string[]) =>
    spawnSync('git', ['push', '--quiet', 'origin', ...args], { cwd: clone, env });
  push('HEAD:refs/heads/main');
  expect(asked()).toBe(true);
  git(clone, 'clean', '--quiet', '--force', 'asked');
  await done(clone, 'promote', 'production', 'web', second, '--push');
  push('HEAD:refs/heads/other', '--no-verify');
  push('--delete', 'other');
  expect(asked()).toBe(false);
});
