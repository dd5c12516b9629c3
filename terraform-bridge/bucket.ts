import { S3Bucket } from '@cdktn/provider-aws/lib/s3-bucket';
import { S3BucketLifecycleConfiguration } from '@cdktn/provider-aws/lib/s3-bucket-lifecycle-configuration';
import { S3BucketOwnershipControls } from '@cdktn/provider-aws/lib/s3-bucket-ownership-controls';
import { S3BucketPolicy } from '@cdktn/provider-aws/lib/s3-bucket-policy';
import { S3BucketPublicAccessBlock } from '@cdktn/provider-aws/lib/s3-bucket-public-access-block';
import { S3BucketServerSideEncryptionConfigurationA } from '@cdktn/provider-aws/lib/s3-bucket-server-side-encryption-configuration';
import { S3BucketVersioningA } from '@cdktn/provider-aws/lib/s3-bucket-versioning';
import { Construct } from 'constructs';
import { policy, type Statement } from './policy';

export interface BucketProps {
  readonly name: string;
  /** Days after which a version that was replaced or deleted is gone for good. */
  readonly expireReplaced: number;
  /** Days after which an object moves to cheaper storage; never when absent. */
  readonly infrequentAfter?: number;
  /** Days after which an object is deleted; never when absent. */
  readonly expireAfter?: number;
  /** The provider's when absent. */
  readonly region?: string;
}

/** A private bucket: encrypted, versioned, reached by TLS only. */
export class Bucket extends Construct {
  public readonly name: string;
  public readonly arn: string;
  /** Where CloudFront fetches from. */
  public readonly domain: string;
  public readonly versioning: S3BucketVersioningA;
  private readonly region?: string;

  constructor(
    scope: Construct,
    id: string,
    { name, expireReplaced, infrequentAfter, expireAfter, region }: BucketProps,
  ) {
    super(scope, id);
    // What is in it is not Terraform's to delete.
    const bucket = new S3Bucket(this, 'bucket', { bucket: name, forceDestroy: false, region });
    this.region = region;
    this.name = bucket.bucket;
    this.arn = bucket.arn;
    this.domain = bucket.bucketRegionalDomainName;
    const of = { bucket: bucket.id, region };
    new S3BucketPublicAccessBlock(this, 'private', {
      ...of,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketOwnershipControls(this, 'ownership', { ...of, rule: { objectOwnership: 'BucketOwnerEnforced' } });
    new S3BucketServerSideEncryptionConfigurationA(this, 'encryption', {
      ...of,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
    });
    this.versioning = new S3BucketVersioningA(this, 'versioning', {
      ...of,
      versioningConfiguration: { status: 'Enabled' },
    });
    const everything = [{ prefix: '' }];
    new S3BucketLifecycleConfiguration(this, 'lifecycle', {
      ...of,
      rule: [
        {
          id: 'replaced',
          status: 'Enabled',
          filter: everything,
          noncurrentVersionExpiration: [{ noncurrentDays: expireReplaced }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 7 }],
        },
        ...(expireAfter === undefined
          ? []
          : [{ id: 'old', status: 'Enabled', filter: everything, expiration: [{ days: expireAfter }] }]),
        ...(infrequentAfter === undefined
          ? []
          : [
              {
                id: 'infrequent',
                status: 'Enabled',
                filter: everything,
                transition: [{ days: infrequentAfter, storageClass: 'STANDARD_IA' }],
              },
            ]),
      ],
      dependsOn: [this.versioning],
    });
  }

  /** Lets others in beside the account's own roles, and nobody without TLS. A bucket has one policy, so call it once. */
  public admit(statements: readonly Statement[]): void {
    new S3BucketPolicy(this, 'policy', {
      bucket: this.name,
      region: this.region,
      policy: policy(this, 'access', [
        {
          effect: 'Deny',
          actions: ['s3:*'],
          resources: [this.arn, `${this.arn}/*`],
          principal: { type: 'AWS', names: ['*'] },
          when: [['Bool', 'aws:SecureTransport', 'false']],
        },
        ...statements,
      ]),
    });
  }
}
