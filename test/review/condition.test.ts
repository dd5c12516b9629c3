import { condition } from '../../review/schema/core/condition';

test.each([
  ['result[0] == "a \\" (b"', undefined],
  ["result == 'it' && len(`(`) > 0", undefined],
  ['result == "a', 'has a text without its end'],
  ['result == "a\\"', 'has a text without its end'],
  ["result == 'a\\", 'has a text without its end'],
  ['result == `a', 'has a text without its end'],
])('the texts of %s end, or are told', (text, told) => {
  expect(condition(text)).toBe(told);
});

test('a text without its end is looked at once, however long', () => {
  expect(condition('\\"'.repeat(1_000_000))).toBe('has a text without its end');
});
