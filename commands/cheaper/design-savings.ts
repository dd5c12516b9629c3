import { buildGroup } from '../../charts/environments/node-groups';
import { mebibytes } from '../../charts/environments/units';
import type { Settings } from '../../charts/settings';
import { hours, price } from '../../review/cost/prices';
import { usage } from '../../review/cost/usage';

/** What the design says that it saves, what that is here in dollars a month, and where the difference comes from. */
type Row = readonly [name: string, says: number | string, dollars: number, why: string];

/** The design's "Active Optimizations", the five that have a sum. */
function active({ cluster }: Settings): Row[] {
  const step = hours * (price('rds.db.t3.small') - price('rds.db.t3.micro'));
  const hosts = Object.values(cluster.nodeGroups).reduce((sum, { min }) => sum + min, 0);
  const outside = price('transfer.internet');
  return [
    ['PgBouncer', 17, step, 'the step from db.t3.micro to db.t3.small, not the price of the first'],
    [
      'Redis',
      17,
      step - hours * price('elasticache.cache.t4g.micro'),
      'the same step, of which Redis itself takes most',
    ],
    [
      'CloudFront',
      10,
      Math.max(0, usage.internet - 100) * outside,
      `the first 100 GB to the internet are free without it too; $10 are ${Math.round(100 + 10 / outside)} GB`,
    ],
    ['Student pack', 56, hosts * price('datadog.host') + price('sentry'), `${hosts} hosts where the design has 2`],
    [
      'Search by PostgreSQL, no Elasticsearch',
      10,
      hours * price('opensearch.t3.small') + 10 * price('opensearch.gp3'),
      'one t3.small.search with 10 GB',
    ],
  ];
}

/** What the design saves without adding it up, and its "Future Optimizations" with its neighbour's NAT gateway. */
function others({ cluster, sites }: Settings): Row[] {
  const builds = buildGroup(cluster);
  const nodes = Object.values(cluster.nodeGroups).reduce(
    (sum, { min, instanceType }) => sum + min * hours * price(`ec2.${instanceType}`),
    0,
  );
  const growth = sites.reduce(
    (sum, { environment: { aws } }) =>
      sum + (aws ? (mebibytes(aws.database.maxStorage) - mebibytes(aws.database.storage)) / 1024 : 0),
    0,
  );
  return [
    [
      'Sidekiq, no Kafka',
      162,
      3 * (hours * price('msk.t3.small') + 20 * price('msk.storage')),
      'three kafka.t3.small with 20 GB each',
    ],
    [
      'Agents only while builds run',
      0,
      ((builds.max - builds.min) * hours - usage.buildNodeHours) * price(`ec2.${builds.instanceType}`),
      `${builds.max - builds.min} nodes less the ${usage.buildNodeHours} hours of builds; the design has no node for them`,
    ],
    ['Reserved instances', '30 %', 0.3 * nodes, 'of the nodes that are always there'],
    [
      'Spot for Sidekiq',
      '50 to 70 %',
      -usage.spot * hours * price('ec2.t3.medium'),
      'Sidekiq fits beside the web pods: a Spot node of its own costs more than it saves',
    ],
    [
      'One NAT gateway',
      32,
      (cluster.network.zones.length - 1) * hours * price('nat.hour'),
      cluster.network.natGatewayPerZone ? 'is not done' : 'is done',
    ],
    ['Old images archived', '-', usage.files * (price('s3') - price('s3.glacier')), 'all of them, read never'],
    [
      'Storage that grows by itself',
      '-',
      growth * price('rds.gp3'),
      'is done: the most is not paid before it is used',
    ],
  ];
}

/** Every saving that the design names: what it says, what it is here, and why they differ. */
export function savings(settings: Settings) {
  const done = active(settings);
  const sum = done.reduce((total, [, , dollars]) => total + dollars, 0);
  const rows: Row[] = [...done, ['these five', 110, sum, ''], ...others(settings)];
  return {
    title: "The design's own savings, in dollars a month",
    columns: ['What', 'It says', 'Here', 'Difference', 'Why'],
    rows: rows.map(([name, says, dollars, why]) => [
      name,
      says,
      dollars.toFixed(2),
      typeof says === 'number' ? (dollars - says).toFixed(2) : '-',
      why,
    ]),
  };
}
