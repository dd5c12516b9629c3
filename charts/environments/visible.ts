/** What no reader sees: control characters, and what turns, joins or hides the letters around it. Lines and tabs stay. */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The text with every character that nobody sees written out, `\u{1b}`, and without `##[`, which a GitHub runner takes for a
 * command wherever it finds it (`TryParse`, src/Runner.Common/ActionCommand.cs of actions/runner).
 */
export function visible(text: string): string {
  return text.replace(unseen, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`).replaceAll('##[', '##\\[');
}

/** Any value as it may stand in a sentence: on one line, not longer than somebody reads, and whatever its type is. */
export function quoted(value: unknown): string {
  const most = 200;
  const brief = (_: string, inner: unknown) =>
    typeof inner === 'bigint' ? `${inner}n` : typeof inner === 'string' ? inner.slice(0, most + 1) : inner;
  let said: string;
  try {
    said = JSON.stringify(value, brief) ?? String(value);
  } catch {
    said = 'a value that is nested without end';
  }
  return visible(said.length > most ? `${said.slice(0, most)}…` : said);
}
