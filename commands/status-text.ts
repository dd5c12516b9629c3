import type { Terminal } from '../review/report/terminal';
import type { Deployed, DeployedApp } from './deployed';
import { frozen } from './freezes';
import type { LiveStatus } from './live-status';

/** The status for a person: per environment what runs, what the cluster does with it, and what is pending. */
export function statusText(
  { ref, commit, committed, environments, previews, live }: Deployed & { readonly live: LiveStatus },
  { colors }: Terminal,
): string {
  const parts = environments.map(({ environment, apps, pending, freeze }) => {
    const rows = apps.map(rowOf);
    const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
    const lines = rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
    return [
      colors.bold(environment),
      ...lines,
      ...(freeze ? [`  ${colors.cyan(frozen(environment, freeze))}`] : []),
      ...liveLines(environment, live).map((line) => `  ${line}`),
      ...pending.map((line) => `  ${colors.yellow('pending')} ${line}`),
    ].join('\n');
  });
  const open = previews.map(({ number, tag, pushed }) =>
    [
      colors.bold(`preview ${number}`),
      `  ${tag}  since ${minuteOf(pushed)}`,
      ...liveLines(`preview-${number}`, live).map((line) => `  ${line}`),
    ].join('\n'),
  );
  const source = `${ref} at ${commit.slice(0, 7)}, ${minuteOf(committed)}`;
  const unasked = live.asked ? '' : `; no cluster was asked: ${live.why}`;
  return `${[...parts, ...open].join('\n\n')}\n\n${colors.dim(`${source}${unasked}`)}\n`;
}

function rowOf({ app, tag, since, by, commit, passed }: DeployedApp): string[] {
  if (tag === undefined) return [app, 'nothing yet'];
  return [
    app,
    tag,
    since ? `since ${minuteOf(since)}` : '',
    `by ${by} in ${commit}`,
    passed ? 'its canary has passed' : '',
  ];
}

function liveLines(environment: string, live: LiveStatus): string[] {
  const found = live.asked && live.environments.find((each) => each.environment === environment);
  if (!found) return [];
  const late = found.applications.filter(({ sync, health }) => sync !== 'Synced' || health !== 'Healthy');
  return [
    ...found.rollouts.map(({ name, phase, step, steps, weight, message, ready, replicas }) =>
      [
        `Rollout ${name}: ${phase}`,
        ...(steps !== undefined && step !== undefined && step < steps ? [`step ${step} of ${steps}`] : []),
        ...(weight === undefined ? [] : [`${weight} % to the new version`]),
        `${ready} of ${replicas} pods ready`,
        ...(message ? [message] : []),
      ].join(', '),
    ),
    ...late.map(({ name, sync, health }) => `Application ${name}: ${sync}, ${health}`),
    ...(late.length === 0 && found.applications.length > 0
      ? [
          `${found.applications.length} Application${found.applications.length === 1 ? '' : 's'} Synced and Healthy`,
        ]
      : []),
  ];
}

/** `2026-11-20 14:03 +00:00`. */
function minuteOf(time: string): string {
  return time.replace(/^(.{10})T(.{5}):\d\d(.{0,6})$/, '$1 $2 $3').replace(/(Z|\+00:00)$/, 'UTC');
}
