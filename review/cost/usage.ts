/**
 * What a month takes of things that are billed by use. Nobody has measured it: these are what we reckon with until the
 * first bill, and each says why.
 */
export const usage = {
  /** Hours with all autoscalers at their maximum: two evenings' hours a day, canaries among them. */
  busyHours: 60,
  /** Hours of these with a canary of production: one on each of 22 days, with the half hour until its nodes are gone. */
  canaryHours: 22,
  /** What stays empty of nodes because no pod fits: the lives that the proof of nodes plays for our settings leave a seventh. */
  gaps: 0.15,
  /** Node-hours of builds: 20 builds on each of 22 days, 15 minutes and the 10 until the autoscaler takes the node away. */
  buildNodeHours: 180,
  /** Days of previews, all together: ten pull requests of two days. */
  previewDays: 20,
  /** The share of these in which all CPU is busy: the 15 minutes. What it earns in the others pays for them. */
  buildShare: 0.6,
  /** What a Spot node costs of the price on demand. AWS says at most 90 % less; of small types it has been about half. */
  spot: 0.5,
  /** GB to the internet: the design's figure. Beyond CloudFront's, which are free up to 1 TB. */
  internet: 5,
  /** GB through the NAT gateway: images of other registries, Datadog, Sentry, GitHub. ECR's layers come by S3's endpoint. */
  nat: 50,
  /** GB between zones: half of what pods, database and cache say to each other. */
  betweenZones: 100,
  /** Load balancer units of the public ones in busy hours, when every second request opens a connection: 25 a second are one. */
  publicUnits: 1,
  /** The same in the other hours, and of the internal one: checks, and a few people. */
  internalUnits: 0.1,
  /** GB of logs: control plane, database, and what the VPC refused. */
  logs: 6,
  /** What is free for ever at CloudWatch: GB of logs, and alarms. */
  free: { logs: 5, alarms: 10 },
  /** GB of images and build cache; layers are shared. */
  images: 15,
  /** GB of uploads and assets with their versions. */
  files: 15,
  /** Mails: 1000 students, one on each of 20 days. */
  mails: 20_000,
  /** GB of the volume's snapshots: the first is whole, the others are what changed. */
  snapshots: 30,
  /** Metrics that Datadog reads of CloudWatch: about 100, every ten minutes. */
  metrics: 440_000,
} as const;

/**
 * What one request takes, of the small app of the real suite (docs/real-components.md): a larger app takes more, and the first
 * load test says how much.
 */
export const request = {
  /** Milliseconds of CPU: 50 a second kept 1.3 CPUs busy, with the database, the load balancer and the users on the same machine. */
  cpu: 26,
  /** Milliseconds of a connection to the database: 50 a second had three. */
  connection: 60,
  /** KiB of a session in Redis: not measured. */
  session: 4,
  /** People at the peak, each with a session: the design's most. */
  people: 1000,
} as const;
