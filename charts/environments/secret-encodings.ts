/** Texts within a text: what JSON, YAML, a URL or XML has escaped, and base64. */

/** What a text says when its escapes are read. */
interface Unescaped {
  readonly text: string;
  /** @returns where this place of it stands in the text as it was written */
  readonly at: (position: number) => number;
}

/** `\n`, `\"`, `\u0022`, a line that goes on; `%3D`; `&quot;`, `&#34;`. Two percent signs are a reference of Datadog's. */
const escaped =
  /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|\r?\n[ \t]*|([^\r\n]))|(?<!%)%([2-7][0-9a-fA-F]|0[aAdD9])|&(quot|apos|amp|lt|gt|#\d{1,4}|#x[0-9a-fA-F]{1,4});/g;
const meant: Readonly<Record<string, string>> = {
  ...{ n: '\n', r: '\r', t: '\t', b: ' ', f: ' ', '0': ' ' },
  ...{ quot: '"', apos: "'", amp: '&', lt: '<', gt: '>' },
};

/** The text with one layer of its escapes read; undefined when it has none. */
export function unescaped(text: string): Unescaped | undefined {
  const [read, written] = [[0], [0]];
  let [out, end] = ['', 0];
  for (const match of text.matchAll(escaped)) {
    const [all, unicode, byte, letter, percent, entity] = match;
    out += text.slice(end, match.index) + (entity === undefined ? character() : characterOf(entity));
    end = match.index + all.length;
    read.push(out.length);
    written.push(end);

    function character(): string {
      const code = unicode ?? byte ?? percent;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      return letter === undefined ? '' : (meant[letter] ?? letter);
    }
  }
  if (end === 0) return undefined;
  out += text.slice(end);
  return { text: out, at: (position) => placeOf(position, read, written) };
}

function characterOf(entity: string): string {
  if (!entity.startsWith('#')) return meant[entity] as string;
  return String.fromCharCode(entity[1] === 'x' ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1)));
}

/** The last place that is known before it, by halving, and as far behind it. */
function placeOf(position: number, read: readonly number[], written: readonly number[]): number {
  let [low, high] = [0, read.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((read[middle] as number) <= position) low = middle;
    else high = middle;
  }
  return (written[low] as number) + position - (read[low] as number);
}

/** A word that base64 may have made, also over several lines of equal length. */
const encoded =
  /(?<![\w+/=-])(?:(?:[A-Za-z0-9+/]{60,80}\r?\n[ \t]{0,64})+[A-Za-z0-9+/]{0,80}|[A-Za-z0-9+/_-]{12,})={0,2}/g;
const readable = /^[\t\n\r\x20-\x7e\u00a0-\ufffc]*$/;

/** Each word that is base64 of something readable: nine random bytes are that once in ten thousand times. */
export function* base64In(
  text: string,
): Generator<{ readonly from: number; readonly to: number; readonly text: string }> {
  for (const { 0: word, index } of text.matchAll(encoded)) {
    const decoded = Buffer.from(word, 'base64').toString();
    if (readable.test(decoded)) yield { from: index, to: index + word.length, text: decoded };
  }
}
