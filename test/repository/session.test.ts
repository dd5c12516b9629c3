import { execFileSync } from 'node:child_process';
import {
  clones,
  done,
  env,
  first,
  git,
  published,
  refused,
  removeClones,
  second,
  third,
  tomorrow,
} from '../support/clones';

jest.setTimeout(300_000);
afterAll(removeClones);

test('a day of the commands, each as a process: promote, look, judge, freeze, roll back', async () => {
  const [clone, other] = clones();
  await done(clone, 'promote', 'production', 'sidekiq', first, '--stable', 'web', '--push');
  await done(clone, 'promote', 'production', 'web', second, '--push');
  expect(published(other)[0]).toBe('promote web 2222222-2 to production');
  expect((await done(clone, 'status', 'production', '--no-live')).out).toContain('2222222-2');
  expect((await done(clone, 'diff', '--base', 'HEAD~1')).out).toMatch(/production web .*2222222-2/);
  expect((await done(clone, 'check', '--quiet')).out).toMatch(/^passed \d+ objects/m);

  await done(other, 'freeze', 'production', '--until', tomorrow, '--reason', 'exams', '--push');
  await refused(3, 'by Jenkins: exams', clone, 'promote', 'production', 'web', third, '--push');
  await done(clone, 'rollback', 'production', 'web', '--push');
  expect(published(other)[0]).toBe('roll back web in production to 1111111-1');
  git(other, 'pull', '--quiet');
  expect(
    execFileSync(process.execPath, ['eren', 'status', '--no-live'], { cwd: other, env, encoding: 'utf8' }),
  ).toMatch(/production is frozen until the end of .*exams/);
});
