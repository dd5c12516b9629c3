import type { Statement } from './policy';

const owned = 'elbv2.k8s.aws/cluster';
const elb = (...resources: string[]) => resources.map((each) => `arn:aws:elasticloadbalancing:*:*:${each}`);
const balancers = elb('targetgroup/*/*', 'loadbalancer/net/*/*', 'loadbalancer/app/*/*');
const listeners = elb(
  'listener/net/*/*/*',
  'listener/app/*/*/*',
  'listener-rule/net/*/*/*',
  'listener-rule/app/*/*/*',
);
const all = ['*'];

/**
 * The policy of the AWS Load Balancer Controller's release v3.5.0 (docs/install/iam_policy.json), narrower in three
 * places: a condition asks for a tag of this cluster where the release asks for one of any; without WAF, Shield and
 * Cognito, which its values switch off or no Ingress names; and without the right to open any security group, because
 * every Ingress names ours, whose rules Terraform writes.
 */
export function loadBalancerPolicy(cluster: string): Statement[] {
  const asked = ['StringEquals', `aws:RequestTag/${owned}`, cluster] as const;
  const has = ['StringEquals', `aws:ResourceTag/${owned}`, cluster] as const;
  const unasked = ['Null', `aws:RequestTag/${owned}`, 'true'] as const;
  return [
    {
      actions: ['iam:CreateServiceLinkedRole'],
      resources: all,
      when: [['StringEquals', 'iam:AWSServiceName', 'elasticloadbalancing.amazonaws.com']],
    },
    {
      actions: [
        'ec2:DescribeAccountAttributes',
        'ec2:DescribeAddresses',
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeCoipPools',
        'ec2:DescribeInstances',
        'ec2:DescribeInternetGateways',
        'ec2:DescribeIpamPools',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeTags',
        'ec2:DescribeVpcPeeringConnections',
        'ec2:DescribeVpcs',
        'ec2:GetCoipPoolUsage',
        'ec2:GetSecurityGroupsForVpc',
        'elasticloadbalancing:DescribeCapacityReservation',
        'elasticloadbalancing:DescribeListenerAttributes',
        'elasticloadbalancing:DescribeListenerCertificates',
        'elasticloadbalancing:DescribeListeners',
        'elasticloadbalancing:DescribeLoadBalancerAttributes',
        'elasticloadbalancing:DescribeLoadBalancers',
        'elasticloadbalancing:DescribeRules',
        'elasticloadbalancing:DescribeSSLPolicies',
        'elasticloadbalancing:DescribeTags',
        'elasticloadbalancing:DescribeTargetGroupAttributes',
        'elasticloadbalancing:DescribeTargetGroups',
        'elasticloadbalancing:DescribeTargetHealth',
        'elasticloadbalancing:DescribeTrustStores',
        'acm:DescribeCertificate',
        'acm:ListCertificates',
        'iam:GetServerCertificate',
        'iam:ListServerCertificates',
      ],
      resources: all,
    },
    { actions: ['ec2:CreateSecurityGroup'], resources: all },
    {
      actions: ['ec2:CreateTags'],
      resources: ['arn:aws:ec2:*:*:security-group/*'],
      when: [['StringEquals', 'ec2:CreateAction', 'CreateSecurityGroup'], asked],
    },
    {
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: ['arn:aws:ec2:*:*:security-group/*'],
      when: [unasked, has],
    },
    {
      actions: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress', 'ec2:DeleteSecurityGroup'],
      resources: all,
      when: [has],
    },
    {
      actions: ['elasticloadbalancing:CreateLoadBalancer', 'elasticloadbalancing:CreateTargetGroup'],
      resources: all,
      when: [asked],
    },
    {
      actions: [
        'elasticloadbalancing:CreateListener',
        'elasticloadbalancing:DeleteListener',
        'elasticloadbalancing:CreateRule',
        'elasticloadbalancing:DeleteRule',
      ],
      resources: all,
    },
    {
      actions: ['elasticloadbalancing:AddTags', 'elasticloadbalancing:RemoveTags'],
      resources: balancers,
      when: [unasked, has],
    },
    { actions: ['elasticloadbalancing:AddTags', 'elasticloadbalancing:RemoveTags'], resources: listeners },
    {
      actions: [
        'elasticloadbalancing:ModifyLoadBalancerAttributes',
        'elasticloadbalancing:SetIpAddressType',
        'elasticloadbalancing:SetSecurityGroups',
        'elasticloadbalancing:SetSubnets',
        'elasticloadbalancing:DeleteLoadBalancer',
        'elasticloadbalancing:ModifyTargetGroup',
        'elasticloadbalancing:ModifyTargetGroupAttributes',
        'elasticloadbalancing:DeleteTargetGroup',
        'elasticloadbalancing:ModifyListenerAttributes',
        'elasticloadbalancing:ModifyCapacityReservation',
        'elasticloadbalancing:ModifyIpPools',
      ],
      resources: all,
      when: [has],
    },
    {
      actions: ['elasticloadbalancing:AddTags'],
      resources: balancers,
      when: [
        ['StringEquals', 'elasticloadbalancing:CreateAction', 'CreateTargetGroup', 'CreateLoadBalancer'],
        asked,
      ],
    },
    {
      actions: ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
      resources: elb('targetgroup/*/*'),
    },
    {
      actions: [
        'elasticloadbalancing:ModifyListener',
        'elasticloadbalancing:AddListenerCertificates',
        'elasticloadbalancing:RemoveListenerCertificates',
        'elasticloadbalancing:ModifyRule',
        'elasticloadbalancing:SetRulePriorities',
      ],
      resources: all,
    },
  ];
}
