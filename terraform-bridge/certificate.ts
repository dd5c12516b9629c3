import { AcmCertificate } from '@cdktn/provider-aws/lib/acm-certificate';
import { AcmCertificateValidation } from '@cdktn/provider-aws/lib/acm-certificate-validation';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record';
import { Construct } from 'constructs';

export interface CertificateProps {
  /** One, or a zone and everything one below it: both are proved by the same record. */
  readonly names: readonly [string, ...string[]];
  /** The public zone that the proof is written in. */
  readonly zoneId: string;
  /** The provider's when absent. CloudFront reads its certificate in us-east-1 only. */
  readonly region?: string;
}

/** A certificate of ACM, which renews itself as long as the record of its proof stands. */
export class Certificate extends Construct {
  /** Known when it is issued, so whatever names it waits for that; the zone has to be delegated first. */
  public readonly arn: string;

  constructor(scope: Construct, id: string, { names: [name, ...others], zoneId, region }: CertificateProps) {
    super(scope, id);
    const certificate = new AcmCertificate(this, 'certificate', {
      domainName: name,
      subjectAlternativeNames: others.length > 0 ? others : undefined,
      validationMethod: 'DNS',
      keyAlgorithm: 'RSA_2048',
      region,
      // A tag takes no asterisk.
      tags: { Name: name.replace('*.', '') },
      // The load balancer holds on to the old one until it has the new one.
      lifecycle: { createBeforeDestroy: true },
    });
    const proof = certificate.domainValidationOptions.get(0);
    const record = new Route53Record(this, 'proof', {
      zoneId,
      name: proof.resourceRecordName,
      type: proof.resourceRecordType,
      records: [proof.resourceRecordValue],
      ttl: 300,
      // The same names in another region have the same record.
      allowOverwrite: true,
    });
    this.arn = new AcmCertificateValidation(this, 'issued', {
      certificateArn: certificate.arn,
      validationRecordFqdns: [record.fqdn],
      region,
    }).certificateArn;
  }
}
