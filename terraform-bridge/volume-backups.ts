import { DlmLifecyclePolicy } from '@cdktn/provider-aws/lib/dlm-lifecycle-policy';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { dataClaim } from '../charts/environments/infrastructure';
import { resourceNames } from './names';
import { policy, trust } from './policy';

/**
 * Snapshots of the volumes of PostgreSQL in the cluster, by EC2 itself: no pod, and no right in any. It finds them by the
 * tag that the EBS driver gives a volume of a claim. As after a power failure, which PostgreSQL recovers from.
 */
export class VolumeBackups extends Construct {
  constructor(scope: Construct, id: string, cluster: Cluster, account: string) {
    super(scope, id);
    const { at, keep } = cluster.aws.recovery.volumes;
    const claim = 'kubernetes.io/created-for/pvc/name';
    const snapshots = `arn:aws:ec2:${cluster.region}::snapshot/*`;
    const role = new IamRole(this, 'role', {
      name: resourceNames(cluster).role('volume-backups'),
      description: 'Takes and removes snapshots of volumes',
      assumeRolePolicy: trust(this, 'dlm.amazonaws.com'),
    });
    // AWS' own policy for it removes any snapshot of the account.
    const permissions = new IamRolePolicy(this, 'role-policy', {
      role: role.name,
      name: 'snapshots',
      policy: policy(this, 'permissions', [
        {
          actions: ['ec2:CreateSnapshot'],
          resources: [`arn:aws:ec2:${cluster.region}:${account}:volume/*`],
          when: [['StringEquals', `aws:ResourceTag/${claim}`, dataClaim]],
        },
        { actions: ['ec2:CreateSnapshot', 'ec2:CreateTags'], resources: [snapshots] },
        {
          actions: ['ec2:DeleteSnapshot'],
          resources: [snapshots],
          when: [['StringEquals', 'aws:ResourceTag/backup', dataClaim]],
        },
        // EC2 describes everything or nothing.
        { actions: ['ec2:DescribeInstances', 'ec2:DescribeSnapshots', 'ec2:DescribeVolumes'], resources: ['*'] },
      ]),
    });
    new DlmLifecyclePolicy(this, 'policy', {
      description: 'Databases in the cluster',
      executionRoleArn: role.arn,
      state: 'ENABLED',
      policyDetails: {
        policyType: 'EBS_SNAPSHOT_MANAGEMENT',
        resourceTypes: ['VOLUME'],
        targetTags: { [claim]: dataClaim },
        schedule: [
          {
            name: 'daily',
            createRule: { interval: 24, intervalUnit: 'HOURS', times: [at] },
            retainRule: { count: keep },
            copyTags: true,
            tagsToAdd: { ...cluster.aws.tags, backup: dataClaim },
          },
        ],
      },
      dependsOn: [permissions],
    });
  }
}
