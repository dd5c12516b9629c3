/** Hours of a month, as AWS' own calculator counts them. */
export const hours = 730;

/** What the table is of, and when it was written down. */
export const region = 'us-east-1';
export const asOf = '2026-11-21';

interface Price {
  /** Dollars, on demand and without tax, for one of `unit`. */
  readonly price: number;
  readonly unit: string;
  /** Where the seller publishes it. */
  readonly source: string;
  /** What else says so. The sellers' pages were not asked when the table was written: only a bill is proof. */
  readonly checked: string;
}

const aws = (page: string) => `https://aws.amazon.com/${page}`;
const unchecked = 'nothing else was found that says so';

export const prices = {
  'eks.cluster': {
    price: 0.1,
    unit: 'hour',
    source: aws('eks/pricing/'),
    checked: '$73.00 for 730 h in public infracost breakdowns',
  },
  'ec2.t3.medium': {
    price: 0.0416,
    unit: 'hour',
    source: aws('ec2/pricing/on-demand/'),
    checked: '$30.37 for 730 h in public cost pages of EKS clusters',
  },
  'ec2.t3.large': {
    price: 0.0832,
    unit: 'hour',
    source: aws('ec2/pricing/on-demand/'),
    checked: '$60.74 for 730 h in public infracost breakdowns',
  },
  'ec2.t3.xlarge': {
    price: 0.1664,
    unit: 'hour',
    source: aws('ec2/pricing/on-demand/'),
    checked: 'twice a t3.large, as AWS prices the family',
  },
  'ec2.t3a.medium': { price: 0.0376, unit: 'hour', source: aws('ec2/pricing/on-demand/'), checked: unchecked },
  'ec2.t3a.large': {
    price: 0.0752,
    unit: 'hour',
    source: aws('ec2/pricing/on-demand/'),
    checked: 'twice a t3a.medium, as AWS prices the family',
  },
  'ec2.m7i.large': { price: 0.1008, unit: 'hour', source: aws('ec2/pricing/on-demand/'), checked: unchecked },
  'ec2.cpu-credits': { price: 0.05, unit: 'vCPU-hour', source: aws('ec2/pricing/on-demand/'), checked: unchecked },
  'ebs.gp3': {
    price: 0.08,
    unit: 'GB-month',
    source: aws('ebs/pricing/'),
    checked: '$0.08 in public cost pages of EKS clusters',
  },
  'ebs.gp3.iops': { price: 0.005, unit: 'IOPS-month above 3000', source: aws('ebs/pricing/'), checked: unchecked },
  'ebs.gp3.throughput': {
    price: 0.04,
    unit: 'MiB/s-month above 125',
    source: aws('ebs/pricing/'),
    checked: unchecked,
  },
  'ebs.snapshot': { price: 0.05, unit: 'GB-month', source: aws('ebs/pricing/'), checked: unchecked },
  'alb.hour': {
    price: 0.0225,
    unit: 'hour',
    source: aws('elasticloadbalancing/pricing/'),
    checked: '$16.43 for 730 h in public infracost breakdowns; the design: $16',
  },
  'alb.lcu': {
    price: 0.008,
    unit: 'LCU-hour',
    source: aws('elasticloadbalancing/pricing/'),
    checked: '$5.84 an LCU for 730 h in public infracost breakdowns; the design',
  },
  'nat.hour': {
    price: 0.045,
    unit: 'hour',
    source: aws('vpc/pricing/'),
    checked: '$32.85 for 730 h in public cost pages of EKS clusters',
  },
  'nat.gb': { price: 0.045, unit: 'GB', source: aws('vpc/pricing/'), checked: unchecked },
  ipv4: { price: 0.005, unit: 'address-hour', source: aws('vpc/pricing/'), checked: 'since 2024-02-01' },
  'transfer.internet': {
    price: 0.09,
    unit: 'GB above 100 a month',
    source: aws('ec2/pricing/on-demand/#Data_Transfer'),
    checked: unchecked,
  },
  'transfer.zone': {
    price: 0.01,
    unit: 'GB, each way',
    source: aws('ec2/pricing/on-demand/#Data_Transfer'),
    checked: unchecked,
  },
  'rds.db.t3.micro': {
    price: 0.018,
    unit: 'hour',
    source: aws('rds/postgresql/pricing/'),
    checked: '$13.14 for 730 h in public infracost breakdowns',
  },
  'rds.db.t3.small': {
    price: 0.036,
    unit: 'hour',
    source: aws('rds/postgresql/pricing/'),
    checked: 'a multiple of db.t3.micro, as AWS prices the family',
  },
  'rds.db.t3.medium': {
    price: 0.072,
    unit: 'hour',
    source: aws('rds/postgresql/pricing/'),
    checked: 'a multiple of db.t3.micro, as AWS prices the family',
  },
  'rds.db.t4g.micro': { price: 0.016, unit: 'hour', source: aws('rds/postgresql/pricing/'), checked: unchecked },
  'rds.db.t4g.small': { price: 0.032, unit: 'hour', source: aws('rds/postgresql/pricing/'), checked: unchecked },
  'rds.db.t4g.medium': { price: 0.065, unit: 'hour', source: aws('rds/postgresql/pricing/'), checked: unchecked },
  'rds.db.m7g.large': { price: 0.168, unit: 'hour', source: aws('rds/postgresql/pricing/'), checked: unchecked },
  'rds.gp3': { price: 0.115, unit: 'GB-month', source: aws('rds/postgresql/pricing/'), checked: unchecked },
  'elasticache.cache.t4g.micro': {
    price: 0.016,
    unit: 'hour',
    source: aws('elasticache/pricing/'),
    checked: '$23.36 for two and 730 h in a public infracost breakdown (other regions: $12.41 for one)',
  },
  'elasticache.cache.t4g.small': {
    price: 0.032,
    unit: 'hour',
    source: aws('elasticache/pricing/'),
    checked: 'a multiple of cache.t4g.micro, as AWS prices the family',
  },
  'elasticache.cache.t4g.medium': {
    price: 0.065,
    unit: 'hour',
    source: aws('elasticache/pricing/'),
    checked: 'a multiple of cache.t4g.micro, as AWS prices the family',
  },
  'elasticache.cache.t3.micro': {
    price: 0.017,
    unit: 'hour',
    source: aws('elasticache/pricing/'),
    checked: unchecked,
  },
  'elasticache.cache.t3.small': {
    price: 0.034,
    unit: 'hour',
    source: aws('elasticache/pricing/'),
    checked: unchecked,
  },
  'elasticache.cache.m7g.large': {
    price: 0.158,
    unit: 'hour',
    source: aws('elasticache/pricing/'),
    checked: unchecked,
  },
  'elasticache.snapshot': {
    price: 0.085,
    unit: 'GB-month beyond one snapshot',
    source: aws('elasticache/pricing/'),
    checked: unchecked,
  },
  secret: { price: 0.4, unit: 'secret-month', source: aws('secrets-manager/pricing/'), checked: unchecked },
  'secret.calls': {
    price: 0.05,
    unit: '10,000 calls',
    source: aws('secrets-manager/pricing/'),
    checked: unchecked,
  },
  'kms.key': { price: 1.0, unit: 'key-month', source: aws('kms/pricing/'), checked: unchecked },
  'kms.calls': {
    price: 0.03,
    unit: '10,000 calls above 20,000 a month',
    source: aws('kms/pricing/'),
    checked: unchecked,
  },
  'logs.ingest': { price: 0.5, unit: 'GB', source: aws('cloudwatch/pricing/'), checked: unchecked },
  'logs.keep': { price: 0.03, unit: 'GB-month', source: aws('cloudwatch/pricing/'), checked: unchecked },
  alarm: { price: 0.1, unit: 'alarm-month', source: aws('cloudwatch/pricing/'), checked: unchecked },
  'cloudwatch.metrics': {
    price: 0.01,
    unit: '1,000 metrics read',
    source: aws('cloudwatch/pricing/'),
    checked: unchecked,
  },
  'route53.zone': {
    price: 0.5,
    unit: 'zone-month',
    source: aws('route53/pricing/'),
    checked: '$0.50 in public cost pages',
  },
  ecr: { price: 0.1, unit: 'GB-month', source: aws('ecr/pricing/'), checked: unchecked },
  s3: { price: 0.023, unit: 'GB-month', source: aws('s3/pricing/'), checked: unchecked },
  ses: { price: 0.1, unit: '1,000 mails', source: aws('ses/pricing/'), checked: unchecked },
  'datadog.host': {
    price: 15,
    unit: 'host-month',
    source: 'https://www.datadoghq.com/pricing/',
    checked: "the design's own figure, billed annually",
  },
  'datadog.synthetics': {
    price: 5,
    unit: '10,000 API test runs',
    source: 'https://www.datadoghq.com/pricing/',
    checked: unchecked,
  },
  sentry: {
    price: 26,
    unit: 'month',
    source: 'https://sentry.io/pricing/',
    checked: "the design's own figure, billed annually",
  },
} satisfies Record<string, Price>;

/**
 * Dollars for one unit.
 *
 * @throws Error for what the table does not have
 */
export function price(id: string): number {
  const found = (prices as Record<string, Price>)[id];
  if (!found) throw new Error(`review/cost/prices.ts: has no price of ${id}; add it, with its unit and source`);
  return found.price;
}
