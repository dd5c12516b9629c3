import { Option } from 'commander';
import pc from 'picocolors';
import type { Terminal } from '../review/report/terminal';

/** How a person wants it shown. */
export interface Shown {
  readonly color: 'auto' | 'always' | 'never';
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

export function colorOption(): Option {
  return new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto');
}

/**
 * Colours, and how wide: those of standard output, and none in a file unless they are asked for.
 *
 * @param width in characters, where no terminal says it
 */
export function terminalOf({ color, quiet, verbose }: Shown, file?: string, width = 100): Terminal {
  const colored = color === 'always' || (color === 'auto' && file === undefined && pc.isColorSupported);
  return { colors: pc.createColors(colored), width: process.stdout.columns || width, quiet, verbose };
}
