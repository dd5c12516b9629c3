import { discreet, scrubbed } from './secret-texts';

/** What no reader sees: control characters, and what turns, joins or hides the letters around it. Lines and tabs stay. */
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The text with every character that nobody sees written out, `\u{1b}`, and without `##[`, which a GitHub runner takes for a
 * command wherever it finds it (`TryParse`, src/Runner.Common/ActionCommand.cs of actions/runner).
 */
export function visible(text: string): string {
  return text.replace(unseen, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`).replaceAll('##[', '##\\[');
}

/** A sentence that quotes what somebody gave, as it may stand in a terminal or a log. */
export function sayable(sentence: string): string {
  return visible(discreet(sentence));
}

/**
 * Any value as it may stand in a sentence: on one line, not longer than somebody reads, whatever its type is, and without
 * what looks like a secret. That is looked for first: half a token has no form.
 */
export function quoted(value: unknown): string {
  const most = 200;
  // Longer than any token, so that one that begins in what is said is seen whole.
  const reach = 20_000;
  const brief = (name: string, inner: unknown) => {
    if (typeof inner === 'bigint') return `${inner}n`;
    return typeof inner === 'string' ? scrubbed(inner.slice(0, reach), name).slice(0, most + 1) : inner;
  };
  let said: string;
  try {
    said = JSON.stringify(value, brief) ?? String(value);
  } catch {
    said = 'a value that is nested without end';
  }
  return visible(said.length > most ? `${said.slice(0, most)}…` : said);
}
