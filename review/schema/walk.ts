import { quantityOf } from '../model/quantity';
import { type Part, partOf } from './core/parts';
import type { Node, Shape } from './table';
import type { Schemas } from './tables';

/** What the API server would refuse of a field, by the rule that says so. */
export interface Refusal {
  readonly rule:
    | 'unknown-field'
    | 'wrong-type'
    | 'missing-field'
    | 'bad-value'
    | 'duplicate-element'
    | 'cut-number';
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Go has no null where a value must be, and cuts a number that is too long. */
export interface Edit {
  readonly path: readonly (string | number)[];
  /** Undefined: the field is not there. */
  readonly value: unknown;
}

type Path = (string | number)[];
type Fields = ReadonlyMap<string, { readonly node: Node; readonly required: boolean }>;

const fieldMaps = new WeakMap<Shape, Fields>();
const patterns = new Map<string, RegExp>();

/** Compares a value with its type, field by field. */
export class Walk {
  readonly refusals: Refusal[] = [];
  /** What a built-in object becomes when it is decoded. */
  readonly edits: Edit[] = [];
  /** What is left of an object without the values that have another type than their field. */
  readonly mistyped: Edit[] = [];
  /** What of a custom kind is a part of Kubernetes' own: a pod, a selector. The outermost alone. */
  readonly parts: { readonly value: unknown; readonly path: Path; readonly part: Part }[] = [];
  private readonly path: Path = [];
  private within = false;

  /** @param builtIn a built-in kind is decoded into Go's types, a custom one is judged by its definition alone */
  constructor(
    private readonly schemas: Pick<Schemas, 'shape'>,
    private readonly builtIn: boolean,
    at: Path = [],
  ) {
    this.path.push(...at);
  }

  value(value: unknown, node: Node): void {
    const shape = typeof node !== 'string' ? node : node.startsWith('#') ? this.schemas.shape(node) : undefined;
    if (shape === undefined) this.scalar(value, { type: node as string });
    else if (shape.fields || shape.map || shape.list) this.composite(value, shape);
    else this.scalar(value, shape);
  }

  private composite(value: unknown, shape: Shape): void {
    if (value === null) this.empty(shape, shape.list ? 'a list' : 'an object');
    else if (shape.list) {
      if (Array.isArray(value)) this.list(value, shape);
      else this.mistype(shape, `is ${say(value)}, must be a list`);
    } else if (typeof value !== 'object' || Array.isArray(value))
      this.mistype(shape, `is ${say(value)}, must be an object`);
    else if (shape.map) this.map(value, shape, shape.map);
    else {
      const part = this.builtIn || this.within || this.path.length < 2 ? undefined : partOf(shape);
      if (part) this.parts.push({ value, path: [...this.path], part });
      this.within ||= part !== undefined;
      this.object(value, shape);
      if (part) this.within = false;
    }
  }

  private object(value: object, shape: Shape): void {
    const fields = fieldsOf(shape);
    for (const [key, inner] of Object.entries(value)) {
      this.path.push(key);
      const field = fields.get(key);
      if (inner === null) this.edit(undefined);
      if (field) this.value(inner, field.node);
      else if (!shape.open) this.refuse('unknown-field', `is not a field here${meant(key, fields.keys())}`);
      this.path.pop();
    }
    for (const [key, { required }] of fields)
      if (required && (this.builtIn ? !(key in value) : (value as Readonly<Record<string, unknown>>)[key] == null))
        this.refuse('missing-field', `has no ${JSON.stringify(key)}, which is required`);
    this.size(Object.keys(value).length, shape, 'fields');
  }

  private map(value: object, shape: Shape, of: Node): void {
    const entries = Object.entries(value);
    for (const [key, inner] of entries) {
      this.path.push(key);
      if (inner === null) this.edit(this.builtIn ? zeroOf(of) : undefined);
      this.value(inner, of);
      this.path.pop();
    }
    this.size(entries.length, shape, 'keys');
  }

