import type { Path } from '../../model/path';
import { asKind, type Manifest } from '../../model/tree';
import type { Classify, Draft } from '../finding';
import { risk } from './risk-words';

type Id =
  | 'version-of-definition'
  | 'required-field'
  | 'other-type'
  | 'value-gone'
  | 'tighter-bound'
  | 'field-gone';

/** What is compared of a schema; other words of it decide nothing about objects that are there. */
interface Schema {
  readonly [word: string]: unknown;
  readonly type?: string;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** What a definition no longer allows, version by version. */
export const crd: Classify = function* ({ before, after }) {
  const [was, is] = [versionsOf(before), versionsOf(after)];
  if (!was || !is) return;
  for (const [name, old] of was) {
    const now = is.get(name);
    const path = ['spec', 'versions', `[${name}]`];
    if (!now || (old.served && !now.served))
      yield found('version-of-definition', path, { name, gone: now ? 'no longer served' : 'removed' });
    if (now) yield* narrowed([...path, 'schema', 'openAPIV3Schema'], schemaOf(old), schemaOf(now));
  }
};

function versionsOf(manifest: Manifest | undefined) {
  const versions = asKind(manifest, 'CustomResourceDefinition')?.object.spec?.versions;
  return versions && new Map(versions.map((version) => [String(version.name), version]));
}

function schemaOf({ schema }: { readonly schema?: { readonly openAPIV3Schema?: unknown } }): Schema {
  return (schema?.openAPIV3Schema ?? {}) as Schema;
}

function* narrowed(path: Path, was: Schema, is: Schema): Iterable<Draft> {
  const field =
    path
      .slice(5)
      .filter((step) => step !== 'properties')
      .join('.') || 'the object';
  for (const name of is.required ?? [])
    if (!(was.required ?? []).includes(name)) yield found('required-field', path, { field, name });
  if (was.type && is.type && was.type !== is.type)
    yield found('other-type', path, { field, type: is.type, was: was.type });
  for (const value of was.enum ?? [])
    if (is.enum && !is.enum.includes(value)) yield found('value-gone', path, { field, value });
  for (const [bound, tighter] of Object.entries(bounds)) {
    const [old, now] = [was[bound], is[bound]];
    if (now !== undefined && (old === undefined || tighter(old, now)))
      yield found('tighter-bound', path, { field, bound, now, old: old === undefined ? '' : `, was ${old}` });
  }
  for (const [name, inner] of Object.entries(was.properties ?? {})) {
    const at = [...path, 'properties', name];
    const now = is.properties?.[name];
    if (now) yield* narrowed(at, inner, now);
    else if (!is['x-kubernetes-preserve-unknown-fields'])
      yield found('field-gone', at, { field: field === 'the object' ? name : `${field}.${name}` });
  }
  if (was.items && is.items) yield* narrowed([...path, 'items'], was.items, is.items);
}

type Tighter = (was: unknown, is: unknown) => boolean;
const lower: Tighter = (was, is) => Number(is) < Number(was);
const higher: Tighter = (was, is) => Number(is) > Number(was);

const bounds: Readonly<Record<string, Tighter>> = {
  maximum: lower,
  minimum: higher,
  maxLength: lower,
  minLength: higher,
  maxItems: lower,
  minItems: higher,
  pattern: (was, is) => is !== was,
};

function found(id: Id, path: Path, values: Readonly<Record<string, unknown>>): Draft {
  return risk(id, path, { ...values, covers: [path] });
}
