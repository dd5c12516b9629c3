import { instanceTypes, type Upstream, upstreams } from '../../charts/environments/infrastructure';
import { groupNamed, openGroups } from '../../charts/environments/node-groups';
import { mebibytes, seconds } from '../../charts/environments/units';
import { type BilledFacts, systemFacts } from '../../charts/facts';
import { secondsOf } from '../model/duration';
import { listOf } from '../model/pods';
import { quantityOf } from '../model/quantity';
import type { Facts } from '../rule';
import { admits } from '../scheduling/cluster';
import { momentsOf } from '../scheduling/moments';
import { type NodeKind, nodeKinds } from '../scheduling/nodes';
import { lastingSets, setsOf } from '../scheduling/workloads';
import { hours, price } from './prices';
import { usage } from './usage';

/** One line of the bill, in dollars a month. */
export type Line = BilledFacts;

const gibibytes = (quantity: unknown) => (quantityOf(quantity) ?? 0) / 2 ** 30;
/** Share of a vCPU that a burstable instance earns all the time (AWS, "CPU credits and baseline utilization"). */
const baseline: Readonly<Record<string, number>> = { medium: 0.2, large: 0.3, xlarge: 0.4 };

/** Everything that is billed, as the settings and the objects have it; of what has no nodes, servers and what it states. */
export function linesOf(facts: Facts): Line[] {
  const { billed, cluster } = systemFacts(facts.settings);
  const parts = Object.keys(cluster.nodeGroups).length > 0 ? ofKubernetes : [servers];
  return [...parts.flatMap((part) => [...part(facts)]), ...billed];
}

const ofKubernetes = [controlPlane, nodes, edge, servers, volumes, small, passing];

/** Previews, by what they take of a node and of disks; at most all of them are open all month, on nodes that are counted. */
function* passing(facts: Facts): Generator<Line> {
  const { cluster } = systemFacts(facts.settings);
  const [[name, { instanceType }]] = openGroups(cluster) as [ReturnType<typeof openGroups>[number]];
  const node = nodeKinds(cluster).find(({ group }) => group === name);
  const pods = setsOf(facts).filter(({ environment, kind }) => environment === 'previews' && kind !== 'Job');
  if (!cluster.preview || !node || pods.length === 0) return;
  const share = (of: 'cpu' | 'memory') => pods.reduce((sum, pod) => sum + pod[of], 0) / node[of];
  const disks = (gibibytes(cluster.preview.quota.storage) * price('ebs.gp3') * 24) / hours;
  const day = 24 * Math.max(share('cpu'), share('memory')) * price(`ec2.${instanceType}`) + disks;
  yield {
    name: 'Previews of pull requests',
    quantity: `${usage.previewDays} days at ${day.toFixed(2)} each`,
    rest: 0,
    expected: usage.previewDays * day,
    most: (cluster.preview.most * hours * disks) / 24,
  };
}

function* controlPlane({ settings }: Facts): Generator<Line> {
  yield steady(
    'EKS control plane',
    `${systemFacts(settings).cluster.kubernetes}`,
    hours * price('eks.cluster'),
    'eks',
  );
}

/**
 * Hours of a month for which a group has more than its least nodes, all nodes together. At its peaks it has as many as its pods
 * ask for, and what stays empty between them; builds take theirs by the hour.
 */
function extraHours(facts: Facts, group: string): number {
  const { cluster, builds } = systemFacts(facts.settings);
  const { min, max } = groupNamed(cluster, group);
  if (min === max) return 0;
  if (group === builds) return usage.buildNodeHours;
  const kind = nodeKinds(cluster).find((each) => each.group === group) as NodeKind;
  const sets = lastingSets(facts).filter((set) => admits(kind, set));
  const [maximum = 0, canary = 0] = momentsOf(sets)
    .filter(({ nodes, nodeLost }) => nodes === 'max' && !nodeLost)
    .map(({ pods }) => {
      const needed = (['cpu', 'memory'] as const).map((resource) => {
        const sum = (daemon: boolean) =>
          sets.reduce(
            (all, set) => (set.daemon === daemon ? all + set[resource] * (daemon ? 1 : pods(set)) : all),
            0,
          );
        return sum(false) / Math.max(1, kind[resource] - sum(true));
      });
      return Math.max(0, Math.min(max, Math.ceil((1 + usage.gaps) * Math.max(...needed))) - min);
    });
  return (usage.busyHours - usage.canaryHours) * maximum + usage.canaryHours * Math.max(maximum, canary);
}

