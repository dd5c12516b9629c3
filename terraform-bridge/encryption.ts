import { KmsAlias } from '@cdktn/provider-aws/lib/kms-alias';
import { KmsKey } from '@cdktn/provider-aws/lib/kms-key';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { type NamedCluster, resourceNames } from './names';
import { policy } from './policy';

export type Encrypted = NamedCluster &
  Pick<Cluster, 'region'> & { readonly aws: { readonly recovery: { readonly keys: number } } };

/**
 * One key for all that is kept: each key costs a dollar a month, and whoever may use a resource is said by that resource's
 * own policies. Volumes have AWS' own key, because an autoscaling group cannot use ours without a grant.
 */
export class Encryption extends Construct {
  public readonly keyArn: string;

  constructor(scope: Construct, id: string, cluster: Encrypted, account: string) {
    super(scope, id);
    const { region } = cluster;
    const key = new KmsKey(this, 'key', {
      description: `Secrets, logs, database, cache and notices of ${cluster.system.title}`,
      enableKeyRotation: true,
      deletionWindowInDays: cluster.aws.recovery.keys,
      // The resource of a key's own policy is the key, which AWS writes as *.
      policy: policy(this, 'policy', [
        {
          actions: ['kms:*'],
          resources: ['*'],
          principal: { type: 'AWS', names: [`arn:aws:iam::${account}:root`] },
        },
        {
          actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
          resources: ['*'],
          principal: { type: 'Service', names: [`logs.${region}.amazonaws.com`] },
          when: [
            ['ArnLike', 'kms:EncryptionContext:aws:logs:arn', `arn:aws:logs:${region}:${account}:log-group:*`],
          ],
        },
        {
          // Alarms and budgets write to a topic that is encrypted with this key.
          actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          resources: ['*'],
          principal: { type: 'Service', names: ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] },
          when: [['StringEquals', 'aws:SourceAccount', account]],
        },
      ]),
    });
    new KmsAlias(this, 'alias', { name: resourceNames(cluster).keyAlias, targetKeyId: key.id });
    this.keyArn = key.arn;
  }
}
