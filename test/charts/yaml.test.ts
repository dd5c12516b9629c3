import fc from 'fast-check';
import { dump, load } from 'js-yaml';
import { toYaml } from '../../charts/yaml';
import { manifests } from '../support/manifests';

// sigs.k8s.io/yaml 1.6.0 read all of 88,510 such texts as they were written; bare, it reads each of these as a number.
test.each(['0X1F', '0B101', '0O17', '-0o7', '1e1_0', '+0b1_1', '0X_F', '0b-1', '1_.5_', '08', '0_x1', '1__e5'])(
  'the text %s stays a text, as a value and as a key',
  (text) => expect(toYaml({ value: text, [text]: 'a' }).match(/'.*?'/g)).toEqual([`'${text}'`, `'${text}'`]),
);

test('what no reader takes for a number needs no quotes', () => {
  expect(toYaml({ a: '0xZ', b: '1.2.3', c: '0o8x', d: 'e5', e: 1.5, f: 5 })).toBe(
    'a: 0xZ\nb: 1.2.3\nc: 0o8x\nd: e5\ne: 1.5\nf: 5\n',
  );
});

/** As js-yaml prints it by itself, every word anew. */
const alone = (value: unknown) => dump(value, { sortKeys: true, lineWidth: -1, noRefs: true });
const awkward = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'a\n',
    'a\n\n',
    '\n',
    '\na',
    ' a\n  b',
    'a\n \nb',
    '- a',
    'a: b',
    '#',
    "it's",
    'null',
    '~',
    '=',
    '\u2028',
    'a\tb',
    '---',
    '...',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc
    .array(fc.constantFrom('a', ' ', '\n', ':', '-', '#', "'", '"', '|', '\t'), { maxLength: 8 })
    .map((all) => all.join('')),
);
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    awkward,
    fc.constantFrom<unknown>(null, true, false, 0, -0, 1.5, 1e21, -3, Number.NaN),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom('k', 'a'.repeat(1100)), awkward), tie('value'), {
      maxKeys: 4,
    }),
  ),
})).value;

test('every value is printed as js-yaml prints it, wherever it stands', () => {
  // Without what reads as a number to Go alone.
  const common = anything.filter((value) => !/_|0[XBOb]/.test(JSON.stringify(value) ?? ''));
  fc.assert(
    fc.property(common, (value) => expect(toYaml(value)).toBe(alone(value))),
    { numRuns: 400 },
  );
});

test('what is printed reads as what it was, with apiVersion, kind and metadata first', () => {
  for (const { path, ...object } of manifests) {
    const text = toYaml(object);
    expect({ path, ...(load(text) as object) }).toEqual({ path, ...object });
    expect(text.match(/^\w+/gm)?.slice(0, 3)).toEqual(['apiVersion', 'kind', 'metadata']);
  }
});
