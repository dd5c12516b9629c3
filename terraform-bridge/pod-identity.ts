import { EksPodIdentityAssociation } from '@cdktn/provider-aws/lib/eks-pod-identity-association';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { IamRolePolicyAttachment } from '@cdktn/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import type { ControlPlane } from './control-plane';
import { resourceNames } from './names';
import { policy, type Statement } from './policy';

export interface PodIdentityProps {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** What its pods do, in words. */
  readonly purpose: string;
  readonly statements?: readonly Statement[];
  /** A policy that AWS keeps for exactly this program. */
  readonly managedPolicy?: string;
}

/** A role for the pods of one ServiceAccount, without a word of it in the cluster. */
export class PodIdentity extends Construct {
  public readonly role: IamRole;
  public readonly association: EksPodIdentityAssociation;

  constructor(scope: Construct, id: string, settings: Cluster, cluster: ControlPlane, props: PodIdentityProps) {
    super(scope, id);
    const { namespace, serviceAccount, purpose, statements, managedPolicy } = props;
    this.role = new IamRole(this, 'role', {
      name: resourceNames(settings).role(id),
      description: purpose,
      // Pod Identity says which pods ask: another association cannot hand this role to others.
      assumeRolePolicy: policy(this, 'trust', [
        {
          actions: ['sts:AssumeRole', 'sts:TagSession'],
          principal: { type: 'Service', names: ['pods.eks.amazonaws.com'] },
          when: [
            ['StringEquals', 'aws:RequestTag/eks-cluster-name', settings.name],
            ['StringEquals', 'aws:RequestTag/kubernetes-namespace', namespace],
            ['StringEquals', 'aws:RequestTag/kubernetes-service-account', serviceAccount],
          ],
        },
      ]),
    });
    const permissions = [
      ...(statements
        ? [
            new IamRolePolicy(this, 'policy', {
              role: this.role.name,
              name: id,
              policy: policy(this, 'permissions', statements),
            }),
          ]
        : []),
      ...(managedPolicy
        ? [
            new IamRolePolicyAttachment(this, 'managed-policy', {
              role: this.role.name,
              policyArn: `arn:aws:iam::aws:policy/${managedPolicy}`,
            }),
          ]
        : []),
    ];
    // Last, so that whoever has it can use it.
    this.association = new EksPodIdentityAssociation(this, 'association', {
      clusterName: cluster.name,
      namespace,
      serviceAccount,
      roleArn: this.role.arn,
      dependsOn: permissions,
    });
  }
}