  private list(value: readonly unknown[], shape: Shape): void {
    const seen = new Map<string, number>();
    const element = shape.list as Node;
    value.forEach((each, i) => {
      this.path.push(i);
      if (each === null) this.edit(zeroOf(element));
      if (each === null && this.builtIn && (shape.set || shape.keys)) this.refuse('wrong-type', 'is null');
      this.value(each, element);
      const identity = this.identity(each, shape);
      const first = identity === undefined ? undefined : seen.get(identity);
      if (first !== undefined)
        this.refuse(
          'duplicate-element',
          `has the same ${shape.keys?.join(' and ') ?? 'value'} as element ${first}`,
        );
      else if (identity !== undefined) seen.set(identity, i);
      this.path.pop();
    });
    this.size(value.length, shape, 'elements');
  }

  private identity(element: unknown, { list, keys, set }: Shape): string | undefined {
    if (set) return JSON.stringify(element);
    if (!keys || typeof element !== 'object' || element === null) return undefined;
    const shape = typeof list === 'string' && list.startsWith('#') ? this.schemas.shape(list) : list;
    return JSON.stringify(
      keys.map((key) => {
        const field = typeof shape === 'object' ? fieldsOf(shape).get(key)?.node : undefined;
        return (
          (element as Record<string, unknown>)[key] ??
          (typeof field === 'object' ? field.default : undefined) ??
          null
        );
      }),
    );
  }

  private scalar(value: unknown, shape: Shape): void {
    const { type = 'any' } = shape;
    if (value === null) {
      this.empty(shape, type);
      return;
    }
    switch (type) {
      case 'any':
        return;
      case 'quantity':
        if (quantityOf(value) === undefined)
          this.refuse('bad-value', `${say(value)} is not a valid quantity; write for example 250m, 2 or 1Gi`);
        return;
      case 'int-or-string':
        if (typeof value !== 'string' && !fits(value, this.builtIn ? 32 : 64))
          this.mistype(shape, `is ${say(value)}, must be a whole number or a string`);
        else this.constrain(value as string | number, shape);
        return;
      case 'integer':
        // A built-in kind's number is cut, which another rule tells of; a custom one's is refused.
        if (!Number.isInteger(value) || !(this.builtIn || fits(value, shape.format === 'int32' ? 32 : 64)))
          this.mistype(shape, `is ${say(value)}, must be a whole number`);
        else this.constrain(value as number, shape);
        return;
      default:
        if (typeof value !== type) this.mistype(shape, `is ${say(value)}, must be a ${type}`);
        else this.constrain(value as string | number | boolean, shape);
    }
  }

  private constrain(value: string | number | boolean, shape: Shape): void {
    // Go cannot tell an empty string from none, and fills the default in.
    const unset = this.builtIn && value === '' && shape.default !== undefined;
    if (shape.enum && !unset && !shape.enum.includes(value))
      this.refuse('bad-value', `${say(value)} is none of ${shape.enum.map((each) => say(each)).join(', ')}`);
    if (typeof value === 'number') {
      const cut =
        this.builtIn && shape.type === 'integer' ? cutTo(shape.format === 'int32' ? 32 : 64, value) : value;
      if (cut !== value) {
        this.edit(cut);
        this.refuse('cut-number', `${value} does not fit; the server makes ${cut} of it`);
      }
      this.size(cut, shape, '');
    } else if (typeof value === 'string') this.text(value, shape);
  }

  private text(value: string, shape: Shape): void {
    const { pattern, format } = shape;
    if (pattern !== undefined && !patternOf(pattern).test(value))
      this.refuse('bad-value', `${say(value)} does not match ${pattern}`);
    if (format === 'date-time' && !/^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(value))
      this.refuse('bad-value', `${say(value)} is not a valid time; write for example 2026-12-01T06:00:00Z`);
    if (
      format === 'byte' &&
      !/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value.replace(/[\r\n]/g, ''))
    )
      this.refuse('bad-value', 'is not base64');
    // Characters, as the server counts them.
    this.size([...value].length, shape, 'characters');
  }

