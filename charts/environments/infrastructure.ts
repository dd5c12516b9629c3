import * as v from 'valibot';
import { between, bytes, cidr, count, dnsName, percent, repositoryName, textForm, zone } from './units';
import { quoted } from './visible';

/**
 * What only Terraform reads: the AWS side of the cluster and of an environment. What the charts read too (node groups,
 * hosts, `connections.max`) stands where it always stood, and the stacks take it from there. The cost proof prices
 * these same values.
 */

/**
 * What an EC2 instance of a node group has; a type that is not here has not been sized. `architecture` is what images must
 * be built for, in the words of Kubernetes' label `kubernetes.io/arch`.
 */
export const instanceTypes = {
  't3.medium': { vcpu: 2, memory: '4Gi', burstable: true, architecture: 'amd64' },
  't3.large': { vcpu: 2, memory: '8Gi', burstable: true, architecture: 'amd64' },
  't3.xlarge': { vcpu: 4, memory: '16Gi', burstable: true, architecture: 'amd64' },
  't3a.medium': { vcpu: 2, memory: '4Gi', burstable: true, architecture: 'amd64' },
  't3a.large': { vcpu: 2, memory: '8Gi', burstable: true, architecture: 'amd64' },
  't4g.medium': { vcpu: 2, memory: '4Gi', burstable: true, architecture: 'arm64' },
  't4g.large': { vcpu: 2, memory: '8Gi', burstable: true, architecture: 'arm64' },
  't4g.xlarge': { vcpu: 4, memory: '16Gi', burstable: true, architecture: 'arm64' },
  'm7i.large': { vcpu: 2, memory: '8Gi', burstable: false, architecture: 'amd64' },
  'm7g.large': { vcpu: 2, memory: '8Gi', burstable: false, architecture: 'arm64' },
} as const;

export type InstanceTypeOf = (typeof instanceTypes)[keyof typeof instanceTypes];

/** Classes of RDS that PostgreSQL 16 runs on; all of them have Performance Insights with it. */
export const databaseClasses = {
  'db.t3.micro': { vcpu: 2, memory: '1Gi' },
  'db.t3.small': { vcpu: 2, memory: '2Gi' },
  'db.t3.medium': { vcpu: 2, memory: '4Gi' },
  'db.t4g.micro': { vcpu: 2, memory: '1Gi' },
  'db.t4g.small': { vcpu: 2, memory: '2Gi' },
  'db.t4g.medium': { vcpu: 2, memory: '4Gi' },
  'db.m7g.large': { vcpu: 2, memory: '8Gi' },
} as const;

/** Node types of ElastiCache that Redis 7 runs on; `maxmemory` as AWS documents it, before a quarter is reserved. */
export const cacheNodeTypes = {
  'cache.t4g.micro': { memory: '512Mi' },
  'cache.t4g.small': { memory: '1402Mi' },
  'cache.t4g.medium': { memory: '3164Mi' },
  'cache.t3.micro': { memory: '512Mi' },
  'cache.t3.small': { memory: '1402Mi' },
  'cache.m7g.large': { memory: '6525Mi' },
} as const;

/**
 * Registries whose images ECR can keep copies of: the address that it asks, and whether it asks with an account. "Sync an
 * upstream registry with an Amazon ECR private registry" in the guide of ECR.
 */
export const upstreams = {
  'docker.io': { address: 'registry-1.docker.io', account: true },
  'ghcr.io': { address: 'ghcr.io', account: true },
  'public.ecr.aws': { address: 'public.ecr.aws', account: false },
  'quay.io': { address: 'quay.io', account: false },
  'registry.k8s.io': { address: 'registry.k8s.io', account: false },
} as const;
export type Upstream = keyof typeof upstreams;

/** A name of the table, or what is wrong with it: AWS would say so only halfway through an apply. */
export function named<T extends string>(table: Readonly<Record<T, unknown>>, what: string) {
  const names = Object.keys(table) as T[];
  return v.picklist(
    names,
    ({ input }) =>
      `${quoted(input)} is not a valid ${what}; use one of ${names.join(', ')}, or add it to charts/environments/infrastructure.ts`,
  );
}

