import { DataAwsSecretsmanagerSecret } from '@cdktn/provider-aws/lib/data-aws-secretsmanager-secret';
import { EcrPullThroughCacheRule } from '@cdktn/provider-aws/lib/ecr-pull-through-cache-rule';
import { Construct } from 'constructs';
import type { Cluster, Environment } from '../charts/environments/environment';
import { type Upstream, upstreams } from '../charts/environments/infrastructure';
import { pulledRepositories, upstreamSecret } from '../charts/environments/pull-through';
import { keptRepository, newest } from './registries';

/**
 * This account's copies of what other registries have. Nodes may import into a repository and make none
 * (`AmazonEC2ContainerRegistryPullOnly` has `ecr:BatchImportUpstreamImage`, not `ecr:CreateRepository`), so only what the
 * settings name comes in.
 */
export class PullThrough extends Construct {
  constructor(scope: Construct, id: string, cluster: Cluster, environments: readonly Environment[]) {
    super(scope, id);
    const { pullThrough } = cluster.aws;
    for (const [upstream, { prefix }] of Object.entries(pullThrough)) {
      const { address, account } = upstreams[upstream as Upstream];
      new EcrPullThroughCacheRule(this, prefix, {
        ecrRepositoryPrefix: prefix,
        upstreamRegistryUrl: address,
        // A person makes it before the first apply: AWS refuses a rule whose secret has no value. It is encrypted with
        // Secrets Manager's own key, because ECR's role may decrypt with no other (AWSECRPullThroughCache_ServiceRolePolicy).
        ...(account && {
          credentialArn: new DataAwsSecretsmanagerSecret(this, `${prefix}-account`, {
            name: upstreamSecret(prefix),
          }).arn,
        }),
      });
    }
    for (const [name, upstream] of pulledRepositories([cluster, environments], cluster))
      keptRepository(this, name, {
        // "Tag immutability" keeps ECR from following a tag that has moved.
        imageTagMutability: 'MUTABLE',
        // Copies, which come again: an image that leaves the settings takes its repository along.
        forceDelete: true,
        // By its digest an image comes in without a tag, so what has none stays here.
        rules: [['All but the newest', newest(pullThrough[upstream]?.keep ?? 1)]],
      });
  }
}
