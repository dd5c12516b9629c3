// Writes what each fixture gives today beside it, for a person to read before it is committed:
// node commands/run.mjs test/review/diff/record.ts
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixturesIn, reviewed, told } from './fixtures';

for (const fixture of ['classes', 'immutable', 'mutable'].flatMap(fixturesIn))
  writeFileSync(join(__dirname, `${fixture}.json`), `${JSON.stringify(told(reviewed(fixture)), null, 2)}\n`);
