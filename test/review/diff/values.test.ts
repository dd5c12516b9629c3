import { excerpts, valuesOf } from '../../../review/report/values';

const digest = (digits: string) => `sha256:${digits.padEnd(64, '0')}`;

test.each([
  ['debug', 'info'],
  [`${'a'.repeat(200)}X${'b'.repeat(200)}`, `${'a'.repeat(200)}Y${'b'.repeat(200)}`],
  [`${'a'.repeat(200)}`, `${'a'.repeat(200)}, and one more`],
  [`first ${'a'.repeat(300)}`, `other ${'a'.repeat(300)}`],
  [`${'a'.repeat(89)}X`, `${'a'.repeat(89)}`],
  [digest('aaaa'), digest('bbbb')],
  // Only the last digits of two digests tell them apart.
  [`app@${digest('cccccccccccccccccc1')}`, `app@${digest('cccccccccccccccccc2')}`],
  ['x'.repeat(500), 'y'.repeat(500)],
  ['a', `a${'b'.repeat(500)}`],
])('%# two values are cut so that what differs is seen', (before, after) => {
  const [was, is] = excerpts(before, after, 90);
  expect(was).not.toBe(is);
  expect(Math.max(was.length, is.length)).toBeLessThanOrEqual(92);
});

test('what a finding says already is not said again, and no value is half a file', () => {
  const finding = { class: 'config', says: 'A becomes two', before: 'one', after: 'two' } as any;
  expect(valuesOf({ ...finding, says: 'one → two' })).toBeUndefined();
  expect(valuesOf(finding)).toBe('one → two');
  expect(valuesOf({ ...finding, before: 'a\nb', after: 'a\nc' })).toBeUndefined();
});
