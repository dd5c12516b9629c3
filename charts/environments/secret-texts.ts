/**
 * What is a secret: the one place that decides it, by name, by form and by disorder, for what `check` refuses and for what
 * every command leaves out of what it prints. All patterns are linear: each starts at the edge of a word or has a bound.
 */

/** What stands in the place of a secret, wherever a report would print it. */
export const hidden = '(hidden)';

/** A stretch of a text that not everybody may read. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** `a GitHub token`: never the value itself. */
  readonly what: string;
}

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

/** Where a value comes from elsewhere: `$(VAR)`, `${…}`, `$secret:key`, `{{ … }}`, `%%env_…%%`, `ENC[…]`, `<…>`, `***`. */
const reference = /\$\(|\$\{|^\$[\w-]|\{\{|%%|^ENC\[|^(?:<|\\u003c).*(?:>|\\u003e)$|^[*•x]+$|^\(hidden\)$/i;
/** A switch, a path, a plain URL, or a word such as `aws`: nothing that opens a door. */
const harmless =
  /^(?:|true|false|yes|no|on|off|none|null|nil|undefined|~|[{[]|[|>][+-]?|\.{0,2}\/[^:@]*|https?:\/\/[^@?]*|file:.*|(?:vault|aws|sops|kms|trust|basic|bearer|scram-sha-256|md5)|aws-\S+|[\w-]{1,40}-vault)$/i;
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

/** Values that say by their form what they are; the first group, where there is one, is what to hide. */
const forms: readonly (readonly [what: string, pattern: RegExp])[] = [
  [
    'a private key',
    /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:-----END [A-Z0-9 ]{0,40}-----)?/g,
  ],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255})/g],
  ['a GitLab token', /\bgl[a-z]{2,5}-[\w-]{20,255}/g],
  ['a Slack token', /\bx(?:ox[a-z]|app)-[\w-]{10,255}/g],
  ['a Slack webhook', /\bhooks\.slack\.com\/(?:services|workflows|triggers)\/([\w/]{8,255})/g],
  [
    'a Teams or Discord webhook',
    /\b(?:webhook\.office\.com\/webhookb2|discord(?:app)?\.com\/api\/webhooks)\/([\w/@.-]{8,400})/g,
  ],
  ['a Stripe key', /\b(?:[rs]k_(?:live|test)|whsec)_\w{16,255}/g],
  ['a Google key', /\b(?:AIza[\w-]{35}|GOCSPX-[\w-]{20,60}|ya29\.[\w-]{20,255})/g],
  ['a SendGrid key', /\bSG\.[\w-]{16,64}\.[\w-]{16,64}/g],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['a PyPI token', /\bpypi-[\w-]{50,400}/g],
  ['a RubyGems key', /\brubygems_[0-9a-f]{48}\b/g],
  ['a Docker Hub token', /\bdckr_[a-z]{3}_[\w-]{20,64}/g],
  ['a Sentry token', /\bsntry[su]_[\w+/=.-]{20,400}/g],
  ['an OpenAI or Anthropic key', /\bsk-(?:proj-|ant-|svcacct-)?[\w-]{20,255}/g],
  ['a Hugging Face token', /\bhf_[A-Za-z0-9]{30,60}\b/g],
  ['a DigitalOcean token', /\bdo[opr]_v1_[0-9a-f]{64}\b/g],
  ['a Shopify token', /\bshp[a-z]{2}_[0-9a-fA-F]{32}\b/g],
  ['a Twilio key', /\bSK[0-9a-f]{32}\b/g],
  ['a Mailgun key', /\bkey-[0-9a-f]{32}\b/g],
  ['a Vault token', /\bhv[sbr]\.[\w-]{20,255}/g],
  ['a Terraform Cloud token', /\b\w{14}\.atlasv1\.[\w-]{40,100}/g],
  ['an age key', /\bAGE-SECRET-KEY-1[0-9A-Z]{20,80}/g],
  ['a JSON web token', /\beyJ[\w-]{10,2000}\.eyJ[\w-]{2,8000}\.[\w-]{5,2000}/g],
  [
    'a password hash',
    /(?:\$(?:2[aby]|apr1|argon2id?|[156y])\$[\w./$=,+-]{20,255}|\bSCRAM-SHA-256\$\d+:[\w+/=$:]{20,255})/g,
  ],
  // `%%env_…%%` and `$(…)` in the place of the password are references.
  ['a URL with a password', /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@"'<>]{0,200}:([^\s@"'<>]{1,300})@/gi],
  ['a URL with a token', /\bhttps?:\/\/([\w-]{20,255})@/gi],
  ['a login of HTTP', /\b(?:Bearer|Basic|ApiKey|Token)[ \t]{1,4}([\w+/=.~-]{8,4000})/g],
  ['a login of curl', /(?<![\w-])(?:-u|--user)[ =]{1,4}["']?[^\s:"']{1,100}:([^\s"']{1,200})/g],
  ['a password in SQL', /\b(?:password|identified by)[ \t]{1,4}'([^'\n:]{1,200})'/gi],
  ['a login of netrc', /\blogin[ \t]{1,4}\S{1,100}\s{1,4}password[ \t]{1,4}(\S{1,200})/g],
];
/** Where none of these stands, no form can: most texts are done with it. */
const hint = /[:@$_.' -]|AKIA|ASIA|AIza|SK[0-9a-f]/;

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

function searched(text: string, sentence: boolean): readonly Stretch[] {
  const found = [...byForm(text), ...assigned(text, sentence), ...disordered(text)].sort(
    (a, b) => a.from - b.from || b.to - a.to,
  );
  let end = 0;
  return found.filter(({ from, to }) => {
    const free = from >= end;
    if (free) end = to;
    return free;
  });
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

function* byForm(text: string): Generator<Stretch> {
  if (!hint.test(text)) return;
  for (const [what, pattern] of forms)
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? match[0];
      if (match[1] !== undefined && (reference.test(value) || harmless.test(value))) continue;
      const from = match.index + (match[1] === undefined ? 0 : match[0].lastIndexOf(match[1]));
      yield { from, to: from + value.length, what };
    }
}

/** `name: value`, `name = value`, `"name":"value"`, `--name value` also in a list of words, `?name=value`: the edge of a word, then what assigns. */
const assignment =
  /(?<![\w.-])(-{0,2}[A-Za-z_][\w.-]*)((?:\\{0,3}["'])?[ \t]{0,16}(?:=>|:=|[:=])[ \t]{0,16}|[ \t]{1,4}(?=[^\s-])|\\{0,3}["'][ \t]{0,16},\s{0,64}(?=\\{0,3}["'][^-])|["']?\n[ \t]{0,64}- (?=[^\s-]))/g;

function* assigned(text: string, sentence: boolean): Generator<Stretch> {
  // `name: DB_PASSWORD` names the `value:` behind it.
  let above = '';
  for (let match = next(assignment, text, 0); match; ) {
    const [whole, word = '', sign = ''] = match;
    const from = match.index + whole.length;
    const flag = word.startsWith('-');
    // `registry/some-secrets:tag` is an image.
    const assigns = /[:=]/.test(sign) && !(sign === ':' && tag.test(text.slice(from, from + 300)));
    let after = assigns || flag ? from : match.index + word.length + 1;
    const name = word === 'value' && above ? above : word;
    // psql's `:'variable'` is where a value comes from.
    if (/[ \t]:["']?$/.test(sign) && /^['"]/.test(text.slice(from, from + 1))) after = from;
    else if ((assigns || flag) && (isSecretName(name) || word === 'name' || word === 'key')) {
      const value = valueAt(text, from, !sentence && startsLine(text, match.index));
      const written = text.slice(value.from, value.to);
      if (word === 'name' || word === 'key') above = isSecretName(written) ? written : '';
      else if (isLiteral(name, written) && !(sentence && goesOn(text, sign, value.to))) {
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

/** A colon, and behind the word more words: the sentence goes on. What it quotes ends with the quote. */
function goesOn(text: string, sign: string, end: number): boolean {
  return /: *$/.test(sign) && end < text.length && !/["'`]/.test(text[end] as string);
}

/** The words of a list that begins there, as JSON and YAML write one; what in it has names of its own is left. */
function* elementsOf(text: string, at: number): Generator<{ readonly from: number; readonly to: number }> {
  const list = /^\[[^\]]*|^\n(?:[ \t]*- [^\n]*(?:\n|$))+/.exec(text)?.[0] ?? '';
  for (const { 0: word, index } of list.matchAll(/[^\s,["'-][^\n,"'\]]*/g))
    if (!/[{:]/.test(word)) yield { from: at + index, to: at + index + word.trimEnd().length };
}

function next(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

/** Nothing but blanks, `-` and `export` before it in its line. */
function startsLine(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 60), at);
  return /(?:^|\n)[ \t]*(?:- )?(?:export |set )?["']?$/.test(before.length < 60 ? `\n${before}` : before);
}

/** The value that begins there: quoted, a block of YAML, the rest of its line, or a word. */
function valueAt(text: string, at: number, line: boolean): { readonly from: number; readonly to: number } {
  const opening = /^\\{0,3}["']/.exec(text.slice(at, at + 4))?.[0];
  if (opening !== undefined) {
    const from = at + opening.length;
    const window = text.slice(from, from + 4096);
    const end = window.indexOf(opening);
    return { from, to: from + (end < 0 ? window.length : end) };
  }
  const rest = text.slice(at, at + 4096);
  if (!line) return { from: at, to: at + (/^[^\s;&,"'`)}\]\\]*/.exec(rest)?.[0].length ?? 0) };
  const one = rest.split('\n', 1)[0] as string;
  if (/^[|>][+-]?\d?\s*$/.test(one)) {
    const block = /^(?:[ \t]+[^\n]*(?:\n|$))*/.exec(rest.slice(one.length + 1))?.[0] ?? '';
    const from = at + one.length + 1;
    return { from, to: from + block.trimEnd().length };
  }
  const bare = one.replace(/[ \t]#.*$/, '').trimEnd();
  // One line with several: `host=db;Password=x;Pooling=true`, `{password: x, user: y}`.
  const cut = /[;&,}]/.exec(bare)?.index;
  return { from: at, to: at + (cut === undefined || /^[^;&,}]*\s/.test(bare) ? bare.length : cut) };
}

/** Words that nobody would write by hand: long, of all kinds of characters, and without order. */
function* disordered(text: string): Generator<Stretch> {
  if (text.length < 32) return;
  const looked = withoutPublicKeys(text);
  for (const match of looked.matchAll(/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}={0,2}/g)) {
    const [word] = match;
    // Digests and identifiers are hexadecimal; paths and names have words between their slashes and dashes.
    if (/^[0-9a-f-]+$/i.test(word) || /^(?:sha\d{3}-|LS0tLS1CRUdJTiBDRVJU)/.test(word)) continue;
    if (word.split(/[/_-]/).some((part) => /^[a-z]{3,}$|^[A-Z][a-z]{2,}$/.test(part))) continue;
    if (![/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(word)) || entropyOf(word) < 4.2) continue;
    yield {
      from: match.index,
      to: match.index + word.length,
      what: `a word of ${word.length} characters that looks like a key`,
    };
  }
}

/** What is public is most of such a file, and looks random; blanks in its place keep every position. */
function withoutPublicKeys(text: string): string {
  if (!text.includes('-----BEGIN ')) return text;
  return text.replace(/-----BEGIN (?:CERTIFICATE|PUBLIC KEY)-----[^-]*/g, (block) => ' '.repeat(block.length));
}

/** Bits a character (Shannon): English has about 3.5 here, base64 of random bytes near 5. */
function entropyOf(word: string): number {
  const counts = new Map<string, number>();
  for (const character of word) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce(
    (sum, count) => sum - (count / word.length) * Math.log2(count / word.length),
    0,
  );
}
