import { hidden } from '../../charts/environments/secret-texts';
import { isMap } from '../model/canonical';
import type { Finding } from './finding';

/** Classes whose sentence has the values, or is about more than they say. */
const told = ['restart', 'privilege', 'replace', 'migration'];

/** The two values, where the sentence does not have them already. */
export function valuesOf({ before, after, says, class: of }: Finding): string | undefined {
  if ((before === undefined && after === undefined) || told.includes(of)) return undefined;
  if ([before, after].every((value) => value === undefined || says.includes(String(value)))) return undefined;
  if ([before, after].every((value) => value === hidden)) return `changed ${hidden}`;
  const texts = [before, after].map((value) =>
    value === undefined ? 'none' : isMap(value) || Array.isArray(value) ? JSON.stringify(value) : String(value),
  ) as [string, string];
  if (texts.some((text) => text.includes('\n'))) return undefined;
  return excerpts(...texts, 70).join(' → ');
}

/**
 * Both texts, cut so that what differs is seen, with a little of what is around it. Nobody compares 64 digits by eye: a
 * digest is short where the beginnings differ.
 *
 * @param most characters of each
 */
export function excerpts(before: string, after: string, most = 90): [string, string] {
  const shorter = [before, after].map(short) as [string, string];
  const [was, is] = shorter[0] === shorter[1] ? [before, after] : shorter;
  if (Math.max(was.length, is.length) <= most) return [was, is];
  const least = Math.min(was.length, is.length);
  let start = 0;
  while (start < least && was[start] === is[start]) start++;
  let same = 0;
  while (same < least - start && was.at(-1 - same) === is.at(-1 - same)) same++;
  const from = start < most / 2 ? 0 : start - 20;
  return [was, is].map((text) => {
    const end = Math.min(text.length, text.length - same + 20, from + most);
    return `${from > 0 ? '…' : ''}${text.slice(from, end)}${end < text.length ? '…' : ''}`;
  }) as [string, string];
}

export function short(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
}
