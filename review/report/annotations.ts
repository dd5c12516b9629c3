import type { Level } from '../rule';

/** In the order in which they are written. */
const commands = ['error', 'warning', 'notice'] as const;
/** GitHub shows at most this many of each command. */
const most = 10;

/** One place of a file, as GitHub marks it on a pull request. */
export interface Annotation {
  readonly command: (typeof commands)[number];
  /** Absent for what is in no file. */
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  readonly column?: number;
  readonly title: string;
  readonly text: string;
}

export const commandOfLevel: Readonly<Record<Level, Annotation['command']>> = {
  critical: 'error',
  high: 'error',
  warn: 'warning',
  info: 'notice',
};

/**
 * Annotations of a workflow: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 *
 * @param name title of the annotation that counts the rest
 * @param shows the command that shows the rest
 */
export function annotations(all: readonly Annotation[], name: string, shows: string): string {
  return commands
    .flatMap((command) => {
      const of = all.filter((each) => each.command === command);
      // When there are eleven, the tenth has to say so.
      const lines = of.slice(0, of.length > most ? most - 1 : most).map(written);
      const more = of.length - lines.length;
      return more > 0 ? [...lines, `::${command} title=${name}::and ${more} more; ${shows} shows them`] : lines;
    })
    .map((line) => `${line}\n`)
    .join('');
}

function written({ command, file, line, column, title, text }: Annotation): string {
  const properties = Object.entries({ file, line, col: column, title })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${property(String(value))}`);
  return `::${command} ${properties.join(',')}::${escaped(text)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
