import type { Check } from '../names';

export type Path = readonly (string | number)[];
/** Tells what the API server would refuse, and where. */
export type Say = (path: Path, message: string) => void;

/** A value that must be of a form, and may be required. */
export function form(value: unknown, at: Path, say: Say, check: Check, needed?: 'needed'): void {
  if (value === undefined || value === null || value === '') {
    if (needed) say(at, 'is required');
  } else {
    const wrong = check(String(value));
    if (wrong) say(at, `${JSON.stringify(value)} ${wrong}`);
  }
}

export function needed(value: unknown, at: Path, say: Say): void {
  if (value === undefined || value === null || value === '') say(at, 'is required');
}

/** Each of these fields, where it is set. */
export function atLeast(least: number, of: any, fields: readonly string[], at: Path, say: Say): void {
  for (const field of fields)
    if (typeof of?.[field] === 'number' && of[field] < least)
      say([...at, field], `is ${of[field]}, the least is ${least}`);
}

/** Those of these fields that are set. */
export function set(of: any, fields: readonly string[]): string[] {
  return fields.filter((field) => of?.[field] !== undefined && of[field] !== null);
}

/** Exactly one of these fields. */
export function exactlyOne(of: any, fields: readonly string[], at: Path, say: Say): string | undefined {
  const found = set(of, fields);
  if (found.length === 0) say(at, `has none of ${fields.join(', ')}; one is required`);
  if (found.length > 1) say([...at, found[1] as string], `cannot be set together with ${found[0]}`);
  return found.length === 1 ? found[0] : undefined;
}

export function unique(values: readonly (readonly [unknown, Path])[], what: string, say: Say): void {
  const seen = new Set<unknown>();
  for (const [value, at] of values) {
    if (value !== undefined && seen.has(value))
      say(at, `${JSON.stringify(value)} is the ${what} of another one too`);
    seen.add(value);
  }
}

/** The elements of a list with their paths, none when it is absent. */
export function each<T = any>(of: any, field: string, at: Path): readonly (readonly [T, Path])[] {
  return Array.isArray(of?.[field])
    ? of[field].map((value: T, i: number) => [value ?? ({} as T), [...at, field, i]])
    : [];
}

/** A count or a share: `1`, `25%`. */
export function countOrPercent(value: unknown, at: Path, say: Say, most = Number.POSITIVE_INFINITY): void {
  if (typeof value === 'number' && value < 0) say(at, `is ${value}, the least is 0`);
  if (typeof value !== 'string') return;
  if (!/^\d+%$/.test(value)) say(at, `${JSON.stringify(value)} is neither a number nor a percentage such as 25%`);
  else if (Number.parseInt(value, 10) > most) say(at, `is ${value}, the most is ${most}%`);
}
