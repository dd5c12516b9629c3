/** A row of the table of costs in a design: what it names, how many, and what it says that costs in a month. */
export interface DesignRow {
  readonly name: string;
  readonly quantity: string;
  readonly says: number;
  /** The same at today's prices: how many of each price of review/cost/prices.json, by the hour or once a month. */
  readonly at: readonly { readonly price: string; readonly count: number; readonly hourly?: true }[];
}

/** The design's table, "Cost Breakdown (per month)". */
export const design: Readonly<Record<string, DesignRow>> = {
  eks: {
    name: 'EKS control plane',
    quantity: '-',
    says: 72,
    at: [{ price: 'eks.cluster', count: 1, hourly: true }],
  },
  app: {
    name: 'EC2 nodes (application)',
    quantity: '2 × t3.medium',
    says: 60,
    at: [{ price: 'ec2.t3.medium', count: 2, hourly: true }],
  },
  jenkins: {
    name: 'EC2 nodes (Jenkins)',
    quantity: '1 × t3.medium',
    says: 30,
    at: [{ price: 'ec2.t3.medium', count: 1, hourly: true }],
  },
  alb: {
    name: 'Application Load Balancer',
    quantity: '-',
    says: 16,
    at: [{ price: 'alb.hour', count: 1, hourly: true }],
  },
  rds: {
    name: 'RDS PostgreSQL',
    quantity: 'db.t3.micro, 20 GB',
    says: 17,
    at: [
      { price: 'rds.db.t3.micro', count: 1, hourly: true },
      { price: 'rds.gp3', count: 20 },
    ],
  },
  redis: {
    name: 'ElastiCache Redis',
    quantity: 'cache.t4g.micro',
    says: 11,
    at: [{ price: 'elasticache.cache.t4g.micro', count: 1, hourly: true }],
  },
  volume: { name: 'Jenkins EBS storage', quantity: '20 GB gp3', says: 2, at: [{ price: 'ebs.gp3', count: 20 }] },
  // They bill every GB; the first 100 of a month are free.
  transfer: { name: 'Data transfer', quantity: '~5 GB', says: 5, at: [] },
};
