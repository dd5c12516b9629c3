import type { Cluster, Environment } from './environment';
import { podAddresses, prefixesOf } from './infrastructure';
import { zonalGroups } from './node-groups';
import { days, judgePostgres, maintenance, minutesOf, overlap } from './postgres-rules';
import type { SettingsProblem } from './problem';
import { addressesOf, meets } from './ranges';
import { mebibytes } from './units';
import { quoted } from './visible';

/** @returns what is wrong between the AWS settings of the cluster, and between them and what the charts read */
export function* judgeClusterOnAws(cluster: Cluster): Generator<SettingsProblem> {
  yield* judgeRanges(cluster);
  yield* judgeZones(cluster);
  yield* addresses(cluster);
  yield* hosts(cluster);
  yield* notices(cluster);
  yield* repositories(cluster);
  yield* versions(cluster);
  yield* disks(cluster);
  for (const [i, address] of cluster.aws.api.publicAccess.entries())
    if (address.endsWith('/0') || Number(address.split('/')[1]) < 16)
      yield {
        path: `aws.api.publicAccess.${i}`,
        message: `${quoted(address)} is more than a network of your own; list the addresses of people, or none`,
      };
}

/** @returns what is wrong with where an environment keeps its data */
export function* judgeEnvironmentOnAws(environment: Environment, cluster: Cluster): Generator<SettingsProblem> {
  const { aws, inCluster, assetsHost } = environment;
  if (aws && inCluster)
    yield {
      path: 'aws',
      message: 'is set beside inCluster; an environment has one database, remove one of the two',
    };
  if (!aws && !inCluster)
    yield { path: 'aws', message: 'is missing, and so is inCluster; say where the database and Redis are' };
  yield* judgeHost(environment.host, cluster);
  if (assetsHost && !inZone(assetsHost, cluster.aws.dns.zone)) yield outside('assetsHost', assetsHost, cluster);
  if (assetsHost && !aws)
    yield {
      path: 'assetsHost',
      message: `${quoted(assetsHost)} needs a CDN, which only aws has; remove it`,
    };
  if (aws && !assetsHost)
    yield { path: 'assetsHost', message: 'is missing; with aws there is a CDN, write its host' };
  const { startedBy, window } = environment.migrations;
  if (window && startedBy !== 'person')
    yield { path: 'migrations.window', message: 'is for a person, and a commit starts them; remove it' };
  if (!aws) return;
  const { database, cache } = aws;
  yield* judgePostgres(database);
  const [from, to] = database.backupWindow.split('-');
  const everyDay = days.map((day) => `${day}:${from}-${day}:${to}`);
  const pairs: [path: string, daily: string | undefined, weekly: string[], what: string, why: string][] = [
    ['aws.cache.snapshotWindow', cache.snapshotWindow, [cache.maintenanceWindow], maintenance, 'AWS refuses that'],
    ['migrations.window', window, [database.maintenanceWindow], maintenance, 'RDS may restart then'],
    ['migrations.window', window, everyDay, "RDS' own backup", 'RDS then takes no snapshot before a migration'],
  ];
  for (const [path, daily, weekly, what, why] of pairs) {
    const other = daily && weekly.find((each) => overlap(daily, each));
    if (other) yield { path, message: `${daily} overlaps ${what}, ${other}; ${why}, move one` };
  }
  for (const [name, { window: each, least }] of Object.entries({
    'aws.cache.snapshotWindow': { window: cache.snapshotWindow, least: 60 },
    'aws.cache.maintenanceWindow': { window: cache.maintenanceWindow, least: 60 },
  }))
    if (minutesOf(each) < least)
      yield {
        path: name,
        message: `${each} is shorter than the ${least} minutes that AWS asks for; lengthen it`,
      };
  if (window && minutesOf(window) === 0)
    yield { path: 'migrations.window', message: `${window} ends when it begins; write for example 11:00-13:00` };
}

