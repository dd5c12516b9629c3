import * as v from 'valibot';
import { comes, mistakeIn } from './cron';
import { quoted } from './visible';

/** CPU in millicores, as Kubernetes writes it: `250m`. */
export type Cpu = `${number}m`;
/** Memory or storage in binary units: `768Mi`, `20Gi`. */
export type Bytes = `${number}Mi` | `${number}Gi`;
/** A length of time: `25s`, `5m`, `1h`. */
export type Duration = `${number}s` | `${number}m` | `${number}h`;
/** One cron line of five fields, in UTC. */
export type Cron = string;

export const cpu = quantity<Cpu>(
  /^[1-9]\d{0,6}m$/,
  'is not a valid CPU quantity; write millicores, for example 250m',
);
export const bytes = quantity<Bytes>(
  /^[1-9]\d{0,6}(Mi|Gi)$/,
  'is not a valid quantity of bytes; write for example 768Mi or 20Gi',
);
/** Whole seconds between two bounds, which are those of whoever is given it. */
export const between = (least: Duration, most: Duration) =>
  v.pipe(
    quantity<Duration>(/^[1-9]\d{0,6}[smh]$/, 'is not a valid duration; write for example 25s, 5m or 1h'),
    v.check(
      (value) => seconds(value) >= seconds(least) && seconds(value) <= seconds(most),
      problem(`is not between ${least} and ${most}; write a duration between the two`),
    ),
  );
/** Nothing here lasts longer than a week, and whatever counts milliseconds in 32 bits takes no more than 24 days. */
export const duration = between('1s', '168h');

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
export const dnsLabelText = textForm(
  new RegExp(`^(?=.{1,63}$)${label}$`),
  'is not a valid DNS label; use at most 63 lower-case letters, digits and hyphens',
);
export const dnsName = textForm(
  new RegExp(`^(?=.{1,253}$)${label}(\\.${label})+$`),
  'is not a valid DNS name; use lower-case labels with dots, for example eren.washu.edu',
);
/** What an IPv4 range looks like. */
export const cidrForm = /^((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)\/([89]|[12]\d|3[0-2])$/;
export const cidr = textForm(cidrForm, 'is not an IPv4 range of /8 to /32; write for example 10.0.1.0/24');
export const minorVersion = textForm(/^1\.\d\d$/, 'is not a valid minor version; write for example 1.35');
export const schedule = v.pipe(
  v.string(),
  v.check(isCron, problem('is not a valid cron schedule; write five fields of numbers, for example 0 6 * * *')),
);
/** The origin of a service, to which paths are added. */
export const origin = textForm(
  new RegExp(`^https://(?=.{1,253}$)${label}(\\.${label})+$`),
  'is not a valid HTTPS origin; write for example https://example.org, without a path',
);
export const pathOfTeam = textForm(
  /^(\/[\w.-]+)+$/,
  'is not a path below the root; write for example /sidekiq, without / at its end',
);
/** A repository at GitHub, where Jenkins and Argo CD look for it by owner and name. */
export const repository = textForm(
  /^https:\/\/github\.com\/[A-Za-z0-9](-?[A-Za-z0-9]){0,38}\/[\w.-]{1,96}$/,
  'is not a repository on GitHub; write for example https://github.com/e-ren/delivery.git',
);
/** An account of GitHub: letters, digits and single hyphens, at most 39. */
export const organization = textForm(
  /^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}$/,
  'is not a valid organization; write its name as in its address, for example e-ren',
);
/** A team's name in its address, which is made of small letters. */
export const slug = textForm(
  /^[a-z0-9][a-z0-9_-]{0,99}$/,
  'is not a valid slug; write it as in its address, for example operators',
);
/** The part of what `git check-ref-format` takes that nobody has to quote. */
export const branch = textForm(
  /^(?=[A-Za-z0-9][\w./-]{0,199}$)(?!HEAD$|.*(\.\.|\/\/|\.lock$|[./]$)).*$/,
  'is not a valid branch; write for example main',
);
/** A channel of Slack: small letters, digits, hyphens and underscores, at most 80. */
export const channel = textForm(
  /^[a-z0-9][a-z0-9_-]{0,79}$/,
  'is not a valid channel; write it without #, for example eren-deploys',
);
export const region = textForm(
  /^[a-z]{2}(-[a-z]{2,12}){1,3}-\d$/,
  'is not a region of AWS; write for example us-east-1',
);
export const zone = textForm(
  /^[a-z]{2}(-[a-z]{2,12}){1,3}-\d[a-f]$/,
  'is not a zone of AWS; write for example us-east-1a',
);
/** "Repository names" of ECR's API reference: 2 to 256 characters. */
export const repositoryName = textForm(
  /^(?=.{2,256}$)[a-z0-9]+([._/-][a-z0-9]+)*$/,
  'is not a valid repository name; write for example e-ren',
);
/** TLS 1.2 or newer: "Security policies" in the guide of Application Load Balancers. */
export const tlsPolicy = textForm(
  /^ELBSecurityPolicy-TLS13-1-[23](-(Res|Ext[0-2]))?(-FIPS)?(-PQ)?-20\d\d-\d\d$/,
  'is not a security policy of TLS 1.2 or newer; write for example ELBSecurityPolicy-TLS13-1-2-2021-06',
);
/** An image of somebody else: a tag that is not `latest`, and the digest where it is known. */
export const imageReference = textForm(
  /^(?=[^/]*\.)[a-z0-9.-]+(\/[a-z0-9._-]+)+:(?!latest\b)[\w][\w.-]*(@sha256:[0-9a-f]{64})?$/,
  'is not a pinned image; write registry/repository:tag, not latest, and the digest where it is known',
);

/** A moment in UTC, to the second. */
export const moment = textForm(
  /^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ$/,
  'is not a moment in UTC; write for example 2026-12-01T09:30:00Z',
);

/** Counts of Kubernetes, RDS and ElastiCache are 32 bits wide. */
export const count = (least: number, most = 2 ** 31 - 1) =>
  v.pipe(
    v.number(problem('is not a number; write a whole number')),
    v.integer(problem('is not whole; write a whole number')),
    v.minValue(least, problem(`is too small; the least is ${least}`)),
    v.maxValue(most, problem(`is too large; the most is ${most}`)),
  );
export const percent = v.pipe(
  v.number(problem('is not a number; write a percentage between 1 and 100')),
  v.minValue(1, problem('is below 1; write a percentage between 1 and 100')),
  v.maxValue(100, problem('is above 100; write a percentage between 1 and 100')),
);

/** The most that all pods of a namespace may request, rest and canary together. */
export const quota = v.strictObject({ cpu, memory: bytes, memoryLimit: bytes, pods: count(1), storage: bytes });

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

/** One line of a form. */
export function textForm(pattern: RegExp, remedy: string) {
  return v.pipe(v.string(problem(remedy)), v.regex(pattern, problem(remedy)));
}

function isCron(line: string): boolean {
  const written = line.length <= 100 && /^([\d*,/-]+ ){4}[\d*,/-]+$/.test(line) && !/(^|[ ,]),|,( |$)/.test(line);
  return written && mistakeIn(line) === undefined && comes(line);
}

/** The value and what to do about it; the path is put before it by `parseSettings`. */
function problem(remedy: string) {
  return (issue: { input: unknown }) => `${quoted(issue.input)} ${remedy}`;
}

/** What a container asks for, and the most memory it may take. CPU has no limit: a limit would throttle Puma. */
export const resources = v.strictObject({ cpu, memory: bytes, memoryLimit: bytes });
