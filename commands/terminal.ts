import { Option } from 'commander';
import pc from 'picocolors';
import type { Terminal } from '../review/report/terminal';

/** How a person wants it shown. */
export interface Shown {
  readonly color: 'auto' | 'always' | 'never';
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

const when = ['auto', 'always', 'never'] as const;
/** The choice of this run: an error that comes after the arguments are read is shown as was asked for. */
let asked: Shown['color'] = 'auto';

export function colorOption(): Option {
  const option = new Option('--color <when>', 'colours').choices(when).default('auto');
  const { parseArg } = option;
  return option.argParser((value: string, previous: unknown) => {
    asked = parseArg?.(value, previous) as Shown['color'];
    return asked;
  });
}

/** picocolors' own answer is not asked for: it takes any `--color` among the arguments for a yes, and every CI too. */
export function isColored(
  stream: { readonly isTTY?: boolean },
  color = asked,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (color !== 'auto') return color === 'always';
  if (env.NO_COLOR) return false;
  // 0 is how other programs are told no.
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0';
  return stream.isTTY === true && env.TERM !== 'dumb';
}

/**
 * Colours, and how wide: those of standard output, and none in a file unless they are asked for.
 *
 * @param width in characters, where neither COLUMNS nor a terminal says it
 */
export function terminalOf({ color, quiet, verbose }: Shown, file?: string, width = 100): Terminal {
  const colored = (file === undefined || color === 'always') && isColored(process.stdout, color);
  return {
    colors: pc.createColors(colored),
    width: Number(process.env.COLUMNS) || process.stdout.columns || width,
    quiet,
    verbose,
  };
}
