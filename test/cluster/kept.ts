import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Something that is made once on a machine and then found there, by this clone and by others. */
export interface Kept {
  readonly name: string;
  /** For what is said while it is made. */
  readonly version: string;
  /** Everything that it depends on; another key is another folder. */
  readonly key: readonly (string | Buffer)[];
  /** Makes it in an empty folder, which is renamed when it is whole. */
  readonly make: (folder: string) => Promise<void>;
}

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'e-ren', 'cluster');

/**
 * Makes it where it is not yet. Two may make the same at once: each beside, and the first to rename wins.
 *
 * @param say is told what takes long
 * @returns the folder
 */
export async function folderOf({ name, version, key, make }: Kept, say: (line: string) => void): Promise<string> {
  const hash = createHash('sha256');
  for (const part of key) hash.update(part);
  const kept = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(kept)) {
    const now = new Date();
    utimesSync(kept, now, now);
    return kept;
  }
  const beside = `${kept}.${process.pid}`;
  mkdirSync(beside, { recursive: true });
  const since = Date.now();
  const passed = () => `${Math.round((Date.now() - since) / 1000)} s`;
  say(`builds ${name} ${version} (once; up to some minutes)`);
  const timer = setInterval(() => say(`  still building ${name}, ${passed()}`), 15_000);
  try {
    await make(beside);
    try {
      renameSync(beside, kept);
    } catch (error) {
      // Somebody else has made the same meanwhile.
      if (!existsSync(kept)) throw error;
    }
    say(`  ${name} ${version} is built, ${passed()}`);
  } finally {
    clearInterval(timer);
    rmSync(beside, { recursive: true, force: true });
  }
  forget(name, kept);
  return kept;
}

/** Removes what nobody has used for a month: earlier versions, and what an interrupted run left. */
function forget(name: string, kept: string): void {
  const month = 30 * 86_400_000;
  for (const item of readdirSync(cache)) {
    const path = join(cache, item);
    if (item.startsWith(`${name}-`) && path !== kept && Date.now() - statSync(path).mtimeMs > month)
      rmSync(path, { recursive: true, force: true });
  }
}
