import { isDeepStrictEqual } from 'node:util';
import { loadAll } from 'js-yaml';
import { plainDocument } from '../../charts/plain-yaml';
import { readTexts } from '../../review/model/tree';
import { root } from '../support/root';

const texts = [...readTexts(root)].filter(([file]) => file.endsWith('.yaml')).map(([, text]) => text);

/** Texts that it takes and js-yaml reads otherwise, or not at all. */
const misread = (each: readonly string[]) =>
  each.filter((text) => {
    const found = plainDocument(text);
    if (found === undefined) return false;
    try {
      return !isDeepStrictEqual(loadAll(text), [found]);
    } catch {
      return true;
    }
  });

test('nearly all that synth prints is read line by line, and every value is the one that js-yaml reads', () => {
  expect(misread(texts)).toEqual([]);
  expect(texts.filter((text) => plainDocument(text) !== undefined).length).toBeGreaterThan(0.95 * texts.length);
});

test('whatever happens to a line, what is still taken is read as js-yaml reads it', () => {
  // The same beginning each time, so that a failure comes again.
  let state = 1;
  const below = (limit: number) => {
    state = (state * 48271) % 2147483647;
    return state % limit;
  };
  const pieces = [
    ' ',
    '  ',
    '- ',
    ': ',
    ':',
    ' #x',
    "'",
    '"',
    '|',
    '|-',
    '>',
    '\n',
    '\n\n',
    '&a ',
    '*a',
    '!!str ',
    '? ',
    '-',
    '---\n',
    '...',
    '0x1F',
    '1e5',
    '.5',
    '~',
    'null',
    'Yes',
    '2001-12-14',
    '0o7',
    '[a]',
    '{a: b}',
    '\t',
    '%',
    '@',
    '`',
    ',',
    '<<: ',
    '1_0',
    '.inf',
    '—',
    '12:30:45',
  ];
  const short = texts.filter((text) => text.length < 1500);
  const changed = Array.from({ length: 2500 }, () => {
    const text = short[below(short.length)] as string;
    const [at, piece] = [below(text.length), pieces[below(pieces.length)] as string];
    return text.slice(0, at) + piece + text.slice(at + below(3));
  });
  expect(misread(changed)).toEqual([]);
  expect(changed.filter((text) => plainDocument(text) !== undefined).length).toBeGreaterThan(400);
});

test.each([
  'a: b: c',
  'a: b #c',
  'a: "b"',
  'a: 0x1F',
  'a: 010',
  'a: 1_000',
  'a: 12:30:45',
  'a: 2001-12-14',
  'a: yes',
  'a: .inf',
  'a: -.INF',
  'a: 1e3',
  'a: 1e-1',
  'a: 12E-3',
  'a: +1',
  'a: ~',
  'a: b\n  c',
  'a: b\na: c',
  '__proto__: b',
  'yes: b',
  'a:\n- b',
  'a:',
  'a: |\n    b\n   c',
  'a: |+\n  b\n',
  'a: >\n  b',
  'a: |\n  b\n \n',
  '---\na: b',
  'a: b\n---',
  '- a\nb: c',
  'a: &b c',
  'a: *b',
  'a: !b c',
  'a:  b',
  'a: b ',
  'a: b\r',
  "a: 'b",
  `${'- '.repeat(99)}a`,
])('leaves %j to the reader of all of YAML', (text) => {
  expect(plainDocument(`${text}\n`)).toBeUndefined();
});

test.each([
  `a: |\n  b${'\n'.repeat(1_000_000)}  c\n`,
  `a: '${"''".repeat(1_000_000)}'\n`,
  `a: '${'b'.repeat(2_000_000)}\n`,
  `a: ${'b '.repeat(1_000_000)}b\n`,
  `${'a'.repeat(2_000_000)}: b\n`,
  `${'- '.repeat(1_000_000)}a\n`,
  `a: ${'1'.repeat(2_000_000)}\n`,
])('a text of millions of characters is read, or left, at once (case %#)', (text) => {
  const begun = process.cpuUsage().user;
  plainDocument(text);
  expect(process.cpuUsage().user - begun).toBeLessThan(2_000_000);
});
