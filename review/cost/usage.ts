/**
 * What a month takes of things that are billed by use. Nobody has measured it: these are what we reckon with until the
 * first bill, and each says why.
 */
export const usage = {
  /** Hours with the application nodes at their most: two evenings' hours a day, canaries among them. */
  busyHours: 60,
  /** Node-hours of builds: 20 builds on each of 22 days, 15 minutes and the 10 until the autoscaler takes the node away. */
  buildNodeHours: 180,
  /** Days of previews, all together: ten pull requests of two days. */
  previewDays: 20,
  /** What a Spot node costs of the price on demand. AWS says at most 90 % less; of small types it has been about half. */
  spot: 0.5,
  /** GB to the internet: the design's figure. Beyond CloudFront's, which are free up to 1 TB. */
  internet: 5,
  /** GB through the NAT gateway: images of other registries, Datadog, Sentry, GitHub. ECR's layers come by S3's endpoint. */
  nat: 50,
  /** GB between zones: half of what pods, database and cache say to each other. */
  betweenZones: 100,
  /** Load balancer units of the public one: 50 requests a second at the peak are one new connection in 25. */
  publicUnits: 1,
  internalUnits: 0.1,
  /** GB of logs: control plane, database, and what the VPC refused. */
  logs: 6,
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
