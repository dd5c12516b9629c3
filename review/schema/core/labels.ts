import { labelValue, qualifiedName } from '../names';
import { each, form, type Path, type Say } from './say';

const annotationBytes = 256 * 1024;

export function labels(of: any, at: Path, say: Say): void {
  for (const [key, value] of Object.entries(of ?? {})) {
    form(key, [...at, key], say, qualifiedName, 'needed');
    form(value, [...at, key], say, labelValue);
  }
}

export function annotations(of: any, at: Path, say: Say): void {
  let size = 0;
  for (const [key, value] of Object.entries<any>(of ?? {})) {
    form(key.toLowerCase(), [...at, key], say, qualifiedName, 'needed');
    size += Buffer.byteLength(key) + Buffer.byteLength(String(value ?? ''));
  }
  if (size > annotationBytes) say(at, `are ${size} bytes together, the most is ${annotationBytes}`);
}

/** A `LabelSelector`. */
export function selector(of: any, at: Path, say: Say): void {
  labels(of?.matchLabels, [...at, 'matchLabels'], say);
  for (const [term, path] of each(of, 'matchExpressions', at))
    expression(term, path, say, ['In', 'NotIn', 'Exists', 'DoesNotExist']);
}

/** One requirement of a selector of labels or nodes. */
export function expression(term: any, at: Path, say: Say, operators: readonly string[]): void {
  const count = term.values?.length ?? 0;
  form(term.key, [...at, 'key'], say, qualifiedName, 'needed');
  if (!operators.includes(term.operator))
    say([...at, 'operator'], `${JSON.stringify(term.operator ?? '')} is none of ${operators.join(', ')}`);
  else if (/In$/.test(term.operator) && count === 0) say(at, `has no values, which ${term.operator} needs`);
  else if (/Exist/.test(term.operator) && count > 0) say([...at, 'values'], `cannot be set with ${term.operator}`);
  else if (/^[GL]t$/.test(term.operator) && count !== 1)
    say([...at, 'values'], `must be one with ${term.operator}`);
  for (const [value, path] of each(term, 'values', at)) form(value, path, say, labelValue);
}
