import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { accessLogBucket } from '../charts/environments/infrastructure';
import { Bucket } from './bucket';

/** Where the load balancers that the controller makes note each request, also of what never reached a pod. */
export class AccessLogs extends Construct {
  /** Its name. */
  public readonly bucket: string;

  constructor(
    scope: Construct,
    id: string,
    cluster: Pick<Cluster, 'system' | 'region'>,
    account: string,
    retention: number,
  ) {
    super(scope, id);
    const { region } = cluster;
    const bucket = new Bucket(this, 'bucket', {
      name: accessLogBucket(cluster, account),
      expireAfter: retention,
      expireReplaced: 1,
    });
    this.bucket = bucket.name;
    bucket.admit([
      {
        actions: ['s3:PutObject'],
        resources: [`${bucket.arn}/*/AWSLogs/${account}/*`],
        principal: { type: 'Service', names: ['logdelivery.elasticloadbalancing.amazonaws.com'] },
        when: [
          ['ArnLike', 'aws:SourceArn', `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/*`],
          ['StringEquals', 'aws:SourceAccount', account],
        ],
      },
    ]);
  }
}
