import { firstDatabaseRole } from '../../charts/environments/secrets';
import { Bucket } from '../../terraform-bridge/bucket';
import { BucketCopy } from '../../terraform-bridge/bucket-copy';
import { RedisCache } from '../../terraform-bridge/cache';
import { PostgresDatabase } from '../../terraform-bridge/database';
import { DeliveredService } from '../../terraform-bridge/delivered-service';
import { GeneratedEntry, KnownEntry } from '../../terraform-bridge/generated-entry';
import { bucketName, inAccount } from '../../terraform-bridge/names';
import { Notices } from '../../terraform-bridge/notices';
import { Registries } from '../../terraform-bridge/registries';
import { ServiceNetwork } from '../../terraform-bridge/service-network';
import { AwsStack } from '../../terraform-bridge/synth/aws-stack';
import { accountOf, emitAll, zoneNamed } from '../../terraform-bridge/synth/lookups';
import type { RailsOnEcs } from './schema';
import { containers, healthPath, inRails, nginxPort, railsVariables } from './task';

/** One environment, with a VPC of its own: where it is, what it keeps, and what a request and a commit meet. */
export class RailsOnEcsStack extends AwsStack {
  constructor(scope: ConstructorParameters<typeof AwsStack>[0], settings: RailsOnEcs, authorities: string) {
    const place = inAccount(settings);
    super(scope, settings.name, place);
    const { aws, region, name, system } = settings;
    const account = accountOf(this);
    const { network, groups, encryption, data } = new ServiceNetwork(this, 'place', place, account, nginxPort);
    const { keyArn } = encryption;

    const database = new PostgresDatabase(this, 'database', settings, settings, data);
    const entry = (of: string) => ({
      name: `${system.prefix}/${name}/${of}`,
      keyArn,
      recovery: aws.recovery.secrets,
    });
    const generated = (of: string, random: string, fixed?: Record<string, string>) =>
      new GeneratedEntry(this, `${of}-entry`, { ...entry(of), random, fixed });
    const redis = aws.cache && {
      entry: generated('redis', 'auth_token'),
      settings: { name, namespace: name, aws: { cache: aws.cache } },
    };
    const cache = redis && new RedisCache(this, 'cache', settings, redis.settings, data, [redis.entry.written]);
    const files = new Bucket(this, 'files', { ...aws.files, name: bucketName(place, 'files', account) });
    files.admit([]);
    if (aws.replication)
      new BucketCopy(this, 'files-copy', place, {
        ...aws.files,
        ...aws.replication,
        source: files,
        name: bucketName(place, 'files-copy', account),
      });
    const entries = {
      rails: generated('rails', 'secret_key_base'),
      database: generated('database', 'password', { username: firstDatabaseRole(system) }),
      files: new KnownEntry(this, 'files-entry', { ...entry('files'), values: { bucket: files.name, region } }),
      ...(redis && { redis: redis.entry }),
    };

    const registry = {
      url: new Registries(this, 'registry', settings).urls[place.name] ?? '',
      arn: `arn:aws:ecr:${region}:${account}:repository/${place.name}`,
    };
    const around = {
      repositoryUrl: registry.url,
      databaseHost: database.instance.address,
      cacheHost: cache?.group.primaryEndpointAddress,
      authorities,
      entries,
    };
    const { plain, secret } = railsVariables(settings, around);
    const { balancer } = new DeliveredService(this, 'web', place, {
      settings,
      account,
      network,
      groups,
      keyArn,
      topicArn: new Notices(this, 'notices', place, account, encryption).topicArn,
      zoneId: zoneNamed(this, aws.dns.zone),
      healthPath,
      database,
      containers: containers(settings, around),
      entrance: { container: 'nginx', port: nginxPort },
      app: 'rails',
      registry,
      secretArns: Object.values(entries).map(({ arn }) => arn),
      statements: [
        { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [`${files.arn}/*`] },
        { actions: ['s3:ListBucket'], resources: [files.arn] },
      ],
      before: {
        command: inRails('rails db:migrate'),
        plain,
        secret: Object.fromEntries(
          Object.entries(secret).map(([variable, [of, key]]) => [variable, `${entry(of).name}:${key}`]),
        ),
      },
    });
    new KnownEntry(this, 'load-balancer-entry', {
      ...entry('load-balancer'),
      values: { endpoint: balancer.balancer.dnsName, host: settings.host },
    });
    emitAll(this, {
      load_balancer: balancer.balancer.dnsName,
      database_host: database.instance.address,
      files_bucket: files.name,
      repository: registry.url,
    });
  }
}
