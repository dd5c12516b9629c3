import { base64In, unescaped } from './secret-encodings';
import { byForm, disordered, harmless, reference, type Stretch } from './secret-forms';
import { assignedAt, columnAt, elementsOf, type Standing } from './secret-values';

/**
 * What is a secret: the one place that decides it, by name, by form and by disorder, for what `check` refuses and for what
 * every command leaves out of what it prints. All patterns are linear: each starts at the edge of a word or has a bound.
 */

/** What stands in the place of a secret, wherever a report would print it. */
export const hidden = '(hidden)';

/** Longer texts are not looked through and count as secret as a whole; an API server takes no object of this size. In characters. */
export const longestLooked = 2 ** 20;

/** A name ends in one of these words, or in a word that ends so: `dbpassword`, `mailpw`. A bypass lets nobody in. */
const telling =
  /(?:password|passwd|passphrase|secret|token|credential|apikey|accesskey|privatekey|secretkey|authkey|(?<!\b(?:by|com|encom|sur|tres|under|over|multi|single))pass|pwd|pw)s?$/;
/** These are words of their own only. */
const short = new Set(['psk', 'cred', 'creds', 'dsn', 'jwt', 'bearer', 'authorization', 'htpasswd']);
/** Before `key`: what it opens. A primary key opens nothing. */
const opening = new Set(
  'api app application access account admin auth client deploy encryption host ingest integration license master private root routing secret service session shared signing ssh storage write'.split(
    ' ',
  ),
);
/** Behind the telling word: which one it is, or how it is written. */
const behind = new Set(
  'base base64 b64 current live new old plain plaintext previous prod production staging text value'.split(' '),
);

/** Before the word that says whose it is. */
const leading = new Set('password passwd passphrase secret token credential apikey'.split(' '));
/** A variable with such a word says something about a secret. */
const about = new Set(
  'algorithm arn attempts audience auth authentication cache check class complexity confirmation cost count days description enabled encoding endpoint existing expiration expires expiry field file format hashing header hint history host hours id interval issuer kind length level lifetime limit location max method min minutes mode name names namespace param path pepper policy port prefix protocol provider pull ref refresh region required requirements reset role rotation rounds rules scope scopes seconds size store strength suffix timeout ttl type uri url usage user username version'.split(
    ' ',
  ),
);

const number = /^[\d.]+[a-z%]*$/i;
/** What stands behind the name of an image: a version, or anything before a digest. */
const tag = /^(?:latest|v?\d{1,9}(?:\.\d{1,9}){1,3}(?:-[\w.-]{1,60})?|[\w.-]{1,128}@sha256:[0-9a-f]+)(?![\w.-])/;
/** Names for which a number is a value too. */
const typed = /(?:password|passwd|passphrase|pass|pwd|pw)s?[_\d]*$/;

/** Whether a variable, field, flag or header of this name holds a secret: its last word says what the value is. */
export function isSecretName(name: string): boolean {
  const known = names.get(name);
  if (known !== undefined) return known;
  return remember(names, name, endsTelling(name));
}

/** A tree says the same few names and texts over and over. */
const names = new Map<string, boolean>();
const texts = new Map<string, readonly Stretch[]>();
/** How many texts are kept, and how long one may be. */
const [mostKept, longestKept] = [20_000, 1_000];

function remember<T>(known: Map<string, T>, text: string, found: T): T {
  if (text.length <= longestKept && known.size < mostKept) known.set(text, found);
  return found;
}

function endsTelling(name: string): boolean {
  // `adminPassword` as `admin_Password`, `APIKey` as `API_Key`.
  const words = name
    .slice(-200)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  while (words.length > 1 && (behind.has(words.at(-1) as string) || /^\d+$/.test(words.at(-1) as string)))
    words.pop();
  const last = (words.at(-1) ?? '').replace(/\d+$/, '');
  // A variable may say behind the word which one it is: `PASSWORD_SMTP`.
  if (/^[A-Z][A-Z\d]*(?:_[A-Z\d]+)+$/.test(name) && leading.has(words[0] as string))
    if (!words.some((word) => about.has(word))) return true;
  // The name of a Secret.
  if (words.includes('existing') || words.includes('pull') || /(?:^| )from secret$/.test(words.join(' ')))
    return false;
  return telling.test(last) || short.has(last) || (/^keys?$/.test(last) && opening.has(words.at(-2) ?? ''));
}

