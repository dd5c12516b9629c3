import type { Cluster } from '../charts/environments/environment';
import type { Statement } from './policy';

const owned = 'elbv2.k8s.aws/cluster';

/**
 * The policy of the AWS Load Balancer Controller's release v3.5.0 (docs/install/iam_policy.json), narrower in four
 * places: it names this account, region and application load balancers where the release names anything; a condition
 * asks for a tag of this cluster where the release asks for one of any; without WAF, Shield, Cognito, Outposts, IPAM and
 * IAM's certificates, which its values switch off or no Ingress names; and without the right to open any security group,
 * because every Ingress names ours, whose rules Terraform writes.
 */
export function loadBalancerPolicy({ name, region }: Cluster, account: string): Statement[] {
  const elb = (...kinds: string[]) =>
    kinds.map((kind) => `arn:aws:elasticloadbalancing:${region}:${account}:${kind}`);
  const groups = elb('targetgroup/*/*');
  const balancers = elb('loadbalancer/app/*/*');
  const listeners = elb('listener/app/*/*/*', 'listener-rule/app/*/*/*');
  const securityGroups = [`arn:aws:ec2:${region}:${account}:security-group/*`];
  const vpcs = [`arn:aws:ec2:${region}:${account}:vpc/*`];
  const asked = ['StringEquals', `aws:RequestTag/${owned}`, name] as const;
  const has = ['StringEquals', `aws:ResourceTag/${owned}`, name] as const;
  const unasked = ['Null', `aws:RequestTag/${owned}`, 'true'] as const;
  return [
    {
      actions: ['iam:CreateServiceLinkedRole'],
      resources: [`arn:aws:iam::${account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/*`],
      when: [['StringEquals', 'iam:AWSServiceName', 'elasticloadbalancing.amazonaws.com']],
    },
    {
      actions: [
        'ec2:DescribeAccountAttributes',
        'ec2:DescribeAddresses',
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeInstances',
        'ec2:DescribeInternetGateways',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeTags',
        'ec2:DescribeVpcPeeringConnections',
        'ec2:DescribeVpcs',
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
        'acm:ListCertificates',
      ],
      // These are rights on the whole account: AWS has no narrower resource for any of them.
      resources: ['*'],
    },
    { actions: ['ec2:GetSecurityGroupsForVpc'], resources: vpcs },
    { actions: ['acm:DescribeCertificate'], resources: [`arn:aws:acm:${region}:${account}:certificate/*`] },
    { actions: ['ec2:CreateSecurityGroup'], resources: [...securityGroups, ...vpcs] },
    {
      actions: ['ec2:CreateTags'],
      resources: securityGroups,
      when: [['StringEquals', 'ec2:CreateAction', 'CreateSecurityGroup'], asked],
    },
    {
      actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
      resources: securityGroups,
      when: [unasked, has],
    },
    {
      actions: ['ec2:AuthorizeSecurityGroupIngress', 'ec2:RevokeSecurityGroupIngress', 'ec2:DeleteSecurityGroup'],
      resources: securityGroups,
      when: [has],
    },
    {
      actions: ['elasticloadbalancing:CreateLoadBalancer', 'elasticloadbalancing:CreateTargetGroup'],
      resources: [...balancers, ...groups],
      when: [asked],
    },
    {
      actions: [
        'elasticloadbalancing:CreateListener',
        'elasticloadbalancing:DeleteListener',
        'elasticloadbalancing:CreateRule',
        'elasticloadbalancing:DeleteRule',
      ],
      resources: [...balancers, ...listeners],
    },
    {
      actions: ['elasticloadbalancing:AddTags', 'elasticloadbalancing:RemoveTags'],
      resources: [...balancers, ...groups],
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
      ],
      resources: [...balancers, ...groups, ...listeners],
      when: [has],
    },
    {
      actions: ['elasticloadbalancing:AddTags'],
      resources: [...balancers, ...groups],
      when: [
        ['StringEquals', 'elasticloadbalancing:CreateAction', 'CreateTargetGroup', 'CreateLoadBalancer'],
        asked,
      ],
    },
    {
      actions: ['elasticloadbalancing:RegisterTargets', 'elasticloadbalancing:DeregisterTargets'],
      resources: groups,
    },
    {
      actions: [
        'elasticloadbalancing:ModifyListener',
        'elasticloadbalancing:AddListenerCertificates',
        'elasticloadbalancing:RemoveListenerCertificates',
        'elasticloadbalancing:ModifyRule',
        'elasticloadbalancing:SetRulePriorities',
      ],
      resources: listeners,
    },
  ];
}
