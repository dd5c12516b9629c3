import { openGroups } from '../../charts/environments/node-groups';
import type { Settings } from '../../charts/settings';
import { totalsOf } from '../../review/cost/bill';
import { linesOf } from '../../review/cost/lines';
import { price } from '../../review/cost/prices';
import type { Budget } from '../../review/report/report';
import { savings } from './design-savings';
import type { Ours } from './proofs';

/** The design's own arithmetic beside ours: what students get for nothing, what it saves, and what if. */
export function designTables(facts: Ours): Budget[] {
  const tables = [saved(facts.settings), savings(facts.settings), whatIf(facts)];
  return tables.map((table) => ({ ...table, verdict: { fits: true, says: '' } }));
}

/** By the GitHub Student Developer Pack. */
function saved({ cluster }: Settings): Omit<Budget, 'verdict'> {
  const groups = Object.values(cluster.nodeGroups);
  const hosts = groups.reduce((sum, { min }) => sum + min, 0);
  const most = groups.reduce((sum, { max }) => sum + max, 0);
  const datadog = price('datadog.host');
  return {
    title: 'What students do not pay, in dollars a month',
    columns: ['Service', 'In the design', 'It says', 'Here', 'Dollars'],
    rows: [
      [
        'Datadog Pro',
        '$15 a host, 2 hosts',
        30,
        `${hosts} to ${most} hosts, 10 are free`,
        `${hosts * datadog} to ${most * datadog}`,
      ],
      ['Sentry', 'Team', 26, 'Team', String(price('sentry'))],
      ['PagerDuty', 'free plan', 0, 'free plan, 5 people', '0'],
      ['Google Maps', 'below 10,000 requests', 0, 'below 10,000 requests', '0'],
      ['all', '', 56, '', `${hosts * datadog + price('sentry')} to ${most * datadog + price('sentry')}`],
    ],
  };
}

/** The design's table of bottlenecks: what each way out would cost. */
function whatIf(facts: Ours): Omit<Budget, 'verdict'> {
  const { settings } = facts;
  const before = totalsOf(linesOf(facts)).expected;
  const with_ = (change: Partial<Settings>) => {
    const after = totalsOf(linesOf({ ...facts, settings: { ...settings, ...change } })).expected;
    return `${after >= before ? '+' : ''}${(after - before).toFixed(2)}`;
  };
  const [[name, app]] = openGroups(settings.cluster) as [ReturnType<typeof openGroups>[number]];
  const node = { ...app, min: app.min + 1, max: Math.max(app.max, app.min + 1) };
  const cluster = { ...settings.cluster, nodeGroups: { ...settings.cluster.nodeGroups, [name]: node } };
  return {
    title: 'What if, in dollars a month',
    columns: ['Bottleneck', 'Way out', 'It says', 'Here', 'Why'],
    rows: [
      ['Database connections', 'PgBouncer', 0, '+0', 'it is there'],
      [
        'Database CPU and memory',
        'db.t3.small',
        '+17',
        with_({ sites: onAws(settings, 'db.t3.small') }),
        'the step, not the price of the larger one',
      ],
      [
        'App servers',
        `6 pods: one more ${app.instanceType} all month`,
        '+30',
        with_({ cluster }),
        'a larger type, less the hours in which it is there anyway',
      ],
      [
        'Cache memory',
        'cache.t4g.small',
        '+20',
        with_({ sites: onAws(settings, undefined, 'cache.t4g.small') }),
        'the step, not the price of the larger one',
      ],
      ['Jenkins builds', 'agents on nodes of their own', 0, '+0', 'they are there while builds run'],
    ],
  };
}

function onAws({ sites }: Settings, instance?: 'db.t3.small', node?: 'cache.t4g.small'): Settings['sites'] {
  return sites.map((site) => {
    const { aws } = site.environment;
    if (!aws) return site;
    const database = { ...aws.database, instance: instance ?? aws.database.instance };
    const cache = { ...aws.cache, node: node ?? aws.cache.node };
    return { ...site, environment: { ...site.environment, aws: { ...aws, database, cache } } };
  });
}
