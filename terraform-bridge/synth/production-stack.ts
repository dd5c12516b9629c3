import type { Construct } from 'constructs';
import type { Cluster, OnAws } from '../../charts/environments/environment';
import { staticParameters } from '../../charts/environments/static-parameters';
import { Alarms } from '../alarms';
import { Bucket } from '../bucket';
import { RedisCache } from '../cache';
import { Cdn } from '../cdn';
import { ClusterLookup } from '../cluster-lookup';
import { PostgresDatabase } from '../database';
import { bucketName } from '../names';
import { AwsStack } from './aws-stack';
import { emit } from './emit';

/** What the environment on AWS has of its own: database, cache, buckets, edge, alarms. */
export class ProductionStack extends AwsStack {
  constructor(scope: Construct, { cluster, environment }: { cluster: Cluster; environment: OnAws }) {
    super(scope, 'production', cluster);
    const { aws, assetsHost } = environment;
    const around = new ClusterLookup(this, 'cluster', cluster);
    const database = new PostgresDatabase(this, 'database', cluster, environment, around);
    const cache = new RedisCache(this, 'cache', cluster, environment, around);
    const bucket = (of: 'uploads' | 'assets') =>
      new Bucket(this, of, { name: bucketName(cluster, of, around.account), ...aws[of] });
    const [uploads, assets] = [bucket('uploads'), bucket('assets')];
    uploads.admit([]);
    // The settings have one wherever they have `aws`.
    if (assetsHost) new Cdn(this, 'cdn', cluster, environment, { assetsHost, assets, around });
    new Alarms(this, 'alarms', cluster, environment, { database, cache, topicArn: around.noticesTopicArn });

    emit<'production'>(this, {
      account_id: around.account,
      database_host: database.instance.address,
      database_port: database.instance.port,
      database_name: aws.database.name,
      database_instance_id: database.instance.identifier,
      database_static_parameters: staticParameters(environment),
      redis_host: cache.group.primaryEndpointAddress,
      redis_port: cache.group.port,
      uploads_bucket: uploads.name,
      assets_bucket: assets.name,
    });
  }
}
