import { lstatSync, readlinkSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { makeFolder } from '../charts/files';

/** One of the forms of a report, and where it goes. */
export interface Destination<Format extends string> {
  readonly format: Format;
  /** Standard output when absent. */
  readonly file?: string;
}

/** `--output text --output json=diff.json`: each use adds one. Without any, text goes to standard output. */
export function outputOption(formats: readonly string[]): Option {
  type Destinations = readonly Destination<string>[];
  const none: Destinations = [{ format: 'text' }];
  return new Option('-o, --output <format[=file]>', `${formats.join(', ')}; may be given more than once`)
    .argParser((value, previous: Destinations): Destinations => {
      const [name = '', ...rest] = value.split('=');
      const format = formats.find((each) => each === name);
      if (!format) throw new InvalidArgumentError(`${JSON.stringify(name)} is none of ${formats.join(', ')}.`);
      const file = rest.join('=');
      if (rest.length > 0 && file === '') throw new InvalidArgumentError('Name a file after =.');
      // Said before the work, which may take minutes.
      if (file !== '' && isFolder(file)) throw new InvalidArgumentError(`${file} ${folderRefused}.`);
      return [...(previous === none ? [] : previous), { format, ...(file && { file }) }];
    })
    .default(none, 'text');
}

const folderRefused = 'is a folder; name a file in it';

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}

/**
 * Writes it whole or not at all; through a symbolic link to what that names.
 *
 * @throws Error when the file is a folder
 */
export function writeResult(text: string, file: string | undefined): void {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  if (isFolder(file)) throw new Error(`${file}: ${folderRefused}`);
  // A pipe or /dev/null is written to: a file renamed over it would take its place, for everybody on the machine.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(file, text);
    return;
  }
  const path = linked(resolve(file));
  makeFolder(dirname(path));
  const beside = `${path}.${process.pid}`;
  try {
    writeFileSync(beside, text);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Where links lead to, also when nothing is there yet. */
function linked(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? linked(resolve(realpathSync(dirname(path)), readlinkSync(path)))
    : path;
}
