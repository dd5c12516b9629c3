import type { Cluster } from '../charts/environments/environment';
import type { Network } from './network';
import type { Statement } from './policy';

/**
 * What the network plugin does: interfaces and addresses of this VPC, on instances of this cluster. AWS' own policy for it,
 * `AmazonEKS_CNI_Policy`, is for every interface of the account; the plugin's docs/iam-policy.md shows what may be narrowed.
 * By the VPC and not by the plugin's tags: the first interface of a node is there before any of them.
 */
export function podAddressStatements({ region, name }: Cluster, account: string, { vpc }: Network): Statement[] {
  const ec2 = (resource: string) => `arn:aws:ec2:${region}:${account}:${resource}/*`;
  const inVpc = [['ArnEquals', 'ec2:Vpc', vpc.arn]] as const;
  return [
    {
      actions: [
        'ec2:DescribeInstances',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeTags',
      ],
      resources: ['*'],
    },
    // What is only being made is in no VPC yet: its subnet and groups are.
    { actions: ['ec2:CreateNetworkInterface', 'ec2:CreateTags'], resources: [ec2('network-interface')] },
    {
      actions: ['ec2:CreateNetworkInterface', 'ec2:ModifyNetworkInterfaceAttribute'],
      resources: [ec2('subnet'), ec2('security-group')],
      when: inVpc,
    },
    {
      actions: [
        'ec2:AssignPrivateIpAddresses',
        'ec2:AttachNetworkInterface',
        'ec2:DeleteNetworkInterface',
        'ec2:DetachNetworkInterface',
        'ec2:ModifyNetworkInterfaceAttribute',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: [ec2('network-interface')],
      when: inVpc,
    },
    {
      actions: ['ec2:AttachNetworkInterface', 'ec2:DetachNetworkInterface', 'ec2:ModifyNetworkInterfaceAttribute'],
      resources: [ec2('instance')],
      // EKS tags the instances of its node groups.
      when: [['StringEquals', 'aws:ResourceTag/eks:cluster-name', name]],
    },
  ];
}
