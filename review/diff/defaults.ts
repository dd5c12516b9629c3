import { at, type Path } from '../model/path';
import table from './defaults.json';

/** Fields whose emptiness says the same as their absence; elsewhere `{}` is a meaning, as in `emptyDir: {}`. */
const hollow = new Set(table.hollow.split(' '));

/**
 * What the API server, or a controller's definition, fills in for an absent field; by the field's own name, below the
 * name of what it is in where the name alone says too little. A kind's defaults come before these.
 */
const defaults: Readonly<Record<string, unknown>> = table.fields;
const ofKind: Readonly<Record<string, Readonly<Record<string, unknown>>>> = table.kinds;

/** Whether absence of the field says the same as this value. */
export function isDefault(kind: string, path: Path, value: unknown): boolean {
  const name = path.at(-1) ?? '';
  const known = defaultOf(kind, path);
  if (known !== undefined) return String(known) === String(value);
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const inner = Object.entries(value);
  if (inner.length === 0) return hollow.has(name);
  // A branch that holds nothing but defaults adds nothing, unless its mere presence is a meaning.
  return (
    hollow.has(name) &&
    !Array.isArray(value) &&
    inner.every(([key, each]) => isDefault(kind, [...path, key], each))
  );
}

/** What an absent field stands for, where that is known. */
export function defaultOf(kind: string, path: Path): unknown {
  for (const [pattern, value] of Object.entries(ofKind[kind] ?? {})) if (at(path, pattern)) return value;
  const name = path.at(-1) ?? '';
  const parent = path.at(-2) ?? '';
  const place = /Probe$/.test(parent) ? 'probe' : parent === 'spec' && path.length > 2 ? 'pod' : parent;
  const above = path.at(-3) ?? '';
  return (
    defaults[`${place}.${name}`] ??
    (parent.startsWith('[') ? defaults[`${above}.${name}`] : undefined) ??
    defaults[name]
  );
}
