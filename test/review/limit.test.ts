import { check } from '../../review/check/check';
import { subjectOf } from '../../review/check/subject';
import { doing, limited } from '../../review/limit';
import { parseTree } from '../../review/model/tree';
import type { Rule } from '../../review/rule';
import { settings } from '../support/manifests';
import { root } from '../support/root';

const words = { level: 'high', title: 't', why: 'w', fix: 'f' } as const;
const rule = (id: string, work: () => unknown): Rule => ({
  ...words,
  id,
  check: () => {
    work();
    return [];
  },
});
const spin = (milliseconds: number) => {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
};
const subject = subjectOf(root, parseTree(new Map()), settings);
const checked = (...rules: Rule[]) =>
  limited(() => check({ subject, rules, failOn: 'high', textOf: () => '' }), 1.5);

test.each<[string, () => unknown]>([
  [
    'a loop',
    () => {
      for (;;);
    },
  ],
  [
    'a loop that catches everything',
    () => {
      for (;;)
        try {
          spin(1);
          throw new Error();
        } catch {}
    },
  ],
  // recheck calls it exponential.
  ['a pattern', () => /^(a+)+$/.test(`${'a'.repeat(60)}b`)],
  [
    'a generator that never ends',
    () => {
      function* all() {
        for (;;) yield 1;
      }
      for (const _ of all());
    },
  ],
  [
    'a comparison of each with each',
    () => {
      const all = [...Array(40_000).keys()];
      for (const a of all) for (const b of all) if (a - b === 0.5) throw new Error();
      for (;;);
    },
  ],
])('%s without an end is stopped, and the rule is named', (_, work) => {
  expect(() =>
    checked(
      rule('swift', () => spin(5)),
      rule('endless', work),
      rule('after', () => spin(5)),
    ),
  ).toThrow(
    /^rule endless: took \d+ of the 1\.5 s that all rules may take together, and was stopped; nothing is judged\. See /,
  );
});

test('named is what took longest, not what ran last', () => {
  expect(() =>
    checked(
      rule('slow', () => spin(250)),
      rule('last', () => spin(5_000)),
    ),
  ).toThrow(/^rule (slow|last): /);
  expect(() =>
    checked(
      rule('slow', () => spin(600)),
      ...Array.from({ length: 40 }, (_, i) => rule(`swift-${i}`, () => spin(40))),
    ),
  ).toThrow(/^rule slow: /);
});

test('what ends in time is told as it is, and what it throws too', () => {
  expect(checked(rule('swift', () => spin(5))).passed).toBe(true);
  const broken = new TypeError('of our own');
  expect(() =>
    limited(() => {
      throw broken;
    }),
  ).toThrow(broken);
  expect(
    limited(() => {
      doing('class image');
      return 7;
    }),
  ).toBe(7);
});
