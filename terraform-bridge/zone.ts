import { DataAwsRoute53Zone } from '@cdktn/provider-aws/lib/data-aws-route53-zone';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record';
import { Route53Zone } from '@cdktn/provider-aws/lib/route53-zone';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import type { Network } from './network';

/** Where names are looked up: the public zone, and one that only the VPC sees, for Jenkins and Argo CD. */
export class Zone extends Construct {
  public readonly publicZone: Route53Zone;
  public readonly internalZone: Route53Zone;

  constructor(scope: Construct, id: string, { aws }: Cluster, network: Network) {
    super(scope, id);
    const { zone, internalZone, parentZone } = aws.dns;
    // Records of external-dns are not Terraform's, and AWS deletes no zone that has any.
    const forceDestroy = !aws.recovery.deletionProtection;
    this.publicZone = new Route53Zone(this, 'public', { name: zone, comment: 'What students see', forceDestroy });
    this.internalZone = new Route53Zone(this, 'internal', {
      name: internalZone,
      comment: 'User interfaces, by private addresses',
      forceDestroy,
      vpc: [{ vpcId: network.vpc.id }],
    });
    if (parentZone)
      new Route53Record(this, 'delegation', {
        zoneId: new DataAwsRoute53Zone(this, 'parent', { name: parentZone, privateZone: false }).zoneId,
        name: zone,
        type: 'NS',
        ttl: 3600,
        records: this.publicZone.nameServers,
      });
    // Who else may issue a certificate for the zone: nobody.
    new Route53Record(this, 'issuer', {
      zoneId: this.publicZone.zoneId,
      name: zone,
      type: 'CAA',
      ttl: 3600,
      records: ['0 issue "amazon.com"', '0 issuewild "amazon.com"'],
    });
  }
}
