import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { notifications } from '../../../charts/argocd/values/notifications';
import { connectionAlert, mostWaiting, pageDays } from '../../../charts/environments/alert-rules';
import { buildGroup, groupNamed } from '../../../charts/environments/node-groups';
import { mostConnections } from '../../../charts/environments/rules';
import { seconds } from '../../../charts/environments/units';
import { ofKind, one, pods, settings } from '../../support/manifests';
import { root } from '../../support/root';
import { checks, metrics as known } from './datadog-metrics';
import { parseFormula, parseMonitor, parseSearch } from './datadog-query';
import { alerting, dashboards, monitors, pages } from './resources';

const { cluster, sites } = settings;
const { alerts, nodeGroups, delivery } = cluster;
const [app, builds] = [groupNamed(cluster, 'app'), buildGroup(cluster)];
const site = sites.find(({ environment }) => environment.name === alerts.environment) as (typeof sites)[number];
const watched = site.environment;

const thresholdsOf = (name: string) => monitors.find((each) => each.name === name)?.json.options.thresholds;

/** Every query of metrics there is, on dashboards too. */
const queried = [
  ...monitors.flatMap(({ name, json }) =>
    parseMonitor(json.query).metrics.map((metric) => ({ where: name, metric })),
  ),
  ...dashboards.flatMap(({ name, json }) =>
    json.widgets.flatMap(({ definition: { title, requests } }: any) =>
      requests[0].queries
        .filter(({ query }: any) => query)
        .flatMap(({ query }: any) =>
          parseFormula(query).map((metric) => ({ where: `${name}: ${title}`, metric })),
        ),
    ),
  ),
];

