import { mistypedIn } from '../../review/check/subject';
import { parseTree } from '../../review/model/tree';
import { documentsIn, longest } from '../../review/model/yaml';
import { rules } from '../../review/rules';
import { root } from '../support/root';
import { between, reviewOf } from './diff/fixtures';

/** Nine levels of nine aliases each: 400 million elements in half a kilobyte. */
const bomb = [
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb, namespace: production}',
  'a: &a [x,x,x,x,x,x,x,x,x]',
  ...'bcdefghi'.split('').map((name, i) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(',')}]`),
].join('\n');
const deep = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: deep}\ndata: ${'['.repeat(5_000)}${']'.repeat(5_000)}`;
const large = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata: {a: ${'x'.repeat(longest)}}`;

test.each([
  ['an alias bomb', bomb, /^an alias \(\*name\) is not read here; write out what it stands for \(5:/],
  ['lists in lists', deep, /^fields are nested deeper than the most that is read \(100\)/],
  ['a file of megabytes', large, /^holds \d+ characters, and an object of ours at most 3145728; split it$/],
])('%s is told of in one line by check and by diff', (_, text, said) => {
  expect(() => documentsIn(text)).toThrow(said);
  const file = 'dist/production/web/ConfigMap.bomb.yaml';
  const tree = parseTree(new Map([[file, text]]));
  const readable = rules.find(({ id }) => id === 'readable') as (typeof rules)[number];
  expect([...readable.check({ tree } as any)]).toEqual([{ file, message: expect.stringMatching(said) }]);
  const report = reviewOf(between(new Map(), new Map([[file, text]])));
  expect(JSON.stringify(report)).toMatch(new RegExp(said.source.replace(/[\^$]/g, '')));
});

test.each(['toString', 'valueOf'])('a map that calls a field %s is refused where it is read', (name) => {
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: {${name}: a}}\n`;
  expect(parseTree(new Map([['dist/a/b/ConfigMap.a.yaml', text]])).unreadable).toEqual([
    {
      file: 'dist/a/b/ConfigMap.a.yaml',
      message: `has a field ${name}, which no object of ours has; give it another name`,
    },
  ]);
  expect(
    parseTree(new Map([['dist/a/b/ConfigMap.a.yaml', text.replace(`{${name}: a}`, name)]])).unreadable,
  ).toEqual([]);
});

test.each(['toString', 'constructor', '__proto__', 'hasOwnProperty'])(
  'an object of kind %s is read neither by check nor by diff, which say so',
  (kind) => {
    const file = 'dist/production/web/X.a.yaml';
    const text = `apiVersion: v1\nkind: ${kind}\nmetadata: {name: a, namespace: production}\n`;
    expect(parseTree(new Map([[file, text]])).unreadable).toEqual([
      { file, message: 'holds no object with apiVersion, kind and metadata.name' },
    ]);
    expect(JSON.stringify(reviewOf(between(new Map(), new Map([[file, text]]))))).toContain(
      'holds something without apiVersion, kind and metadata.name',
    );
  },
);

test('what cost cannot count is told by file, field and value', () => {
  const file = 'dist/production/web/Deployment.a.yaml';
  const text =
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: two, template: {spec: {containers: {}}}}\n';
  expect(mistypedIn(root, parseTree(new Map([[file, text]])))).toEqual([
    { file, message: expect.stringMatching(/^spec\.replicas: is "two"/) },
    { file, message: expect.stringMatching(/^spec\.template\.spec\.containers: is an object, must be a list$/) },
  ]);
});

test('a block of two million empty lines is read in time', () => {
  const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: |\n    x\n${'\n'.repeat(2_000_000)}    y\n`;
  const begin = process.cpuUsage();
  expect(documentsIn(text)).toHaveLength(1);
  expect(process.cpuUsage(begin).user).toBeLessThan(20_000_000);
});
