import type { Manifest } from '../../model/tree';
import { rule } from '../../rule-of';

/** What stands where cdk8s, cdktn or JavaScript failed to put a value, or a person meant to put one later. */
const unfilled: readonly RegExp[] = [
  // A token of cdk8s or cdktn that was not resolved.
  /[$#]\{(Tf)?Token\[/,
  // An object that was printed into a text.
  /\[object \w+\]/,
  // A whole part of a name, an address or a path. `undefined-method` and the like are names of checks.
  /(?<![^-/.:]|\bno-)(undefined(?!-(?:behavio|method|variable|symbol|reference|constant|function|property|value|column|error))|NaN)(?![^-/.:])/,
  // A person's note to put something here.
  /\b(CHANGE[-_ ]?ME|REPLACE[-_ ]?ME|FIXME)\b/,
  /<(your|insert|replace)[-_ ]/,
];
/** Most texts hold nothing of it, and this is faster. */
const suspicious = /Token\[|\[object|undefined|NaN|CHANGE|REPLACE|FIXME|</;

export const unresolved = rule('unresolved', function* ({ tree, asked = tree.manifests }) {
  for (const manifest of asked)
    for (const { path, found } of search(
      manifest.object,
      // Null is a word that programs read (`CACHE_STORE: null`), but nobody's name.
      (text, last) =>
        (text === 'null' && /^(?:\w+N|n)ame(?:space)?$/.test(String(last)) && text) ||
        (suspicious.test(text) && firstOf(unfilled, text)),
    ))
      yield { manifest, path, message: `holds ${JSON.stringify(found)}` };
});

const zeros = '000000000000';
/** The account alone, not zeros in the middle of another number. */
const account = /(?<!\w)0{12}(?!\w)/;
const digest = `sha256:${'0'.repeat(64)}`;

export const placeholder = rule('placeholder', function* ({ tree, asked = tree.manifests }) {
  const stands = (text: string) => text.includes(zeros) && (account.test(text) || text.includes(digest));
  const environments = new Map<string, { first: Manifest; path: readonly (string | number)[]; count: number }>();
  for (const manifest of asked) {
    const [place] = search(manifest.object, stands);
    const known = environments.get(manifest.environment);
    if (place && known) known.count++;
    else if (place) environments.set(manifest.environment, { first: manifest, path: place.path, count: 1 });
  }
  // One for each environment: hundreds would hide everything else.
  for (const [environment, { first, path, count }] of environments) {
    const more = count > 1 ? `, here and in ${count - 1} more of ${environment}` : '';
    yield { manifest: first, path, message: `stands for a value that is not known yet${more}` };
  }
});

/** What the first of the patterns finds in a text. */
function firstOf(patterns: readonly RegExp[], text: string): string | undefined {
  return patterns.flatMap((pattern) => pattern.exec(text)?.[0] ?? [])[0];
}

interface Place<T> {
  readonly path: readonly (string | number)[];
  readonly found: T;
}

/** Every text, and every key, of which the question has an answer. */
function search<T>(
  value: unknown,
  ask: (text: string, last?: string | number) => T | false | undefined,
): Place<T>[] {
  const places: Place<T>[] = [];
  const path: (string | number)[] = [];
  const consider = (text: string) => {
    const found = ask(text, path.at(-1));
    if (found) places.push({ path: [...path], found });
  };
  const visit = (each: unknown): void => {
    if (typeof each === 'string') consider(each);
    else if (typeof each === 'object' && each !== null)
      for (const [key, inner] of Object.entries(each)) {
        path.push(Array.isArray(each) ? Number(key) : key);
        if (!Array.isArray(each)) consider(key);
        visit(inner);
        path.pop();
      }
  };
  visit(value);
  return places;
}
