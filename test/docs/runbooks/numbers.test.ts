import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pageDays } from '../../../charts/environments/alert-rules';
import { buildGroup, groupNamed } from '../../../charts/environments/node-groups';
import { mostConnections, mostSidekiqPods, mostWebPods } from '../../../charts/environments/rules';
import { seconds } from '../../../charts/environments/units';
import { ofKind, settings } from '../../support/live';
import { root } from '../../support/root';

const { cluster, sites } = settings;
const { alerts, jenkins } = cluster;
const [app, builds] = [groupNamed(cluster, 'app'), buildGroup(cluster)];
const watched = (
  sites.find(({ environment }) => environment.name === alerts.environment) as (typeof sites)[number]
).environment;
const { web, pgbouncer, connections, sidekiq, migrations } = watched;

const names = 'no one two three four five six seven eight nine ten eleven twelve'.split(' ');
/** As the pages write it: small numbers as words, thousands with a comma. */
const word = (number: number) => names[number] ?? number.toLocaleString('en-US');
const minutes = (duration: Parameters<typeof seconds>[0]) => seconds(duration) / 60;
const hours = (duration: Parameters<typeof seconds>[0]) => seconds(duration) / 3600;

const nextMinor = cluster.kubernetes.replace(/\d+$/, (minor) => String(Number(minor) + 1));
const { recovery } = cluster.aws;
const {
  inbound: { resources: inbound },
  docker: {
    buildkit: { resources: docker },
  },
} = jenkins.agents;
const ofStaging = sites.find(({ environment }) => environment.inCluster)?.environment;
const staging = ofStaging?.inCluster;
const usable = connections.max - connections.reserved;
const nodes = app.max + builds.max;
const { workers, threads } = web.puma;
const [minute, hour, ...daily] = jenkins.backup.schedule.split(' ');
const ends = ofKind('CronJob')
  .filter(({ spec }) => !spec.suspend)
  .map(({ spec }) => spec.jobTemplate.spec.activeDeadlineSeconds / 60);
const late = JSON.parse(
  ofKind('DatadogGenericResource').find(({ metadata }) => metadata.name === 'missed-schedule')?.spec.jsonSpec,
).options.thresholds.critical;

/**
 * The sentences that repeat a setting, made of the settings: whoever changes one is told which page says otherwise.
 * Numbers of other programs (a status of HTTP, what AWS costs) are not ours to compare.
 */
