import { DataAwsCallerIdentity } from '@cdktn/provider-aws/lib/data-aws-caller-identity';
import type { Construct } from 'constructs';
import type { Cluster, Environment } from '../charts/environments/environment';
import { AwsStack } from './stack';

/** What exists once: network, EKS, identities, secrets, registries, zone, mail, guard rails. */
export class ClusterStack extends AwsStack {
  constructor(
    scope: Construct,
    { cluster, environments }: { cluster: Cluster; environments: readonly Environment[] },
  ) {
    super(scope, 'cluster', cluster);
    const account = new DataAwsCallerIdentity(this, 'account').accountId;
    void account;
    void environments;
  }
}
