import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../support/root';

// Writes docs/changes.md: `node commands/run.mjs test/review/diff/changes-page.ts`.
const folder = mkdtempSync(join(tmpdir(), 'once-'));
process.env.ONCE_PER_RUN = folder;
import('./changes')
  .then(({ changesPage }) => writeFileSync(join(root, 'docs/changes.md'), changesPage()))
  .finally(() => rmSync(folder, { recursive: true }));
