import { closeSync, mkdirSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. Node's own way never ends where a file system takes no folder and says that the one
 * above is missing, as `/proc` does (`MKDirpSync` of its src/node_file.cc asks for it again and again).
 *
 * @throws Error of the first that cannot be made
 */
export function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else has made it meanwhile.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Bytes; nothing that is read here comes near it. */
const largest = 64 * 2 ** 20;

/**
 * The text of a file. What never ends, and what waits for somebody to write, is not read: a device, a pipe.
 *
 * @param pipe whether a pipe may be read, because a person has named it: `--from <(terraform output -json)`
 * @throws Error that says which file it is, and why it is not read
 */
export function readText(file: string, { pipe = false } = {}): string {
  const found = statSync(file);
  const refused = (why: string, code?: 'EISDIR') => {
    const message = `${file}: ${why}`;
    return Object.assign(new Error(message), { problems: [message], ...(code && { code }) });
  };
  if (found.isFIFO() && pipe) return readPipe(file, refused);
  if (found.isDirectory()) throw refused('is a folder; give a file in its place', 'EISDIR');
  if (!found.isFile()) throw refused('is a pipe or a device; give a file in its place');
  if (found.size > largest) throw refused(`has ${found.size} bytes, more than ${largest}; write a smaller one`);
  return readFileSync(file, 'utf8');
}

/**
 * The text of a file that may be missing.
 *
 * @returns undefined when it does not exist
 * @throws what `readText` throws
 */
export function textIfThere(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false }) && readText(file);
}

function readPipe(file: string, refused: (why: string) => Error): string {
  const opened = openSync(file, 'r');
  const parts: Buffer[] = [];
  try {
    for (let [size, part] = [0, Buffer.alloc(0)]; ; parts.push(part)) {
      part = Buffer.alloc(2 ** 16);
      part = part.subarray(0, readSync(opened, part));
      size += part.length;
      if (part.length === 0) return Buffer.concat(parts).toString('utf8');
      if (size > largest) throw refused(`gives more than ${largest} bytes; write a smaller one`);
    }
  } finally {
    closeSync(opened);
  }
}
