import type { Finding } from '../../report/finding';
import type { Delta, DiffReport, ObjectReport, Range } from '../report';

/** What this diff is not about, so that nobody takes its silence for an answer. */
export function unasked({ remade }: DiffReport): string {
  if (remade) return 'No cluster was asked. The charts make these very files, unless a line above says otherwise.';
  return 'No cluster was asked, and not whether the charts make these very files (stale, stray-file, repeatable): npm run check tells.';
}

/** `3 differences that change nothing (2 another order, 1 another file)`. */
export function cosmetics({ summary }: DiffReport): string {
  const entries = Object.entries(summary.cosmetic);
  const sum = entries.reduce((total, [, count]) => total + count, 0);
  if (sum === 0) return '';
  const rolls = summary.cosmetic['another order in a pod template']
    ? '; another order in a pod template still starts new pods'
    : '';
  return `${sum} cosmetic ${sum === 1 ? 'change' : 'changes'} folded (${entries.map(([why, count]) => `${count} × ${why}`).join(', ')}${rolls})`;
}

export function shownName({ kind, name, namespaces, environments }: ObjectReport): string {
  const other = namespaces.filter((namespace) => !environments.includes(namespace)).join(',');
  return [kind, other, name].filter(Boolean).join('/');
}

/** Findings that a reviewer must read; the others say what the fields show anyway. */
export function risks({ findings }: DiffReport): readonly Finding[] {
  return findings.filter(({ level }) => level !== 'info');
}

/** What a reviewer need not read: what the fields show anyway, a CronJob's next run, files that change in place. */
export function remarks({ findings }: DiffReport): readonly Finding[] {
  return findings.filter(({ level }) => level === 'info');
}

/** `CPU requests (cores)`. */
export function measured({ what, unit }: Delta): string {
  return unit ? `${what} (${unitNames[unit] ?? unit})` : what;
}

export function rangeOf(range: Range | undefined, unit: string): string {
  if (!range) return '–';
  const { min, max, expected, of } = range;
  if (expected !== undefined)
    return `${number(expected, unit)}${of === undefined ? '' : ` of ${number(of, unit)} (${Math.round((100 * expected) / of)} %)`}`;
  const text = min === max ? number(min, unit) : `${number(min, unit)}–${number(max, unit)}`;
  return of === undefined ? text : `${text} of ${number(of, unit)} (${Math.round((100 * max) / of)} %)`;
}

/** `−40–0`, `+56`. */
export function changeOf({ before, after, unit }: Delta): string {
  const [least, most] = [
    (range?: Range) => range?.expected ?? range?.min ?? 0,
    (range?: Range) => range?.expected ?? range?.max ?? 0,
  ];
  const [min, max] = [least(after) - least(before), most(after) - most(before)];
  const signed = (value: number) =>
    value === 0 ? '0' : `${value < 0 ? '−' : '+'}${number(Math.abs(value), unit)}`;
  return min === max ? signed(min) : `${signed(min)} to ${signed(max)}`;
}

const unitNames: Readonly<Record<string, string>> = { m: 'cores', Mi: 'GiB', $: '$ a month' };

function number(value: number, unit: string): string {
  if (unit === 'm') return (value / 1_000).toFixed(2);
  if (unit === 'Mi') return (value / 1_024).toFixed(2);
  return String(Math.round(value));
}

/** All but what is cosmetic from end to end. */
export function isShown({ status, changes, classes }: ObjectReport): boolean {
  return status !== 'changed' || changes.length > 0 || classes.length > 0;
}
