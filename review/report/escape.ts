import { discreet } from '../../charts/environments/secret-texts';
import { visible } from '../../charts/environments/visible';

/**
 * Names, messages and values of manifests may hold anything. What is shown of them goes through `shown` first, and then
 * through the escape of its medium: `printed` for a terminal and a log, `words` and `code` for Markdown and HTML, GitHub's
 * own for annotations, and the writer of JSON.
 */

/** A report in which everything can be seen, and no secret; only values that differ, `before` and `after`, have several lines. */
export function shown<T>(value: T, lines?: boolean): T;
export function shown(value: unknown, lines = false): unknown {
  if (typeof value === 'string') return visible(discreet(lines ? value : value.replace(/[\r\n]+/g, ' ')));
  if (Array.isArray(value)) return value.map((each) => shown(each, lines));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      shown(key),
      shown(each, lines || key === 'before' || key === 'after'),
    ]),
  );
}

/** Text of which a GitHub runner takes no line for a command: it trims a line and looks for `::` (`TryParseV2`, as above). */
export function printed(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours stand before words
  return text.replace(/^((?:[ \t]|\x1b\[\d+m)*):(?=:)/gm, '$1\\:');
}

/** Text in a line of Markdown or between tags of it: none of it is markup, and nobody is called. */
export function words(text: string): string {
  return visible(text).replace(/[&<>`*\\[\]|\n]|(?<![\w.-])@(?=\w)/g, (sign) =>
    sign === '@' ? '@<!-- -->' : sign === '\n' ? ' ' : `&#${sign.charCodeAt(0)};`,
  );
}

/** A span of code in Markdown, with a fence that is longer than any in it. */
export function code(text: string): string {
  const one = visible(text).replaceAll('\n', ' ');
  const fence = '`'.repeat(1 + Math.max(0, ...[...one.matchAll(/`+/g)].map(([run]) => run.length)));
  return fence.length > 1 ? `${fence} ${one} ${fence}` : `\`${one}\``;
}

/** A sentence of ours as Markdown: what it quotes between backticks is code. */
export function sentence(text: string): string {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part, i) => (i % 2 === 1 ? code(part.slice(1, -1)) : words(part)))
    .join('');
}

/** The text with a capital letter, which begins a sentence. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
