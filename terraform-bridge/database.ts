import { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group';
import { DbInstance } from '@cdktn/provider-aws/lib/db-instance';
import { DbParameterGroup } from '@cdktn/provider-aws/lib/db-parameter-group';
import { DbSubnetGroup } from '@cdktn/provider-aws/lib/db-subnet-group';
import { Construct } from 'constructs';
import type * as v from 'valibot';
import type { Cluster } from '../charts/environments/environment';
import type { databaseClasses, postgres } from '../charts/environments/infrastructure';
import { staticParameters } from '../charts/environments/static-parameters';
import { mebibytes, seconds } from '../charts/environments/units';
import { dataNames } from './names';
import { databasePort } from './security-groups';

/** What is around data: where it lies, who reaches it, and what it is encrypted with. */
export interface DataPlace {
  /** One a zone, in the order of the zones. */
  readonly databaseSubnetIds: readonly string[];
  readonly databaseSecurityGroupId: string;
  readonly cacheSecurityGroupId?: string;
  readonly keyArn: string;
}

export interface WithDatabase {
  readonly name: string;
  readonly connections: { readonly max: number };
  readonly aws: {
    readonly database: v.InferOutput<typeof postgres> & {
      /** Present: a copy that only answers questions, of this class, a moment behind. */
      readonly replica?: { readonly instance: keyof typeof databaseClasses };
    };
  };
}

/**
 * PostgreSQL of RDS. Its master password is RDS' own secret, which RDS rotates and nobody but a person in need reads;
 * the app logs in as a role of its own, which docs/runbooks/first-deploy.md makes.
 */
export class PostgresDatabase extends Construct {
  public readonly instance: DbInstance;
  public readonly replica?: DbInstance;

  constructor(
    scope: Construct,
    id: string,
    cluster: Pick<Cluster, 'system'> & {
      readonly aws: { readonly recovery: { readonly deletionProtection: boolean } };
    },
    environment: WithDatabase,
    around: DataPlace,
  ) {
    super(scope, id);
    const { database } = environment.aws;
    const { database: name, master } = dataNames(cluster, environment);
    const subnets = new DbSubnetGroup(this, 'subnets', {
      name,
      description: 'The database subnets of the VPC',
      subnetIds: [...around.databaseSubnetIds],
    });
    const parameters = new DbParameterGroup(this, 'parameters', {
      name: `${name}-postgres16`,
      family: 'postgres16',
      description: `What ${cluster.system.title} sets and why: terraform-bridge/database.ts`,
      parameter: [
        ...Object.entries(staticParameters(environment)).map(([name, value]) =>
          parameter(name, value, 'pending-reboot'),
        ),
        parameter('rds.force_ssl', '1'),
        parameter('log_min_duration_statement', String(1000 * seconds(database.slowStatement))),
        parameter('pg_stat_statements.track', 'all'),
      ],
    });
    // RDS would make it itself, without encryption and for ever.
    const logs = new CloudwatchLogGroup(this, 'logs', {
      name: `/aws/rds/instance/${name}/postgresql`,
      retentionInDays: database.logRetention,
      kmsKeyId: around.keyArn,
    });
    const insights = database.performanceInsights;
    this.instance = new DbInstance(this, 'instance', {
      identifier: name,
      engine: 'postgres',
      engineVersion: database.version,
      instanceClass: database.instance,
      dbName: database.name,
      port: databasePort,
      username: master,
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: around.keyArn,
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [around.databaseSecurityGroupId],
      publiclyAccessible: false,
      parameterGroupName: parameters.name,
      storageType: 'gp3',
      allocatedStorage: gibibytes(database.storage),
      maxAllocatedStorage: gibibytes(database.maxStorage),
      storageEncrypted: true,
      kmsKeyId: around.keyArn,
      multiAz: database.multiAz,
      backupRetentionPeriod: database.backupRetention,
      backupWindow: database.backupWindow,
      maintenanceWindow: database.maintenanceWindow,
      copyTagsToSnapshot: true,
      deleteAutomatedBackups: false,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: `${name}-final`,
      deletionProtection: cluster.aws.recovery.deletionProtection,
      // The version is pinned above, and changes there.
      autoMinorVersionUpgrade: false,
      allowMajorVersionUpgrade: false,
      // An old version ends instead of costing more.
      engineLifecycleSupport: 'open-source-rds-extended-support-disabled',
      // What restarts it waits for the maintenance window.
      applyImmediately: false,
      caCertIdentifier: 'rds-ca-rsa2048-g1',
      enabledCloudwatchLogsExports: ['postgresql'],
      performanceInsightsEnabled: insights !== undefined,
      performanceInsightsRetentionPeriod: insights?.retention,
      performanceInsightsKmsKeyId: insights && around.keyArn,
      dependsOn: [logs],
    });
    if (database.replica)
      this.replica = new DbInstance(this, 'replica', {
        identifier: `${name}-replica`,
        replicateSourceDb: this.instance.identifier,
        instanceClass: database.replica.instance,
        vpcSecurityGroupIds: [around.databaseSecurityGroupId],
        publiclyAccessible: false,
        parameterGroupName: parameters.name,
        storageType: 'gp3',
        maxAllocatedStorage: gibibytes(database.maxStorage),
        storageEncrypted: true,
        kmsKeyId: around.keyArn,
        // Everything in it is in the other one, whose backups are the backups.
        skipFinalSnapshot: true,
        backupRetentionPeriod: 0,
        maintenanceWindow: database.maintenanceWindow,
        copyTagsToSnapshot: true,
        autoMinorVersionUpgrade: false,
        applyImmediately: false,
        caCertIdentifier: 'rds-ca-rsa2048-g1',
        performanceInsightsEnabled: insights !== undefined,
        performanceInsightsRetentionPeriod: insights?.retention,
        performanceInsightsKmsKeyId: insights && around.keyArn,
      });
  }
}

function parameter(name: string, value: string, applyMethod: 'immediate' | 'pending-reboot' = 'immediate') {
  return { name, value, applyMethod };
}

function gibibytes(value: Parameters<typeof mebibytes>[0]): number {
  return Math.ceil(mebibytes(value) / 1024);
}
