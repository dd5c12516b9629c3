import { databaseClasses, kubeletCpu, kubeletMemory } from '../../../charts/environments/infrastructure';
import { frozen } from '../../support/frozen';
import { problemsOf } from '../../support/problems';

const production = (change: (environment: any) => void) => (settings: any) => change(settings.environments[0]);
const staging = (change: (environment: any) => void) => (settings: any) => change(settings.environments[1]);
const cluster = (change: (cluster: any) => void) => (settings: any) => change(settings.cluster);
const network = (change: (network: any) => void) => cluster(({ network }) => change(network));
const aws = (change: (aws: any) => void) => cluster(({ aws }) => change(aws));
const data = (change: (aws: any) => void) => production(({ aws }) => change(aws));

const wrong: [string, (settings: any) => void, string][] = [
  [
    'an instance type that nobody has sized',
    cluster((c) => (c.nodeGroups.app.instanceType = 't3.medum')),
    'nodeGroups.app.instanceType: "t3.medum" is not a valid instance type; use one of t3.medium',
  ],
  [
    'a class that RDS does not have',
    data((a) => (a.database.instance = 'db.t3.nano')),
    'aws.database.instance: "db.t3.nano" is not a valid class of RDS; use one of db.t3.micro',
  ],
  [
    'a node type that ElastiCache does not have',
    data((a) => (a.cache.node = 't4g.micro')),
    'aws.cache.node: "t4g.micro" is not a valid node type of ElastiCache; use one of cache.t4g.micro',
  ],
  [
    'a version of another PostgreSQL',
    data((a) => (a.database.version = '15.8')),
    'aws.database.version: "15.8" is not a valid version of PostgreSQL 16; write for example 16.10',
  ],
  [
    'a version of another Redis',
    data((a) => (a.cache.version = '6.2')),
    'aws.cache.version: "6.2" is not a valid version of Redis 7; write 7.1',
  ],
  [
    'less storage than RDS has',
    data((a) => (a.database.storage = '10Gi')),
    'aws.database.storage: 10Gi is below the 20Gi that RDS has at least',
  ],
  [
    'storage that cannot grow',
    data((a) => (a.database.maxStorage = '20Gi')),
    'aws.database.maxStorage: 20Gi is not 10 % above storage, 20Gi',
  ],
  [
    'no backups',
    data((a) => (a.database.backupRetention = 0)),
    'aws.database.backupRetention: 0 is too small; the least is 1',
  ],
  [
    'backups for longer than RDS keeps them',
    data((a) => (a.database.backupRetention = 36)),
    'aws.database.backupRetention: 36 is too large; the most is 35',
  ],
  [
    'a backup during maintenance',
    data((a) => (a.database.backupWindow = '09:30-10:30')),
    'aws.database.backupWindow: 09:30-10:30 overlaps the maintenance window, sun:09:00-sun:10:00',
  ],
  [
    'a backup over midnight that meets maintenance',
    data((a) => {
      a.database.backupWindow = '23:30-00:30';
      a.database.maintenanceWindow = 'mon:00:00-mon:01:00';
    }),
    'aws.database.backupWindow: 23:30-00:30 overlaps the maintenance window, mon:00:00-mon:01:00',
  ],
  [
    'migrations while RDS may restart',
    production((e) => (e.migrations.window = '09:30-10:30')),
    'migrations.window: 09:30-10:30 overlaps the maintenance window, sun:09:00-sun:10:00',
  ],
  [
    "migrations during RDS' own backup",
    production((e) => (e.migrations.window = '07:00-08:15')),
    "migrations.window: 07:00-08:15 overlaps RDS' own backup, mon:08:00-mon:08:30",
  ],
  [
    'a window for nobody',
    production((e) => Object.assign(e.migrations, { startedBy: 'commit', window: '11:00-13:00' })),
    'migrations.window: is for a person, and a commit starts them; remove it',
  ],
  [
    'a window in words',
    data((a) => (a.cache.snapshotWindow = 'at night')),
    'aws.cache.snapshotWindow: "at night" is not a valid daily window; write for example 08:30-09:30, in UTC',
  ],
  [
    'uploads moved before cheaper storage is cheaper',
    data((a) => (a.uploads.infrequentAfter = 7)),
    'aws.uploads.infrequentAfter: 7 is too small; the least is 30',
  ],
  [
    'a public page that is not a valid path',
    data((a) => (a.cdn.publicPages = ['events'])),
    'aws.cdn.publicPages.0: "events" is not a valid path; write for example /events/*',
  ],
  [
    'a retention that CloudWatch does not know',
    data((a) => (a.database.logRetention = 10)),
    'aws.database.logRetention: 10 is not a retention that CloudWatch knows',
  ],
  [
    'a database nowhere',
    production((e) => delete e.aws),
    'production.ts: aws: is missing, and so is inCluster; say where the database and Redis are',
  ],
  [
    'a database in two places',
    production((e) => (e.inCluster = structuredClone(frozen.environments[1]?.inCluster))),
    'production.ts: aws: is set beside inCluster; an environment has one database',
  ],
  [
    'a second environment on AWS',
    staging((e) => {
      e.aws = structuredClone(frozen.environments[0]?.aws);
      delete e.inCluster;
    }),
    'staging.ts: aws: is set, but only the production stack is declared',
  ],
  [
    'a CDN without AWS',
    staging((e) => (e.assetsHost = 'assets-staging.eren.washu.edu')),
    'staging.ts: assetsHost: "assets-staging.eren.washu.edu" needs a CDN, which only aws has',
  ],
  [
    'AWS without a host of its CDN',
    production((e) => delete e.assetsHost),
    'production.ts: assetsHost: is missing',
  ],
  [
    'a host outside the zone',
    staging((e) => (e.host = 'staging.example.org')),
    'staging.ts: host: "staging.example.org" is not in the zone eren.washu.edu; nobody could find it',
  ],
  [
    'two subnets that want the same addresses',
    network((n) => (n.privateSubnets[1] = '10.0.32.128/25')),
    'network.privateSubnets.1: 10.0.32.128/25 overlaps network.privateSubnets.0, 10.0.32.0/20',
  ],
  [
    'a subnet outside the VPC',
    network((n) => (n.databaseSubnets[0] = '10.1.21.0/24')),
    'network.databaseSubnets.0: 10.1.21.0/24 is outside the VPC, 10.0.0.0/16',
  ],
  [
    'a range that begins in the middle of itself',
    network((n) => (n.publicSubnets[0] = '10.0.1.7/24')),
    'network.publicSubnets.0: 10.0.1.7/24 does not begin at a border of its size; write 10.0.1.0/24',
  ],
  [
    'a subnet smaller than AWS has',
    network((n) => (n.publicSubnets[0] = '10.0.1.0/29')),
    'network.publicSubnets.0: 10.0.1.0/29 is too small',
  ],
  [
    'a subnet with too few whole prefixes for its nodes',
    network((n) => (n.privateSubnets[0] = '10.0.32.0/24')),
    'network.privateSubnets.0: 10.0.32.0/24 has 14 whole prefixes of 16 addresses; 7 nodes in this zone, with those of a group that is replaced, take 21 for their pods, and 40 single addresses may break as many; take a /22 or larger',
  ],
  [
    'a second zone too small for its nodes',
    network((n) => (n.privateSubnets[1] = '10.0.48.0/23')),
    'network.privateSubnets.1: 10.0.48.0/23 has 30 whole prefixes of 16 addresses; 4 nodes in this zone',
  ],
  [
    'a group that takes the prefixes of the others',
    cluster(
      (c) => (c.nodeGroups.more = { ...c.nodeGroups.app, workload: 'more', maxPods: 110, min: 18, max: 18 }),
    ),
    'network.privateSubnets.0: 10.0.32.0/20 has 254 whole prefixes of 16 addresses; 25 nodes in this zone',
  ],
  [
    'a VPC larger than AWS has',
    network((n) => (n.vpc = '10.0.0.0/12')),
    'network.vpc: 10.0.0.0/12 is not a valid size of a VPC; AWS takes /16 to /28',
  ],
  [
    'Services where the VPC is',
    network((n) => (n.services = '10.0.128.0/20')),
    'network.services: 10.0.128.0/20 overlaps the VPC, 10.0.0.0/16',
  ],
  [
    'fewer zones than subnets',
    network((n) => n.zones.pop()),
    'network.privateSubnets: has 2 ranges for 1 zones; write one for each zone',
  ],
  ['one zone', network((n) => n.zones.pop()), 'network.zones: has 1; EKS and RDS need at least 2'],
  [
    'a zone of another region',
    network((n) => (n.zones[1] = 'us-west-2a')),
    'network.zones.1: "us-west-2a" is not a zone of us-east-1; write for example us-east-1a',
  ],
  [
    'the same zone twice',
    network((n) => (n.zones[1] = 'us-east-1a')),
    'network.zones.1: "us-east-1a" is there twice',
  ],
  [
    'a budget without an address',
    cluster((c) => (c.budget.addresses = [])),
    'budget.addresses: is empty; a budget without an address tells nobody, write one',
  ],
  [
    'an address that is none',
    cluster((c) => (c.budget.addresses = ['operations'])),
    'budget.addresses.0: "operations" is not a valid mail address; write for example team@example.org',
  ],
  [
    'an address that no mail reaches',
    cluster((c) => (c.budget.addresses = ['team@eren.washu.edu'])),
    'budget.addresses.0: "team@eren.washu.edu" is of eren.washu.edu, which sends mail and receives none',
  ],
  [
    'more alerts than a budget has',
    cluster((c) => (c.budget.alerts = [100, 200, 300, 400, 500, 600])),
    'budget.alerts: has 6; AWS takes at most 5 a budget',
  ],
  [
    'an API that the world reaches',
    aws((a) => (a.api.publicAccess = ['0.0.0.0/8'])),
    'aws.api.publicAccess.0: "0.0.0.0/8" is more than a network of your own',
  ],
  [
    'an administrator who is an account',
    aws((a) => (a.api.administrators = ['arn:aws:iam::123456789012:root'])),
    'aws.api.administrators.0: "arn:aws:iam::123456789012:root" is not the ARN of a role or user',
  ],
  [
    'an add-on without a build',
    aws((a) => (a.addOns.coredns = 'v1.13.2')),
    'aws.addOns.coredns: "v1.13.2" is not a version of an EKS add-on',
  ],
  ['an add-on that is not pinned', aws((a) => delete a.addOns['vpc-cni']), 'aws.addOns.vpc-cni: is missing'],
  [
    'kube-proxy of another Kubernetes',
    aws((a) => (a.addOns['kube-proxy'] = 'v1.34.6-eksbuild.13')),
    'aws.addOns.kube-proxy: v1.34.6-eksbuild.13 is not of Kubernetes 1.35; pin one of v1.35',
  ],
  [
    'an internal host that its certificate is not for',
    cluster((c) => (c.hosts.jenkins = 'jenkins.ci.internal.eren.washu.edu')),
    'hosts.jenkins: "jenkins.ci.internal.eren.washu.edu" is not one name below internal.eren.washu.edu',
  ],
  [
    'an internal zone somewhere else',
    aws((a) => (a.dns.internalZone = 'eren.internal')),
    'aws.dns.internalZone: "eren.internal" is not below eren.washu.edu',
  ],
  [
    'a parent that is none',
    aws((a) => (a.dns.parentZone = 'wustl.edu')),
    'aws.dns.parentZone: "wustl.edu" is not above eren.washu.edu; it could not delegate it',
  ],
  [
    'a return path that is the zone itself',
    aws((a) => (a.mail.returnPath = 'eren.washu.edu')),
    'aws.mail.returnPath: "eren.washu.edu" is not below eren.washu.edu',
  ],
  [
    'images that may be overwritten',
    aws((a) => (a.repositories['e-ren'].mutable = true)),
    'aws.repositories.e-ren: must be there with mutable: false',
  ],
  [
    'no repository for the build cache',
    aws((a) => delete a.repositories['e-ren-cache']),
    'aws.repositories: has no mutable "e-ren-cache", which is jenkins.agents.docker.cacheRepository',
  ],
  [
    'a key that is gone before anybody notices',
    aws((a) => (a.recovery.keys = 1)),
    'aws.recovery.keys: 1 is too small; the least is 7',
  ],
  ['a setting that nobody reads', aws((a) => (a.flowlogs = {})), 'aws.flowlogs: is an unknown field; remove it'],
];