/** Whether a value of such a name is written out. */
function isLiteral(name: string, value: string): boolean {
  const text = value.trim();
  if (reference.test(text) || harmless.test(text)) return false;
  return !number.test(text) || (text.length > 3 && typed.test(name.toLowerCase()));
}

/**
 * All secrets in a text, sorted, none within another.
 *
 * @param name of the field, variable, flag or header whose value the text is; default: none
 * @param sentence whether it is one of ours, in which `API_KEY: three pods restart` says what happens; default: no
 */
export function secretsIn(text: string, name = '', sentence = false): readonly Stretch[] {
  if (text.length > longestLooked)
    return [{ from: 0, to: text.length, what: 'a text that is too long to look through' }];
  if (name !== '' && isSecretName(name) && isLiteral(name, text) && !isProse(text))
    return [
      { from: 0, to: text.length, what: `a value of ${text.trim().length} characters for ${name.slice(-80)}` },
    ];
  if (text.length < 4) return [];
  return sentence ? searched(text, true) : (texts.get(text) ?? remember(texts, text, searched(text, false)));
}

/** Texts within texts that are read: JSON in YAML in JSON in a list of JSON is four. */
const deepest = 6;

function searched(text: string, sentence: boolean, depth = 0): readonly Stretch[] {
  const found = [...byForm(text), ...assigned(text, sentence, depth), ...disordered(text)];
  if (depth < deepest) found.push(...within(text, sentence, depth + 1));
  found.sort((a, b) => a.from - b.from || b.to - a.to);
  const apart: Stretch[] = [];
  for (const each of found) {
    const last = apart.at(-1);
    if (last === undefined || each.from >= last.to) apart.push(each);
    else if (each.to > last.to) apart[apart.length - 1] = { ...last, to: each.to };
  }
  return apart;
}

/** What is secret in the texts that a text holds. */
function* within(text: string, sentence: boolean, depth: number): Generator<Stretch> {
  for (const inner of base64In(text)) {
    const [secret] = searched(inner.text, false, depth);
    const login = /auth["']?[ \t]{0,4}[:=][ \t]{0,4}\\{0,7}["']?$/i.test(
      text.slice(Math.max(0, inner.from - 40), inner.from),
    );
    if (secret !== undefined) yield { from: inner.from, to: inner.to, what: `${secret.what}, as base64` };
    else if (login && /^[^\s:]{1,100}:\S/.test(inner.text))
      yield { from: inner.from, to: inner.to, what: 'a login, as base64' };
  }
  const inner = unescaped(text);
  if (inner === undefined) return;
  for (const { from, to, what } of searched(inner.text, sentence, depth))
    yield { from: inner.at(from), to: inner.at(to), what };
}

/** A sentence of ours without the secrets that it quotes. */
export function discreet(sentence: string): string {
  return without(sentence, secretsIn(sentence, '', true));
}

/** A file under a telling name is read line by line. */
function isProse(text: string): boolean {
  return text.trim().includes('\n') && !/-----BEGIN/.test(text);
}

/** The text without its secrets; it keeps its lines. */
export function scrubbed(text: string, name = ''): string {
  return without(text, secretsIn(text, name));
}

function without(text: string, secrets: readonly Stretch[]): string {
  let [out, at] = ['', 0];
  for (const { from, to } of secrets) {
    out += text.slice(at, from) + hidden + '\n'.repeat(text.slice(from, to).split('\n').length - 1);
    at = to;
  }
  return at === 0 ? text : out + text.slice(at);
}

