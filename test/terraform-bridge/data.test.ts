import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectionAlert } from '../../charts/environments/alert-rules';
import type { Environment } from '../../charts/environments/environment';
import { settings } from '../support/manifests';
import { root } from '../support/root';
import { stack } from '../support/stacks';

const production = stack('production');
const cluster = stack('cluster');
const site = settings.sites[0];
const environment = site?.environment as Environment & { aws: NonNullable<Environment['aws']> };
const { aws } = environment;
const database = production.only('aws_db_instance');
const cache = production.only('aws_elasticache_replication_group');
const parameters = (type: string): Record<string, string> =>
  Object.fromEntries(production.only(type).parameter.map((each: any) => [each.name, each.value]));

describe('database', () => {
  test('is what the settings say, private, encrypted, backed up and not to be deleted', () => {
    expect(database).toMatchObject({
      identifier: site?.database.instance,
      engine: 'postgres',
      engine_version: aws.database.version,
      instance_class: aws.database.instance,
      db_name: site?.database.name,
      allocated_storage: 20,
      max_allocated_storage: 40,
      storage_type: 'gp3',
      storage_encrypted: true,
      publicly_accessible: false,
      multi_az: aws.database.multiAz,
      backup_retention_period: aws.database.backupRetention,
      deletion_protection: true,
      delete_automated_backups: false,
      skip_final_snapshot: false,
      final_snapshot_identifier: 'eren-production-final',
      performance_insights_enabled: true,
      performance_insights_retention_period: 7,
    });
  });

  test('holds as many connections as the budget of the charts has, which a restart brings', () => {
    expect(parameters('aws_db_parameter_group').max_connections).toBe(String(environment.connections.max));
    const more = stack('production', (s) => (s.environments[0].connections.max = 50));
    const [raised] = more
      .only('aws_db_parameter_group')
      .parameter.filter((each: any) => each.name === 'max_connections');
    expect(raised).toEqual({ name: 'max_connections', value: '50', apply_method: 'pending-reboot' });
  });

  test('speaks TLS alone, logs what is slow, and counts statements', () => {
    expect(parameters('aws_db_parameter_group')).toMatchObject({
      'rds.force_ssl': '1',
      log_min_duration_statement: '1000',
      shared_preload_libraries: 'pg_stat_statements',
    });
    expect(production.only('aws_db_parameter_group').family).toBe(`postgres${aws.database.version.split('.')[0]}`);
  });

  test('has an authority that PgBouncer is given to verify it by', () => {
    expect(database.ca_cert_identifier).toBe('rds-ca-rsa2048-g1');
    const bundle = readFileSync(
      join(root, `charts/environments/certificates/rds-${settings.cluster.region}.pem`),
      'utf8',
    );
    expect(bundle.match(/BEGIN CERTIFICATE/g)?.length).toBeGreaterThan(2);
  });

  test('has a master password that RDS makes and keeps, and that stands nowhere here', () => {
    expect(database.manage_master_user_password).toBe(true);
    expect(Object.keys(database).filter((key) => /^password/.test(key))).toEqual([]);
  });

  test('is of the version that builds are tested with, and staging runs', () => {
    const { version } = aws.database;
    for (const image of [
      settings.cluster.jenkins.agents.rspec.postgres.image,
      settings.sites[1]?.environment.inCluster?.postgres.image,
    ])
      expect(image).toContain(`/postgres:${version}@`);
  });

  test('logs into a group that is encrypted and ends', () => {
    const logs = production.only('aws_cloudwatch_log_group');
    expect(logs).toMatchObject({
      name: '/aws/rds/instance/eren-production/postgresql',
      retention_in_days: aws.database.logRetention,
    });
    expect(logs.kms_key_id).toContain('data.aws_kms_alias.');
    expect(database.depends_on).toEqual(['aws_cloudwatch_log_group.database_logs']);
  });

  test('Multi-AZ is a setting', () => {
    const twice = stack('production', (s) => (s.environments[0].aws.database.multiAz = true));
    expect(twice.only('aws_db_instance').multi_az).toBe(true);
  });
});

