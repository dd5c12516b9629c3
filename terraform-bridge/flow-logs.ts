import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group';
import { FlowLog } from '@cdktn/provider-aws/lib/flow-log';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import type { Encryption } from './encryption';
import { type NamedCluster, resourceNames } from './names';
import type { Network } from './network';
import { policy, trust } from './policy';

/** What the VPC let through or refused, as a log. */
export class FlowLogs extends Construct {
  constructor(
    scope: Construct,
    id: string,
    cluster: NamedCluster,
    { network, encryption, settings }: FlowLogsProps,
  ) {
    super(scope, id);
    const called = resourceNames(cluster);
    const group = new CloudwatchLogGroup(this, 'group', {
      name: `/aws/vpc/${called.vpc}/flow-logs`,
      retentionInDays: settings.retention,
      kmsKeyId: encryption.keyArn,
    });
    const role = new IamRole(this, 'role', {
      name: called.role('flow-logs'),
      description: 'Writes the flow logs of the VPC',
      assumeRolePolicy: trust(this, 'vpc-flow-logs.amazonaws.com'),
    });
    new IamRolePolicy(this, 'policy', {
      role: role.name,
      name: 'write-flow-logs',
      policy: policy(this, 'write', [
        {
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          resources: [group.arn, `${group.arn}:*`],
        },
        // It looks for its group among all, and AWS has no narrower resource for that.
        { actions: ['logs:DescribeLogGroups'], resources: ['*'] },
      ]),
    });
    new FlowLog(this, 'flow-log', {
      vpcId: network.vpc.id,
      trafficType: settings.traffic,
      logDestinationType: 'cloud-watch-logs',
      logDestination: group.arn,
      iamRoleArn: role.arn,
      maxAggregationInterval: 600,
      tags: { Name: called.vpc },
    });
  }
}

export interface FlowLogsProps {
  readonly network: Network;
  readonly encryption: Encryption;
  readonly settings: NonNullable<Cluster['aws']['flowLogs']>;
}
