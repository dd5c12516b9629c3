import { buildGroup } from '../../charts/environments/node-groups';
import { mebibytes } from '../../charts/environments/units';
import type { Settings } from '../../charts/settings';
import { hours, price } from './prices';
import { usage } from './usage';

/** One saving that the design counts, and what it is by our settings and prices. */
interface Row {
  readonly name: string;
  /** Dollars a month, or the design's own words where it names a share. */
  readonly says: number | string;
  readonly dollars: number;
  /** Where the difference comes from. */
  readonly why: string;
}

/** The design's "Active Optimizations", of which it adds up all but the last, and its decision against Kafka. */
function* active(settings: Settings): Generator<Row> {
  const { cluster } = settings;
  const step = hours * (price('rds.db.t3.small') - price('rds.db.t3.micro'));
  const cache = hours * price('elasticache.cache.t4g.micro');
  const hosts = Object.values(cluster.nodeGroups).reduce((sum, { min }) => sum + min, 0);
  const builds = buildGroup(cluster);
  const agents = (builds.max - builds.min) * hours - usage.buildNodeHours;
  yield {
    name: 'PgBouncer',
    says: 17,
    dollars: step,
    why: 'the step from db.t3.micro to db.t3.small, not the price of the first',
  };
  yield { name: 'Redis', says: 17, dollars: step - cache, why: 'the same step, of which Redis itself takes most' };
  yield {
    name: 'CloudFront',
    says: 10,
    dollars: Math.max(0, usage.internet - 100) * price('transfer.internet'),
    why: `the first 100 GB to the internet are free without it too; $10 are ${Math.round(100 + 10 / price('transfer.internet'))} GB`,
  };
  yield {
    name: 'Student pack',
    says: 56,
    dollars: hosts * price('datadog.host') + price('sentry'),
    why: `${hosts} hosts where the design has 2`,
  };
  yield {
    name: 'Search by PostgreSQL, no Elasticsearch',
    says: 10,
    dollars: hours * price('opensearch.t3.small') + 10 * price('opensearch.gp3'),
    why: 'one t3.small.search with 10 GB, the least that AWS sells',
  };
  yield {
    name: 'Sidekiq, no Kafka',
    says: 162,
    dollars: 3 * (hours * price('msk.t3.small') + 20 * price('msk.storage')),
    why: 'three kafka.t3.small with 20 GB each, the least that survives a zone',
  };
  yield {
    name: 'Agents only while builds run',
    says: 0,
    dollars: agents * price(`ec2.${builds.instanceType}`),
    why: `${builds.max - builds.min} nodes less the ${usage.buildNodeHours} hours of builds; the design has no node for them`,
  };
}

/** The design's "Future Optimizations", and its neighbour's NAT gateway. */
function* future({ cluster, sites }: Settings): Generator<Row> {
  const nodes = Object.values(cluster.nodeGroups).reduce(
    (sum, { min, instanceType }) => sum + min * hours * price(`ec2.${instanceType}`),
    0,
  );
  const small = hours * price('ec2.t3.medium');
  yield {
    name: 'Reserved instances',
    says: '30 %',
    dollars: 0.3 * nodes,
    why: 'of the nodes that are always there',
  };
  yield {
    name: 'Spot for Sidekiq',
    says: '50 to 70 %',
    dollars: -usage.spot * small,
    why: 'Sidekiq fits beside the web pods: a Spot node of its own costs more than it saves',
  };
  yield {
    name: 'One NAT gateway',
    says: 32,
    dollars: (cluster.network.zones.length - 1) * hours * price('nat.hour'),
    why: cluster.network.natGatewayPerZone ? 'is not done' : 'is done',
  };
  yield {
    name: 'Old images archived',
    says: '-',
    dollars: usage.files * (price('s3') - price('s3.glacier')),
    why: 'all of them, read never',
  };
  const grown = sites.reduce(
    (sum, { environment: { aws } }) =>
      sum + (aws ? (mebibytes(aws.database.maxStorage) - mebibytes(aws.database.storage)) / 1024 : 0),
    0,
  );
  yield {
    name: 'Storage that grows by itself',
    says: '-',
    dollars: grown * price('rds.gp3'),
    why: 'is done: the most is not paid before it is used',
  };
}

/** Every saving that the design names: what it says, what it is here, and why they differ. */
export function savings(settings: Settings) {
  const cells = ({ name, says, dollars, why }: Row) => [name, says, dollars.toFixed(2), why];
  const done = [...active(settings)];
  // "Total optimizations: ~$110/month saved" is of the five that have a sum; Kafka is another decision of the design.
  const all = done.filter(({ name, says }) => says !== 0 && !name.includes('Kafka'));
  return {
    title: "The design's own savings, in dollars a month",
    columns: ['What', 'It says', 'Here', 'Why'],
    rows: [
      ...done.map(cells),
      ['all but Kafka and agents', 110, all.reduce((sum, { dollars }) => sum + dollars, 0).toFixed(2), ''],
      ...[...future(settings)].map(cells),
    ],
  };
}
