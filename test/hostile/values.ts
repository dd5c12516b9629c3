import fc from 'fast-check';
import { random } from '../review/planted';

/** Names that every object has already, or that mean something to whoever reads them. */
const names = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'length',
  'kube-system',
  'cluster',
];
const pieces = [
  ...['\n', '\r\n', '\u0000', '\u001b[2J', '\u001b]0;x\u0007', '\u009b1A', '\u202e', '\u200b', '\ud800', '\t', ''],
  ...['::stop-commands::x', '\n::error::x', '##[group]x', '</details>', '<img src=x>', '![x](https://e.org/x)'],
  ...[
    '[x](javascript:x)',
    '@e-ren/operators',
    '`',
    '```',
    '|',
    '\\',
    "'",
    '"',
    '$(touch x)',
    '`touch x`',
    '; touch x;',
  ],
  ...[
    '${HOME}',
    '{{ .x }}',
    '%%env_X%%',
    '--help',
    '-rf',
    '../../etc/passwd',
    'a,b',
    '# x',
    ': x',
    '*x',
    '&x x',
    '!!x',
  ],
];

/** A text that somebody could put where another one belongs. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...names),
  fc.constantFrom(...pieces),
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 6 })
    .map((all) => all.join('')),
  fc
    .tuple(fc.constantFrom('a', ' ', '=', '-', 'a.', '\n', 'password='), fc.integer({ min: 1, max: 20_000 }))
    .map(([piece, times]) => piece.repeat(times)),
);

/** Any value of JSON, and what is none. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, -1, 0, 0.5, 1e22, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, undefined, 10n),
  fc.constantFrom({}, [], [[]], [null], { a: {} }),
  fc.dictionary(hostileText, hostileText, { maxKeys: 3 }),
  fc.array(hostileText, { maxLength: 3 }),
);

/** A copy in which one place, chosen by a number, holds another value. */
export function replaced<T>(whole: T, at: number, value: unknown, key?: string): T {
  const copy = structuredClone(whole);
  const places: [any, string][] = [];
  const walk = (inner: any): void => {
    if (typeof inner !== 'object' || inner === null) return;
    for (const name of Object.keys(inner)) {
      places.push([inner, name]);
      walk(inner[name]);
    }
  };
  walk(copy);
  const [holder, name] = places[at % places.length] as [any, string];
  if (key === undefined || Array.isArray(holder)) holder[name] = value;
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** A password by its name, and tokens by their form: what no command may print. */
export const secret: fc.Arbitrary<string> = fc.oneof(
  fc.integer({ min: 1, max: 1e6 }).map((n) => `ghp_${random(n, 36)}`),
  fc.integer({ min: 1, max: 1e6 }).map((n) => `AKIA${random(n, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`),
  fc.integer({ min: 1, max: 1e6 }).map((n) => `sk_live_${random(n, 24)}`),
  fc.integer({ min: 1, max: 1e6 }).map((n) => `eyJhbGciOiJIUzI1NiJ9.eyJ${random(n, 30)}.${random(n + 1, 43)}`),
);

/** @throws Error when a text shows what no reader sees, is a command of a runner, or has a stack in it */
export function expectHarmless(said: string, own = false): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
  const unseen = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/.exec(said);
  if (unseen)
    throw new Error(`shows ${JSON.stringify(said.slice(Math.max(0, unseen.index - 40), unseen.index + 40))}`);
  const lines = said.split('\n');
  const command = lines.find(
    (line) => line.trimStart().startsWith('::') && !(own && /^::(error|warning|notice) /.test(line)),
  );
  if (command !== undefined) throw new Error(`has a command: ${command.slice(0, 80)}`);
  if (!own && said.includes('##[')) throw new Error('has a command of the old form');
  const frame = lines.find((line) => /^\s+at .*:\d+:\d+\)?$/.test(line));
  if (frame) throw new Error(`has a stack: ${frame}`);
}
