import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  changed,
  cli,
  cloned,
  clones,
  done,
  ecr,
  edit,
  first,
  git,
  held,
  hook,
  images,
  once,
  published,
  refused,
  removeClones,
  run,
  second,
  text,
  third,
  web,
} from '../support/clones';

jest.setTimeout(300_000);
afterAll(removeClones);

const record = `${images}/production/web.stable.txt`;
const fourth = `${ecr}:4444444-4@sha256:${'4'.repeat(64)}`;

describe('rollback', () => {
  test.concurrent('restores the last image that a canary has passed, and its manifests byte for byte', async () => {
    const [clone] = clones();
    await done(clone, 'promote', 'production', 'sidekiq', first, '--stable', 'web', '--commit');
    expect(text(clone, record)).toBe(`${first}\n`);
    const before = git(clone, 'rev-parse', 'HEAD:dist');
    await done(clone, 'promote', 'production', 'web', second, '--commit');
    // Nobody has said that it passed its canary, and another one came in the middle of it.
    await done(clone, 'promote', 'production', 'web', third, '--commit');
    git(clone, 'push', '--quiet');
    await done(clone, 'rollback', 'production', 'web', '--push');
    expect(published(clone)[0]).toBe('roll back web in production to 1111111-1');
    expect(git(clone, 'rev-parse', 'origin/main:dist')).toBe(before);
  });

  test.concurrent('skips the canary only for what has passed one, and says which it is', async () => {
    const clone = cloned();
    const window = () => text(clone, 'dist/production/web/Rollout.e-ren-rollout.yaml').includes('rollbackWindow');
    held(clone, web, second, third);
    held(clone, record, `${third}\n${first}`);
    const walks = await done(clone, 'rollback', 'production', 'web', '--to', '2222222-2');
    expect(walks.out).toContain('no canary has passed 2222222-2 in production: it walks one');
    expect(window()).toBe(false);
    await done(clone, 'rollback', 'production', 'web', '--to', first.slice(first.indexOf('@') + 1));
    expect(text(clone, web)).toBe(`${first}\n`);
    expect(window()).toBe(true);
    const said = 'no image "5555555-5" in its history; use one of 1111111-1, 3333333-3, 2222222-2';
    await refused(2, said, clone, 'rollback', 'production', 'web', '--to', '5555555-5');
  });

  test.concurrent.each([
    ['by the command', ['roll back web', first]],
    ['by git revert', ['Revert "promote web 2222222-2 to production"', first]],
    ['by a pull request', ['Merge pull request #7 from e-ren/back', first]],
  ])('never returns to what was gone back from %s', async (_how, [subject = '', image = '']) => {
    const clone = cloned();
    held(clone, record, `${second}\n${first}`);
    held(clone, web, second);
    writeFileSync(join(clone, web), `${image}\n`);
    git(clone, 'commit', '--quiet', '-am', subject);
    const said = /went back from 2222222-2 to 1111111-1; to go further, or to take that back, say where: --to/;
    await refused(2, said, clone, 'rollback', 'production', 'web');
    held(clone, web, third);
    await done(clone, 'rollback', 'production', 'web');
    expect(text(clone, web)).toBe(`${first}\n`);
  });

  test.concurrent('reads what the file held, whatever a person has set for git', async () => {
    const [clone] = clones();
    held(clone, record, `${second}\n${first}`);
    held(clone, web, second, third);
    await done(clone, '../charts/main');
    git(clone, 'commit', '--quiet', '-am', 'synthesize');
    git(clone, 'push', '--quiet');
    for (const [key, value] of [
      ['color.ui', 'always'],
      ['log.showSignature', 'true'],
      ['log.follow', 'true'],
      ['format.pretty', 'raw'],
      ['core.quotePath', 'true'],
      ['diff.external', 'false'],
      ['diff.noprefix', 'true'],
      ['status.showUntrackedFiles', 'no'],
      ['status.short', 'true'],
      ['push.followTags', 'true'],
      ['push.default', 'nothing'],
      ['merge.ff', 'false'],
      ['pull.rebase', 'true'],
    ] as const)
      git(clone, 'config', key, value);
    git(clone, 'tag', '-a', 'mine', '-m', 'mine');
    await done(clone, 'rollback', 'production', 'web', '--push');
    expect(git(clone, 'show', `origin/main:${web}`)).toBe(second);
    expect(git(clone, 'ls-remote', '--tags', 'origin')).toBe('');
  });

  test.concurrent('keeps its image when somebody else promotes meanwhile', async () => {
    const [one, two] = clones();
    await done(one, 'promote', 'production', 'web', second, '--push');
    hook(one, 'post-commit', once(two, cli('promote', 'production', 'web', third, '--push')));
    // As the command does in the clone that it makes, which has nobody's hooks.
    const { code, out } = await run(one, ['rollback', 'production', 'web', '--push'], { DELIVERY_OWN_CLONE: '1' });
    expect(code).toBe(0);
    expect(out).toContain(`${third} → ${first}`);
    expect(published(one)[0]).toBe('roll back web in production to 1111111-1');
  });

  test.concurrent('goes from any clone, and leaves it as it is', async () => {
    const [clone, other] = clones();
    await done(other, 'promote', 'production', 'web', second, '--push');
    // A commit of one's own, a head that is no branch, files that are not committed, and a git that is busy.
    git(clone, 'commit', '--quiet', '--allow-empty', '-m', 'mine');
    git(clone, 'checkout', '--quiet', '--detach');
    edit(clone, 'dist/production/web/Service.eren-web-ping.yaml', 'ClusterIP', 'NodePort');
    writeFileSync(join(clone, '.git/index.lock'), '');
    writeFileSync(join(clone, '.git/hooks/pre-push'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const before = [git(clone, 'rev-parse', 'HEAD'), changed(clone)];
    const { out } = await done(clone, 'rollback', 'production', 'web', '--push');
    expect(out).toContain('watch it with ./eren status production');
    expect([git(clone, 'rev-parse', 'HEAD'), changed(clone)]).toEqual(before);
    expect(git(clone, 'show', `origin/main:${web}`)).toBe(first);
    expect(git(clone, 'log', '--format=%s', 'origin/main')).not.toContain('mine');
  });

  test.concurrent('goes from a shallow clone, whose history ends before the image', async () => {
    const [other] = clones();
    await done(other, 'promote', 'production', 'web', second, '--push');
    const remote = `file://${git(other, 'remote', 'get-url', 'origin')}`;
    const clone = cloned(remote, '--depth=1');
    await done(clone, 'rollback', 'production', 'web', '--push');
    expect(git(other, 'ls-remote', 'origin', 'refs/heads/main')).not.toContain(git(other, 'rev-parse', 'HEAD'));
  });

  test.concurrent('of several apps is one commit, and the migrations stay', async () => {
    const clone = cloned();
    const apps = [`web=${second}`, `sidekiq=${second}`];
    await done(clone, 'promote', 'production', `web=${first}`, `sidekiq=${first}`, '--commit');
    await done(clone, 'promote', 'production', ...apps, '--commit');
    await done(clone, 'rollback', 'production', 'web', 'sidekiq', '--commit');
    expect(git(clone, 'log', '-1', '--format=%s')).toBe('roll back web and sidekiq in production to 1111111-1');
    const said = 'migrations of production never go back';
    await refused(2, said, clone, 'rollback', 'production', 'migrations');
  });

  test.concurrent('says what to do where there is no image to go back to', async () => {
    const [clone] = clones();
    const said = `${web}: no image before the current one in its history; deploy another one with`;
    await refused(2, said, clone, 'rollback', 'production', 'web');
    held(clone, web, second);
    held(clone, record, second);
    const none = `no image before the current one that ${record} calls stable in its history; say where to, and it walks the canary: --to <tag or digest>, one of 1111111-1`;
    await refused(2, none, clone, 'rollback', 'production', 'web');
    git(clone, 'push', '--quiet');
    const shallow = cloned(`file://${git(clone, 'remote', 'get-url', 'origin')}`, '--depth=1');
    await refused(2, 'run git fetch --unshallow', shallow, 'rollback', 'production', 'web');
  });

  test.concurrent('never goes back to the placeholder from before the first build', async () => {
    const clone = cloned();
    held(clone, web, `${ecr}:0000000-0@sha256:${'0'.repeat(64)}`, second);
    const { out } = await done(clone, 'rollback', 'production', 'web');
    expect(text(clone, web)).toBe(`${first}\n`);
    expect(out).toContain(`${record} calls nothing stable yet: 1111111-1 is the one before`);
  });
});

test.concurrent('the record keeps the last few images, each once', async () => {
  const clone = cloned();
  const all = [second, third, fourth, ...['5', '6', '7'].map((digit) => fourth.replaceAll('4', digit))];
  held(clone, web, ...all);
  held(clone, record, all.toReversed().join('\n'));
  await done(clone, 'promote', 'production', 'sidekiq', third, '--stable', 'web');
  const kept = text(clone, record).trimEnd().split('\n');
  expect(kept).toEqual([third, ...all.toReversed().filter((each) => each !== third)]);
  await done(clone, 'promote', 'production', 'sidekiq', first, '--stable', 'web');
  expect(text(clone, record).trimEnd().split('\n')).toEqual([first, ...kept.slice(0, 5)]);
});
