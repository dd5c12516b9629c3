import { asKind, type Manifest } from '../../model/tree';
import type { Classify, Draft } from '../finding';

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
      yield finding(
        path,
        `${name} is ${now ? 'no longer served' : 'removed'}`,
        'Every manifest and client of that version fails.',
        'move all objects and clients to another version first',
      );
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

function* narrowed(path: readonly string[], was: Schema, is: Schema): Iterable<Draft> {
  const field =
    path
      .slice(5)
      .filter((step) => step !== 'properties')
      .join('.') || 'the object';
  for (const name of is.required ?? [])
    if (!(was.required ?? []).includes(name))
      yield finding(
        path,
        `${field} must have ${name} from now on`,
        'Objects without it cannot be updated any more.',
        `write ${name} into every object first, or give it a default`,
      );
  if (was.type && is.type && was.type !== is.type)
    yield finding(
      path,
      `${field} has the type ${is.type}, no longer ${was.type}`,
      'Objects with the old type are refused at their next update.',
      'make a new version of the API with a conversion',
    );
  for (const value of was.enum ?? [])
    if (is.enum && !is.enum.includes(value))
      yield finding(
        path,
        `${field} may no longer be ${value}`,
        'Objects with that value are refused at their next update.',
        'change those objects first',
      );
  for (const [bound, tighter] of Object.entries(bounds))
    if (is[bound] !== undefined && (was[bound] === undefined || tighter(was[bound], is[bound])))
      yield finding(
        path,
        `${field}: ${bound} is ${is[bound]}${was[bound] === undefined ? '' : `, was ${was[bound]}`}`,
        'Objects outside of it are refused at their next update.',
        'look for such objects first',
      );
  for (const [name, inner] of Object.entries(was.properties ?? {})) {
    const now = is.properties?.[name];
    if (now) yield* narrowed([...path, 'properties', name], inner, now);
    else if (!is['x-kubernetes-preserve-unknown-fields'])
      yield finding(
        [...path, 'properties', name],
        `${field === 'the object' ? '' : `${field}.`}${name} is removed from the schema`,
        'The API server drops the field from every object at its next write, without a word.',
        'make sure that no object has it, and no controller reads it',
      );
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

function finding(path: readonly string[], says: string, why: string, fix: string): Draft {
  return { level: 'high', path, says, why, fix, covers: [path] };
}
