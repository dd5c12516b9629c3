import { hidden, isSecretName, scrubbed, secretsIn } from '../../charts/environments/secret-texts';
import { allowedBy } from './allowances';
import type { Steps } from './tree';

/** A text of an object, with the name that says what it is. */
interface Literal {
  readonly path: Steps;
  readonly name: string;
  readonly text: string;
}

/** Fields whose value is named by what is above them. */
const nameless = new Set(['value', 'default', 'content', 'plain', 'values']);
/** Fields that name a secret, or a key in one, and hold none. */
const referring = new Set([
  'secretKey',
  'secretName',
  'imagePullSecrets',
  'key',
  'property',
  'name',
  'generateName',
  'kind',
]);
/** What is below these says where a value is, and not what it is. */
const elsewhere = new Set(['valueFrom', 'remoteRef', 'secretKeyRef', 'secretRef', 'configMapKeyRef']);
/** What a diff writes for a reference. */
const written = /^(?:secretKey|configMapKey|field|resourceField) /;

/** What of a text stands in the place of a value that lies elsewhere. */
function isReference(path: Steps, text: string): boolean {
  return written.test(text) || path.some((step) => elsewhere.has(String(step)));
}

/** Every text and number of a value, each with its name: the field's, the variable's or the flag's. */
export function literalsOf(value: unknown): Literal[] {
  const found: Literal[] = [];
  const path: (string | number)[] = [];
  const below = (step: string | number, each: unknown, name: string) => {
    path.push(step);
    visit(each, name);
    path.pop();
  };
  const visit = (each: unknown, name: string) => {
    if (typeof each === 'string' || typeof each === 'number') {
      const text = String(each);
      if (!isReference(path, text)) found.push({ path: [...path], name, text });
    } else if (Array.isArray(each)) {
      for (const [i, inner] of each.entries()) below(i, inner, flagBefore(each, i) ?? name);
    } else if (typeof each === 'object' && each !== null) {
      const own = calledBy(each as Record<string, unknown>);
      for (const [key, inner] of Object.entries(each))
        below(key, inner, key === 'value' && own ? own : fieldName(key, name));
    }
  };
  visit(value, '');
  return found;
}

/** The value without what must not be read by everybody who reads a report; a Secret shows nothing but its form. */
export function masked(kind: string, path: Steps, value: unknown, name = literalName(path)): unknown {
  if (value === undefined || value === null) return value;
  if (kind === 'Secret' && (['data', 'stringData'].includes(String(path[0])) || path.includes('annotations')))
    return hidden;
  if (typeof value === 'string') return isReference(path, value) ? value : scrubbed(value, name);
  if (typeof value === 'number' && secretsIn(String(value), name).length > 0) return hidden;
  if (Array.isArray(value))
    return value.map((each, i) => masked(kind, [...path, i], each, flagBefore(value, i) ?? name));
  if (typeof value !== 'object') return value;
  const own = calledBy(value as Record<string, unknown>);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      masked(kind, [...path, key], each, key === 'value' && own ? own : fieldName(key, name)),
    ]),
  );
}

/** The name that a path gives to the value at its end; empty for one that says nothing. */
export function literalName(path: Steps): string {
  let name = '';
  for (const step of path) {
    const text = String(step).replace(/^\[(.*)]$/, '$1');
    if (typeof step !== 'number' && !/^\d+$/.test(text)) name = fieldName(text, name);
  }
  return name;
}

function fieldName(key: string, above: string): string {
  if (nameless.has(key)) return above;
  // An allowance is named after its rule.
  return referring.has(key) || allowedBy(key) ? '' : key;
}

/**
 * What a `value` is called by the field beside it: `{name: DB_PASSWORD, value: …}` is a variable, a header, a parameter.
 *
 * @param versions of one such map; of two names the one that says it is a secret
 */
export function calledBy(...versions: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const names = versions.map(({ name, key }) => name ?? key).filter((each) => typeof each === 'string');
  return names.find(isSecretName) ?? names[0];
}

/** `--password` before its value, in a list of words. */
function flagBefore(words: readonly unknown[], i: number): string | undefined {
  const [before, word] = [words[i - 1], words[i]];
  if (typeof before !== 'string' || typeof word !== 'string' || word.startsWith('-')) return undefined;
  return /^--?([A-Za-z][\w.-]*)$/.exec(before)?.[1];
}
