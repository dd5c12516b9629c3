import { AccessLogs } from '../../terraform-bridge/access-logs';
import { Bucket } from '../../terraform-bridge/bucket';
import { RedisCache } from '../../terraform-bridge/cache';
import { Certificate } from '../../terraform-bridge/certificate';
import { PostgresDatabase } from '../../terraform-bridge/database';
import { Encryption } from '../../terraform-bridge/encryption';
import { FargateService } from '../../terraform-bridge/fargate-service';
import { FlowLogs } from '../../terraform-bridge/flow-logs';
import { GeneratedEntry, knownEntry } from '../../terraform-bridge/generated-entry';
import { bucketName } from '../../terraform-bridge/names';
import { Network } from '../../terraform-bridge/network';
import { NetworkAcls } from '../../terraform-bridge/network-acls';
import { Notices } from '../../terraform-bridge/notices';
import { Registries } from '../../terraform-bridge/registries';
import { cachePort, databasePort } from '../../terraform-bridge/security-groups';
import { ServiceLoadBalancer } from '../../terraform-bridge/service-load-balancer';
import { ServiceSecurityGroups } from '../../terraform-bridge/service-security-groups';
import { AwsStack } from '../../terraform-bridge/synth/aws-stack';
import { accountOf, emitAll, zoneNamed } from '../../terraform-bridge/synth/lookups';
import { nginxPort } from './nginx';
import { placeOf, type RailsOnEcs } from './schema';
import { containers } from './task';

/** One environment, with a VPC of its own: what a request meets, then what it needs, then what brings a new version. */
export class RailsOnEcsStack extends AwsStack {
  constructor(scope: ConstructorParameters<typeof AwsStack>[0], settings: RailsOnEcs, authorities: string) {
    const place = placeOf(settings);
    super(scope, settings.name, place);
    const { aws, task, logs, host, region } = settings;
    const account = accountOf(this);
    const encryption = new Encryption(this, 'encryption', place, account);
    const { keyArn } = encryption;
    const network = new Network(this, 'network', place);
    const ports = aws.cache ? [databasePort, cachePort] : [databasePort];
    new NetworkAcls(this, 'network-acls', place, network, ports);
    if (aws.flowLogs) new FlowLogs(this, 'flow-logs', place, { network, encryption, settings: aws.flowLogs });
    const groups = new ServiceSecurityGroups(this, 'security-groups', place, {
      network,
      port: nginxPort,
      cache: aws.cache !== undefined,
    });
    const accessLogs = new AccessLogs(this, 'access-logs', place, account, logs.accessRetention);

    const zoneId = zoneNamed(this, aws.dns.zone);
    const certificate = new Certificate(this, 'certificate', { names: [host], zoneId });
    const balancer = new ServiceLoadBalancer(this, 'load-balancer', {
      ...settings.loadBalancer,
      name: place.name,
      network,
      securityGroupId: groups.alb.id,
      certificateArn: certificate.arn,
      host,
      zoneId,
      port: nginxPort,
      healthPath: '/health',
      accessLogBucket: accessLogs.bucket,
      deletionProtection: aws.recovery.deletionProtection,
    });

    const data = {
      databaseSubnetIds: network.databaseSubnets.map(({ id }) => id),
      databaseSecurityGroupId: groups.database.id,
      keyArn,
    };
    const database = new PostgresDatabase(this, 'database', settings, settings, data);
    const entry = (of: string) => ({
      name: `${settings.system.prefix}/${settings.name}/${of}`,
      keyArn,
      recovery: aws.recovery.secrets,
    });
    const generated = (of: string, random: string, fixed?: Record<string, string>) =>
      new GeneratedEntry(this, `${of}-entry`, { ...entry(of), random, fixed });
    const redisEntry = aws.cache && generated('redis', 'auth_token');
    const cache =
      aws.cache && groups.cache && redisEntry
        ? new RedisCache(
            this,
            'cache',
            settings,
            { name: settings.name, namespace: settings.name, aws: { cache: aws.cache } },
            { ...data, cacheSecurityGroupId: groups.cache.id },
            [redisEntry.written],
          )
        : undefined;
    const files = new Bucket(this, 'files', { name: bucketName(place, 'files', account), ...aws.files });
    files.admit([]);
    new Notices(this, 'notices', place, account, encryption);

    const entries = {
      rails: generated('rails', 'secret_key_base').arn,
      database: generated('database', 'password', { username: 'eren_a' }).arn,
      ...(redisEntry && { redis: redisEntry.arn }),
      files: knownEntry(this, 'files-entry', { ...entry('files'), values: { bucket: files.name, region } }),
      'load-balancer': knownEntry(this, 'load-balancer-entry', {
        ...entry('load-balancer'),
        values: { endpoint: balancer.balancer.dnsName, host },
      }),
    };
    const registry = new Registries(this, 'registry', settings);
    const around = {
      repositoryUrl: registry.urls[place.name] ?? '',
      databaseHost: database.instance.address,
      cacheHost: cache?.group.primaryEndpointAddress,
      authorities,
      entries,
    };
    const service = new FargateService(this, 'service', place, {
      ...task,
      region,
      account,
      network,
      securityGroupId: groups.tasks.id,
      balancer,
      keyArn,
      containers: containers(settings, around),
      entrance: { container: 'nginx', port: nginxPort },
      secretArns: Object.values(entries),
      repositoryArns: [`arn:aws:ecr:${region}:${account}:repository/${place.name}`],
      statements: [
        { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [`${files.arn}/*`] },
        { actions: ['s3:ListBucket'], resources: [files.arn] },
      ],
      logRetention: logs.retention,
    });
    emitAll(this, {
      load_balancer: balancer.balancer.dnsName,
      cluster: service.cluster.name,
      service: service.service.name,
      database_host: database.instance.address,
      files_bucket: files.name,
      repository: around.repositoryUrl,
    });
  }
}
