import type { Offence } from '../../../review/rule';
import { rules } from '../../../review/rules';
import { corpus, fixturesOf, list, textOf } from '../fixtures';
import { inline } from '../inline';

test('every rule has a name of its own, and says what it is, why, and what to do', () => {
  expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  const unsaid = rules.filter(
    ({ id, title, why, fix }) =>
      !/^[a-z][a-z0-9-]*$/.test(id) || ![title, why, fix].every((text) => /\S.*[.`]$/.test(text)),
  );
  expect(unsaid.map(({ id }) => id)).toEqual([]);
});

test('every folder of fixtures is of a rule', () => {
  expect(list('fixtures').filter((name) => !rules.some(({ id }) => id === name))).toEqual([]);
});

const fileOf = (offence: Offence) => ('manifest' in offence ? offence.manifest.file : offence.file);

test.each(Object.entries(inline))(
  '%s is told of the bad files, and of nothing in the good',
  (id, { good, bad, files }) => {
    const rule = rules.find((each) => each.id === id);
    expect([...(rule?.check(bad) ?? [])].map(fileOf).sort()).toEqual([...files].sort());
    expect([...(rule?.check(good) ?? [])].map(fileOf)).toEqual([]);
  },
);

const withFixtures = rules.filter(({ id }) => !(id in inline));
describe.each(withFixtures.map((rule) => [rule.id, rule] as const))('%s', (_, rule) => {
  const [good, bad] = [fixturesOf(rule, 'good'), fixturesOf(rule, 'bad')];

  test('has a good and a bad fixture', () => {
    expect([good.length > 0, bad.length > 0]).toEqual([true, true]);
  });

  test('points at the marked lines of the bad, and at no other', () => {
    for (const { subject, marked, lineOf, name } of bad) {
      expect(marked).not.toEqual([]);
      const lines = [...new Set([...rule.check(subject)].map(lineOf))].sort((a, b) => a - b);
      expect([name, lines]).toEqual([name, marked]);
    }
  });

  test('says nothing of the good', () => {
    const said = good.flatMap(({ subject, name }) =>
      [...rule.check(subject)].map(({ message }) => `${name}: ${message}`),
    );
    expect(said).toEqual([]);
  });
});

test('no rule says a word about the unusual but right, but for those it names', () => {
  const said = corpus().flatMap(({ name, subject }) => {
    const [, excused = ''] = /^# but for ([a-z0-9, -]+):/.exec(textOf(name)) ?? [];
    return rules
      .filter(({ id }) => !excused.split(', ').includes(id))
      .flatMap(({ id, check }) => [...check(subject)].map(({ message }) => `${name}: ${id}: ${message}`));
  });
  expect(said).toEqual([]);
});