/** Days that CloudWatch keeps logs; it takes no number between these. */
export const logDays = v.picklist(
  [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731],
  ({ input }) => `${quoted(input)} is not a retention that CloudWatch knows; use 7, 14, 30, 60, 90 or 365`,
);
/** AWS' clock time of a daily window, UTC; at least 30 minutes. */
export const dailyWindow = textForm(
  /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/,
  'is not a valid daily window; write for example 08:30-09:30, in UTC',
);
const weeklyWindow = textForm(
  /^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):[0-5]\d$/,
  'is not a valid weekly window; write for example sun:09:30-sun:10:30, in UTC',
);
const addOnVersion = textForm(
  /^v\d+\.\d+\.\d+-eksbuild\.\d+$/,
  'is not a version of an EKS add-on; write for example v1.22.4-eksbuild.3, as `aws eks describe-addon-versions` lists it',
);
const principal = textForm(
  /^arn:aws:iam::\d{12}:(role|user)\/[\w+=,.@/-]{1,576}$/,
  'is not the ARN of a role or user; write for example arn:aws:iam::123456789012:role/eren-operators',
);
export const email = textForm(
  /^[\w.+-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63}){1,5}$/i,
  'is not a valid mail address; write for example team@example.org',
);
/** "Tag naming limits" of the guide of EC2; what begins with `aws:` is AWS's own. */
const tag = textForm(
  /^(?!aws:)[\w .:/=+@-]{1,128}$/i,
  'is not a valid tag; use at most 128 letters, digits, spaces and . : / = + - @ _, and no aws: before them',
);

/** A VPC, and a subnet of each kind in each zone. */
export const network = v.strictObject({
  vpc: cidr,
  zones: v.array(zone),
  publicSubnets: v.array(cidr),
  privateSubnets: v.array(cidr),
  databaseSubnets: v.array(cidr),
  natGatewayPerZone: v.boolean(),
});
/** What the VPC let through and refused is logged, and kept so many days. */
export const flowLogs = v.strictObject({ traffic: v.picklist(['ALL', 'ACCEPT', 'REJECT']), retention: logDays });
/** Repositories of images, and how many pushed images each keeps. What is untagged goes after a day. */
export const repositories = v.record(
  repositoryName,
  v.strictObject({ keep: count(1, 1000), mutable: v.boolean() }),
);
/** Tags of every resource, by which the bill is split. */
export const tags = v.record(tag, tag);
/** Dollars a month: what may be spent, and when whom is told. The addresses are told of CloudWatch's alarms too. */
export const budget = v.strictObject({ monthly: count(1), alerts: v.array(count(1)), addresses: v.array(email) });

