import { listOf } from '../../model/pods';
import type { Classify, Draft } from '../finding';
import type { ObjectChange } from '../objects';

/** What a definition no longer allows, version by version. */
export const crd: Classify = function* (change: ObjectChange) {
  const { before, after } = change;
  if (after?.object.kind !== 'CustomResourceDefinition' || !before) return;
  const versions = (object: any) =>
    new Map(listOf(object.spec?.versions).map((version) => [String(version.name), version]));
  const [was, is] = [versions(before.object), versions(after.object)];
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
    if (now)
      yield* narrowed(
        [...path, 'schema', 'openAPIV3Schema'],
        old.schema?.openAPIV3Schema ?? {},
        now.schema?.openAPIV3Schema ?? {},
      );
  }
};

function* narrowed(path: readonly string[], was: any, is: any): Iterable<Draft> {
  const field =
    path
      .slice(5)
      .filter((step) => step !== 'properties')
      .join('.') || 'the object';
  const draft = (says: string, why: string, fix: string) => finding(path, says, why, fix);
  for (const name of is.required ?? [])
    if (!(was.required ?? []).includes(name))
      yield draft(
        `${field} must have ${name} from now on`,
        'Objects without it cannot be updated any more.',
        `write ${name} into every object first, or give it a default`,
      );
  if (was.type && is.type && was.type !== is.type)
    yield draft(
      `${field} has the type ${is.type}, no longer ${was.type}`,
      'Objects with the old type are refused at their next update.',
      'make a new version of the API with a conversion',
    );
  for (const value of was.enum ?? [])
    if (is.enum && !is.enum.includes(value))
      yield draft(
        `${field} may no longer be ${value}`,
        'Objects with that value are refused at their next update.',
        'change those objects first',
      );
  for (const [bound, tighter] of Object.entries(bounds))
    if (is[bound] !== undefined && (was[bound] === undefined || tighter(was[bound], is[bound])))
      yield draft(
        `${field}: ${bound} is ${is[bound]}${was[bound] === undefined ? '' : `, was ${was[bound]}`}`,
        'Objects outside of it are refused at their next update.',
        'look for such objects first',
      );
  for (const [name, inner] of Object.entries<any>(was.properties ?? {})) {
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

const bounds: Readonly<Record<string, (was: any, is: any) => boolean>> = {
  maximum: (was, is) => is < was,
  minimum: (was, is) => is > was,
  maxLength: (was, is) => is < was,
  minLength: (was, is) => is > was,
  maxItems: (was, is) => is < was,
  minItems: (was, is) => is > was,
  pattern: (was, is) => is !== was,
};

function finding(path: readonly string[], says: string, why: string, fix: string): Draft {
  return { level: 'high', path, says, why, fix, covers: [path] };
}