describe('a query', () => {
  test.each(monitors.map(({ name, json }) => [name, json] as const))(
    'of %s is of the syntax of its type, and compares with the critical threshold',
    (_name, { query, type, options }) => {
      const { kind, comparison, last } = parseMonitor(query);
      expect(
        { 'query alert': 'metric', 'event-v2 alert': 'event', 'service check': 'check' }[type as string],
      ).toBe(kind);
      if (kind !== 'check') expect(comparison?.value).toBe(options.thresholds.critical);
      else expect(last).toBeGreaterThanOrEqual(Math.max(...(Object.values(options.thresholds) as number[])));
    },
  );

  test.each([
    ['a misspelt aggregation over time', 'mean(last_5m):avg:system.cpu.idle{*} > 5'],
    ['a window that Datadog has not', 'avg(last_5s):avg:system.cpu.idle{*} > 5'],
    ['a window above a week', 'avg(last_2w):avg:system.cpu.idle{*} > 5'],
    ['no scope', 'avg(last_5m):avg:system.cpu.idle > 5'],
    ['no threshold', 'avg(last_5m):avg:system.cpu.idle{*}'],
    ['a tag without a value', 'avg(last_5m):avg:system.cpu.idle{production} > 5'],
    ['no aggregation over tags', 'avg(last_5m):system.cpu.idle{*} > 5'],
    ['an open parenthesis', 'avg(last_5m):default_zero(avg:system.cpu.idle{*} > 5'],
    ['a function nobody knows', 'avg(last_5m):zero(avg:system.cpu.idle{*}) > 5'],
    ['a percentile of an average', 'avg(last_5m):p95:trace.rack.request{*} > 1'],
    ['parts that are grouped differently', 'avg(last_5m):avg:a.b{*} by {host} / avg:a.c{*} > 1'],
    ['events of more than two days', 'events("env:production").rollup("count").last("72h") > 1'],
    ['a floor without a number', 'sum(last_5m):clamp_min(sum:a.b{*}.as_count()) > 5'],
    ['commas among words', 'avg(last_5m):avg:a.b{host IN (a,b),env:c} > 5'],
    ['a list that is open', 'avg(last_5m):avg:a.b{host IN (a,b} > 5'],
    ['a check that is grouped by nothing', '"jenkins.job.status".over("*").by().last(5).count_by_status()'],
    ['a check that is not grouped', '"jenkins.job.status".over("*").last(5).count_by_status()'],
    ['a check that is nowhere', '"jenkins.job.status".by("job").last(5).count_by_status()'],
  ])('with %s is refused here', (_name, query) => {
    expect(() => parseMonitor(query)).toThrow();
  });

  test('asks for what arrives, by tags that it has, in a way that its type allows', () => {
    const bad = queried.flatMap(({ where, metric: { name, space, scope, by, as } }) => {
      const { type, tags }: { type: string; tags: readonly string[] } = known[name] ?? {
        type: 'unknown',
        tags: [],
      };
      const unknown = [...scope, ...by].filter((tag) => !tags.includes(tag));
      const percentile = /^p\d/.test(space);
      return type === 'unknown' ||
        unknown.length > 0 ||
        percentile !== (type === 'distribution') ||
        (as !== undefined) !== (type === 'count')
        ? [{ where, name, type, unknown, space, as }]
        : [];
    });
    expect(queried.length).toBeGreaterThan(30);
    expect(bad).toEqual([]);
  });

  test('of a check groups by a tag that the check has', () => {
    const found = monitors.filter(({ json }) => json.type === 'service check');
    expect(found.length).toBeGreaterThan(0);
    for (const { json } of found)
      expect(checks[/^"([\w.]+)"/.exec(json.query)?.[1] as string]).toEqual(
        expect.arrayContaining([...parseMonitor(json.query).by]),
      );
  });

  test('scopes to services, namespaces and containers that there are', () => {
    const all = monitors.map(({ json }) => json.query).join() + JSON.stringify(dashboards);
    const named = (key: string) =>
      new Set(
        [...all.matchAll(new RegExp(`[{,! ]${key}(?::([\\w-]+)| IN \\(([\\w,-]+)\\))`, 'g'))].flatMap(
          ([, one, more]) => (one ?? (more as string)).split(','),
        ),
      );
    const labels = pods.map((pod) => pod.labels['tags.datadoghq.com/service']);
    for (const service of named('service')) expect(labels).toContain(service);
    const namespaces = [...ofKind('Namespace').map(({ metadata }) => metadata.name)];
    for (const namespace of named('kube_namespace')) expect(namespaces).toContain(namespace);
    const inits = pods.flatMap(({ spec }) => (spec.initContainers ?? []).map(({ name }: any) => name));
    for (const container of named('kube_container_name')) expect(inits).toContain(container);
    expect(one('cluster', 'DaemonSet', [...named('kube_daemon_set')][0] as string)).toBeDefined();
    const workloads = Object.values(nodeGroups).map(({ workload }) => workload);
    expect([...named('workload')].sort()).toEqual(workloads.sort());
    const cronJobs = ofKind('CronJob').map(({ metadata }) => metadata.name);
    for (const cronJob of named('kube_cronjob')) expect(cronJobs).toContain(cronJob);
    const watchedJobs = new Set(
      [...ofKind('CronJob'), ...ofKind('Job')].map(({ metadata }) => metadata.namespace),
    );
    for (const namespace of watchedJobs) expect(named('kube_namespace')).toContain(namespace);
  });

  test("of Argo CD's deployments searches for tags that its notifications send", () => {
    const searches = [
      ...monitors.filter(({ json }) => json.type === 'event-v2 alert').map(({ json }) => json.query),
      ...dashboards.flatMap(({ json }) =>
        json.widgets.flatMap(({ definition }: any) =>
          definition.requests[0].queries.flatMap(({ search }: any) => search?.query ?? []),
        ),
      ),
    ].filter((text: string) => text.includes('deployment:'));
    expect(searches.length).toBeGreaterThan(2);
    const { templates } = notifications(settings);
    const sent = Object.entries(templates).map(([name, text]) => {
      const { tags } = JSON.parse((load(text) as any).webhook.datadog.body);
      return { name, keys: tags.map((tag: string) => tag.split(':')[0]) };
    });
    for (const text of searches) {
      const search = /^events\("([^"]+)"/.exec(text)?.[1] ?? text;
      const [, event] = /deployment:(\w+)/.exec(search) as RegExpExecArray;
      const template = sent.find(({ name }) => name === `template.${event}`);
      expect(template?.keys).toEqual(expect.arrayContaining(parseSearch(search)));
    }
  });
});

