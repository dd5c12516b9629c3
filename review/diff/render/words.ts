import { marks as levelMarks } from '../../report/markdown';
import type { Level } from '../../rule';
import type { Delta, DiffReport, Finding, ObjectReport, Range } from '../report';
import { arrow } from './fields';

/** `1 critical, 2 high · production, staging · 7 objects changed, 1 added`. */
export function verdict({ summary, acknowledged }: DiffReport): string {
  const { levels, objects, environments } = summary;
  const found = (['critical', 'high', 'warn'] as const).flatMap((level) =>
    levels[level] > 0 ? [`${levels[level]} ${level}`] : [],
  );
  const counts = Object.entries(objects).flatMap(([status, count]) =>
    count > 0 ? [[status, count] as const] : [],
  );
  if (counts.length === 0) return 'nothing that the cluster would act on';
  const [[first = '', number = 0] = [], ...rest] = counts;
  const many = [
    `${number} ${number === 1 ? 'object' : 'objects'} ${first}`,
    ...rest.map(([status, count]) => `${count} ${status}`),
  ];
  const known = acknowledged.length > 0 ? `, ${acknowledged.length} acknowledged` : '';
  return [`${found.join(', ') || 'no risk found'}${known}`, environments.join(', '), many.join(', ')].join(' · ');
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

/** `production, staging Deployment/web`; the namespace where the environment has several. */
export function where({ environments, object, instances }: Finding): string {
  return `${environments.join(', ')} ${[object.kind, namespaceOf(instances), object.name].filter(Boolean).join('/')}`;
}

function namespaceOf(instances: Finding['instances']): string {
  const names = new Set(
    instances.filter(({ environment, namespace }) => namespace !== environment).map(({ namespace }) => namespace),
  );
  return [...names].filter(Boolean).join(',');
}

export function nameOf({ kind, name, namespaces, environments }: ObjectReport): string {
  const other = namespaces.filter((namespace) => !environments.includes(namespace)).join(',');
  return [kind, other, name].filter(Boolean).join('/');
}

/** Findings that a reviewer must read; the others say what the fields show anyway. */
export function risks({ findings }: DiffReport): readonly Finding[] {
  return findings.filter(({ level }) => level !== 'info');
}

/** Classes whose least findings repeat what the fields of the object say. */
const plain = ['config', 'image', 'capacity', 'new', 'removed'];

/** Small print that the fields do not show: a CronJob's next run, files that change in place. */
export function remarks({ findings }: DiffReport): readonly Finding[] {
  return findings.filter(
    ({ level, class: of, path }) => level === 'info' && (!plain.includes(of) || (of === 'config' && path === '')),
  );
}

/** The two values, where the sentence does not have them already. */
export function valuesOf({ before, after, says, class: of }: Finding): string | undefined {
  if (
    (before === undefined && after === undefined) ||
    ['restart', 'privilege', 'replace', 'migration'].includes(of)
  )
    return undefined;
  const told = [before, after].every((value) => value === undefined || says.includes(String(value)));
  const value = arrow(before, after);
  return told || value === '… → …' ? undefined : value;
}

/** `CPU requests (cores)`. */
export function measured({ what, unit }: Delta): string {
  return unit ? `${what} (${unitNames[unit] ?? unit})` : what;
}

export function rangeOf(range: Range | undefined, unit: string): string {
  if (!range) return '–';
  const { min, max, of } = range;
  const text = min === max ? number(min, unit) : `${number(min, unit)}–${number(max, unit)}`;
  return of === undefined ? text : `${text} of ${number(of, unit)} (${Math.round((100 * max) / of)} %)`;
}

/** `−40–0`, `+56`. */
export function changeOf({ before, after, unit }: Delta): string {
  const [min, max] = [(after?.min ?? 0) - (before?.min ?? 0), (after?.max ?? 0) - (before?.max ?? 0)];
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

export const marks: Readonly<Record<Level | 'none', string>> = {
  ...levelMarks,
  none: '⚪',
};

/** All but what is cosmetic from end to end. */
export function isShown({ status, changes, classes }: ObjectReport): boolean {
  return status !== 'changed' || changes.length > 0 || classes.length > 0;
}
