import { settings as live } from '../../../charts/environments';
import type { Cluster, Environment } from '../../../charts/environments/environment';
import { groupNamed } from '../../../charts/environments/node-groups';
import { loadSettings } from '../../../charts/settings';
import { check } from '../../../review/check/check';
import { subjectOf } from '../../../review/check/subject';
import { rules } from '../../../review/rules';
import { treeOf } from '../../review/scheduling/settings';
import { root } from '../../support/root';

type Changeable<T> = { -readonly [Field in keyof T]: Changeable<T[Field]> };
interface Given {
  readonly cluster: Changeable<Cluster>;
  readonly production: Changeable<Environment>;
}

/** Each is what a person may want of the settings that run: nothing but a number or a time that is ours to choose. */
const changes: Readonly<Record<string, (given: Given) => void>> = {
  'nothing at all': () => {},
  'a pod fewer at most': ({ production }) => {
    production.web.autoscaling.max = 5;
  },
  'a canary of other weights': ({ production }) => {
    const { pause } = production.web.canary.steps[0] ?? {};
    production.web.canary.steps = [
      { weight: 10, pause },
      { weight: 30, pause },
      { weight: 60, pause },
      { weight: 100 },
    ];
  },
  'more connections of the database': ({ production }) => {
    production.connections.max = 50;
  },
  'a node more': ({ cluster }) => {
    const group = groupNamed(cluster as Cluster, 'app');
    Object.assign(group, { min: group.min + 1 });
  },
  'more threads of Sidekiq': ({ production }) => {
    production.sidekiq.concurrency = 8;
    production.pgbouncer.sidekiqPool = 4;
  },
  'a longer preStop': ({ production }) => {
    production.web.drain.preStop = '30s';
    production.web.drain.terminationGracePeriod = '70s';
  },
  'more memory of a web pod': ({ production }) => {
    production.web.resources.memory = '960Mi';
    production.web.resources.memoryLimit = '1408Mi';
  },
  'another budget': ({ cluster }) => {
    cluster.budget = { ...cluster.budget, monthly: 650, alerts: [250, 450, 600] };
  },
  'other weights of the queues': ({ production }) => {
    production.sidekiq.queues = { mailers: 6, 'e-score': 3, default: 3, geocoding: 1, maintenance: 1 };
  },
  'other times of the jobs': ({ production, cluster }) => {
    production.schedules.databaseCleanup = '45 9 * * *';
    cluster.jenkins.backup.schedule = '0 6 * * *';
  },
  'later alerts': ({ cluster }) => {
    cluster.alerts.latency = { warning: 600, critical: 1200 };
    cluster.alerts.errorRate = { warning: 2, critical: 6, requests: 200 };
  },
  'a longer wait for a connection': ({ production }) => {
    production.pgbouncer.queryWaitTimeout = '12s';
  },
  'an earlier autoscaler': ({ production }) => {
    production.web.autoscaling.cpuUtilization = 60;
  },
};

test.each(Object.entries(changes))('%s passes synth and check', (_, change) => {
  const { cluster, environments } = structuredClone(live) as unknown as {
    cluster: Given['cluster'];
    environments: Given['production'][];
  };
  const production = environments.find(({ name }) => name === 'production');
  if (!production) throw new Error('charts/environments/index.ts has no production');
  change({ cluster, production });
  const settings = loadSettings(root, { cluster, environments });
  const subject = subjectOf(root, treeOf(settings), settings);
  const { findings, objects } = check({ subject, rules, failOn: 'high', textOf: () => '', placed: false });
  expect(objects).toBeGreaterThan(200);
  expect(findings.filter(({ level }) => level === 'critical' || level === 'high')).toEqual([]);
});