describe('cache', () => {
  test('is one node of a group, by TLS and password, encrypted, with snapshots, and evicts nothing', () => {
    expect(cache).toMatchObject({
      node_type: aws.cache.node,
      engine: 'redis',
      engine_version: aws.cache.version,
      num_cache_clusters: 1,
      automatic_failover_enabled: false,
      multi_az_enabled: false,
      transit_encryption_enabled: true,
      transit_encryption_mode: 'required',
      at_rest_encryption_enabled: 'true',
      snapshot_retention_limit: aws.cache.snapshotRetention,
    });
    expect(parameters('aws_elasticache_parameter_group')).toEqual({ 'maxmemory-policy': 'noeviction' });
  });

  test('has the password of the entry that the app reads, which no state keeps', () => {
    expect(cache.auth_token).toBeUndefined();
    expect(cache.auth_token_wo).toMatch(/^\$\{jsondecode\(ephemeral\.aws_secretsmanager_secret_version\./);
    const [entry]: any[] = Object.values(production.json.ephemeral.aws_secretsmanager_secret_version);
    expect(Object.values(cluster.ofType('aws_secretsmanager_secret')).map(({ name }) => name)).toContain(
      entry.secret_id,
    );
  });

  test('a replica makes it Multi-AZ, and gives it an alarm of its own', () => {
    const two = stack('production', (s) => (s.environments[0].aws.cache.replicas = 1));
    expect(two.only('aws_elasticache_replication_group')).toMatchObject({
      num_cache_clusters: 2,
      automatic_failover_enabled: true,
      multi_az_enabled: true,
    });
    const watched = Object.values(two.ofType('aws_cloudwatch_metric_alarm')).flatMap(
      ({ dimensions }) => dimensions.CacheClusterId ?? [],
    );
    expect(new Set(watched)).toEqual(new Set(['eren-production-001', 'eren-production-002']));
  });
});

describe('buckets', () => {
  const names = Object.values(production.ofType('aws_s3_bucket')).map(({ bucket }) => bucket);
  const each = (type: string) => Object.values(production.ofType(type));

  test('have the names that roles of the cluster stack may use', () => {
    const resources = Object.values<any>(cluster.json.data.aws_iam_policy_document)
      .flatMap(({ statement }) => statement)
      .flatMap(({ resources }) => resources ?? []);
    const neutral = (text: string) => text.replace(/\$\{[^}]+\}/, 'ACCOUNT');
    for (const name of names) expect(resources.map(neutral)).toContain(`arn:aws:s3:::${neutral(name)}`);
  });

  test('are private, versioned, encrypted, of one owner, and end what was replaced', () => {
    expect(names).toHaveLength(2);
    expect(each('aws_s3_bucket_public_access_block')).toHaveLength(2);
    for (const block of each('aws_s3_bucket_public_access_block'))
      expect(Object.values(block).filter((value) => value === true)).toHaveLength(4);
    for (const [type, path] of [
      ['aws_s3_bucket_versioning', (c: any) => c.versioning_configuration.status === 'Enabled'],
      [
        'aws_s3_bucket_server_side_encryption_configuration',
        (c: any) => c.rule[0].apply_server_side_encryption_by_default.sse_algorithm === 'AES256',
      ],
      ['aws_s3_bucket_ownership_controls', (c: any) => c.rule.object_ownership === 'BucketOwnerEnforced'],
      [
        'aws_s3_bucket_lifecycle_configuration',
        (c: any) => c.rule[0].noncurrent_version_expiration[0].noncurrent_days === 30,
      ],
    ] as const)
      expect([type, each(type).map(path)]).toEqual([type, [true, true]]);
  });

  test('nobody reaches them without TLS', () => {
    for (const { policy } of each('aws_s3_bucket_policy'))
      expect(production.statements(policy)[0]).toMatchObject({
        effect: 'Deny',
        actions: ['s3:*'],
        condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
      });
    expect(each('aws_s3_bucket_policy')).toHaveLength(2);
  });

  test('uploads move to cheaper storage where the settings say so', () => {
    const moved = stack('production', (s) => (s.environments[0].aws.uploads.infrequentAfter = 60));
    const { rule } = moved.ofType('aws_s3_bucket_lifecycle_configuration').uploads_lifecycle;
    expect(rule[1].transition).toEqual([{ days: 60, storage_class: 'STANDARD_IA' }]);
    expect(production.ofType('aws_s3_bucket_lifecycle_configuration').uploads_lifecycle.rule).toHaveLength(1);
  });
});

describe('alarms', () => {
  const alarms = Object.values(production.ofType('aws_cloudwatch_metric_alarm'));
  const of = (metric: string) => alarms.find(({ metric_name }) => metric_name === metric);

  test('watch storage, CPU and connections of the database, and memory of Redis', () => {
    expect(alarms.map(({ metric_name }) => metric_name).sort()).toEqual([
      'CPUUtilization',
      'DatabaseConnections',
      'DatabaseMemoryUsagePercentage',
      'EngineCPUUtilization',
      'FreeStorageSpace',
    ]);
    expect(of('FreeStorageSpace')).toMatchObject({
      comparison_operator: 'LessThanThreshold',
      threshold: 4 * 1024 ** 3,
    });
  });

  test('have the thresholds of the monitors where both watch', () => {
    expect(of('DatabaseConnections')?.threshold).toBe(connectionAlert(settings.cluster, environment).critical);
    expect(of('DatabaseMemoryUsagePercentage')?.threshold).toBe(settings.cluster.alerts.redisMemory.critical);
  });

  test('tell the topic that the cluster stack makes', () => {
    const { name } = cluster.only('aws_sns_topic');
    for (const { alarm_actions, ok_actions } of alarms) {
      expect(alarm_actions).toEqual(ok_actions);
      expect(alarm_actions[0]).toMatch(new RegExp(`^arn:aws:sns:us-east-1:.*:${name}$`));
    }
  });
});
