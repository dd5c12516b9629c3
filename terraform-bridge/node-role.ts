import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktn/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { names } from './names';
import { trust } from './policy';

/** What a node itself may do: join, pull images, and be reached by a session. What its pods do has roles of its own. */
export class NodeRole extends Construct {
  public readonly arn: string;
  /** What a node needs before it can join. */
  public readonly permissions: readonly IamRolePolicyAttachment[];

  constructor(scope: Construct, id: string, cluster: Cluster) {
    super(scope, id);
    const role = new IamRole(this, 'role', {
      name: names(cluster).role('nodes'),
      description: 'Nodes of EKS',
      assumeRolePolicy: trust(this, 'ec2.amazonaws.com'),
    });
    this.permissions = [
      'AmazonEKSWorkerNodePolicy',
      'AmazonEC2ContainerRegistryPullOnly',
      'AmazonSSMManagedInstanceCore',
    ].map(
      (policy) =>
        new IamRolePolicyAttachment(this, policy, {
          role: role.name,
          policyArn: `arn:aws:iam::aws:policy/${policy}`,
        }),
    );
    this.arn = role.arn;
  }
}
