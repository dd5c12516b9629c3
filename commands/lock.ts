import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../charts/output';
import { warn } from './command';

/** How long one waits for another that deploys from the same clone, in milliseconds: as long as a slow push takes. */
const patience = 60_000;

/**
 * Does the work while nobody else who asks for the lock works in this tree: two that write the same manifests would leave
 * some of each.
 *
 * @param root a folder that git ignores is made in it, and goes with the work; that of a process that died is taken over
 * @throws Error when another process keeps it for longer than a minute
 */
export async function withLock<T>(root: string, work: () => Promise<T>): Promise<T> {
  const folder = join(root, '.staging-lock');
  const owner = join(folder, 'process');
  const end = Date.now() + patience;
  for (let told = false; !take(folder); ) {
    const id = Number(read(owner));
    // Between making the folder and saying whose it is the owner is unknown for a moment.
    if (id > 0 && !isAlive(id)) {
      takeOver(folder);
      continue;
    }
    if (Date.now() > end)
      throw new Error(
        `process ${id || '(unknown)'} deploys from this clone; wait for it, or remove ${folder} when there is no such process`,
      );
    if (!told) warn(`waits for process ${id || '(unknown)'}, which deploys from this clone …`);
    told = true;
    await sleep(100);
  }
  try {
    writeFileSync(owner, String(process.pid));
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two may see that the owner is dead; only one of them can rename. */
function takeOver(folder: string): void {
  const aside = `${folder}-${process.pid}`;
  try {
    renameSync(folder, aside);
  } catch {
    return;
  }
  rmSync(aside, { recursive: true, force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
