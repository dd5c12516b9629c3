import { DUMP_SCHEMA, defineScalarTag, dump, NOT_RESOLVED } from 'js-yaml';

/**
 * What the reader of kubectl and Argo CD (sigs.k8s.io/yaml, `resolve` in go.yaml.in/yaml/v2 `resolve.go`) takes for a number
 * beyond YAML 1.1 and 1.2: Go's prefixes in capitals, and `_` anywhere.
 */
const goNumber =
  /^(?:[-+]?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO][0-7]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)|0b[-+][01]+)$/;
const quoted = DUMP_SCHEMA.withTags(
  defineScalarTag('!go-number', {
    implicit: true,
    implicitFirstChars: [...'+-.0123456789'],
    resolve: (text) => (goNumber.test(text.replaceAll('_', '')) ? text : NOT_RESOLVED),
    identify: () => false,
  }),
);

/** The object as text, in which every reader of YAML finds text where the object has text. */
export function toYaml(object: unknown): string {
  return isMap(object) && Object.keys(object).length > 0 && isSimple(object)
    ? `${block(object, '\n').slice(1)}\n`
    : printed(object);
}

/** As js-yaml prints it; the manifests say the same few words so often that `block` asks once for each. */
function printed(object: unknown): string {
  return dump(object, { sortKeys: order, lineWidth: -1, noRefs: true, schema: quoted });
}

/** What is printed as it is, by js-yaml too: most keys, and most values. */
const bare = /^(?!(?:true|false|null|y|n|yes|no|on|off)$)[a-z][\w./-]*$/i;

/** How a key or a value that is neither a map nor a list is written one level below the top. */
const written = new Map<unknown, string>();
const keys = new Map<string, string>();

/** Whether it has only what JSON has, and nothing that is written in another way at another place. */
function isSimple(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isSimple);
  if (isMap(value)) return Object.entries(value).every(([key, each]) => isShortLine(key) && isSimple(each));
  if (typeof value === 'number') return !Object.is(value, -0);
  // An empty line at the very end is marked behind the document.
  if (typeof value === 'string') return !/(?:^|\n)\n$/.test(value);
  return typeof value === 'boolean' || value === null;
}

/** Another key has a `?` before it. */
function isShortLine(key: string): boolean {
  return key.length < 256 && !key.includes('\n');
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** @param line the break and blanks with which each of its lines begins */
function block(value: Readonly<Record<string, unknown>> | readonly unknown[], line: string): string {
  let text = '';
  if (Array.isArray(value)) for (const each of value) text += `${line}-${behind(each, line, true)}`;
  else
    for (const key of Object.keys(value).sort(order))
      text += `${line}${keyOf(key)}:${behind((value as Readonly<Record<string, unknown>>)[key], line, false)}`;
  return text;
}

/** What follows a key or the dash of a list; behind a dash, the first line of a map or list stands in the same line. */
function behind(value: unknown, line: string, dash: boolean): string {
  if (Array.isArray(value) || isMap(value)) {
    if (Object.keys(value).length === 0) return Array.isArray(value) ? ' []' : ' {}';
    const below = block(value, `${line}  `);
    return dash ? ` ${below.slice(line.length + 2)}` : below;
  }
  if (typeof value === 'boolean' || (typeof value === 'string' && bare.test(value))) return ` ${value}`;
  let text = written.get(value);
  if (text === undefined) {
    text = printed([value]).slice(1, -1);
    written.set(value, text);
  }
  return line === '\n' || !text.includes('\n') ? text : text.replace(/\n(?=[^\n])/g, line);
}

function keyOf(key: string): string {
  if (bare.test(key)) return key;
  let text = keys.get(key);
  if (text === undefined) {
    text = printed({ [key]: 0 }).slice(0, -4);
    keys.set(key, text);
  }
  return text;
}

/** `apiVersion`, `kind`, `metadata`, then the alphabet: as every manifest is read. */
function order(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0);
}

function rank(key: string): number {
  const first = ['apiVersion', 'kind', 'metadata'].indexOf(key);
  return first < 0 ? 3 : first;
}
