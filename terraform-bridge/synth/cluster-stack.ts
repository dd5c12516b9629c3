import { DataAwsCallerIdentity } from '@cdktn/provider-aws/lib/data-aws-caller-identity';
import type { Subnet } from '@cdktn/provider-aws/lib/subnet';
import type { Construct } from 'constructs';
import type { Cluster, Environment } from '../../charts/environments/environment';
import { AccessLogs } from '../access-logs';
import { Certificate } from '../certificate';
import { ClusterAccess } from '../cluster-access';
import { ControlPlane } from '../control-plane';
import { Datadog } from '../datadog';
import { beforeNodes, EksAddOns, onNodes } from '../eks-add-ons';
import { Encryption } from '../encryption';
import { FlowLogs } from '../flow-logs';
import { Identities } from '../identities';
import { Mail } from '../mail';
import { Network } from '../network';
import { NetworkAcls } from '../network-acls';
import { ManagedNodeGroup } from '../node-group';
import { NodeRole } from '../node-role';
import { Notices } from '../notices';
import { podAddressStatements } from '../pod-addresses';
import { PodIdentity } from '../pod-identity';
import { PullThrough } from '../pull-through';
import { Registries } from '../registries';
import { Secrets } from '../secrets';
import { SecurityGroups } from '../security-groups';
import { VolumeBackups } from '../volume-backups';
import { Zone } from '../zone';
import { AwsStack } from './aws-stack';
import { emit } from './emit';

export interface ClusterStackProps {
  readonly cluster: Cluster;
  readonly environments: readonly Environment[];
}

/** What exists once: network, EKS, identities, secrets, registries, zone, mail, guard rails. */
export class ClusterStack extends AwsStack {
  constructor(scope: Construct, { cluster: settings, environments }: ClusterStackProps) {
    super(scope, 'cluster', settings);
    const account = new DataAwsCallerIdentity(this, 'account').accountId;
    const encryption = new Encryption(this, 'encryption', settings, account);
    // The load balancer controller finds the subnets of a scheme by these tags.
    const network = new Network(this, 'network', settings, {
      public: { 'kubernetes.io/role/elb': '1' },
      private: { 'kubernetes.io/role/internal-elb': '1' },
    });
    const acls = new NetworkAcls(this, 'network-acls', settings, network);
    const securityGroups = new SecurityGroups(this, 'security-groups', settings, network);
    const { flowLogs } = settings.aws;
    if (flowLogs) new FlowLogs(this, 'flow-logs', settings, { network, encryption, settings: flowLogs });

    const { accessLogs } = settings.loadBalancer;
    if (accessLogs) new AccessLogs(this, 'access-logs', settings, account, accessLogs.retention);

    const zone = new Zone(this, 'zone', settings, network);
    const zoneId = zone.publicZone.zoneId;
    const { dns } = settings.aws;
    const certificate = new Certificate(this, 'certificate', { names: [dns.zone, `*.${dns.zone}`], zoneId });
    const internal = new Certificate(this, 'internal-certificate', { names: [`*.${dns.internalZone}`], zoneId });
    const domain = settings.preview?.domain;
    const previews = domain && new Certificate(this, 'preview-certificate', { names: [`*.${domain}`], zoneId });
    const registries = new Registries(this, 'registries', settings);
    new PullThrough(this, 'pull-through', settings, environments);
    new Mail(this, 'mail', settings, { zone, environments });
    new Notices(this, 'notices', settings, account, encryption);
    const { externalId } = settings.aws.datadog;
    if (externalId) new Datadog(this, 'datadog', settings, { account, externalId });

    const cluster = new ControlPlane(this, 'eks', settings, { network, encryption });
    new ClusterAccess(this, 'access', settings, cluster);
    const vpcCni = new PodIdentity(this, 'vpc-cni', settings, cluster, {
      namespace: 'kube-system',
      serviceAccount: 'aws-node',
      purpose: 'Gives pods their addresses',
      statements: podAddressStatements(settings, account, network),
    });
    const { all: first } = new EksAddOns(this, 'first-add-ons', settings, {
      cluster,
      configurations: beforeNodes,
      after: [vpcCni.association],
    });
    const role = new NodeRole(this, 'nodes', settings, account);
    const groups = Object.entries(settings.nodeGroups).map(
      ([name, group]) =>
        new ManagedNodeGroup(this, `${name}-nodes`, settings, {
          name,
          group,
          cluster,
          network,
          role,
          securityGroupId: securityGroups.nodes.id,
          after: [...first, ...acls.rules],
        }),
    );

    new VolumeBackups(this, 'volume-backups', settings, account);
    const secrets = new Secrets(this, 'secrets', settings, { environments, encryption });
    const identities = new Identities(this, 'identities', settings, {
      account,
      cluster,
      encryption,
      environments,
      sharedSecrets: secrets.shared,
      zones: { open: zoneId, internal: zone.internalZone.zoneId },
      autoscalingGroups: groups.flatMap(({ autoscalingGroups }) => autoscalingGroups),
    });
    new EksAddOns(this, 'add-ons', settings, {
      cluster,
      configurations: onNodes(settings),
      after: [...groups.filter(({ open }) => open).flatMap(({ resources }) => resources), identities.volumes],
    });

    const ranges = (subnets: readonly Subnet[]) => subnets.map(({ cidrBlock }) => cidrBlock);
    emit<'cluster'>(this, {
      account_id: account,
      region: settings.region,
      cluster_name: cluster.name,
      vpc_id: network.vpc.id,
      public_subnet_cidrs: ranges(network.publicSubnets),
      private_subnet_cidrs: ranges(network.privateSubnets),
      database_subnet_cidrs: ranges(network.databaseSubnets),
      alb_security_group_id: securityGroups.alb.id,
      internal_alb_security_group_id: securityGroups.internalAlb.id,
      certificate_arn: certificate.arn,
      internal_certificate_arn: internal.arn,
      preview_certificate_arn: (previews || certificate).arn,
      ecr_repository_urls: registries.urls,
      secret_store_role_arns: identities.secretStores,
    });
  }
}