/** @returns more than one environment on AWS: there is one production stack, and one file of its outputs */
export function* judgeOneOnAws(
  environments: readonly Environment[],
): Generator<SettingsProblem & { environment: string }> {
  for (const environment of environments.filter(({ aws }) => aws))
    if (environment.name !== 'production')
      yield {
        environment: environment.name,
        path: 'aws',
        message:
          'is set, but only the production stack is declared in charts/terraform-outputs/declared.ts; use inCluster',
      };
}

/** A range that is not a network, is outside the VPC, or that two want. */
export function* judgeRanges({
  network,
}: {
  readonly network: Omit<Cluster['network'], 'services'> & { readonly services?: string };
}): Generator<SettingsProblem> {
  const vpc = addressesOf(network.vpc);
  const [smallest, largest] = [28, 16];
  if (vpc.bits < largest || vpc.bits > smallest)
    yield { path: 'network.vpc', message: `${network.vpc} is not a valid size of a VPC; AWS takes /16 to /28` };
  const seen: { path: string; cidr: string }[] = [];
  for (const kind of ['publicSubnets', 'privateSubnets', 'databaseSubnets'] as const)
    for (const [i, cidr] of network[kind].entries()) {
      const path = `network.${kind}.${i}`;
      const subnet = addressesOf(cidr);
      if (subnet.first !== subnet.from)
        yield {
          path,
          message: `${cidr} does not begin at a border of its size; write ${dotted(subnet.first)}/${subnet.bits}`,
        };
      if (subnet.bits > smallest)
        yield { path, message: `${cidr} is too small; a subnet of AWS has at least 16 addresses, /28` };
      if (subnet.first < vpc.first || subnet.last > vpc.last)
        yield { path, message: `${cidr} is outside the VPC, ${network.vpc}; take a part of it` };
      for (const other of seen)
        if (meets(cidr, other.cidr))
          yield { path, message: `${cidr} overlaps ${other.path}, ${other.cidr}; give each its own` };
      seen.push({ path, cidr });
    }
  if (network.services && meets(network.services, network.vpc))
    yield {
      path: 'network.services',
      message: `${network.services} overlaps the VPC, ${network.vpc}; Services would hide what is there`,
    };
}

/** Single addresses of a node: of each of its interfaces. No instance type of the table has more. */
const interfaces = 4;
/** What else lies in a private subnet: the internal load balancer (AWS wants eight free) and EKS' own interfaces. */
const others = 8 + 4;

/**
 * Prefixes for the pods of all nodes that can be in a zone: the most of each group's part there, and a second generation
 * with its least nodes, when Terraform replaces it. Every single address may break a prefix.
 */
function* addresses({ network, nodeGroups }: Cluster): Generator<SettingsProblem> {
  for (const [i, cidr] of network.privateSubnets.entries()) {
    const parts = Object.values(nodeGroups).flatMap((group) =>
      zonalGroups(network.zones, group)
        .filter(({ index }) => index === i)
        .map(({ min, max }) => ({ nodes: min + max, prefixes: (min + max) * prefixesOf(group.maxPods) })),
    );
    const sum = (of: 'nodes' | 'prefixes') => parts.reduce((total, part) => total + part[of], 0);
    const [nodes, needed] = [sum('nodes'), sum('prefixes')];
    // AWS keeps addresses of the first and the last one for itself.
    const whole = Math.max(0, Math.floor(2 ** (32 - addressesOf(cidr).bits) / podAddresses.prefix) - 2);
    const broken = nodes * interfaces + others;
    if (needed + broken > whole)
      yield {
        path: `network.privateSubnets.${i}`,
        message:
          `${cidr} has ${whole} whole prefixes of ${podAddresses.prefix} addresses; ${nodes} nodes in this zone, with those ` +
          `of a group that is replaced, take ${needed} for their pods, and ${broken} single addresses may break as many; ` +
          `take a /${bitsFor(needed + broken)} or larger, or lower max or maxPods of a node group`,
      };
  }
}

