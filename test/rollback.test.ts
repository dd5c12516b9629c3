import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  cli,
  cloned,
  clones,
  done,
  ecr,
  first,
  git,
  hook,
  once,
  published,
  refused,
  removeClones,
  second,
  text,
  third,
  web,
} from './clones';

jest.setTimeout(300_000);
afterAll(removeClones);

describe('rollback', () => {
  test.concurrent('restores the image before the current one, and its manifests byte for byte', async () => {
    const [clone] = clones();
    await done(clone, 'promote', 'production', 'web', second, '--commit');
    const before = git(clone, 'rev-parse', 'HEAD^{tree}');
    await done(clone, 'promote', 'production', 'web', third, '--commit');
    git(clone, 'push', '--quiet');
    await done(clone, 'rollback', 'production', 'web', '--push');
    expect(published(clone)[0]).toBe('roll back web in production to 2222222-2');
    expect(git(clone, 'rev-parse', 'origin/main^{tree}')).toBe(before);
  });

  test.concurrent('--to takes an older image, by tag or by digest', async () => {
    const clone = cloned();
    for (const image of [second, third]) await done(clone, 'promote', 'production', 'web', image, '--commit');
    await done(clone, 'rollback', 'production', 'web', '--to', '1111111-1', '--commit');
    expect(text(clone, web)).toBe(`${first}\n`);
    await done(clone, 'rollback', 'production', 'web', '--to', second.slice(second.indexOf('@') + 1));
    expect(text(clone, web)).toBe(`${second}\n`);
    const said = 'no image "4444444-4" in its history; use one of 1111111-1, 3333333-3, 2222222-2';
    await refused(2, said, clone, 'rollback', 'production', 'web', '--to', '4444444-4');
  });

  test.concurrent('keeps its image when somebody else promotes meanwhile', async () => {
    const [one, two] = clones();
    await done(one, 'promote', 'production', 'web', second, '--push');
    hook(one, 'post-commit', once(two, cli('promote', 'production', 'web', third, '--push')));
    const { out } = await done(one, 'rollback', 'production', 'web', '--push');
    expect(out).toContain(`${third} → ${first}`);
    expect(published(one)[0]).toBe('roll back web in production to 1111111-1');
  });

  test.concurrent('says what to do where there is no image before the current one', async () => {
    const [clone] = clones();
    const said = `${web}: no image before the current one in its history; deploy another one with`;
    await refused(2, said, clone, 'rollback', 'production', 'web');
    await done(clone, 'promote', 'production', 'web', second, '--push');
    const shallow = cloned(`file://${git(clone, 'remote', 'get-url', 'origin')}`, '--depth=1');
    await refused(2, 'run git fetch --unshallow', shallow, 'rollback', 'production', 'web');
  });

  test.concurrent('never goes back to the placeholder from before the first build', async () => {
    const clone = cloned();
    writeFileSync(join(clone, web), `${ecr}:0000000-0@sha256:${'0'.repeat(64)}\n`);
    git(clone, 'add', web);
    git(clone, 'commit', '--quiet', '-m', 'placeholder');
    await done(clone, 'promote', 'production', 'web', second);
    git(clone, 'commit', '--quiet', '-am', 'the first build');
    await done(clone, 'rollback', 'production', 'web');
    expect(text(clone, web)).toBe(`${first}\n`);
  });

  test.concurrent('does not go back a second time unasked: what it would return to was rolled back from', async () => {
    const clone = cloned();
    for (const image of [second, third]) await done(clone, 'promote', 'production', 'web', image, '--commit');
    await done(clone, 'rollback', 'production', 'web', '--commit');
    const said =
      'the last deploy was "roll back web in production to 2222222-2"; to go further, or to take that back, say where';
    await refused(2, said, clone, 'rollback', 'production', 'web', '--commit');
    expect(text(clone, web)).toBe(`${second}\n`);
    await done(clone, 'rollback', 'production', 'web', '--to', '1111111-1', '--commit');
    expect(text(clone, web)).toBe(`${first}\n`);
  });
});
