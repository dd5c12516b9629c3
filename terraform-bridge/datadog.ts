import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { resourceNames } from './names';
import { policy } from './policy';

export interface DatadogProps {
  readonly account: string;
  /** As Datadog's page of the integration shows it. */
  readonly externalId: string;
}

/**
 * The role by which Datadog reads metrics of RDS, ElastiCache, load balancers and nodes; nothing that the agents say
 * already, and nothing that is stored in them.
 */
export class Datadog extends Construct {
  constructor(scope: Construct, id: string, cluster: Cluster, { account, externalId }: DatadogProps) {
    super(scope, id);
    const role = new IamRole(this, 'role', {
      name: resourceNames(cluster).role('datadog-integration'),
      description: "Datadog's AWS integration: reads metrics",
      assumeRolePolicy: policy(this, 'trust', [
        {
          actions: ['sts:AssumeRole'],
          principal: { type: 'AWS', names: [`arn:aws:iam::${cluster.aws.datadog.account}:root`] },
          // Only our own account at Datadog knows it.
          when: [['StringEquals', 'sts:ExternalId', externalId]],
        },
      ]),
    });
    new IamRolePolicy(this, 'policy', {
      role: role.name,
      name: 'read-metrics',
      policy: policy(this, 'permissions', [
        {
          // A metric is not a resource, and what is described is described for the whole account.
          actions: [
            'cloudwatch:GetMetricData',
            'cloudwatch:ListMetrics',
            'ec2:DescribeInstances',
            'ec2:DescribeNatGateways',
            'ec2:DescribeRegions',
            'ec2:DescribeVolumes',
            'elasticloadbalancing:DescribeLoadBalancers',
            'elasticloadbalancing:DescribeTags',
            'elasticloadbalancing:DescribeTargetGroups',
            'elasticloadbalancing:DescribeTargetHealth',
            'tag:GetResources',
            'tag:GetTagKeys',
            'tag:GetTagValues',
          ],
          resources: ['*'],
        },
        {
          actions: [
            'elasticache:DescribeCacheClusters',
            'elasticache:DescribeEvents',
            'elasticache:ListTagsForResource',
            'rds:DescribeDBInstances',
            'rds:DescribeEvents',
            'rds:ListTagsForResource',
          ],
          resources: ['elasticache', 'rds'].map((service) => `arn:aws:${service}:${cluster.region}:${account}:*`),
        },
      ]),
    });
  }
}