  private size(size: number, { min, max }: Shape, of: string): void {
    if (min !== undefined && size < min)
      this.refuse('bad-value', `is ${size}${of && ` ${of}`}, the least is ${min}`);
    if (max !== undefined && size > max)
      this.refuse('bad-value', `is ${size}${of && ` ${of}`}, the most is ${max}`);
  }

  /**
   * Null in a field is nothing, also an object's in a custom kind. Its other nulls the API server drops from what is created
   * or updated (`PruneNonNullableNullsWithoutDefaults`, apiextensions-apiserver), and refuses from what is applied, as Argo CD
   * does: 1.35.4 was asked for both.
   */
  private empty(shape: Shape, type: string): void {
    const element = typeof this.path.at(-1) === 'number';
    if (element) this.mistyped.push({ path: [...this.path], value: zeroOf(shape) });
    if (this.builtIn || shape.nullable || type === 'any' || shape.default !== undefined) return;
    if (element || type !== 'an object')
      this.refuse('wrong-type', `is null, must be ${type}; remove the ${element ? 'element' : 'field'}`);
  }

  private edit(value: unknown): void {
    if (this.builtIn || typeof this.path.at(-1) === 'string') this.edits.push({ path: [...this.path], value });
  }

  /** Elements of lists keep their places. */
  private mistype(shape: Shape, message: string): void {
    const inList = typeof this.path.at(-1) === 'number';
    this.mistyped.push({ path: [...this.path], value: inList ? zeroOf(shape) : undefined });
    this.refuse('wrong-type', message);
  }

  private refuse(rule: Refusal['rule'], message: string): void {
    this.refusals.push({ rule, path: [...this.path], message });
  }
}

/** Its fields by name, without the sign that one is required. */
export function fieldsOf(shape: Shape): Fields {
  let fields = fieldMaps.get(shape);
  if (!fields) {
    fields = new Map(
      Object.entries(shape.fields ?? {}).map(([name, node]) => [
        name.replace(/!$/, ''),
        { node, required: name.endsWith('!') },
      ]),
    );
    fieldMaps.set(shape, fields);
  }
  return fields;
}

function zeroOf(node: Node): unknown {
  const type = typeof node === 'string' ? node : node.type;
  if (type === 'string' || type === 'quantity') return type === 'string' ? '' : '0';
  if (typeof node !== 'string' && node.list) return [];
  return type === 'integer' ? 0 : type === 'boolean' ? false : {};
}

function fits(value: unknown, bits: number): boolean {
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** (bits - 1);
}

/** What is left of a whole number: beyond 64 bits nothing, beyond 32 its lower half. */
function cutTo(bits: 32 | 64, value: number): number {
  if (Math.abs(value) < 2 ** (bits - 1)) return value;
  return Math.abs(value) >= 2 ** 63 ? 0 : Number(BigInt.asIntN(bits, BigInt(value)));
}

function patternOf(pattern: string): RegExp {
  const compiled = patterns.get(pattern) ?? new RegExp(pattern);
  patterns.set(pattern, compiled);
  return compiled;
}

function say(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The field that was most likely meant: the same letters but for case, or one letter more, less or other. */
export function meant(key: string, names: Iterable<string>): string {
  const near = [...names].find(
    (field) =>
      field.toLowerCase() === key.toLowerCase() ||
      field.startsWith(key) ||
      key.startsWith(field) ||
      one(field, key),
  );
  return near ? `; is ${near} meant?` : '';
}

function one(a: string, b: string): boolean {
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  return [
    [i + 1, i + 1],
    [i + 1, i],
    [i, i + 1],
  ].some(([x, y]) => a.slice(x) === b.slice(y));
}
