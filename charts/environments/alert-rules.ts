import type { Cluster, Environment } from './environment';
import type { SettingsProblem } from './problem';
import { mostConnections } from './rules';
import { seconds } from './units';
import { quoted } from './visible';

const month = 31 * 24 * 3600;
/** Pages are events, and a window of events is at most two days: their pace is watched, not their sum. */
export const pageDays = 2;

/** Connections to the database at which somebody is told: the design's share of what there is (docs/decisions/0007-connections-are-a-budget.md). */
export function connectionAlert({ alerts }: Cluster, { connections }: Environment) {
  const share = (held: number) => Math.floor((connections.max * held) / alerts.connections.of);
  return { warning: share(alerts.connections.warning), critical: share(alerts.connections.critical) };
}

/** Clients of one web pod that can wait at once: all that its pool has no connection for. */
export function mostWaiting({ web, pgbouncer }: Environment): number {
  return web.puma.workers * web.puma.threads - pgbouncer.webPool;
}

/** @returns what of a free tier is told: a share of its limit, or of the part of it that falls into `days` of a month */
export function freeTierAlert({ freeTier }: Cluster['alerts'], limit: number, days = 31) {
  const share = (percent: number) => Math.round((limit * days * percent) / 31 / 100);
  return { warning: share(freeTier.warning), critical: share(freeTier.critical) };
}

/** @returns what is wrong with the alerts, and between them and what they watch */
export function* judgeAlerts(cluster: Cluster, environments: readonly Environment[]): Generator<SettingsProblem> {
  const { alerts } = cluster;
  for (const [name, value] of Object.entries(alerts))
    if (typeof value === 'object' && 'warning' in value && name !== 'certificateDays')
      if (value.warning >= value.critical)
        yield {
          path: `alerts.${name}.warning`,
          message: `${value.warning} is not below critical, ${value.critical}; nobody would be warned before they are paged`,
        };
  if (alerts.certificateDays.warning <= alerts.certificateDays.critical)
    yield {
      path: 'alerts.certificateDays.warning',
      message: `${alerts.certificateDays.warning} is not above critical, ${alerts.certificateDays.critical}; days run down, so the warning is the larger one`,
    };
  const one = 100 / alerts.errorRate.requests;
  if (one > alerts.errorRate.critical)
    yield {
      path: 'alerts.errorRate.requests',
      message: `${alerts.errorRate.requests} is so few that one failed request pages at night; write at least ${Math.ceil(100 / alerts.errorRate.critical)}`,
    };
  yield* freeTier(alerts);
  yield* outside(alerts);

  const watched = environments.find(({ name }) => name === alerts.environment);
  if (watched) yield* reachable(cluster, watched);
  else
    yield {
      path: 'alerts.environment',
      message: `${quoted(alerts.environment)} is none of ${environments.map(({ name }) => name).join(', ')}; nothing would be watched`,
    };
}

/** Thresholds are whole numbers: of a small limit both shares can be the same, or the limit itself. */
function* freeTier(alerts: Cluster['alerts']): Generator<SettingsProblem> {
  const days = { geocodingRequests: 31, datadogHosts: 31, sms: pageDays };
  for (const [name, of] of Object.entries(days)) {
    const limit = alerts.freeTier[name as keyof typeof days];
    const { warning, critical } = freeTierAlert(alerts, limit, of);
    if (warning >= critical || critical >= (limit * of) / 31)
      yield {
        path: `alerts.freeTier.${name}`,
        message: `${limit} is too little to tell ${alerts.freeTier.warning} %, ${alerts.freeTier.critical} % and all of it apart; set warning and critical lower`,
      };
  }
}

function* outside({ outside, freeTier, pagerduty }: Cluster['alerts']): Generator<SettingsProblem> {
  if (seconds(pagerduty.escalateAfter) % 60 !== 0 || seconds(pagerduty.escalateAfter) === 0)
    yield {
      path: 'alerts.pagerduty.escalateAfter',
      message: `${pagerduty.escalateAfter} is not in whole minutes, as Datadog counts; write for example 15m`,
    };
  if (!outside) return;
  if (seconds(outside.every) < 30 || seconds(outside.every) > 604_800)
    yield {
      path: 'alerts.outside.every',
      message: `${outside.every} is not between 30s and a week, which is what Datadog can do`,
    };
  if (outside.locations.length === 0)
    yield { path: 'alerts.outside.locations', message: 'is empty; name one, or remove alerts.outside' };
  const runs = Math.ceil(month / seconds(outside.every)) * outside.locations.length;
  if (runs > freeTier.outsideRuns)
    yield {
      path: 'alerts.outside.every',
      message:
        `${outside.every} from ${outside.locations.length} locations makes ${runs} runs a month of ` +
        `${freeTier.outsideRuns}; look less often, or from fewer`,
    };
}

/** An alert above what can happen never fires, and one within what always happens never ends. */
function* reachable(cluster: Cluster, watched: Environment): Generator<SettingsProblem> {
  const { alerts } = cluster;
  const { connections } = watched;
  const usable = connections.max - connections.reserved;
  const { critical } = connectionAlert(cluster, watched);
  if (critical >= usable)
    yield {
      path: 'alerts.connections.critical',
      message: `${alerts.connections.critical} of ${alerts.connections.of} is ${critical} of ${connections.max}, but only ${usable} are usable; it could never fire`,
    };
  const held = mostConnections(watched);
  if (critical < held)
    yield {
      path: 'alerts.connections.critical',
      message: `${alerts.connections.critical} of ${alerts.connections.of} is ${critical} of ${connections.max}, but a canary at HPA maximum may hold ${held}, and each would page; raise connections.max of ${watched.name}, or lower what connects`,
    };
  const { scaling } = watched.sidekiq;
  if (scaling && seconds(scaling.latency) >= alerts.queueLatency.warning)
    yield {
      path: 'alerts.queueLatency.warning',
      message: `${alerts.queueLatency.warning} is not above sidekiq.scaling.latency of ${watched.name}, ${scaling.latency}; people would be told before a process more is started`,
    };
  const most = mostWaiting(watched);
  if (alerts.poolWaiting.critical >= most)
    yield {
      path: 'alerts.poolWaiting.critical',
      message: `${alerts.poolWaiting.critical} could never fire: at most ${most} clients of a pod wait (workers × threads − webPool)`,
    };
}
