import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group';
import { EksCluster } from '@cdktn/provider-aws/lib/eks-cluster';
import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicyAttachment } from '@cdktn/provider-aws/lib/iam-role-policy-attachment';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import type { Encryption } from './encryption';
import { resourceNames } from './names';
import type { Network } from './network';
import { trust } from './policy';

export interface ClusterProps {
  readonly network: Network;
  readonly encryption: Encryption;
}

/** The control plane of EKS. */
export class ControlPlane extends Construct {
  public readonly name: string;
  public readonly arn: string;
  /** The group that EKS makes for its network interfaces; nodes in it hear the control plane and each other. */
  public readonly securityGroupId: string;

  constructor(scope: Construct, id: string, settings: Cluster, { network, encryption }: ClusterProps) {
    super(scope, id);
    const { api, recovery } = settings.aws;
    const role = new IamRole(this, 'role', {
      name: resourceNames(settings).role('cluster'),
      description: 'The control plane of EKS',
      assumeRolePolicy: trust(this, 'eks.amazonaws.com'),
    });
    const permissions = new IamRolePolicyAttachment(this, 'role-policy', {
      role: role.name,
      policyArn: 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy',
    });
    // EKS would make it itself, without encryption and for ever.
    const logs = new CloudwatchLogGroup(this, 'logs', {
      name: `/aws/eks/${settings.name}/cluster`,
      retentionInDays: api.logRetention,
      kmsKeyId: encryption.keyArn,
    });
    const cluster = new EksCluster(this, 'cluster', {
      name: settings.name,
      version: settings.kubernetes,
      roleArn: role.arn,
      // The add-ons are ours to pin; EKS would bring three of its own choice.
      bootstrapSelfManagedAddons: false,
      accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
      vpcConfig: {
        subnetIds: network.privateSubnets.map(({ id }) => id),
        endpointPrivateAccess: true,
        endpointPublicAccess: api.publicAccess.length > 0,
        publicAccessCidrs: api.publicAccess.length > 0 ? [...api.publicAccess] : undefined,
      },
      kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: settings.network.services },
      encryptionConfig: { resources: ['secrets'], provider: { keyArn: encryption.keyArn } },
      enabledClusterLogTypes: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
      // An old version ends instead of costing six times as much.
      upgradePolicy: { supportType: 'STANDARD' },
      deletionProtection: recovery.deletionProtection,
      dependsOn: [permissions, logs],
    });
    this.name = cluster.name;
    this.arn = cluster.arn;
    this.securityGroupId = cluster.vpcConfig.clusterSecurityGroupId;
  }
}
