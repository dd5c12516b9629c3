import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const variable = 'ONCE_PER_RUN';

/** jest's globalSetup: a folder that every worker of this run knows, gone when the run ends. */
export default function begin(): void {
  const folder = mkdtempSync(join(tmpdir(), 'once-'));
  process.env[variable] = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
}

/**
 * What many test files need and none may change, made by the first that asks for it and read by the others: a copy each, so
 * that no file sees what another one did to it. Only what JSON can carry.
 */
export function once<T>(name: string, make: () => T): T {
  const folder = process.env[variable];
  // The suites of real programs need it in few files.
  if (!folder) return JSON.parse(JSON.stringify(make()));
  const path = join(folder, `${name}.json`);
  if (!existsSync(path)) {
    const mine = `${path}.${process.pid}`;
    writeFileSync(mine, JSON.stringify(make()));
    renameSync(mine, path);
  }
  return JSON.parse(readFileSync(path, 'utf8'));
}
