import * as v from 'valibot';

/** CPU in millicores, as Kubernetes writes it: `250m`. */
export type Cpu = `${number}m`;
/** Memory or storage in binary units: `768Mi`, `20Gi`. */
export type Bytes = `${number}Mi` | `${number}Gi`;
/** A length of time: `25s`, `5m`, `1h`. */
export type Duration = `${number}s` | `${number}m` | `${number}h`;
/** One cron line of five fields, in UTC. */
export type Cron = string;

export const cpu = quantity<Cpu>(/^[1-9]\d*m$/, 'is no CPU quantity; write millicores, for example 250m');
export const bytes = quantity<Bytes>(
  /^[1-9]\d*(Mi|Gi)$/,
  'is no quantity of bytes; write for example 768Mi or 20Gi',
);
export const duration = quantity<Duration>(/^[1-9]\d*[smh]$/, 'is no duration; write for example 25s, 5m or 1h');

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
export const dnsLabelText = text(
  new RegExp(`^(?=.{1,63}$)${label}$`),
  'is no DNS label; use at most 63 lower-case letters, digits and hyphens',
);
export const dnsName = text(
  new RegExp(`^(?=.{1,253}$)${label}(\\.${label})+$`),
  'is no DNS name; use lower-case labels with dots, for example eren.washu.edu',
);
export const cidr = text(
  /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)\/([89]|[12]\d|3[0-2])$/,
  'is no IPv4 range; write for example 10.0.1.0/24',
);
export const minorVersion = text(/^1\.\d\d$/, 'is no minor version; write for example 1.35');
export const schedule = text(
  /^([\d*,/-]+ ){4}[\d*,/-]+$/,
  'is no cron schedule; write five fields, for example 0 6 * * *',
);
export const url = text(
  /^https:\/\/[^\s/]+(\/\S*)?$/,
  'is no HTTPS address; write for example https://example.org',
);
/** An image of somebody else: a tag that is not `latest`, and the digest where it is known. */
export const imageReference = text(
  /^[a-z0-9.-]+(\/[a-z0-9._-]+)+:(?!latest\b)[\w][\w.-]*(@sha256:[0-9a-f]{64})?$/,
  'is no pinned image; write registry/repository:tag, not latest, and the digest where it is known',
);

export const count = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  v.pipe(
    v.number(problem('is no number; write a whole number')),
    v.integer(problem('is not whole; write a whole number')),
    v.minValue(least, problem(`is too small; the least is ${least}`)),
    v.maxValue(most, problem(`is too large; the most is ${most}`)),
  );
export const percent = v.pipe(
  v.number(problem('is no number; write a percentage between 1 and 100')),
  v.minValue(1, problem('is below 1; write a percentage between 1 and 100')),
  v.maxValue(100, problem('is above 100; write a percentage between 1 and 100')),
);

/** @returns whole seconds */
export function seconds(value: Duration): number {
  return Number.parseInt(value, 10) * { s: 1, m: 60, h: 3600 }[value.slice(-1) as 's' | 'm' | 'h'];
}

/** @returns millicores */
export function millicores(value: Cpu): number {
  return Number.parseInt(value, 10);
}

/** @returns mebibytes */
export function mebibytes(value: Bytes): number {
  return Number.parseInt(value, 10) * (value.endsWith('Gi') ? 1024 : 1);
}

function quantity<T extends string>(pattern: RegExp, remedy: string) {
  return v.custom<T>((value) => typeof value === 'string' && pattern.test(value), problem(remedy));
}

function text(pattern: RegExp, remedy: string) {
  return v.pipe(v.string(problem(remedy)), v.regex(pattern, problem(remedy)));
}

/** The value and what to do about it; the path is put before it by `parseSettings`. */
function problem(remedy: string) {
  return (issue: { input: unknown }) => `${JSON.stringify(issue.input)} ${remedy}`;
}