/** The cluster's AWS side, `aws` in cluster.ts. */
export const clusterOnAws = v.strictObject({
  /** Tags of every resource of both stacks, and of what controllers make: the bill is split by them. */
  tags,
  api: v.strictObject({
    /** Who reaches the API server from the internet. Empty: it has only its private address. */
    publicAccess: v.array(cidr),
    /** Roles and users that administer the cluster, beside whoever creates it. */
    administrators: v.array(principal),
    /** Roles and users that may look at everything but Secrets. */
    viewers: v.array(principal),
    /** How long the control plane's logs are kept, in days. */
    logRetention: logDays,
  }),
  /** Absent: nothing of it is logged. */
  flowLogs: v.optional(flowLogs),
  /** The EKS add-ons, each pinned: `aws eks describe-addon-versions --kubernetes-version 1.35`. */
  addOns: v.strictObject({
    'vpc-cni': addOnVersion,
    coredns: addOnVersion,
    'kube-proxy': addOnVersion,
    'aws-ebs-csi-driver': addOnVersion,
    'eks-pod-identity-agent': addOnVersion,
    'metrics-server': addOnVersion,
  }),
  nodes: v.strictObject({
    /** For burstable instances: `unlimited` is billed beyond what is earned, `standard` is slowed down. */
    cpuCredits: v.picklist(['standard', 'unlimited']),
    /** gp3: what is included in its price is 3000 and 125 (MiB/s). */
    diskIops: count(3000, 16_000),
    diskThroughput: count(125, 1000),
  }),
  dns: v.strictObject({
    /** The public zone; every host of the settings is in it. */
    zone: dnsName,
    /** The private zone of the VPC, for the internal hosts. */
    internalZone: dnsName,
    /** Present: a zone of this account that delegates to ours by itself. Absent: a person asks its owner to. */
    parentZone: v.optional(dnsName),
  }),
  repositories,
  /**
   * Registries whose images nodes pull through this account's, which keeps them: below this prefix, the newest so many of a
   * repository. The settings name images as their registries do.
   */
  pullThrough: v.record(
    named(upstreams, 'registry that ECR keeps copies of'),
    v.strictObject({
      prefix: textForm(
        /^(?=.{2,30}$)[a-z0-9]+([._-][a-z0-9]+)*$/,
        'is not a valid prefix; write 2 to 30 lower-case letters, digits and hyphens, for example docker-hub',
      ),
      keep: count(1, 1000),
    }),
  ),
  recovery: v.strictObject({
    /** Cluster, database and load balancers cannot be deleted. Off only to take everything down (docs/runbooks/first-deploy.md). */
    deletionProtection: v.boolean(),
    /** How long a deleted key or secret can be brought back, in days. */
    keys: count(7, 30),
    secrets: count(7, 30),
    /** Volumes of PostgreSQL in the cluster: a snapshot a day at this time, UTC, and how many are kept. */
    volumes: v.strictObject({
      at: textForm(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a valid time of day; write for example 09:00, in UTC'),
      keep: count(1, 1000),
    }),
  }),
  mail: v.strictObject({
    /** The subdomain that bounces go to, so that SPF is of the zone. */
    returnPath: dnsName,
    /** Whom reports on forged mail go to. */
    reports: email,
  }),
  /** The AWS integration of Datadog: the account that reads, which Datadog publishes, and the external ID it gives. */
  datadog: v.strictObject({
    account: textForm(/^\d{12}$/, 'is not a valid AWS account; write twelve digits'),
    /** From Datadog's page of the integration. Absent until there is one: then there is no role. */
    externalId: v.optional(textForm(/^[\w+=,.@:/-]{2,1224}$/, 'is not a valid external ID; copy it from Datadog')),
  }),
});

/** PostgreSQL of RDS. */
export const postgres = v.strictObject({
  instance: named(databaseClasses, 'class of RDS'),
  /** A version of PostgreSQL 16, pinned because a minor version restarts the instance. */
  version: textForm(/^16\.\d{1,2}$/, 'is not a valid version of PostgreSQL 16; write for example 16.10'),
  name: textForm(/^[a-z_][a-z0-9_]{0,62}$/, 'is not a valid database name; write for example eren'),
  storage: bytes,
  /** How far RDS may grow it by itself. */
  maxStorage: bytes,
  multiAz: v.boolean(),
  /** Days. */
  backupRetention: count(1, 35),
  backupWindow: dailyWindow,
  maintenanceWindow: weeklyWindow,
  /** Present: Performance Insights; 7 days cost nothing. */
  performanceInsights: v.optional(v.strictObject({ retention: v.picklist([7, 31, 93, 186, 372, 731]) })),
  /** A statement that takes longer is logged: `log_min_duration_statement`, milliseconds in 32 bits. */
  slowStatement: between('1s', '1h'),
  /** How long the instance's logs are kept, in days. */
  logRetention: logDays,
});

/** Redis of ElastiCache. */
export const redis = v.strictObject({
  node: named(cacheNodeTypes, 'node type of ElastiCache'),
  version: textForm(/^7\.[01]$/, 'is not a valid version of Redis 7; write 7.1'),
  /** Beside the primary; one or more make it Multi-AZ. */
  replicas: count(0, 5),
  /** Days. */
  snapshotRetention: count(1, 35),
  snapshotWindow: dailyWindow,
  maintenanceWindow: weeklyWindow,
});

/** A bucket of files that people have brought. */
export const fileBucket = v.strictObject({
  /** Days after which a version that was replaced or deleted is gone for good. */
  expireReplaced: count(1),
  /** Present: days after which a file moves to cheaper storage, which bills at least 30. */
  infrequentAfter: v.optional(count(30)),
});

/** RDS and ElastiCache of an environment, its buckets and its edge: `aws` beside `inCluster`, exactly one of them. */
export const environmentOnAws = v.strictObject({
  database: postgres,
  cache: redis,
  uploads: fileBucket,
  assets: v.strictObject({
    /** Days after which a replaced or deleted asset is gone for good. */
    expireReplaced: count(1),
  }),
  cdn: v.strictObject({
    /** Where CloudFront answers from: 100 is North America and Europe. */
    priceClass: v.picklist(['PriceClass_100', 'PriceClass_200', 'PriceClass_All']),
    /** The design: 1 hour, a year at the most, as RFC 9111 advises. Names with a digest say longer themselves. */
    assets: between('1s', '8760h'),
    /** The design: 5 minutes. */
    pages: between('1s', '8760h'),
    /**
     * Paths whose pages CloudFront keeps. None: a page with a session must never be cached at the edge. Served at
     * `assetsHost`, because the app's own host is the load balancer's.
     */
    publicPages: v.array(textForm(/^\/[\w./*-]{0,254}$/, 'is not a valid path; write for example /events/*')),
  }),
  /** When CloudWatch writes a mail; what Datadog watches too, told even when Datadog is away. */
  alarms: v.strictObject({
    /** Percent of `storage` that is used; RDS grows by itself at 90. */
    databaseStorage: percent,
    databaseCpu: percent,
    cacheCpu: percent,
  }),
});

/**
 * How the network plugin takes addresses for pods: in prefixes, so that a node starts with all that its pods need. A
 * prefix must be whole; single addresses (of nodes, load balancers, the control plane) break as many as they lie in.
 */
export const podAddresses = {
  /** Addresses of a prefix. */
  prefix: 16,
  /** Kept free beyond what is used. One whole prefix more, the default way, would be one a node for nothing. */
  warm: 4,
  /** Taken at the start of a node. */
  minimum: 16,
} as const;

/** Prefixes of a node that holds all its pods. */
export function prefixesOf(maxPods: number): number {
  return Math.ceil((maxPods + podAddresses.warm) / podAddresses.prefix);
}

/** Where load balancers note requests; a name is the world's, so it has the account's number. */
export function accessLogBucket(
  { system }: { readonly system: { readonly prefix: string } },
  account: string,
): string {
  return `${system.prefix}-load-balancer-logs-${account}`;
}

/** The claim of PostgreSQL in the cluster; EC2 finds the volumes to back up by it. */
export const dataClaim = 'postgres-data';

/** Alarms of CloudWatch for an environment on AWS: three of its database, two of each node of its cache. */
export function alarmsOf({ cache }: Pick<v.InferOutput<typeof environmentOnAws>, 'cache'>): number {
  return 3 + 2 * (1 + cache.replicas);
}

/** Memory that the kubelet keeps for itself, in MiB: EKS' own formula, of the pods a node may have. */
export function kubeletMemory(maxPods: number): number {
  return 255 + 11 * maxPods;
}

/** CPU that the kubelet keeps for itself, in millicores: EKS' own formula, 6 % of the first core, 1 % of the second, … */
export function kubeletCpu(vcpu: number): number {
  return 60 + 10 * Math.min(vcpu - 1, 1) + 5 * Math.min(Math.max(vcpu - 2, 0), 2) + 2.5 * Math.max(vcpu - 4, 0);
}
