/** Where the value of a name begins and ends in a text. No text is looked at further than a bound, so that many names stay linear. */

/** A stretch of a text. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where a name stands: what its value may be depends on it. */
export interface Standing {
  /** The name begins its line. */
  readonly line: boolean;
  /** How far in: what is further in on the lines below is part of the value, as in YAML. Undefined where no lines below are. */
  readonly column: number | undefined;
}

/** How far a value is looked for, in characters; of a block that begins a line, further. */
const [farthest, farthestBlock] = [4096, 2 ** 16];
/** `"""` of TOML and Python, `\"` of a text in a text, `''` of YAML in YAML, `"`. */
const openings = /^(?:"""(?=[^"}\],;)])|'''(?=[^'}\],;)])|''(?=[^'\s}\],;)])|\\{0,15}["'])/;
/** A block of YAML, with its anchor and its tag. */
const block = /^[ \t]{0,16}(?:[&!]\S{0,80}[ \t]{1,4}){0,2}[|>][+-]?\d?[+-]?[ \t]{0,16}(?:#[^\n]{0,200})?\n/;
/** Nothing on the line of the name but an anchor or a tag. */
const nothing = /^[ \t]{0,16}(?:[&!]\S{0,80}[ \t]{0,4}){0,2}\n/;
/** A separator that belongs to the value, because no further name and no end stands behind it. */
const word = /^(?:[^\s;&,"'`)}\]\\<]|[;&,)}\]](?=[^\s;&,"'`)}\]\\<])(?!["']?[\w.-]{1,60}["']?[ \t]{0,4}[=:]))*/;
const separator = /[;&,}](?=[ \t]{0,16}(?:$|[}\])]|["']?[\w.-]{1,60}["']?[ \t]{0,4}[=:]))/;

/** Nothing but blanks, `-` and `export` before it in its line: how far in it stands; else undefined. */
export function columnAt(text: string, at: number): number | undefined {
  const before = text.slice(Math.max(0, at - 60), at);
  const found = /(?:^|\n)([ \t]*(?:- )?(?:export |set )?["']?)$/.exec(
    before.length < 60 ? `\n${before}` : before,
  )?.[1];
  return found?.replace(/["']$/, '').length;
}

/** The value that begins there: quoted, a block of YAML, the rest of its line, or a word. */
export function assignedAt(text: string, at: number, { line, column }: Standing): Span {
  const window = text.slice(at, at + farthest);
  const opening = openings.exec(window)?.[0];
  if (opening !== undefined) return quoted(window, at, opening);
  if (column !== undefined) {
    const head = block.exec(window)?.[0] ?? nothing.exec(window)?.[0];
    if (head !== undefined) return below(text, at + head.length, column, line, head.trim() === '');
  }
  if (!line) return { from: at, to: at + (word.exec(window)?.[0].length ?? 0) };
  const [first = ''] = window.split('\n', 1);
  const bare = first.replace(/[ \t]#.*$/, '').trimEnd();
  // One line with several: `host=db;Password=x;Pooling=true`, `{password: x, user: y}`.
  const cut = separator.exec(bare)?.index;
  if (cut !== undefined && !/^[^;&,}]*\s/.test(bare)) return { from: at, to: at + cut };
  const more =
    column === undefined || bare === '' ? undefined : below(text, at + first.length + 1, column, line, true);
  return { from: at, to: Math.max(at + bare.length, more?.to ?? 0) };
}

/** To the quote that closes it: one with as many backslashes before it, and not two of them, which are one that is meant. */
function quoted(window: string, at: number, opening: string): Span {
  const quote = opening.at(-1) as string;
  const slashes = opening.startsWith('\\') ? opening.length - 1 : 0;
  const from = at + opening.length;
  if (slashes === 0 && opening.length > 1) {
    const end = window.indexOf(opening, opening.length);
    return { from, to: end < 0 ? at + window.length : at + end };
  }
  for (let [i, count] = [opening.length, 0]; i < window.length; i++) {
    if (window[i] === '\\') count++;
    else {
      if (window[i] === quote && (count < slashes || count % (2 * (slashes + 1)) === slashes)) {
        // `it''s` of YAML and SQL, `'it'\''s'` of a shell.
        const meant = quote === "'" && slashes === 0 && /^'(?:'|\\'')/.exec(window.slice(i, i + 4))?.[0];
        if (!meant) return { from, to: at + i - (count < slashes ? count : slashes) };
        i += meant.length - 1;
      }
      count = 0;
    }
  }
  return { from, to: at + window.length };
}

/** The lines that are further in than the name; without a sign that they are a text, only when they hold no names of their own. */
function below(text: string, at: number, column: number, line: boolean, plain: boolean): Span {
  const limit = Math.min(text.length, at + (line ? farthestBlock : farthest));
  let [from, to] = [at, at];
  for (let start = at; start < limit; ) {
    const found = text.indexOf('\n', start);
    const end = found < 0 || found > limit ? limit : found;
    const written = text.slice(start, end);
    const inner = written.search(/\S/);
    if (inner >= 0) {
      if (plain && from === to) {
        if (/^(?:- |[{[#]|["']?[\w./ -]{1,80}["']?:(?:[ \t]|$))/.test(written.slice(inner))) break;
        // A quote may stand anywhere behind the colon of JSON.
        const opening = openings.exec(written.slice(inner))?.[0];
        if (opening !== undefined) return quoted(text.slice(start + inner, limit), start + inner, opening);
      }
      if (inner <= column) break;
      if (from === to) from = start + inner;
      to = end;
    }
    start = end + 1;
  }
  return from === to ? { from: at - 1, to: at - 1 } : { from, to };
}

/** The words of a list that begins there, as JSON and YAML write one; what in it has names of its own is left. */
export function* elementsOf(text: string, at: number): Generator<Span> {
  const list = /^\[[^\]]*|^\n(?:[ \t]*- [^\n]*(?:\n|$))+/.exec(text)?.[0] ?? '';
  for (const { 0: element, index } of list.matchAll(/[^\s,["'-][^\n,"'\]]*/g))
    if (!/[{:]/.test(element)) yield { from: at + index, to: at + index + element.trimEnd().length };
}
