/**
 * The form in which synth prints nearly every object, read a line at a time: maps and lists two blanks deeper, values of one
 * line that every reader takes for the same, and literal blocks. A reader of all of YAML takes many times as long.
 */
interface Lines {
  readonly lines: string[];
  at: number;
}

/** Thrown at any other form; nothing is wrong with it. */
const other = new Error('not in the plain form');

/** Beyond what is printed as it is: a line break that is not `\n`, a tab, a pair of surrogates. */
const odd = /[^\n -~\u00a1-\u2027\u202a-\ud7ff]/;
const field = /^(?:([A-Za-z][\w./-]{0,200})|'([^'\\]{1,200})'):(?: (.+))?$/;
const reserved = /^(?:true|false|null|y|n|yes|no|on|off|[-+]?\.(?:inf|nan))$/i;
/** How a value without quotes begins, and a character that no number and no date has; or a version, a tag, an option, a word. */
const words = /^(?:[A-Za-z\d/.$(+]|--?[A-Za-z])/;
const noNumber = /[^\d+.:_ a-foxtz-]/i;
const certain = /^(?:\d+(?:\.\d+){2,}|(?!\d+e-)[\da-f]+-\d+|--?[a-z]+|[a-z]+)$/i;

/** @returns nothing where the text has another form */
export function plainDocument(text: string): unknown {
  if (odd.test(text) || !text.endsWith('\n')) return undefined;
  const from = { lines: text.slice(0, -1).split('\n'), at: 0 };
  try {
    const found = block(from, 0);
    return from.at === from.lines.length ? found : undefined;
  } catch (error) {
    if (error !== other) throw error;
    return undefined;
  }
}

function block(from: Lines, indent: number): unknown {
  if (indent > 80) throw other;
  const found = from.lines[from.at]?.startsWith('- ', indent) ? list(from, indent) : map(from, indent);
  if (depthOf(from) > indent) throw other;
  return found;
}

function list(from: Lines, indent: number): unknown[] {
  const found: unknown[] = [];
  while (depthOf(from) === indent) {
    const line = from.lines[from.at] as string;
    const rest = line.slice(indent + 2);
    if (!line.startsWith('- ', indent)) throw other;
    // A map or a list that begins behind the dash stands two blanks deeper.
    if (rest.startsWith('- ') || field.test(rest)) {
      from.lines[from.at] = `${' '.repeat(indent + 2)}${rest}`;
      found.push(block(from, indent + 2));
    } else found.push(value(from, rest, indent));
  }
  return found;
}

function map(from: Lines, indent: number): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  while (depthOf(from) === indent) {
    const [, plain = '', quoted, rest] = field.exec((from.lines[from.at] as string).slice(indent)) ?? [];
    const name = quoted ?? plain;
    if (name === '' || name === '__proto__' || reserved.test(plain) || Object.hasOwn(found, name)) throw other;
    if (rest !== undefined) found[name] = value(from, rest, indent);
    else {
      from.at++;
      if (depthOf(from) !== indent + 2) throw other;
      found[name] = block(from, indent + 2);
    }
  }
  return found;
}

/** How many blanks the next line begins with; less than any behind the last. */
function depthOf({ lines, at }: Lines): number {
  const line = lines[at];
  let depth = line === undefined ? -1 : 0;
  while (line?.charCodeAt(depth) === 32) depth++;
  return depth;
}

function value(from: Lines, text: string, indent: number): unknown {
  from.at++;
  if (text === '|' || text === '|-') return literal(from, text, indent + 2);
  if (depthOf(from) > indent) throw other;
  const inner = text.length > 1 && text.startsWith("'") && text.endsWith("'") ? text.slice(1, -1) : "'";
  if (!inner.replaceAll("''", '').includes("'")) return inner.replaceAll("''", "'");
  if (/^(?:true|false|null|\[\]|\{\}|0|-?[1-9]\d{0,14})$/.test(text)) return JSON.parse(text);
  const cut = text.includes(': ') || text.includes(' #') || text.endsWith(':') || text.endsWith(' ');
  if (cut || !words.test(text) || reserved.test(text) || !(noNumber.test(text) || certain.test(text))) throw other;
  return text;
}

function literal(from: Lines, header: string, indent: number): string {
  const found: string[] = [];
  while (depthOf(from) >= indent || from.lines[from.at] === '')
    found.push((from.lines[from.at++] as string).slice(indent));
  // Behind the bar of an empty or deeper first line is a number; and blanks alone are read in several ways.
  if (!found[0] || found.some((line, i) => /^ +$/.test(line) || (i === 0 && line.startsWith(' ')))) throw other;
  while (found.at(-1) === '') found.pop();
  const text = found.join('\n');
  return header === '|' ? `${text}\n` : text;
}