test.each(wrong)('%s is refused, with a remedy', (_, change, problem) => {
  expect(problemsOf(change).join('\n')).toContain(problem);
});

test('a backup at the minute in which maintenance begins does not overlap it', () => {
  expect(problemsOf(data((a) => (a.database.backupWindow = '08:30-09:00')))).toEqual([]);
});

test('every class of RDS is accepted, and so are three zones', () => {
  for (const name of Object.keys(databaseClasses))
    expect(problemsOf(data((a) => (a.database.instance = name)))).toEqual([]);
  const threeZones = network((n) => {
    n.zones.push('us-east-1c');
    n.publicSubnets.push('10.0.3.0/24');
    n.privateSubnets.push('10.0.64.0/20');
    n.databaseSubnets.push('10.0.23.0/24');
  });
  expect(problemsOf(threeZones)).toEqual([]);
});

test("the kubelet's reserve is EKS' own formula", () => {
  // awslabs/amazon-eks-ami: 442 MiB and 70m for the 17 pods of a t3.medium, 1465 MiB for 110 pods.
  expect([kubeletMemory(17), kubeletMemory(110), kubeletMemory(35)]).toEqual([442, 1465, 640]);
  expect([kubeletCpu(1), kubeletCpu(2), kubeletCpu(4), kubeletCpu(8)]).toEqual([60, 70, 80, 90]);
});