function* nodes(facts: Facts): Generator<Line> {
  const { cluster, builds: buildsOn } = systemFacts(facts.settings);
  const { nodeGroups, aws } = cluster;
  let [burstRest, burstExpected, burstMost, disks, disksExpected, disksMost] = [0, 0, 0, 0, 0, 0];
  for (const [group, { instanceType, min, max, disk, spot }] of Object.entries(nodeGroups)) {
    const most = price(`ec2.${instanceType}`);
    // What Spot costs changes by the hour; without a limit of our own it is never more than on demand.
    const node = spot ? most * usage.spot : most;
    const builds = group === buildsOn;
    const extra = extraHours(facts, group);
    yield {
      name: `EC2 nodes, ${group}`,
      quantity: `${min} to ${max} × ${instanceType}${spot ? ', Spot' : ''}`,
      rest: min * hours * node,
      expected: (min * hours + extra) * node,
      most: max * hours * most,
      documents: builds ? 'jenkins' : 'app',
    };
    const storage =
      gibibytes(disk) * price('ebs.gp3') +
      (aws.nodes.diskIops - 3000) * price('ebs.gp3.iops') +
      (aws.nodes.diskThroughput - 125) * price('ebs.gp3.throughput');
    disks += min * storage;
    disksExpected += (min + extra / hours) * storage;
    disksMost += max * storage;
    const { vcpu, burstable, architecture } = instanceTypes[instanceType];
    if (!burstable || aws.nodes.cpuCredits !== 'unlimited') continue;
    const credits = price(`ec2.cpu-credits.${architecture}`);
    const earned = baseline[instanceType.split('.')[1] ?? ''] ?? 0;
    const beyond = (share: number) => vcpu * Math.max(0, share - earned) * credits;
    // What serves all day stays below its baseline; a node of the peak is half way between that and all of it.
    burstExpected += extra * beyond(builds ? usage.buildShare : (1 + earned) / 2);
    burstMost += max * hours * beyond(1);
  }
  yield { name: 'Disks of nodes', quantity: 'gp3', rest: disks, expected: disksExpected, most: disksMost };
  yield {
    name: 'CPU credits',
    quantity: aws.nodes.cpuCredits,
    rest: burstRest,
    expected: burstExpected,
    most: burstMost,
  };
}

function* edge({ tree, settings }: Facts): Generator<Line> {
  const { network, aws } = systemFacts(settings).cluster;
  const classes = tree
    .ofKind('IngressClassParams')
    .map(({ object: { metadata, spec } }) => ({ metadata, ...spec }));
  const balancers = [
    ...new Map(classes.map((each) => [each.group?.name ?? each.metadata.name, each.scheme])).values(),
  ];
  const open = balancers.filter((scheme) => scheme !== 'internal').length;
  const unit = hours * price('alb.lcu');
  // Units are of requests: a second load balancer takes some of the first one's.
  const units = (busy: number) =>
    open * hours * price('alb.hour') +
    (usage.internalUnits * (hours - busy) + usage.publicUnits * busy) * price('alb.lcu');
  yield {
    name: 'Application Load Balancer',
    quantity: `${open} and ${usage.internalUnits} to ${usage.publicUnits} LCU`,
    rest: units(0),
    expected: units(usage.busyHours),
    most: units(hours),
    documents: 'alb',
  };
  const internal = balancers.length - open;
  yield steady(
    'Load balancer of the internal hosts',
    `${internal}`,
    internal * (hours * price('alb.hour') + usage.internalUnits * unit),
  );
  const gateways = network.natGatewayPerZone ? network.zones.length : 1;
  yield used(
    'NAT gateway',
    `${gateways}, ${usage.nat} GB`,
    gateways * hours * price('nat.hour'),
    usage.nat * price('nat.gb'),
  );
  const addresses = open * network.zones.length + gateways;
  yield steady('Public IPv4 addresses', `${addresses}`, addresses * hours * price('ipv4'));
  yield used(
    'Data transfer',
    `${usage.internet} GB out, the first 100 are free`,
    0,
    Math.max(0, usage.internet - 100) * price('transfer.internet'),
    'transfer',
  );
  yield used('Data between zones', `${usage.betweenZones} GB`, 0, 2 * usage.betweenZones * price('transfer.zone'));
  const zones = new Set([aws.dns.zone, aws.dns.internalZone]).size;
  yield steady('Route 53', `${zones} zones`, zones * price('route53.zone'));
}

function* servers({ settings }: Facts): Generator<Line> {
  const { databases, caches } = systemFacts(settings);
  for (const { environment, rds: database } of databases) {
    if (!database) continue;
    const copies = database.multiAz ? 2 : 1;
    const grown = (storage: typeof database.storage) => copies * (mebibytes(storage) / 1024) * price('rds.gp3');
    const instance = copies * hours * price(`rds.${database.instance}`);
    yield {
      name: `RDS PostgreSQL, ${environment}`,
      quantity: `${database.instance}${database.multiAz ? ', Multi-AZ' : ''}, ${database.storage}`,
      rest: instance + grown(database.storage),
      expected: instance + grown(database.storage),
      most: instance + grown(database.maxStorage),
      documents: 'rds',
    };
  }
  for (const { environment, elastiCache: cache } of caches) {
    if (!cache) continue;
    const members = 1 + cache.replicas;
    yield steady(
      `ElastiCache Redis, ${environment}`,
      `${members} × ${cache.node}`,
      members * hours * price(`elasticache.${cache.node}`),
      'redis',
    );
    const snapshots = (cache.retention - 1) * 0.5 * price('elasticache.snapshot');
    yield used('Snapshots of Redis', `${cache.retention} days`, 0, snapshots);
  }
}

