import * as v from 'valibot';
import { count, dnsLabelText, duration, percent, textForm } from './units';

/** Above the first the team's channel is told, above the second whoever is on call. */
const thresholds = (value: v.GenericSchema<number>) => v.strictObject({ warning: value, critical: value });

/** A name that may follow `@pagerduty-` in a message. */
const service = textForm(/^[\w-]{1,100}$/, 'is not a valid name of a service; use letters, digits, - and _');
/** Where Datadog looks from: a provider and its region. */
const location = textForm(
  /^(aws|azure|gcp):[\w.-]{1,60}$/,
  'is not a location of Datadog; write for example aws:us-east-2',
);

export const alerts = v.strictObject({
  /** Whose monitors there are. Another environment is seen on the dashboards and wakes nobody. */
  environment: dnsLabelText,
  /** Services of PagerDuty, as Datadog's integration knows them: who is paged first, and who when that one is silent. */
  pagerduty: v.strictObject({ first: service, second: service, escalateAfter: duration }),
  /** Percent of requests answered with a 5xx; of fewer `requests` in five minutes, percent of so many. */
  errorRate: v.strictObject({ ...thresholds(percent).entries, requests: count(1) }),
  /** Milliseconds in which 95 of 100 requests are answered. */
  latency: thresholds(count(1)),
  /** Connections of `of`: what is held against `connections.max` is their share. */
  connections: v.strictObject({ of: count(1), warning: count(1), critical: count(1) }),
  /** Restarts of one pod in an hour. */
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
  outside: v.optional(v.strictObject({ every: duration, locations: v.array(location) })),
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
