import { broken, mutantsOf } from './mutants';

const source = [
  "// ä, so that bytes and letters differ\nimport { a } from './a';",
  "const list = ['x', 'y'];",
  'export function f(b: number): boolean {',
  '  if (b >= 3 && !a) a.push(b);',
  '  return list.some((c) => c === a);',
  '}\n',
].join('\n');

test('each break is one small change of the behaviour, on the line that it names', () => {
  const told = mutantsOf(source).map(({ line, before, after }) => `${line}: ${before} -> ${after}`);
  expect(told).toEqual([
    "3: 'x', -> ",
    "3: 'y' -> ",
    '5: b >= 3 && !a -> true',
    '5: b >= 3 && !a -> false',
    '5:  >=  ->  > ',
    '5: 3 -> 4',
    '5:  &&  ->  || ',
    '5: !a -> a',
    '5: a.push(b); -> ;',
    '6: some -> every',
    '6:  ===  ->  !== ',
  ]);
});

test('a broken source differs from the whole one in that place alone', () => {
  const [, , , , wider] = mutantsOf(source);
  expect(broken(source, wider as NonNullable<typeof wider>)).toBe(source.replace('b >= 3', 'b > 3'));
});
