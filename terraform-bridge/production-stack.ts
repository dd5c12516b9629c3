import type { Construct } from 'constructs';
import type { Cluster, Environment } from '../charts/environments/environment';
import { ClusterLookup } from './cluster-lookup';
import { AwsStack } from './stack';

/** What the environment on AWS has of its own: database, cache, buckets, edge, alarms. */
export class ProductionStack extends AwsStack {
  constructor(scope: Construct, { cluster, environment }: { cluster: Cluster; environment: OnAws }) {
    super(scope, 'production', cluster);
    new ClusterLookup(this, 'cluster', cluster);
    void environment;
  }
}

/** An environment whose data layer is AWS'. */
export type OnAws = Environment & { readonly aws: NonNullable<Environment['aws']> };
