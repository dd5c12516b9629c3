import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

let version = 0;

/**
 * Files as the kubelet keeps those of a Secret or ConfigMap: names lead through one link, which is swapped, so a reader sees
 * all of the old ones or all of the new ones.
 */
export function writeFiles(folder: string, files: Record<string, string>, mode: number, group?: number): void {
  const data = `..${++version}`;
  mkdirSync(join(folder, data), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, data, name);
    writeFileSync(file, content);
    // For the group of the pod (fsGroup) the kubelet adds that it may read.
    chmodSync(file, group === undefined ? mode : mode | 0o040);
    if (group !== undefined) chownSync(file, 0, group);
    rmSync(join(folder, name), { force: true });
    symlinkSync(join('..data', name), join(folder, name));
  }
  symlinkSync(data, join(folder, '..next'));
  renameSync(join(folder, '..next'), join(folder, '..data'));
}

/** An emptyDir, or a new volume: everybody may write, and what is written is the group's of the pod. */
export function emptyFolder(folder: string, group = 0): void {
  mkdirSync(folder, { recursive: true });
  chownSync(folder, 0, group);
  chmodSync(folder, 0o2777);
}