/** Length of the smallest range with so many whole prefixes. */
function bitsFor(prefixes: number): number {
  return 32 - Math.ceil(Math.log2((prefixes + 2) * podAddresses.prefix));
}

/** One range of each kind for each zone. */
export function* judgeSubnets({
  network,
}: {
  readonly network: Omit<Cluster['network'], 'services'>;
}): Generator<SettingsProblem> {
  for (const name of ['publicSubnets', 'privateSubnets', 'databaseSubnets'] as const)
    if (network[name].length !== network.zones.length)
      yield {
        path: `network.${name}`,
        message: `has ${network[name].length} ranges for ${network.zones.length} zones; write one for each zone`,
      };
}

/** A warning that comes when the money is spent. */
export function* judgeBudget({ budget }: Pick<Cluster, 'budget'>): Generator<SettingsProblem> {
  for (const [i, alert] of budget.alerts.entries())
    if (alert > budget.monthly)
      yield {
        path: `budget.alerts.${i}`,
        message: `${alert} is above the budget, ${budget.monthly}; it would never warn in time`,
      };
}

/** Zones of another region, or too few of them. */
export function* judgeZones({
  network,
  region,
}: {
  readonly network: Pick<Cluster['network'], 'zones'>;
  readonly region: string;
}): Generator<SettingsProblem> {
  // EKS, a load balancer and a subnet group of RDS each refuse one zone.
  if (network.zones.length < 2)
    yield { path: 'network.zones', message: `has ${network.zones.length}; EKS and RDS need at least 2` };
  for (const [i, zone] of network.zones.entries()) {
    if (zone.slice(0, -1) !== region)
      yield {
        path: `network.zones.${i}`,
        message: `${quoted(zone)} is not a zone of ${region}; write for example ${region}a`,
      };
    if (network.zones.indexOf(zone) !== i)
      yield {
        path: `network.zones.${i}`,
        message: `${quoted(zone)} is there twice; each zone has one subnet of a kind`,
      };
  }
}

function* hosts(cluster: Cluster): Generator<SettingsProblem> {
  const { zone, internalZone, parentZone } = cluster.aws.dns;
  for (const name of ['argocd', 'jenkins'] as const)
    if (!oneBelow(cluster.hosts[name], internalZone))
      yield {
        path: `hosts.${name}`,
        message: `${quoted(cluster.hosts[name])} is not one name below ${internalZone}, which its certificate is for`,
      };
  if (!inZone(cluster.hosts.webhooks, zone)) yield outside('hosts.webhooks', cluster.hosts.webhooks, cluster);
  if (!inZone(internalZone, zone) || internalZone === zone)
    yield {
      path: 'aws.dns.internalZone',
      message: `${quoted(internalZone)} is not below ${zone}, in which its certificate is validated`,
    };
  if (parentZone && (parentZone === zone || !zone.endsWith(`.${parentZone}`)))
    yield {
      path: 'aws.dns.parentZone',
      message: `${quoted(parentZone)} is not above ${zone}; it could not delegate it`,
    };
  const { returnPath } = cluster.aws.mail;
  if (returnPath === zone || !returnPath.endsWith(`.${zone}`))
    yield {
      path: 'aws.mail.returnPath',
      message: `${quoted(returnPath)} is not below ${zone}; SES takes only a subdomain`,
    };
}

function* notices({ budget, aws }: Cluster): Generator<SettingsProblem> {
  const { zone } = aws.dns;
  const addresses = Object.entries(budget.addresses).map(
    ([i, address]) => [`budget.addresses.${i}`, address] as const,
  );
  for (const [path, address] of [...addresses, ['aws.mail.reports', aws.mail.reports] as const])
    if (inZone(address.slice(address.indexOf('@') + 1), zone))
      yield {
        path,
        message: `${quoted(address)} is of ${zone}, which sends mail and receives none; write another`,
      };
  if (budget.addresses.length === 0)
    yield { path: 'budget.addresses', message: 'is empty; a budget without an address tells nobody, write one' };
  // AWS Budgets takes five notifications a budget, and each one at once.
  if (budget.alerts.length > 5)
    yield { path: 'budget.alerts', message: `has ${budget.alerts.length}; AWS takes at most 5 a budget` };
}

