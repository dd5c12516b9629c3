import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  changed,
  clones,
  done,
  edit,
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

const settings = 'charts/environments/production.ts';

/** A commit of a setting with what is made of it, pushed. */
async function set(clone: string, from: string, to: string, subject: string): Promise<string> {
  edit(clone, settings, from, to);
  await done(clone, '../charts/main');
  await done(clone, '../terraform-bridge/main');
  git(clone, 'add', '--all', '--', 'charts', 'dist', 'argocd', 'terraform-bridge/stacks');
  git(clone, 'commit', '--quiet', '-m', subject);
  git(clone, 'push', '--quiet', 'origin', 'HEAD:main');
  return git(clone, 'rev-parse', 'HEAD');
}

test('a setting is taken back with all that was made of it, also after others deployed, from any clone', async () => {
  const [clone, other] = clones();
  const before = git(other, 'rev-parse', 'HEAD:dist/production/sidekiq');
  const [, limit = ''] = /maxPreparedStatements: (\d+)/.exec(text(clone, settings)) ?? [];
  const commit = await set(
    other,
    `maxPreparedStatements: ${limit}`,
    `maxPreparedStatements: ${Number(limit) - 1}`,
    'fewer statements',
  );
  await done(other, 'promote', 'production', 'web', second, '--push');
  edit(clone, settings, `maxPreparedStatements: ${limit}`, 'maxPreparedStatements: 1');
  git(clone, 'fetch', '--quiet');
  const shown = await run(clone, ['revert', commit]);
  expect(shown).toMatchObject({ code: 0, err: '' });
  expect(shown.out).toContain('not deployed: run it again with --push');
  const pushed = await run(clone, ['revert', commit, '--push']);
  expect(pushed).toMatchObject({ code: 0, err: '' });
  const { out } = pushed;
  expect(out).toContain('committed');
  expect(published(clone)[0]).toBe('revert "fewer statements"');
  expect(git(clone, 'rev-parse', 'origin/main:dist/production/sidekiq')).toBe(before);
  expect(git(clone, 'show', 'origin/main:charts/environments/images/production/web.txt')).toBe(second);
  expect(changed(clone)).toEqual([settings]);
  expect(git(clone, 'ls-tree', '-r', '--name-only', 'origin/main')).not.toContain('node_modules');
  expect((await done(clone, 'revert', commit, '--push')).out).toContain('is taken back already');
});

test('what cannot be taken back by itself is refused, and nothing is pushed', async () => {
  const [clone] = clones();
  await done(clone, 'promote', 'production', 'web', second, '--push');
  const deploy = git(clone, 'rev-parse', 'HEAD');
  await refused(2, 'is taken back by ./eren rollback', clone, 'revert', deploy, '--push');
  const [, limit = ''] = /maxPreparedStatements: (\d+)/.exec(text(clone, settings)) ?? [];
  const commit = await set(
    clone,
    `maxPreparedStatements: ${limit}`,
    `maxPreparedStatements: ${Number(limit) - 1}`,
    'one fewer',
  );
  const last = await set(
    clone,
    `maxPreparedStatements: ${Number(limit) - 1}`,
    `maxPreparedStatements: ${Number(limit) - 2}`,
    'two fewer',
  );
  await refused(2, `${settings}: changed again since`, clone, 'revert', commit, '--push');
  await refused(2, 'has no such commit', clone, 'revert', 'f'.repeat(40), '--push');
  writeFileSync(join(clone, 'note.txt'), 'mine');
  git(clone, 'add', 'note.txt');
  git(clone, 'commit', '--quiet', '-m', 'mine');
  await refused(2, 'is not part of origin/main', clone, 'revert', 'HEAD', '--push');
  expect(git(clone, 'ls-remote', 'origin', 'refs/heads/main')).toContain(last);
});
