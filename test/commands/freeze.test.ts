import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  changed,
  cli,
  clones,
  done,
  expectGenerated,
  first,
  git,
  hook,
  once,
  published,
  refused,
  removeClones,
  run,
  second,
  text,
  third,
  tomorrow,
} from '../support/clones';

jest.setTimeout(300_000);
afterAll(removeClones);

const file = 'charts/environments/freezes/production.txt';
const freeze = ['freeze', 'production', '--until', tomorrow, '--reason', 'registration week'] as const;
const said = `production is frozen until the end of ${tomorrow} (UTC), by Jenkins: registration week`;

test.concurrent('a freeze is one line in git, from any clone; promotions are refused, and go on after its end', async () => {
  const [clone, other] = clones();
  await done(other, 'promote', 'production', 'web', second, '--push');
  await done(other, 'promote', 'production', 'sidekiq', second, '--stable', 'web', '--push');
  writeFileSync(join(clone, 'README.md'), 'not committed');
  const frozen = await done(clone, ...freeze, '--push');
  expect(frozen.out).toContain('pushed    to origin main');
  expect(changed(clone)).toEqual(['README.md']);
  expect(published(clone)[0]).toBe(`freeze production until ${tomorrow}`);
  expect(git(clone, 'show', `origin/main:${file}`)).toBe(`${tomorrow} Jenkins: registration week`);

  await refused(3, said, other, 'promote', 'production', 'web', third, '--push');
  await refused(3, said, other, 'promote', 'production', 'web', third);
  expect(changed(other)).toEqual([]);
  await done(other, 'promote', 'staging', 'web', third, '--push');
  expect((await done(other, 'freeze', 'production')).out).toBe(`${said}\n`);
  expect((await done(clone, 'status', 'production', '--no-live')).out).toContain(`  ${said}\n`);
  await done(clone, 'rollback', 'production', 'web', '--to', first.slice(-71), '--push');
  expect(published(clone)[0]).toBe('roll back web in production to 1111111-1');
  await expectGenerated(other);

  expect((await done(other, ...freeze, '--push')).out).toContain('already, nothing to do');
  await done(clone, 'freeze', 'production', '--end', '--push');
  expect((await done(other, 'freeze', 'production', '--end', '--push')).out).toContain('nothing to do');
  await done(other, 'promote', 'production', 'web', third, '--push');
  expect(published(clone).slice(0, 2)).toEqual([
    'promote web 3333333-3 to production',
    'end the freeze of production',
  ]);
});

test.concurrent('a freeze that is pushed while somebody promotes stops that promotion', async () => {
  const [one, two] = clones();
  hook(one, 'post-commit', once(two, cli(...freeze, '--push')));
  await refused(3, said, one, 'promote', 'production', 'web', second, '--push');
  expect(published(one)[0]).toBe(`freeze production until ${tomorrow}`);
  await expectGenerated(one);
});

test.concurrent('a release whose canary has passed is completed, and no other image goes along', async () => {
  const [clone] = clones();
  await done(clone, 'promote', 'production', 'web', second, '--push');
  await done(clone, ...freeze, '--push');
  await refused(3, said, clone, 'promote', 'production', 'sidekiq', second, '--push');
  await refused(3, said, clone, 'promote', 'production', 'sidekiq', first, '--stable', 'web', '--push');
  await done(clone, 'promote', 'production', 'sidekiq', second, '--stable', 'web', '--push');
});

test.concurrent('the review says that what is merged is frozen, also where the branch is older than the freeze', async () => {
  const [clone, other] = clones();
  git(clone, 'switch', '--quiet', '--create', 'change');
  await done(clone, 'promote', 'production', 'web', second, '--commit');
  await done(other, ...freeze, '--push');
  git(clone, 'fetch', '--quiet');
  const { out } = await done(clone, 'diff', '--output', 'markdown');
  expect(out).toContain(`${said}; merging this changes it all the same`);
  const report = async (command: string) => JSON.parse((await done(clone, command, '-o', 'json')).out).findings;
  expect(await report('diff')).toContainEqual(
    expect.objectContaining({ class: 'frozen', level: 'warn', environments: ['production'] }),
  );
  expect(await report('check')).toContainEqual(
    expect.objectContaining({ rule: 'frozen', level: 'warn', says: expect.stringContaining(said) }),
  );
  git(clone, 'reset', '--quiet', '--hard', 'HEAD^');
  await done(clone, 'promote', 'staging', 'web', second, '--commit');
  expect((await done(clone, 'diff')).out).not.toContain('frozen');
});

test.concurrent('what is over stops nothing, and what is not a freeze is said', async () => {
  const [clone] = clones();
  await done(clone, ...freeze);
  writeFileSync(join(clone, file), '2026-11-29 Ann Lee: fair\n');
  expect((await done(clone, 'freeze', 'production')).out).toContain('the freeze by Ann Lee ended with 2026-11-29');
  await done(clone, 'promote', 'production', 'web', second);
  for (const wrong of ['', '<<<<<<< HEAD', '2026-02-30 Ann Lee: fair', `${tomorrow} Ann Lee`]) {
    writeFileSync(join(clone, file), wrong);
    await refused(
      2,
      `${file}: ${JSON.stringify(wrong)} is not a day, a name and a reason`,
      clone,
      'promote',
      'production',
      'web',
      third,
    );
  }
  await done(clone, ...freeze);
  expect(text(clone, file)).toBe(`${tomorrow} Jenkins: registration week\n`);
});

test.concurrent.each([
  [['--until', '2026-02-30', '--reason', 'x'], 'Write a day, for example'],
  [['--until', '2020-01-01', '--reason', 'x'], 'That day is over'],
  [['--until', '2126-01-01', '--reason', 'x'], 'nothing is frozen for longer'],
  [['--until', tomorrow], '--reason <text> is missing'],
  [['--reason', 'x'], '--until <day> is missing'],
  [['--until', tomorrow, '--reason', 'two\nlines'], 'in one line of up to 200 characters'],
  [['--until', tomorrow, '--reason', ' '], 'in one line of up to 200 characters'],
  [['--end', '--reason', 'x'], '--end takes neither --until nor --reason'],
  [['--push'], '--push has nothing to push'],
] as const)('%j is wrong usage', async (args, wrong) => {
  const { code, err } = await run(process.cwd(), ['freeze', 'production', ...args]);
  expect(code).toBe(2);
  expect(err).toContain(wrong);
});