const sentences: Record<string, string[]> = {
  README: [`after ${minutes(alerts.pagerduty.escalateAfter)} minutes the second`],
  console: [
    `(${hours(watched.console.deadline)} hours)`,
    `\`query_wait_timeout\` after ${seconds(pgbouncer.queryWaitTimeout)} s`,
  ],
  migrate: [
    `best from ${migrations.window?.replace('-', ' to ')} UTC`,
    `\`web.canary.progressDeadline\` (${minutes(web.canary.progressDeadline)} minutes)`,
    `the newest ${migrations.snapshot?.keep} (\`migrations.snapshot.keep\`)`,
  ],
  'first-deploy': [
    `shows ${word(app.min)} of \`workload=app\`, in ${word(cluster.network.zones.length)} zones, and ${builds.min === 0 ? 'no other' : `${word(builds.min)} of \`workload=${builds.workload}\``}`,
    `says ${app.maxPods} for each`,
  ],
  'upgrade-kubernetes': [
    `From ${cluster.kubernetes} to ${nextMinor}, `,
    `\`kubernetes: '${nextMinor}'\``,
    `\`aws.addOns\`: ${Object.keys(cluster.aws.addOns).join(', ')})`,
    `for name in ${Object.keys(cluster.aws.addOns).join(' ')}; do`,
    `test:cluster -- --kubernetes ${nextMinor}\n`,
  ],
  'load-test': [
    `one person may ask ${web.limits.person} times a minute`,
    `peak of ${web.limits.peak} requests a second`,
    `p95 at most ${alerts.latency.warning} ms (above ${word(alerts.latency.critical)} ms it is critical), at most ${alerts.errorRate.warning} % errors`,
    `${web.limits.person} a minute of one person: more cookies; ${word(web.limits.address)} of one address`,
    `wait between two pages: ${200 / web.limits.peak} s`,
    `below ${alerts.connections.warning} of ${alerts.connections.of}`,
  ],
  'restore-staging': [
    `every day at ${recovery.volumes.at} UTC and keeps ${word(recovery.volumes.keep)} `,
    `capacity: { storage: ${staging?.postgres.storage} }`,
    `image: ${staging?.postgres.image}\n`,
  ],
  'jenkins-backup': [
    `every day at ${hour?.padStart(2, '0')}:${minute?.padStart(2, '0')} UTC and keeps ${word(jenkins.backup.keep)} `,
    `at most ${word(jenkins.backup.keep + 1)}`,
    `when ${word(jenkins.backup.keep)} newer ones`,
  ],
  'alerts/build-failures': [
    `the group is at ${word(builds.max)} nodes, or at ${word(jenkins.agents.most)} agents`,
    `${word(jenkins.agents.most)} builds at once`,
  ],
  'alerts/canary-aborted': [
    `Sentry's sessions or Datadog's 5xx above ${web.canary.sentry.errorRate} %`,
    `Datadog's 5xx above ${web.canary.datadog.errorRate} %`,
    `not ready within ${word(minutes(web.canary.progressDeadline))} minutes`,
  ],
  'alerts/database-connections': [
    `of the ${connections.max} connections are held`,
    `the design's ${alerts.connections.warning} and ${alerts.connections.critical} of ${alerts.connections.of}`,
    `keep ${word(connections.reserved)}; at ${usable} the app gets none`,
    `may hold ${mostConnections(watched)} by itself`,
    `more than ${pgbouncer.webPool} (web) or ${pgbouncer.sidekiqPool} (Sidekiq)`,
    `more pods than ${mostWebPods(watched)} web and ${mostSidekiqPods(watched)} Sidekiq`,
    `second person** at ${usable}`,
  ],
  'alerts/datadog-hosts': [
    `${word(alerts.freeTier.datadogHosts)} are in the plan`,
    `at their largest are ${word(nodes)}, so ${word(nodes)} is a busy hour`,
    `An ${word(alerts.freeTier.datadogHosts + 1)}th is billed`,
    `at rest ${word(app.min + builds.min)}: ${word(app.min)} of the app and ${builds.min === 0 ? 'none' : word(builds.min)} of Jenkins`,
  ],
  'alerts/error-rate': [
    `Fewer than a ${alerts.errorRate.requests === 100 ? 'hundred' : alerts.errorRate.requests} requests count`,
    `and ${word(Math.floor((alerts.errorRate.critical * alerts.errorRate.requests) / 100) + 1)} page`,
  ],
  'alerts/geocoding-requests': [
    `of the ${word(alerts.freeTier.geocodingRequests)} free geocodings`,
    `keeps a month below ${word(alerts.freeTier.geocodingRequests)}`,
  ],
  'alerts/late-job': [`more than ${hours(alerts.lateJob)} hours ago`],
  'alerts/latency': [
    `${word(workers)} Puma workers of ${word(threads)} thread: ${word(workers * threads)} slow requests`,
    `CPU above ${web.autoscaling.cpuUtilization} %`,
  ],
  'alerts/missed-schedule': [
    `passed for ${Math.round((late * 15) / 60)} minutes`,
    `the longest may take ${Math.max(...ends)} minutes`,
  ],
  'alerts/node-group-full': [
    `needs all ${word(app.max)}, for minutes`,
    `Datadog's ${word(alerts.freeTier.datadogHosts)} free hosts`,
  ],
  'alerts/node-group-full-jenkins': [
    `for ${word(hours(jenkins.agents.buildTimeout))} hours, as long as a build may take`,
    `older than ${word(hours(jenkins.agents.buildTimeout))} hours`,
  ],
  'alerts/pending-migrations': [`aborted after ${word(minutes(web.canary.progressDeadline))} minutes`],
  'alerts/pod-restarts': [
    `\`web.resources.memoryLimit\` is ${web.resources.memoryLimit}`,
    `all ${word(workers)} workers wait`,
    `fewer than ${word(web.autoscaling.min)} web pods`,
  ],
  'alerts/pool-waiting': [
    `${word(workers * threads)} workers and ${word(pgbouncer.webPool)} connections: ${word(workers * threads - pgbouncer.webPool)} waiting`,
    `\`queryWaitTimeout\`, ${seconds(pgbouncer.queryWaitTimeout)} s`,
  ],
  'alerts/queue-latency': [`more work than ${word(sidekiq.concurrency)} threads do`],
  'alerts/sms-budget': [`within ${word(pageDays)} days`, `${alerts.freeTier.sms} free SMS`],
  '../decisions/0026-where-we-differ-from-the-design': [
    `\`aws.cache.replicas: ${watched.aws?.cache.replicas}\``,
    `${watched.sentry.tracesSampleRate} of both, and ${ofStaging?.sentry.profilesSampleRate === 0 ? 'no' : 'as many'} profiles in staging`,
    `\`aws.cdn.publicPages: [${watched.aws?.cdn.publicPages.map((page) => `'${page}'`)}]\``,
    `requests ${Number.parseInt(docker.cpu, 10) / 1000}, no limit`,
    `| ${inbound.cpu} and ${inbound.memory}, limit ${inbound.memoryLimit} |`,
    `| ${jenkins.heapPercent} % of ${jenkins.resources.memoryLimit.replace('Gi', ' GiB')} |`,
    `| ${/ruby:(\d+\.\d+)/.exec(jenkins.agents.rspec.ruby.image)?.[1]} | 3.2 has had`,
    `| ${Object.keys(cluster.nodeGroups).join(' and ')} |`,
    `| ${word(app.min)} to ${word(app.max)} ${app.instanceType} |`,
    `| ${connections.max} |`,
  ],
  'alerts/unreachable': alerts.outside ? [`within ${word(minutes(alerts.outside.every))} minutes`] : [],
};

test.each(Object.entries(sentences))('the page %s has the numbers of the settings', (page, expected) => {
  const file = `docs/runbooks/${page}.md`;
  const text = readFileSync(join(root, file), 'utf8');
  const unsaid = expected.filter((sentence) => !text.includes(sentence));
  expect(unsaid.map((sentence) => `${file}: edit it to say of the settings "${sentence}"`)).toEqual([]);
});

test('the backup of which docs/runbooks/jenkins-backup.md says "every day" runs every day', () => {
  expect(daily).toEqual(['*', '*', '*']);
});
