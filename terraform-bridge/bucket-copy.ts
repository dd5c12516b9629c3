import { IamRole } from '@cdktn/provider-aws/lib/iam-role';
import { IamRolePolicy } from '@cdktn/provider-aws/lib/iam-role-policy';
import { S3BucketReplicationConfigurationA } from '@cdktn/provider-aws/lib/s3-bucket-replication-configuration';
import { Construct } from 'constructs';
import { Bucket, type BucketProps } from './bucket';
import { type NamedCluster, resourceNames } from './names';
import { policy, trust } from './policy';

/** The same files in another region, minutes later: for the day on which a region is lost. What is deleted stays there. */
export class BucketCopy extends Construct {
  constructor(
    scope: Construct,
    id: string,
    named: NamedCluster,
    { source, ...props }: BucketProps & { readonly source: Bucket; readonly region: string },
  ) {
    super(scope, id);
    const copy = new Bucket(this, 'bucket', props);
    copy.admit([]);
    const role = new IamRole(this, 'role', {
      name: resourceNames(named).role(id),
      description: 'Copies files to another region',
      assumeRolePolicy: trust(this, 's3.amazonaws.com'),
    });
    const permissions = new IamRolePolicy(this, 'policy', {
      role: role.name,
      name: id,
      policy: policy(this, 'permissions', [
        { actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'], resources: [source.arn] },
        {
          actions: ['s3:GetObjectVersionAcl', 's3:GetObjectVersionForReplication', 's3:GetObjectVersionTagging'],
          resources: [`${source.arn}/*`],
        },
        { actions: ['s3:ReplicateObject', 's3:ReplicateTags'], resources: [`${copy.arn}/*`] },
      ]),
    });
    new S3BucketReplicationConfigurationA(this, 'replication', {
      bucket: source.name,
      role: role.arn,
      rule: [
        {
          id: 'all',
          status: 'Enabled',
          filter: { prefix: '' },
          deleteMarkerReplication: { status: 'Disabled' },
          destination: { bucket: copy.arn, storageClass: 'STANDARD_IA' },
        },
      ],
      // S3 copies versions, so both buckets have to have them first.
      dependsOn: [permissions, source.versioning, copy.versioning],
    });
  }
}
