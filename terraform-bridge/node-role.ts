import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktn/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { resourceNames } from './names';
import { policy, trust } from './policy';

/** What a node itself may do: join, pull images, and be reached by a session. What its pods do has roles of its own. */
export class NodeRole extends Construct {
  public readonly arn: string;
  /** What a node needs before it can join. */
  public readonly permissions: readonly IamRolePolicyAttachment[];

  constructor(scope: Construct, id: string, cluster: Cluster, account: string) {
    super(scope, id);
    const { region } = cluster;
    const role = new IamRole(this, 'role', {
      name: resourceNames(cluster).role('nodes'),
      description: 'Nodes of EKS',
      assumeRolePolicy: trust(this, 'ec2.amazonaws.com'),
    });
    // A session, and no more: AWS' own policy for it also reads every value of the account's Parameter Store.
    new IamRolePolicy(this, 'session', {
      role: role.name,
      name: 'session',
      policy: policy(this, 'session-permissions', [
        { actions: ['ssm:UpdateInstanceInformation'], resources: [`arn:aws:ec2:${region}:${account}:instance/*`] },
        {
          // A channel is not a resource.
          actions: [
            'ssmmessages:CreateControlChannel',
            'ssmmessages:CreateDataChannel',
            'ssmmessages:OpenControlChannel',
            'ssmmessages:OpenDataChannel',
          ],
          resources: ['*'],
        },
      ]),
    });
    // Both only read: what EKS' bootstrap asks, and every repository of the account.
    this.permissions = ['AmazonEKSWorkerNodePolicy', 'AmazonEC2ContainerRegistryPullOnly'].map(
      (managed) =>
        new IamRolePolicyAttachment(this, managed, {
          role: role.name,
          policyArn: `arn:aws:iam::aws:policy/${managed}`,
        }),
    );
    this.arn = role.arn;
  }
}