function* volumes({ tree, settings }: Facts): Generator<Line> {
  const { cluster, previews } = systemFacts(settings);
  const claims = new Map<string, number>();
  for (const { environment, object } of tree.ofKind('PersistentVolumeClaim')) {
    if (previews.includes(environment)) continue;
    const of = object.metadata.name.startsWith('jenkins') ? 'Jenkins' : environment;
    claims.set(of, (claims.get(of) ?? 0) + gibibytes(object.spec?.resources?.requests?.storage));
  }
  for (const [of, size] of [...claims].sort(([a], [b]) => (a < b ? -1 : 1)))
    yield steady(
      of === 'Jenkins' ? 'Volume of Jenkins' : `Volumes of ${of}`,
      `${size} GB gp3`,
      size * price('ebs.gp3'),
      of === 'Jenkins' ? 'volume' : undefined,
    );
  const { keep } = cluster.aws.recovery.volumes;
  const databases = [...claims].reduce((sum, [of, size]) => sum + (of === 'Jenkins' ? 0 : size), 0);
  // The first is whole, of the others a tenth has changed.
  const kept = databases * (1 + (keep - 1) / 10);
  yield used('Snapshots of databases in the cluster', `${keep} days`, 0, kept * price('ebs.snapshot'));
  yield used('Snapshots of Jenkins', `${usage.snapshots} GB`, 0, usage.snapshots * price('ebs.snapshot'));
}

function* small({ tree, settings }: Facts): Generator<Line> {
  const { cluster, environments } = systemFacts(settings);
  const { aws, alerts } = cluster;
  // What a namespace makes for itself costs nothing.
  const bought = tree.ofKind('ExternalSecret').filter(({ object: { metadata, spec } }) => {
    const store = tree.find('SecretStore', metadata.namespace, spec?.secretStoreRef?.name ?? '');
    return !store || store.object.spec?.provider?.aws;
  });
  const external = bought.map(({ object }) => ({
    keys: new Set<string>(listOf(object.spec?.data).map(({ remoteRef }) => remoteRef?.key)),
    // External Secrets' own default is an hour; with 0 it reads once.
    every: (secondsOf(object.spec?.refreshInterval) ?? 3600) || Number.POSITIVE_INFINITY,
  }));
  const accounts = Object.keys(aws.pullThrough).filter((name) => upstreams[name as Upstream].account);
  const secrets = new Set([...external.flatMap(({ keys }) => [...keys]), ...accounts]).size;
  // External Secrets reads every entry of every object again and again.
  const reads = external.reduce((sum, { keys, every }) => sum + (keys.size * hours * 3600) / every, 0);
  yield steady('Secrets Manager', `${secrets} secrets`, secrets * price('secret'));
  yield steady(
    'Reading of secrets',
    `${Math.round(reads / 1000)} thousand calls`,
    (reads / 10_000) * (price('secret.calls') + price('kms.calls')),
  );
  yield steady('KMS', '1 key', price('kms.key'));
  const logs = Math.max(0, usage.logs - usage.free.logs);
  yield used(
    'CloudWatch logs',
    `${usage.logs} GB, ${usage.free.logs} are free`,
    0,
    logs * (price('logs.ingest') + price('logs.keep')),
  );
  const alarms = environments.reduce((sum, { alarms: of }) => sum + of, 0);
  yield steady(
    'CloudWatch alarms',
    `${alarms}, ${usage.free.alarms} are free`,
    Math.max(0, alarms - usage.free.alarms) * price('alarm'),
  );
  if (aws.datadog.externalId)
    yield used(
      'CloudWatch, read by Datadog',
      `${usage.metrics / 1000} thousand`,
      0,
      (usage.metrics / 1000) * price('cloudwatch.metrics'),
    );
  yield used('ECR', `${usage.images} GB`, 0, usage.images * price('ecr'));
  yield used('S3', `${usage.files} GB`, 0, usage.files * price('s3'));
  yield used('SES', `${usage.mails / 1000} thousand mails`, 0, (usage.mails / 1000) * price('ses'));
  if (alerts.outside) {
    const runs = (alerts.outside.locations.length * hours * 3600) / seconds(alerts.outside.every);
    yield steady(
      'Datadog, looking from outside',
      `${Math.round(runs / 1000)} thousand runs`,
      Math.ceil(runs / 10_000) * price('datadog.synthetics'),
    );
  }
}

/** The same whatever happens. */
function steady(name: string, quantity: string, dollars: number, documents?: string): Line {
  return { name, quantity, rest: dollars, expected: dollars, most: dollars, ...(documents && { documents }) };
}

/** Part of it by use, which is not there at rest. */
function used(name: string, quantity: string, fixed: number, byUse: number, documents?: string): Line {
  return { ...steady(name, quantity, fixed + byUse, documents), rest: fixed };
}
