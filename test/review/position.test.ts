import { positions, positionsIn } from '../../review/model/position';

const text = 'spec:\n  containers:\n    - name: web\n    - image: b\n      name: pool\n  a.b/c: 1\n';
const find = positionsIn(text);

test.each([
  ['a key', ['spec', 'a.b/c'], { line: 6, column: 3 }],
  ['a place in a list', ['spec', 'containers', 1], { line: 4, column: 7 }],
  ['the element with a name', ['spec', 'containers', { name: 'pool' }, 'name'], { line: 5, column: 7 }],
  [
    'what is missing, where its parent is',
    ['spec', 'containers', { name: 'web' }, 'image'],
    { line: 3, column: 7 },
  ],
  ['the element that no other has the name of', ['spec', 'containers', { name: 'x' }], { line: 2, column: 3 }],
  ['a field of what has none', ['spec', 'a.b/c', 'd'], { line: 6, column: 3 }],
])('%s is found', (_, path, place) => {
  expect(find(path)).toEqual(place);
});

test('a file is read when something is said of it, and once', () => {
  const read: string[] = [];
  const at = positions((file) => {
    read.push(file);
    return text;
  });
  expect(read).toEqual([]);
  expect([at('a', ['spec']).line, at('a', ['spec', 'containers']).line]).toEqual([1, 2]);
  expect(read).toEqual(['a']);
});