describe('a threshold', () => {
  const present = /canary-(aborted|paused)|pending-migrations|secret-sync|(failed|dead)-job|load-balancer-refused/;
  /** The most, or for `certificate-expiry` the least, that the value can be. */
  const limits: Record<string, number> = {
    // Percent of all requests, and of maxmemory.
    'error-rate': 100,
    'redis-memory': 100,
    // A request that the load balancer has given up is not measured.
    latency: seconds(cluster.loadBalancer.idleTimeout),
    'database-connections': watched.connections.max - watched.connections.reserved,
    'pool-waiting': mostWaiting(watched),
    'slow-statements': seconds(cluster.loadBalancer.idleTimeout),
    // The kubelet waits 10 s, 20 s, 40 s … and at most 5 minutes between two starts.
    'pod-restarts': [10, 20, 40, 80, 160].length + Math.floor((3600 - 310) / 300),
    'node-group-full': app.max,
    'node-group-full-jenkins': builds.max,
    'agent-missing': app.max + builds.max,
    'geocoding-requests': alerts.freeTier.geocodingRequests,
    // All nodes, and one of each group that is replaced: old and new count in that hour.
    'datadog-hosts': app.max + builds.max + Object.keys(cluster.nodeGroups).length,
    // The part of the month's that falls into the window.
    'sms-budget': (alerts.freeTier.sms * pageDays) / 31,
    // It is there, or it is not.
    ...Object.fromEntries(monitors.filter(({ name }) => present.test(name)).map(({ name }) => [name, 1])),
    // All that `last` can look back.
    'build-failures': 100,
    'agent-silent': 100,
    'missed-schedule': 100,
    'certificate-expiry': 0,
  };

  /** Ages, which grow as long as nothing happens: every threshold is reached. */
  const ages = ['queue-latency', 'late-job'];

  test.each(monitors.filter(({ name }) => !ages.includes(name)).map(({ name, json }) => [name, json] as const))(
    'of %s can be reached',
    (name, { query, options }) => {
      const limit = limits[name];
      expect(limit).toBeDefined();
      const { is = '>' } = parseMonitor(query).comparison ?? {};
      for (const threshold of [
        options.thresholds.warning ?? options.thresholds.critical,
        options.thresholds.critical,
      ])
        expect(is === '<' ? -threshold : threshold).toBeLessThan(
          is === '<' ? -(limit as number) : (limit as number),
        );
    },
  );

  test('that warns comes before the critical one', () => {
    const both = monitors.filter(({ json }) => json.options.thresholds.warning !== undefined);
    const bad = both.filter(({ json: { type, query, options } }) => {
      const { warning, critical } = options.thresholds;
      const below = parseMonitor(query).comparison?.is === '<';
      return type !== 'service check' && (below ? warning <= critical : warning >= critical);
    });
    expect(both.length).toBeGreaterThan(8);
    expect(bad.map(({ name }) => name)).toEqual([]);
  });

  test("is that of the design's table", () => {
    expect(thresholdsOf('error-rate')).toEqual({ warning: 1, critical: 5 });
    expect(thresholdsOf('latency')).toEqual({ warning: 0.5, critical: 1 });
    expect(thresholdsOf('pod-restarts')).toEqual({ warning: 3, critical: 10 });
    expect(thresholdsOf('build-failures')).toMatchObject({ critical: 4 });
  });

  test('of database connections is 20 and 25 of 30 at any number of connections, and above what a canary holds', () => {
    expect(thresholdsOf('database-connections')).toEqual({ warning: 30, critical: 37 });
    expect(thresholdsOf('database-connections').critical).toBeGreaterThan(mostConnections(watched));
    const of = (max: number) =>
      connectionAlert(cluster, { ...watched, connections: { ...watched.connections, max } });
    expect(of(30)).toEqual({ warning: 20, critical: 25 });
    expect(of(60)).toEqual({ warning: 40, critical: 50 });
  });
});

type State = 'is_warning' | 'is_alert' | 'is_no_data' | 'is_recovery' | 'is_renotify';

