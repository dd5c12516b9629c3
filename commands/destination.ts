import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';

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
      return [...(previous === none ? [] : previous), { format, ...(file && { file }) }];
    })
    .default(none, 'text');
}

/** Writes it whole or not at all. */
export function put(text: string, file: string | undefined): void {
  if (file === undefined) {
    process.stdout.write(text);
    return;
  }
  const path = resolve(file);
  // A pipe or /dev/null is written to: a file renamed over it would take its place, for everybody on the machine.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) {
    writeFileSync(path, text);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, text);
  renameSync(`${path}.${process.pid}`, path);
}
