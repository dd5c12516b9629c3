/** What is a secret by its form: tokens, logins, and words without order. */

/** A stretch of a text that not everybody may read. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** `a GitHub token`: never the value itself. */
  readonly what: string;
}

/** Where a value comes from elsewhere: `$(VAR)`, `${…}`, `$secret:key`, `{{ … }}`, `%%env_…%%`, `ENC[…]`, `<…>`, `***`. */
export const reference = /\$\(|\$\{|^\$[\w-]|\{\{|%%|^ENC\[|^(?:<|\\u003c).*(?:>|\\u003e)$|^[*•x]+$|^\(hidden\)$/i;
/** A switch, a path, a plain URL, or a word such as `aws`: nothing that opens a door. */
export const harmless =
  /^(?:|true|false|yes|no|on|off|none|null|nil|undefined|~|[{[]|[|>][+-]?|\.{0,2}\/[^:@]*|https?:\/\/[^@?]*|file:.*|(?:vault|aws|sops|kms|trust|basic|bearer|scram-sha-256|md5)|aws-\S+|[\w-]{1,40}-vault)$/i;

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
  [
    'a URL with a password',
    /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@"'<>]{0,200}:([^\s"'<>/?#]{1,300}|[^\s@"'<>]{1,300})@/gi,
  ],
  ['a login of a database driver', /\b[\w.-]{1,60}:([^\s:@/"'<>]{1,200})@(?:tcp|unix)\(/g],
  ['a signed URL', /[?&](?:sig|signature|x-(?:amz|goog)-signature)=([^\s&"'<>]{8,1000})/gi],
  ['a cookie', /\bCookie:[ \t]{0,4}[\w.-]{1,60}=([^\s;"']{8,1000})/gi],
  ['a URL with a token', /\bhttps?:\/\/([\w-]{20,255})@/gi],
  ['a login of HTTP', /\b(?:Bearer|Basic|ApiKey|Token)[ \t]{1,4}([\w+/=.~-]{8,4000})/g],
  ['a login of curl', /(?<![\w-])(?:-u|--user)[ =]{1,4}["']?[^\s:"']{1,100}:([^\s"']{1,200})/g],
  ['a password in SQL', /\b(?:password|identified by)[ \t]{1,4}["']([^"'\n:]{1,200})["']/gi],
  ['a password of Redis', /\b(?:requirepass|masterauth|auth_pass)[ \t]{1,4}["']?([^\s"']{1,200})/g],
  [
    'a password of Redis',
    /\buser[ \t]{1,4}\S{1,60}[ \t]{1,4}on[ \t]{1,4}(?:[^\s>]{1,60}[ \t]{1,4}){0,6}>(\S{4,200})/g,
  ],
  ['a login of redis-cli', /\bredis-cli\b[^\n|;&]{0,100}[ \t](?:-a|--pass)[ \t]{1,4}["']?([^\s"']{1,200})/g],
  ['a login of a registry', /[ \t]login\b[^\n|;&]{0,100}[ \t]-p[ \t]{1,4}["']?([^\s"']{1,200})/g],
  ['a login of a program', /\b(?:sshpass|mongo\w{0,8})\b[^\n|;&]{0,100}[ \t]-p[ \t]{0,4}["']?([^\s"']{1,200})/g],
  ['a login of a program', /\b(?:mysql|mariadb)\w{0,8}\b[^\n|;&]{0,100}[ \t]-p["']?([^\s"']{1,200})/g],
  // A directive of a file of configuration: two words, of which the second is not one of a sentence.
  [
    'a password of a line',
    /^[ \t]{0,16}(?:set[ \t]{1,4})?(?:password|passwd|secret|token|api_?key)[ \t]{1,16}((?=[^\s]{0,60}[\d!@#%^*])[^\s"'=:]{6,200})[ \t]{0,16}$/gim,
  ],
  ['a login of netrc', /\blogin[ \t]{1,4}\S{1,100}\s{1,4}password[ \t]{1,4}(\S{1,200})/g],
];
/** All of them by their flags, in one pattern each: nearly every text is done with these. */
const anyForm = [...new Set(forms.map(([, { flags }]) => flags))].map(
  (flags) =>
    new RegExp(
      forms.flatMap(([, form]) => (form.flags === flags ? `(?:${form.source})` : [])).join('|'),
      flags.replace('g', ''),
    ),
);

/** The secrets of a text that say by their form what they are. */
export function* byForm(text: string): Generator<Stretch> {
  if (!anyForm.some((form) => form.test(text))) return;
  for (const [what, pattern] of forms)
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? match[0];
      if (match[1] !== undefined && (reference.test(value) || harmless.test(value))) continue;
      const from = match.index + (match[1] === undefined ? 0 : match[0].lastIndexOf(match[1]));
      yield { from, to: from + value.length, what };
    }
}

/** Words that nobody would write by hand: long, of all kinds of characters, and without order. */
export function* disordered(text: string): Generator<Stretch> {
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
