import { dirname, join } from 'node:path';
import { quoted } from '../charts/environments/visible';
import { textIfThere } from '../charts/files';
import program from '../charts/program.json';
import { promotedOf } from '../systems/system';
import { gitObjects } from './git';
import { chosen } from './system';

const root = dirname(__dirname);

/** A time in which nothing is promoted to an environment: one line in git, which Argo CD and synth do not read. */
export interface Freeze {
  /** The last day of it, `2026-12-10`, in UTC. */
  readonly until: string;
  readonly by: string;
  readonly reason: string;
}

/** Nobody's mistake, and a pipeline tells it instead of failing: exit code 3. */
export class Refused extends Error {}

export function freezeFile(environment: string): string {
  return `${promotedOf(chosen())}/freezes/${environment}.txt`;
}

/** `2026-12-10 Ann Lee: registration week`. */
export function printFreeze({ until, by, reason }: Freeze): string {
  return `${until} ${by}: ${reason}\n`;
}

/** @throws Error that names the file, what it holds and what to do */
export function parseFreeze(environment: string, text: string): Freeze {
  const [, until, by, reason] = /^(\d{4}-\d\d-\d\d) ([^:\n]+): ([^\n]+)\n?$/.exec(text) ?? [];
  if (until && isDay(until) && by && reason) return { until, by, reason };
  throw new Error(
    `${freezeFile(environment)}: ${quoted(text)} is not a day, a name and a reason; remove the file, or write it anew: ${program.command} freeze ${environment} --until <day> --reason <text> --push`,
  );
}

/** A day of the calendar, `2026-02-28`. */
export function isDay(value: string): boolean {
  const at = new Date(`${value}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(value);
}

/** Today in UTC, `2026-11-30`. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

export function isInForce({ until }: Freeze): boolean {
  return until >= today();
}

/** What the work tree says, over or not; nothing when the environment has no freeze. */
export function freezeOf(environment: string): Freeze | undefined {
  const text = textIfThere(join(root, freezeFile(environment)));
  return text === undefined ? undefined : parseFreeze(environment, text);
}

/** Those in force at a commit or a branch, by environment. */
export async function freezesAt(ref: string, environments: readonly string[]): Promise<Map<string, Freeze>> {
  const texts = await gitObjects(environments.map((each) => `${ref}:./${freezeFile(each)}`));
  return new Map(
    environments.flatMap((environment, i) => {
      const text = texts[i];
      const freeze = text === undefined ? undefined : parseFreeze(environment, text);
      return freeze && isInForce(freeze) ? [[environment, freeze] as const] : [];
    }),
  );
}

/**
 * What is said of each environment that a change touches during a freeze: of its own branch, or of the one it goes to.
 *
 * @param ref that branch; absent where there is none to compare with
 * @param touches whether the change concerns what an environment runs
 */
export async function frozenBy(
  ref: string | undefined,
  environments: readonly string[],
  touches: (environment: string) => boolean,
): Promise<Map<string, string>> {
  const touched = environments.filter(touches);
  const theirs = ref === undefined ? new Map<string, Freeze>() : await freezesAt(ref, touched);
  return new Map(
    touched.flatMap((name) => {
      const own = freezeOf(name);
      const freeze = own && isInForce(own) ? own : theirs.get(name);
      return freeze ? [[name, frozen(name, freeze)] as const] : [];
    }),
  );
}

/** `production is frozen until the end of 2026-12-10 (UTC), by Ann Lee: registration week`. */
export function frozen(environment: string, { until, by, reason }: Freeze): string {
  return `${environment} is frozen until the end of ${until} (UTC), by ${by}: ${reason}`;
}
