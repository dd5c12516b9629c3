import { ElasticacheParameterGroup } from '@cdktn/provider-aws/lib/elasticache-parameter-group';
import { ElasticacheReplicationGroup } from '@cdktn/provider-aws/lib/elasticache-replication-group';
import { ElasticacheSubnetGroup } from '@cdktn/provider-aws/lib/elasticache-subnet-group';
import { EphemeralAwsSecretsmanagerSecretVersion } from '@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-secret-version';
import { Fn, type ITerraformDependable, propertyAccess, Token } from 'cdktn';
import { Construct } from 'constructs';
import type * as v from 'valibot';
import type { Cluster } from '../charts/environments/environment';
import type { redis } from '../charts/environments/infrastructure';
import { secretPrefix } from '../charts/environments/secrets';
import type { DataPlace } from './database';
import { dataNames } from './names';
import { cachePort } from './security-groups';

/**
 * Not raised: a new password is given to Redis before its entry of Secrets Manager has it (docs/runbooks/rotate-secrets.md),
 * and Terraform, which does not know the value, has nothing to compare.
 */
const password = 1;

export interface WithCache {
  readonly name: string;
  /** Below which its password lies in Secrets Manager. */
  readonly namespace: string;
  readonly aws: { readonly cache: v.InferOutput<typeof redis> };
}

/** Redis of ElastiCache: a group even where it is one node, because a plain cluster has no password. */
export class RedisCache extends Construct {
  public readonly group: ElasticacheReplicationGroup;
  /** As alarms name the nodes: ElastiCache numbers them from 1. */
  public readonly nodes: readonly string[];

  constructor(
    scope: Construct,
    id: string,
    cluster: Pick<Cluster, 'system'>,
    environment: WithCache,
    around: DataPlace,
    /** What writes the password, where this stack does. */
    after?: readonly ITerraformDependable[],
  ) {
    super(scope, id);
    const { cache } = environment.aws;
    const name = dataNames(cluster, environment).cache;
    const subnets = new ElasticacheSubnetGroup(this, 'subnets', {
      name,
      description: 'The database subnets of the VPC',
      subnetIds: [...around.databaseSubnetIds],
    });
    const parameters = new ElasticacheParameterGroup(this, 'parameters', {
      name: `${name}-redis7`,
      family: 'redis7',
      description: `What ${cluster.system.title} sets and why: terraform-bridge/cache.ts`,
      // A job that is evicted is lost; what may go has a time to live.
      parameter: [{ name: 'maxmemory-policy', value: 'noeviction' }],
    });
    const entry = new EphemeralAwsSecretsmanagerSecretVersion(this, 'password', {
      secretId: `${secretPrefix(cluster.system, environment.namespace)}/redis`,
      dependsOn: after && [...after],
    });
    const nodes = 1 + cache.replicas;
    this.nodes = Array.from({ length: nodes }, (_, i) => `${name}-${String(i + 1).padStart(3, '0')}`);
    this.group = new ElasticacheReplicationGroup(this, 'group', {
      replicationGroupId: name,
      description: `Redis of ${environment.name}`,
      engine: 'redis',
      engineVersion: cache.version,
      nodeType: cache.node,
      numCacheClusters: nodes,
      // A replica is what takes over; without one there is nobody.
      automaticFailoverEnabled: nodes > 1,
      multiAzEnabled: nodes > 1,
      port: cachePort,
      subnetGroupName: subnets.name,
      securityGroupIds: around.cacheSecurityGroupId === undefined ? [] : [around.cacheSecurityGroupId],
      parameterGroupName: parameters.name,
      transitEncryptionEnabled: true,
      transitEncryptionMode: 'required',
      authTokenWo: Token.asString(propertyAccess(Fn.jsondecode(entry.secretString), ['auth_token'])),
      authTokenWoVersion: password,
      atRestEncryptionEnabled: 'true',
      kmsKeyId: around.keyArn,
      snapshotRetentionLimit: cache.snapshotRetention,
      snapshotWindow: cache.snapshotWindow,
      finalSnapshotIdentifier: `${name}-final`,
      maintenanceWindow: cache.maintenanceWindow,
      autoMinorVersionUpgrade: 'true',
      applyImmediately: false,
    });
  }
}
