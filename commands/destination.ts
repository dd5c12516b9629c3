import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

/** One of the forms of a report, and where it goes. */
export interface Destination<Format extends string> {
  readonly format: Format;
  /** Standard output when absent. */
  readonly file?: string;
}

/** Reads `--output text --output json=diff.json`: each use adds one. */
export function destinations<Format extends string>(formats: readonly Format[]) {
  return (value: string, previous: readonly Destination<Format>[]): readonly Destination<Format>[] => {
    const [name = '', ...rest] = value.split('=');
    const format = formats.find((each) => each === name);
    if (!format) throw new InvalidArgumentError(`${JSON.stringify(name)} is none of ${formats.join(', ')}.`);
    const file = rest.join('=');
    if (rest.length > 0 && file === '') throw new InvalidArgumentError('Name a file after =.');
    return [...previous, { format, ...(file && { file }) }];
  };
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
