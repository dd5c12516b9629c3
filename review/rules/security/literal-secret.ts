import { containersOf, podsOf } from '../../pods';
import type { Offence, Rule } from '../../rule';
import type { Manifest } from '../../tree';

/** The last word of a name says what the value is: PASSWORD_FILE is a path, TOKEN_TTL a time. */
const secretName =
  /(?:^|[^a-z])(password|passwd|passphrase|pwd|secret|token|credentials?|dsn|api[_.-]?key|access[_.-]?key|private[_.-]?key|secret[_.-]?key(?:[_.-]?base)?|auth[_.-]?key|encryption[_.-]?key)$/i;

/** Tokens that say by their form what they are. */
const tokens: Readonly<Record<string, RegExp>> = {
  'a private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  'an AWS access key': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'a GitHub token': /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,})/,
  'a GitLab token': /\bglpat-[\w-]{20}/,
  'a Slack token': /\bxox[abprs]-[\w-]{10,}/,
  'a Slack webhook': /hooks\.slack\.com\/services\/\w+\/\w+\/\w+/,
  'a Stripe key': /\b[rs]k_live_\w{16,}/,
  'a Google key': /\bAIza[\w-]{35}\b/,
  'a SendGrid key': /\bSG\.[\w-]{16,}\.[\w-]{16,}/,
  'a JSON web token': /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{5,}/,
};

/** A URL with a password that is no reference. */
const urlPassword = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:([^\s/@"']+)@/gi;

/** Where a value comes from elsewhere: `$(VAR)`, `${…}`, `$secret:key`, `{{ … }}`, `%%env_…%%`, `<…>`. */
const reference = /\$\(|\$\{|^\$[\w-]|\{\{|%%|^<.*>$|^\*+$/;
/** A number, a switch, a path, a plain URL, or a word such as `aws`: nothing that opens a door. */
const harmless =
  /^(?:|[\d.]+[a-z%]*|true|false|yes|no|on|off|none|null|nil|~|\.{0,2}\/[^:@]*|https?:\/\/[^@]*|file:.*|[\w-]*(?:vault|aws|sops|kms|trust|scram-sha-256|md5)[\w-]*)$/i;

export const literalSecret: Rule = {
  id: 'literal-secret',
  level: 'critical',
  title: 'No password, key or token is written into a manifest.',
  why: 'Whoever may read the repository, or any clone of it, has the value, and it stays in the history when the line is gone.',
  fix: 'Put the value into AWS Secrets Manager and name it in an ExternalSecret (charts/environments/secrets.ts). Then rotate what was committed.',
  covers: [
    'NSA:C-0012',
    'kube-linter:env-var-secret',
    'Polaris:sensitiveContainerEnvVar',
    'Polaris:sensitiveConfigmapContent',
  ],
  *check({ tree }) {
    for (const { owner, path: at, annotations } of podsOf(tree))
      for (const [key, value] of Object.entries(annotations))
        yield* told(owner, [...at, 'metadata', 'annotations', key], byText(value));
    for (const pod of podsOf(tree))
      for (const { path, container } of containersOf(pod)) {
        for (const [i, { name, value }] of (container.env ?? []).entries())
          if (typeof value === 'string')
            yield* told(pod.owner, [...path, 'env', i, 'value'], byName(name, value) ?? byText(value));
        for (const field of ['command', 'args'])
          for (const [i, word] of (container[field] ?? []).entries())
            yield* told(pod.owner, [...path, field, i], byText(String(word)) ?? byArgument(container[field], i));
      }
    for (const manifest of tree.ofKind('ConfigMap'))
      for (const [key, value] of Object.entries(manifest.object.data ?? {}))
        if (typeof value === 'string') {
          const text = withoutCertificates(value);
          yield* told(manifest, ['data', key], byName(key, text) ?? byText(text) ?? byLine(text));
        }
    const names = new Set(tree.ofKind('ExternalSecret', 'Secret').map(({ object }) => object.metadata.name));
    for (const manifest of tree.ofKind('Application'))
      for (const [path, key, value] of leaves(manifest.object.spec?.source?.helm?.valuesObject)) {
        // The values of a chart name Secrets by the same words.
        if (names.has(value) || /existing|pullsecret/i.test(key)) continue;
        yield* told(
          manifest,
          ['spec', 'source', 'helm', 'valuesObject', ...path],
          byName(key, value) ?? byText(value) ?? byLine(value),
        );
      }
  },
};

function* told(
  manifest: Manifest,
  path: readonly (string | number)[],
  what: string | undefined,
): Generator<Offence> {
  // Never the value itself: this is printed, and kept by the pipeline.
  if (what) yield { manifest, path, message: `holds ${what}` };
}

function byName(name: unknown, value: string): string | undefined {
  const text = value.trim();
  // `adminPassword` as `admin_Password`.
  const words = String(name).replace(/([a-z0-9])([A-Z])/g, '$1_$2');
  if (!secretName.test(words) || reference.test(text) || harmless.test(text) || text.includes('\n'))
    return undefined;
  return `a value of ${text.length} characters for ${name}`;
}

function byText(value: string): string | undefined {
  if (value.includes('://'))
    for (const [, password] of value.matchAll(urlPassword))
      if (password && !reference.test(password)) return 'a URL with a password';
  if (value.length < 16) return undefined;
  for (const [what, form] of Object.entries(tokens)) if (form.test(value)) return what;
  return randomIn(value);
}

/** `--password=…`, and `--password …`. */
function byArgument(words: readonly unknown[], i: number): string | undefined {
  const word = String(words[i]);
  const [, name, value] = /^--?([\w.-]+)=(.*)$/.exec(word) ?? [];
  if (name !== undefined && value !== undefined) return byName(name, value);
  const before = /^--?([\w.-]+)$/.exec(String(words[i - 1] ?? ''))?.[1];
  return before && !word.startsWith('-') ? byName(before, word) : undefined;
}

/** `name: value` and `name = value` of a configuration file. */
function byLine(text: string): string | undefined {
  for (const [, name, value] of text.matchAll(
    /^[\s-]*["']?([\w.-]+)["']?[ \t]*[:=][ \t]*["']?([^"'\n#]*?)["']?,?[ \t]*$/gm,
  )) {
    const what = byName(name, value as string);
    if (what) return what;
  }
  return undefined;
}

/** What is public is most of such a file, and looks random. */
function withoutCertificates(text: string): string {
  return text.includes('-----BEGIN CERTIFICATE')
    ? text.replace(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, '')
    : text;
}

/** A word that nobody would write by hand, outside of certificates: long, of all kinds of characters, and without order. */
function randomIn(text: string): string | undefined {
  if (text.length < 32) return undefined;
  for (const [word] of text.matchAll(/[A-Za-z0-9+/_-]{32,}={0,2}/g)) {
    // Digests and identifiers are hexadecimal; paths and names have words between their slashes and dashes.
    if (
      /^[0-9a-f-]+$/i.test(word) ||
      word.split(/[/_-]/).some((part) => /^[a-z]{3,}$|^[A-Z][a-z]{2,}$/.test(part))
    )
      continue;
    const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(word)).length;
    if (kinds === 3 && entropyOf(word) >= 4.2) return `a word of ${word.length} characters that looks like a key`;
  }
  return undefined;
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

function* leaves(value: unknown, path: string[] = []): Generator<[string[], string, string]> {
  if (typeof value === 'string') yield [path, path.at(-1) ?? '', value];
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) yield* leaves(each, [...path, key]);
}
