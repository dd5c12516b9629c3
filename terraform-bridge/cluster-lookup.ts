import { DataAwsCallerIdentity } from '@cdktn/provider-aws/lib/data-aws-caller-identity';
import { DataAwsKmsAlias } from '@cdktn/provider-aws/lib/data-aws-kms-alias';
import { DataAwsRoute53Zone } from '@cdktn/provider-aws/lib/data-aws-route53-zone';
import { DataAwsSecurityGroup } from '@cdktn/provider-aws/lib/data-aws-security-group';
import { DataAwsSubnet } from '@cdktn/provider-aws/lib/data-aws-subnet';
import { DataAwsVpc } from '@cdktn/provider-aws/lib/data-aws-vpc';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { resourceNames } from './names';

/** What the cluster stack made and this one builds on, found by name: no state of another stack is read. */
export class ClusterLookup extends Construct {
  public readonly account: string;
  public readonly vpcId: string;
  /** One a zone, in the order of the zones. */
  public readonly databaseSubnetIds: readonly string[];
  public readonly databaseSecurityGroupId: string;
  public readonly cacheSecurityGroupId: string;
  public readonly keyArn: string;
  /** The public zone. */
  public readonly zoneId: string;
  public readonly noticesTopicArn: string;

  constructor(scope: Construct, id: string, cluster: Cluster) {
    super(scope, id);
    const called = resourceNames(cluster);
    this.account = new DataAwsCallerIdentity(this, 'account').accountId;
    const vpc = new DataAwsVpc(this, 'vpc', { tags: { Name: called.vpc } });
    this.vpcId = vpc.id;
    this.databaseSubnetIds = cluster.network.zones.map(
      (zone) =>
        new DataAwsSubnet(this, `database-subnet-${zone}`, {
          vpcId: vpc.id,
          tags: { Name: called.subnet('database', zone) },
        }).id,
    );
    const group = (of: 'database' | 'cache') =>
      new DataAwsSecurityGroup(this, `${of}-security-group`, { vpcId: vpc.id, name: called.securityGroup(of) }).id;
    this.databaseSecurityGroupId = group('database');
    this.cacheSecurityGroupId = group('cache');
    this.keyArn = new DataAwsKmsAlias(this, 'key', { name: called.keyAlias }).targetKeyArn;
    this.zoneId = new DataAwsRoute53Zone(this, 'zone', { name: cluster.aws.dns.zone, privateZone: false }).zoneId;
    this.noticesTopicArn = `arn:aws:sns:${cluster.region}:${this.account}:${called.noticesTopic}`;
  }
}
