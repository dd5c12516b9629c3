import * as v from 'valibot';
import type { Cluster, Environment } from './environment';
import { mostConnections, type Problem } from './rules';
import { count, dnsLabel, duration, percent, seconds } from './units';

/** Above the first the team's channel is told, above the second whoever is on call. */
const thresholds = (value: v.GenericSchema<number>) => v.strictObject({ warning: value, critical: value });

/** A name that may follow `@pagerduty-` in a message. */
const service = v.pipe(
  v.string(),
  v.regex(
    /^[\w-]+$/,
    (issue) => `${JSON.stringify(issue.input)} is no name of a service; use letters, digits, - and _`,
  ),
);

export const alerts = v.strictObject({
  /** Whose monitors there are. Another environment is seen on the dashboards and wakes nobody. */
  environment: dnsLabel,
  /** Services of PagerDuty, as Datadog's integration knows them: who is paged first, and who when that one is silent. */
  pagerduty: v.strictObject({ first: service, second: service, escalateAfter: duration }),
  /** Percent of requests answered with a 5xx; of fewer `requests` in five minutes, percent of so many. */
  errorRate: v.strictObject({ ...thresholds(percent).entries, requests: count(1) }),
  /** Milliseconds in which 95 of 100 requests are answered. */
  latency: thresholds(count(1)),
  /** Connections of `of`: what is held against `connections.max` is their share. */
  connections: v.strictObject({ of: count(1), warning: count(1), critical: count(1) }),
  /** Of one pod in an hour. */
  restarts: thresholds(count(0)),
  /** Failed builds of one job in a row that are tolerated; the next one is told, and pages nobody. */
  buildFailures: count(1, 98),
  /** How long a CronJob may be without a success. */
  lateJob: duration,
  /** Seconds that the oldest job of a queue has waited. */
  queueLatency: thresholds(count(1)),
  /** Percent of Redis' `maxmemory`, at which it refuses to write. */
  redisMemory: thresholds(percent),
  /** Clients of one pod's pool that wait for a connection. */
  poolWaiting: thresholds(count(0)),
  /** Days until a certificate ends: below the first, below the second. */
  certificateDays: thresholds(count(1)),
  /** The check from outside the VPC: how often, and from where. Absent: nothing looks in from outside. */
  outside: v.optional(v.strictObject({ every: duration, locations: v.array(v.string()) })),
  /** What costs nothing, or does not work at all, up to a limit; and at how many percent of a limit it is told. */
  freeTier: v.strictObject({
    ...thresholds(percent).entries,
    /** A month. */
    geocodingRequests: count(1),
    /** A month. */
    sms: count(1),
    datadogHosts: count(1),
    /** Runs of the check from outside, a month. */
    outsideRuns: count(1),
  }),
});

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
export function* judgeAlerts(cluster: Cluster, environments: readonly Environment[]): Generator<Problem> {
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
      message: `${JSON.stringify(alerts.environment)} is none of ${environments.map(({ name }) => name).join(', ')}; nothing would be watched`,
    };
}

/** Thresholds are whole numbers: of a small limit both shares can be the same, or the limit itself. */
function* freeTier(alerts: Cluster['alerts']): Generator<Problem> {
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

function* outside({ outside, freeTier, pagerduty }: Cluster['alerts']): Generator<Problem> {
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
function* reachable(cluster: Cluster, watched: Environment): Generator<Problem> {
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
