import { listOf } from '../model/pods';
import type { Node, Shape } from '../schema/table';
import { Walk } from '../schema/walk';
import table from './annotations.json';

/** What the controller knows of one annotation, or of all whose name ends in `.*`. */
export interface Row {
  /** How the text is read (pkg/annotations/parser.go); absent: as it stands. */
  readonly form?: 'integer' | 'boolean' | 'list' | 'map' | 'json';
  /** What is read. */
  readonly value: Node;
  /** That, for a person, where it is a pattern. */
  readonly means?: string;
  /** Whether names in the JSON count with their case; Go takes any otherwise. */
  readonly exact?: boolean;
  /** What stands for `*`. */
  readonly name?: string;
  /** Whether `*` is the name of a backend of the Ingress. */
  readonly backend?: boolean;
  /** By the value of a field, the other fields of which one must be there. */
  readonly oneOf?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** Whether a Service may have it as well, for its own target group. */
  readonly service?: boolean;
  /** What all members of a group must agree in: the value, each key of it, or the value at a port they share. */
  readonly group?: 'one' | 'keys' | 'port';
  /** Whether it is of ports with TLS only. */
  readonly tls?: boolean;
  /** The field of IngressClassParams that goes before it. */
  readonly params?: string;
  /** Whether of all these fields only that of the group's first member counts. */
  readonly first?: boolean;
  /** The annotation beside which it is not read. */
  readonly unless?: string;
  /** The value of the controller's Helm chart that has to be on. */
  readonly needs?: string;
  /** What the controller takes without it. */
  readonly default?: number;
  /** The annotation whose value is to be larger. */
  readonly below?: string;
  /** By its value the annotation that it needs. */
  readonly beside?: Readonly<Record<string, string>>;
  /** The form that it has beside each value of another. */
  readonly with?: { readonly of: string; readonly values: Readonly<Record<string, string>> };
  /** Its default, where another value makes another target group. */
  readonly target?: string;
}

export type Annotations = Readonly<Record<string, string>>;

export const prefix = 'alb.ingress.kubernetes.io/';
export const rows = new Map(Object.entries(table.annotations as Readonly<Record<string, Row>>));

/** @param suffix what comes after the prefix: `actions.web` is of the row `actions.*` */
export function rowOf(suffix: string): Row | undefined {
  const [family = ''] = suffix.split('.', 1);
  const row = rows.get(suffix) ?? (suffix.length > family.length + 1 ? rows.get(`${family}.*`) : undefined);
  return row?.name && !new RegExp(row.name).test(suffix.slice(family.length + 1)) ? undefined : row;
}

/**
 * The value of an annotation; a text that does not have the form stays a text.
 *
 * @throws SyntaxError what is not JSON, or no list of `key=value`
 */
export function parse(row: Row, text: string): unknown {
  switch (row.form) {
    case 'json':
      return row.exact ? JSON.parse(text) : named(JSON.parse(text), row.value);
    case 'list':
      return listIn(text);
    case 'map':
      return mapIn(text, row.value);
    default:
      return scalar(text, row.form);
  }
}

/** The value of `scheme` among annotations; nothing where there is none that can be read. */
export function read(annotations: Annotations, suffix: string): unknown {
  const [row, text] = [rowOf(suffix), annotations[`${prefix}${suffix}`]];
  try {
    return row && text !== undefined ? parse(row, text) : undefined;
  } catch {
    return undefined;
  }
}

/** What the controller or AWS refuses of a value. */
export function refusals(row: Row, value: () => unknown): string[] {
  try {
    const parsed = value();
    const walk = new Walk(noTypes, true);
    walk.value(parsed, row.value);
    const refused = walk.refusals.map(({ path, message }) => [...path, message].join(': '));
    return [...refused.map((each) => told(each, row)), ...missing(row, parsed)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [`is not ${row.form === 'json' ? 'JSON' : 'key=value, separated by commas'}: ${error.message}`];
  }
}

const told = (message: string, { means }: Row) =>
  means ? `${message.split(' does not match ', 1)[0]?.replace(/^\d+: /, '')} must be ${means}` : message;

const noTypes = {
  shape(reference: string): Shape {
    throw new Error(`review/balancer/annotations.json names ${reference}`);
  },
};

function* missing({ oneOf = {} }: Row, value: unknown): Generator<string> {
  for (const each of listOf([value].flat()))
    for (const [field, choices] of Object.entries(oneOf)) {
      const needed = choices[each?.[field]] ?? [];
      if (needed.length > 0 && !needed.some((name) => each[name] !== undefined))
        yield `${field} ${each[field]} needs ${needed.join(' or ')}`;
    }
}

const truths = new Map(
  ['1', 't', 'T', 'true', 'TRUE', 'True', '0', 'f', 'F', 'false', 'FALSE', 'False'].map((each, i) => [
    each,
    i < 6,
  ]),
);

function scalar(text: string, form?: string): unknown {
  if (form === 'integer') return /^[+-]?\d+$/.test(text) ? Number(text) : text;
  return form === 'boolean' ? (truths.get(text) ?? text) : text;
}

function listIn(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
}

/** A comma is part of a value after `\`. AWS takes fewer words for true and false than Go. */
function mapIn(text: string, node: Node): Record<string, unknown> {
  const pairs = text === '' ? [] : text.split(/(?<!\\),/);
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      const [key, value] = [pair.slice(0, Math.max(0, at)).trim(), pair.slice(at + 1).trim()];
      if (!key) throw new SyntaxError(JSON.stringify(pair.trim()));
      const { fields, map } = node as Shape;
      const of = fields?.[key] ?? map;
      const type = typeof of === 'string' ? of : of?.type;
      const text = value.replace(/\\(.)/g, '$1');
      return [key, type === 'boolean' && text.length < 4 ? text : scalar(text, type)];
    }),
  );
}

/** With the names that the table has, whatever their case. */
function named(value: unknown, node: Node | undefined): unknown {
  const { list, fields } = (typeof node === 'object' ? node : {}) as Shape;
  if (Array.isArray(value)) return value.map((each) => named(each, list));
  if (!fields || typeof value !== 'object' || value === null) return value;
  const names = new Map(Object.keys(fields).map((key) => [key.replace('!', '').toLowerCase(), key]));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const known = names.get(key.toLowerCase());
      return [known?.replace('!', '') ?? key, named(inner, known === undefined ? undefined : fields[known])];
    }),
  );
}