/** `name: value`, `name = value`, `"name":"value"`, `['name'] = `, `<name>value`, `--name value` also in a list of words, `?name=value`: the edge of a word, then what assigns. */
const assignment =
  /(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]*)((?:\\{0,15}["'])?\]?[ \t]{0,16}(?:=>|:=|[:=])[ \t]{0,16}|>(?=[^<\s"'\\])|[ \t]{1,4}(?=[^\s-])|\\{0,15}["'][ \t]{0,16},\s{0,64}(?=\\{0,15}["'][^-])|["']?\n[ \t]{0,64}- (?=[^\s-]))/g;
/** A call that gives a name its value: `define('DB_PASSWORD', 'x')`, `ENV.fetch("TOKEN", "x")`. */
const giving = /(?:define|fetch|env|config|[gs]et\w{0,20}|put\w{0,20}|add\w{0,20})\(\\{0,15}["']$/i;

function* assigned(text: string, sentence: boolean, depth: number): Generator<Stretch> {
  // `name: DB_PASSWORD` names the `value:` behind it.
  let above = '';
  // Behind the first line break that was written as `\n` a sentence quotes a text.
  const lineBreak = depth === 0 ? -1 : text.indexOf('\n');
  const quotedFrom = lineBreak < 0 ? text.length : lineBreak;
  for (let match = next(assignment, text, 0); match; ) {
    const [whole, word = '', sign = ''] = match;
    const from = match.index + whole.length;
    const flag = word.startsWith('-');
    const element = sign === '>' && text[match.index - 1] === '<';
    // `registry/some-secrets:tag` is an image.
    const assigns = element || (/[:=]/.test(sign) && !(sign === ':' && tag.test(text.slice(from, from + 300))));
    const gives =
      flag || (sign.includes(',') && giving.test(text.slice(Math.max(0, match.index - 40), match.index)));
    let after = assigns || gives ? from : match.index + word.length + 1;
    const name = word === 'value' && above ? above : word;
    // psql's `:'variable'` is where a value comes from.
    if (/[ \t]:["']?$/.test(sign) && /^['"]/.test(text.slice(from, from + 1))) after = from;
    else if ((assigns || gives) && (isSecretName(name) || word === 'name' || word === 'key')) {
      const said = sentence && match.index < quotedFrom;
      const value = assignedAt(text, from, standing(text, match.index, sign, said, depth));
      const written = text.slice(value.from, value.to);
      if (word === 'name' || word === 'key') above = isSecretName(written) ? written : '';
      else if (isLiteral(name, written) && !(said && goesOn(text, sign, value.to))) {
        yield {
          ...value,
          what: `a value of ${written.length} characters for ${name.replace(/^-+/, '').slice(-80)}`,
        };
        after = value.to;
        if (word === 'value') above = '';
      } else if (assigns && /^[[{]?$/.test(written)) {
        // What it names comes behind it: a `value`, or the elements of a list.
        const behind = text.slice(value.from, value.from + 4096);
        if (/^\{?\s{0,64}["']?value["']?:/.test(behind)) above = name;
        else
          for (const element of elementsOf(behind, value.from))
            if (isLiteral(name, text.slice(element.from, element.to)))
              yield {
                ...element,
                what: `a value of ${element.to - element.from} characters for ${name.slice(-80)}`,
              };
      }
    } else if (word === 'value') above = '';
    match = next(assignment, text, after);
  }
}

/** A sentence has no lines; what it quotes may. */
function standing(text: string, at: number, sign: string, sentence: boolean, depth: number): Standing {
  const column = columnAt(text, at);
  const below = sign.includes(':') && (!sentence || depth > 0);
  return { line: column !== undefined && !sentence, column: below ? (column ?? 0) : undefined };
}

/** A colon, and behind the word more words: the sentence goes on. What it quotes ends with the quote. */
function goesOn(text: string, sign: string, end: number): boolean {
  return /: *$/.test(sign) && end < text.length && !/["'`\n]/.test(text[end] as string);
}

function next(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}
