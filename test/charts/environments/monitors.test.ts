import { problemsOf } from '../../support/problems';

const alerts = (change: (alerts: any) => void) => (settings: any) => change(settings.cluster.alerts);
const production = (change: (environment: any) => void) => (settings: any) => change(settings.environments[0]);

const wrong: [string, (settings: any) => void, string][] = [
  [
    'a warning that is not below critical',
    alerts((a) => (a.errorRate.warning = 5)),
    'charts/environments/cluster.ts: alerts.errorRate.warning: 5 is not below critical, 5; nobody would be warned',
  ],
  [
    'so few requests that one failure pages',
    alerts((a) => (a.errorRate.requests = 19)),
    'alerts.errorRate.requests: 19 is so few that one failed request pages at night; write at least 20',
  ],
  [
    'connections that warn after they are critical',
    alerts((a) => (a.connections.warning = 26)),
    'alerts.connections.warning: 26 is not below critical, 25',
  ],
  [
    'a certificate that warns too late',
    alerts((a) => (a.certificateDays.warning = 7)),
    'alerts.certificateDays.warning: 7 is not above critical, 14; days run down',
  ],
  [
    'more than all of the memory',
    alerts((a) => (a.redisMemory.critical = 110)),
    'alerts.redisMemory.critical: 110 is above 100',
  ],
  ['a latency in seconds', alerts((a) => (a.latency.warning = 0.5)), 'alerts.latency.warning: 0.5 is not whole'],
  [
    'a threshold as text',
    alerts((a) => (a.restarts.critical = '10')),
    'alerts.restarts.critical: "10" is not a number',
  ],
  [
    'connections that can never be held',
    alerts((a) => (a.connections.critical = 29)),
    'alerts.connections.critical: 29 of 30 is 43 of 45, but only 40 are usable; it could never fire',
  ],
  [
    'connections that every canary at HPA maximum holds',
    alerts((a) => (a.connections.critical = 20)),
    'alerts.connections.critical: 20 of 30 is 30 of 45, but a canary at HPA maximum may hold 31, and each would page; raise connections.max of production',
  ],
  [
    'more waiting clients than a pod has',
    alerts((a) => (a.poolWaiting.critical = 3)),
    'alerts.poolWaiting.critical: 3 could never fire: at most 3 clients of a pod wait',
  ],
  [
    'a pool for every client, of which none ever waits',
    production((e) => (e.web.puma.workers = 2)),
    'charts/environments/cluster.ts: alerts.poolWaiting.critical: 2 could never fire: at most 0 clients',
  ],
  [
    'an environment that is not there',
    alerts((a) => (a.environment = 'prod')),
    'alerts.environment: "prod" is none of production, staging; nothing would be watched',
  ],
  [
    'a service of PagerDuty with a space',
    alerts((a) => (a.pagerduty.first = 'E Ren')),
    'alerts.pagerduty.first: "E Ren" is not a valid name of a service',
  ],
  [
    'an escalation within a minute',
    alerts((a) => (a.pagerduty.escalateAfter = '90s')),
    'alerts.pagerduty.escalateAfter: 90s is not in whole minutes',
  ],
  [
    'a look from outside every second',
    alerts((a) => (a.outside.every = '10s')),
    'alerts.outside.every: 10s is not between 30s and a week',
  ],
  [
    'a look from outside that costs more than one unit',
    alerts((a) => (a.outside.every = '1m')),
    'alerts.outside.every: 1m from 1 locations makes 44640 runs a month of 10000',
  ],
  ['a look from nowhere', alerts((a) => (a.outside.locations = [])), 'alerts.outside.locations: is empty'],
  [
    'a limit too small to be told in shares',
    alerts((a) => (a.freeTier.datadogHosts = 3)),
    'alerts.freeTier.datadogHosts: 3 is too little to tell 80 %, 90 % and all of it apart',
  ],
  [
    'a share told after a larger one',
    alerts((a) => (a.freeTier.warning = 95)),
    'alerts.freeTier.warning: 95 is not below critical, 90',
  ],
  [
    'more failed builds than Datadog remembers',
    alerts((a) => (a.buildFailures = 99)),
    'alerts.buildFailures: 99 is too large; the most is 98',
  ],
  [
    'an alert nobody has heard of',
    alerts((a) => (a.diskSpace = { warning: 1, critical: 2 })),
    'alerts.diskSpace: is an unknown field',
  ],
  ['no alerts at all', (settings) => delete settings.cluster.alerts, 'alerts: is missing; add it'],
];

test.each(wrong)('%s is refused, with path, value and remedy', (_name, change, said) => {
  expect(problemsOf(change)).toContainEqual(expect.stringContaining(said));
});