/** What a message mentions in a state, as Datadog renders its blocks. */
function told(message: string, ...states: State[]): string[] {
  let text = message;
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(
      /\{\{([#^])(is_\w+)\}\}((?:(?!\{\{[#^/]is_)[\s\S])*)\{\{\/\2\}\}/g,
      (_, sign, state, inner) => (states.includes(state) === (sign === '#') ? inner : ''),
    );
  }
  expect(text).not.toMatch(/\{\{[#^/]/);
  return text.match(/@[\w-]+/g) ?? [];
}

describe('a message', () => {
  const channel = `@slack-${delivery.channel}`;
  const [first, second] = [`@pagerduty-${alerts.pagerduty.first}`, `@pagerduty-${alerts.pagerduty.second}`];

  test.each(alerting.map(({ name, json }) => [name, json] as const))(
    'of %s pages only when it is critical, the second person only when it lasts, and ends the page',
    (_name, json) => {
      const paged = pages(json);
      const noData = json.options.notify_no_data === true;
      const warns = json.options.thresholds?.warning !== undefined;
      expect(told(json.message, 'is_warning')).toEqual(warns ? [channel] : []);
      expect(told(json.message, 'is_alert')).toEqual(paged ? [channel, first] : [channel]);
      expect(told(json.message, 'is_alert', 'is_renotify')).toEqual(paged ? [channel, second] : [channel]);
      expect(told(json.message, 'is_no_data')).toEqual(noData ? (paged ? [channel, first] : [channel]) : []);
      expect(told(json.message, 'is_recovery')).toEqual(paged ? [channel, first, second] : [channel]);
    },
  );

  test('is sent again after the 15 minutes of the rota, once', () => {
    for (const { json } of alerting.filter(({ json }) => pages(json))) {
      const { renotify_interval, renotify_occurrences } = json.options.monitor_options ?? json.options;
      expect([renotify_interval, renotify_occurrences]).toEqual([15, 1]);
    }
    for (const { json } of alerting.filter(({ json }) => !pages(json)))
      expect(json.options.renotify_interval).toBeUndefined();
  });

  test('of a monitor that is silent when its source is may wait for two windows at least', () => {
    const told = monitors.filter(({ json }) => json.options.notify_no_data);
    expect(told.length).toBeGreaterThan(3);
    const hasty = told.filter(
      ({ json }) => json.options.no_data_timeframe < 2 * (parseMonitor(json.query).minutes as number),
    );
    expect(hasty.map(({ name }) => name)).toEqual([]);
  });

  test('names only what its monitor is grouped by', () => {
    const bad = monitors.flatMap(({ name, json }) => {
      const groups = json.options.notify_by ? [] : parseMonitor(json.query).by;
      const used = [...`${json.name}${json.message}`.matchAll(/\{\{(\w+)\.name\}\}/g)].map(
        ([, key]) => key as string,
      );
      return used.filter((key) => !groups.includes(key)).map((key) => ({ name, key }));
    });
    expect(bad).toEqual([]);
  });
});

describe('a dashboard', () => {
  test('draws only what it has asked for', () => {
    for (const { json } of dashboards)
      for (const { definition } of json.widgets) {
        const [{ queries, formulas }] = definition.requests;
        const names = queries.map(({ name }: any) => name);
        for (const { formula } of formulas) expect(parseFormula(formula, names)).toEqual([]);
        for (const name of names) expect(JSON.stringify(formulas)).toContain(name);
      }
  });

  test("has each of the design's key metrics", () => {
    const titles = Object.fromEntries(
      dashboards.map(({ name, json }) => [name, json.widgets.map((w: any) => w.definition.title).join('\n')]),
    );
    const wanted = {
      'dashboard-application': [/Response time/, /Requests per second/, /5xx/],
      'dashboard-business': [/registrations per hour/, /Active users/, /E-score/],
      'dashboard-database': [/Connections/, /Query time/, /cache/],
      'dashboard-infrastructure': [/CPU/, /Memory/, /restarts/, /nodes/],
      'dashboard-delivery': [/Build time/, /succeed/, /Agent start time/, /Deploys/],
    };
    expect(Object.keys(titles).sort()).toEqual(Object.keys(wanted).sort());
    for (const [name, patterns] of Object.entries(wanted))
      for (const each of patterns) expect(titles[name]).toMatch(each);
  });
});

describe('what is asked for is sent', () => {
  test('by the app: every metric of its own is on its page, with its type, and no other', () => {
    const page = readFileSync(join(root, 'docs/rails-app/metrics.md'), 'utf8');
    const listed = [...page.matchAll(/^\| `(eren\.[\w.]+)` \| (gauge|count) \|/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    const asked = new Set(queried.map(({ metric }) => metric.name).filter((name) => name.startsWith('eren.')));
    expect(new Set(listed.map(([name]) => name))).toEqual(asked);
    for (const [name, type] of listed) expect(known[name as string]?.type).toBe(type);
  });

  test('by the Cluster Agent: nodes with their group, and the kinds whose state is asked for', () => {
    const text = one('cluster', 'ConfigMap', 'datadog-cluster-agent').data?.['conf.yaml'] as string;
    const [{ collectors, labels_as_tags: labels }] = (load(text) as any).instances;
    expect(labels.node).toEqual({ workload: 'workload' });
    expect(collectors).toEqual(expect.arrayContaining(['nodes', 'pods', 'daemonsets', 'cronjobs', 'jobs']));
  });

  test('by the pools: each under the name of its pod', () => {
    const pooled = pods.filter(({ spec }) => spec.initContainers?.some(({ name }: any) => name === 'pgbouncer'));
    expect(pooled.length).toBeGreaterThan(1);
    for (const { owner } of pooled) {
      const template = owner.spec.template ?? owner.spec.jobTemplate.spec.template;
      expect(template.metadata.annotations['ad.datadoghq.com/pgbouncer.check_tag_cardinality']).toBe(
        'orchestrator',
      );
    }
  });

  test('by the checks of the watched environment, under its name', () => {
    const { data } = one('cluster', 'ConfigMap', 'datadog-checks');
    for (const file of ['postgres.yaml', 'redisdb.yaml'])
      expect((load(data?.[file] as string) as any).instances.flatMap(({ tags }: any) => tags)).toContain(
        `env:${watched.name}`,
      );
  });
});