/** What the charts build and pull must be there. */
function* repositories({ aws, jenkins, system }: Cluster): Generator<SettingsProblem> {
  if (aws.repositories[system.name]?.mutable !== false)
    yield {
      path: `aws.repositories.${system.name}`,
      message: 'must be there with mutable: false; a deploy names an image that cannot change',
    };
  const cache = jenkins.agents.docker.cacheRepository;
  if (aws.repositories[cache]?.mutable !== true)
    yield {
      path: 'aws.repositories',
      message: `has no mutable ${quoted(cache)}, which is jenkins.agents.docker.cacheRepository; add it`,
    };
  const taken = new Set(Object.keys(aws.repositories).map((name) => name.split('/')[0]));
  for (const [upstream, { prefix }] of Object.entries(aws.pullThrough)) {
    if (taken.has(prefix))
      yield {
        path: `aws.pullThrough.${upstream}.prefix`,
        message: `${quoted(prefix)} is also that of other repositories; copies need one of their own`,
      };
    taken.add(prefix);
  }
}

/** "General Purpose SSD volumes" in the guide of EBS, and the image of a node of EKS, which is 20 GiB large. */
function* disks({ nodeGroups, aws }: Cluster): Generator<SettingsProblem> {
  const { diskIops, diskThroughput } = aws.nodes;
  if (diskThroughput * 4 > diskIops)
    yield {
      path: 'aws.nodes.diskThroughput',
      message: `${diskThroughput} is more than a quarter of diskIops, ${diskIops}, which gp3 does not do; raise diskIops`,
    };
  for (const [name, { disk }] of Object.entries(nodeGroups)) {
    const size = mebibytes(disk) / 1024;
    if (size < 20 || size > 16_384)
      yield { path: `nodeGroups.${name}.disk`, message: `${disk} is not between 20Gi and 16384Gi` };
    else if (diskIops > 3000 && diskIops > 500 * size)
      yield {
        path: 'aws.nodes.diskIops',
        message: `${diskIops} is more than 500 for each GiB of nodeGroups.${name}.disk, ${disk}, which gp3 does not do; lower it`,
      };
  }
}

/** kube-proxy is part of Kubernetes, and is of its minor version. */
function* versions({ aws, kubernetes }: Cluster): Generator<SettingsProblem> {
  const proxy = aws.addOns['kube-proxy'];
  if (!proxy.startsWith(`v${kubernetes}.`))
    yield {
      path: 'aws.addOns.kube-proxy',
      message: `${proxy} is not of Kubernetes ${kubernetes}; pin one of v${kubernetes}`,
    };
}

function inZone(host: string, zone: string): boolean {
  return host === zone || host.endsWith(`.${zone}`);
}

/** A certificate of `*.zone` is for one label more, and no other depth. */
function oneBelow(host: string, zone: string): boolean {
  return host.endsWith(`.${zone}`) && !host.slice(0, -zone.length - 1).includes('.');
}

/** A host that no certificate of the zone is for. */
export function* judgeHost(host: string, settings: InZone): Generator<SettingsProblem> {
  if (!inZone(host, settings.aws.dns.zone)) yield outside('host', host, settings);
}

interface InZone {
  readonly aws: { readonly dns: { readonly zone: string } };
}

function outside(path: string, host: string, { aws }: InZone): SettingsProblem {
  return { path, message: `${quoted(host)} is not in the zone ${aws.dns.zone}; nobody could find it` };
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}
