import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The repository: where package.json is, above this file or above the bundle's entry. */
export const root = above(__dirname);

function above(folder: string): string {
  return existsSync(join(folder, 'package-lock.json')) ? folder : above(dirname(folder));
}
