import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/root';
import { changesPage, realChanges } from './changes';

jest.setTimeout(120_000);

test('docs/changes.md says of each change what the review says now', () => {
  expect(realChanges.length).toBeGreaterThanOrEqual(25);
  expect(readFileSync(join(root, 'docs/changes.md'), 'utf8')).toBe(changesPage());
});
