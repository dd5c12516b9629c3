import { isMap } from './canonical';
import type { Path } from './path';

/** What stands in the place of a secret, wherever a report would print it. */
export const hidden = '(hidden)';

const secretive =
  /(passw(or)?d|passphrase|secret|token|api_?-?key|private_?-?key|access_?-?key|credential|dsn|_key|auth)$|^(secret|password|token)_/i;
const values = new Set(['data', 'stringData', 'binaryData', 'env', 'args', 'parameters', 'config']);

/** The value without what must not be read by everybody who reads the pull request. */
export function masked(kind: string, path: Path, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (kind === 'Secret' && (/^(data|stringData)$/.test(path[0] ?? '') || path.includes('annotations')))
    return hidden;
  if (typeof value === 'string') return isSecret(path, value) ? hidden : scrubbed(value);
  if (Array.isArray(value)) return value.map((each, i) => masked(kind, [...path, elementOf(each, i)], each));
  if (!isMap(value)) return isSecret(path, value) ? hidden : value;
  const { name } = value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      // A variable: its name is beside its value, not above it.
      const variable = key === 'value' && typeof name === 'string' && secretive.test(name);
      return [key, variable ? hidden : masked(kind, [...path, key], each)];
    }),
  );
}

function elementOf(element: unknown, i: number): string {
  return isMap(element) && typeof element.name === 'string' ? `[${element.name}]` : `[${i}]`;
}

/** A literal below a telling name; `{{ .password }}` and a reference to a Secret tell nothing. */
function isSecret(path: Path, value: unknown): boolean {
  const from = path.findIndex((step) => values.has(step));
  if (
    from < 0 ||
    /\{\{.*\}\}/s.test(String(value)) ||
    /^(secretKey|configMapKey|field|resourceField) /.test(String(value))
  )
    return false;
  const name = path
    .slice(from + 1)
    .map((step) => step.replace(/^\[|]$/g, ''))
    .filter((step) => step !== 'value')
    .at(-1);
  if (path.includes('valueFrom') || path.includes('remoteRef')) return false;
  return name !== undefined && secretive.test(name);
}

/** Passwords in URLs and flags, and private keys. */
function scrubbed(text: string): string {
  return text
    .replace(/(\w+:\/\/[^\s:@/]*):(?!\{\{)[^\s@/]+@/g, `$1:${hidden}@`)
    .replace(/(--?[\w-]*(?:password|token|secret)[\w-]*[= ])(?!\{\{)\S+/gi, `$1${hidden}`)
    .replace(
      /^(\s*[\w.-]*(?:password|passwd|secret|token)[\w.-]*\s*[:=]\s*)(?!.*\{\{|\s*$|.*%%|\$)(['"]?)\S.*$/gim,
      `$1${hidden}`,
    )
    .replace(/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/g, `-----BEGIN $1----- ${hidden}`);
}
