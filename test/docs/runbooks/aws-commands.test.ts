import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/root';
import { type Parsed, stack } from '../../support/stacks';
import { allAwsCommands, awsCommands, problemsOf, scriptsOfPage, type Written } from './aws-commands';

const page = (name: string) => readFileSync(join(root, `docs/runbooks/${name}.md`), 'utf8');

test('every command of AWS in pages and manifests is one that AWS has, with options it knows', () => {
  const all = allAwsCommands();
  expect(all.length).toBeGreaterThan(120);
  expect(all.flatMap((each) => problemsOf(each).map((problem) => `${each.file}: ${problem}`))).toEqual([]);
});

test.each([
  ['rds restore-db-instance-form-db-snapshot --db-instance-identifier a', 'no command of AWS'],
  ['rds wait db-instance-there --db-instance-identifier a', 'no command of AWS'],
  ['rds modify-db-instance --db-instance-identifier a --new-name b', '--new-name: rds modify-db-instance has no'],
  ['rds modify-db-instance --new-db-instance-identifier b', '--db-instance-identifier: is missing'],
  ['rds modify-db-instance --db-instance-identifier a b', '--db-instance-identifier: takes one value'],
  ['rds modify-db-instance --db-instance-identifier a --apply-immediately true', 'takes no value'],
  ['rds modify-db-instance --db-instance-identifier a --no-port 1', '--no-port: rds modify-db-instance has no'],
  ['rds modify-db-instance --db-instance-identifier a --backup-retention-period week', 'week is not a number'],
  ['rds delete-db-instance --db-instance-identifier --skip-final-snapshot', 'has no value'],
  ['rds describe-db-instances --query DBInstances[].Identifier', 'answers nothing called Identifier'],
  ['ec2 describe-snapshots --filters Key=a,Values=b', '--filters: has no Key, but Name, Values'],
  ['ec2 create-volume --availability-zone a --volume-type gp4', 'gp4 is none of'],
  ['s3 sync a s3://b --purge', '--purge: s3 sync has no such option'],
  ['s4 sync a b', 'no command of AWS'],
])('aws %s', (command, problem) => {
  expect(awsCommands('a page', `aws ${command}`).flatMap(problemsOf).join()).toContain(problem);
});

test.each([
  'a=b; aws rds describe-db-instances --db-instance-identifier "$a" --query \'DBInstances[0].[Endpoint.Address]\' >/dev/null',
  'until aws rds wait db-instance-available --db-instance-identifier a; do sleep 1; done',
  'x=$(aws ec2 describe-snapshots --owner-ids self --filters "Name=tag:a,Values=b" Name=status,Values=completed --query "sort_by(Snapshots,&StartTime)[-1].SnapshotId")',
  "aws ec2 create-volume --availability-zone a --tag-specifications 'ResourceType=volume,Tags=[{Key=a,Value=b}]'",
  'cat <<END\naws no such-command\nEND\naws sts get-caller-identity # aws not this',
])('nothing is wrong with %s', (script) => {
  expect(awsCommands('a page', script).flatMap(problemsOf)).toEqual([]);
});

/** Commands that stand in for a resource of a stack. */
interface StandIn {
  readonly page: string;
  readonly resource: string;
  /** One of these makes the resource; the others after it may set the rest. */
  readonly makes: readonly string[];
  readonly later: readonly string[];
  /** Arguments of Terraform's, and the option that sets each. */
  readonly options: Readonly<Record<string, string>>;
  /** Arguments that no command needs, and why. */
  readonly without: Readonly<Record<string, string>>;
  /** Terraform's references, and what finds the same thing for the command. */
  readonly found: Readonly<Record<string, readonly [variable: string, by: string]>>;
}

const ofTerraform = 'says how Terraform deletes or changes it, and is nowhere in AWS';
const kept = 'is kept by a snapshot';
const standIns: readonly StandIn[] = [
  {
    page: 'restore-rds',
    resource: 'aws_db_instance',
    makes: ['rds restore-db-instance-to-point-in-time', 'rds restore-db-instance-from-db-snapshot'],
    later: ['rds modify-db-instance'],
    options: {
      auto_minor_version_upgrade: 'auto-minor-version-upgrade',
      backup_retention_period: 'backup-retention-period',
      backup_window: 'preferred-backup-window',
      ca_cert_identifier: 'ca-certificate-identifier',
      copy_tags_to_snapshot: 'copy-tags-to-snapshot',
      db_subnet_group_name: 'db-subnet-group-name',
      deletion_protection: 'deletion-protection',
      enabled_cloudwatch_logs_exports: 'cloudwatch-logs-export-configuration',
      engine_lifecycle_support: 'engine-lifecycle-support',
      identifier: 'new-db-instance-identifier',
      instance_class: 'db-instance-class',
      maintenance_window: 'preferred-maintenance-window',
      manage_master_user_password: 'manage-master-user-password',
      master_user_secret_kms_key_id: 'master-user-secret-kms-key-id',
      max_allocated_storage: 'max-allocated-storage',
      multi_az: 'multi-az',
      parameter_group_name: 'db-parameter-group-name',
      performance_insights_enabled: 'enable-performance-insights',
      performance_insights_kms_key_id: 'performance-insights-kms-key-id',
      performance_insights_retention_period: 'performance-insights-retention-period',
      port: 'port',
      publicly_accessible: 'publicly-accessible',
      storage_type: 'storage-type',
      tags: 'tags',
      vpc_security_group_ids: 'vpc-security-group-ids',
    },
    without: {
      allocated_storage: 'is as large as it was, or restoring fails; Terraform leaves growth alone',
      allow_major_version_upgrade: ofTerraform,
      apply_immediately: ofTerraform,
      db_name: kept,
      delete_automated_backups: ofTerraform,
      engine: kept,
      engine_version: kept,
      final_snapshot_identifier: ofTerraform,
      kms_key_id: kept,
      skip_final_snapshot: ofTerraform,
      storage_encrypted: kept,
      username: kept,
    },
    found: {
      '${data.aws_kms_alias.cluster_key.target_key_arn}': ['$key', '--key-id alias/eren-cluster '],
      '${data.aws_security_group.cluster_database_security_group.id}': ['$group', 'Values=eren-cluster-database '],
    },
  },
  {
    page: 'restore-redis',
    resource: 'aws_elasticache_replication_group',
    makes: ['elasticache create-replication-group'],
    later: [],
    options: {
      at_rest_encryption_enabled: 'at-rest-encryption-enabled',
      auth_token_wo: 'auth-token',
      auto_minor_version_upgrade: 'auto-minor-version-upgrade',
      automatic_failover_enabled: 'automatic-failover-enabled',
      description: 'replication-group-description',
      engine: 'engine',
      engine_version: 'engine-version',
      kms_key_id: 'kms-key-id',
      maintenance_window: 'preferred-maintenance-window',
      multi_az_enabled: 'multi-az-enabled',
      node_type: 'cache-node-type',
      num_cache_clusters: 'num-cache-clusters',
      parameter_group_name: 'cache-parameter-group-name',
      port: 'port',
      replication_group_id: 'replication-group-id',
      security_group_ids: 'security-group-ids',
      snapshot_retention_limit: 'snapshot-retention-limit',
      snapshot_window: 'snapshot-window',
      subnet_group_name: 'cache-subnet-group-name',
      tags: 'tags',
      transit_encryption_enabled: 'transit-encryption-enabled',
      transit_encryption_mode: 'transit-encryption-mode',
    },
    without: {
      apply_immediately: ofTerraform,
      auth_token_wo_version: ofTerraform,
      final_snapshot_identifier: ofTerraform,
    },
    found: {
      '${data.aws_kms_alias.cluster_key.target_key_arn}': ['$key', '--key-id alias/eren-cluster '],
      '${data.aws_security_group.cluster_cache_security_group.id}': ['$security', 'Values=eren-cluster-cache '],
      '${jsondecode(ephemeral.aws_secretsmanager_secret_version.cache_password.secret_string).auth_token}': [
        '$token',
        '--secret-id eren/production/redis ',
      ],
    },
  },
];

/** What a command says of an option: its value, or whether it is on. */
function said({ options }: Written, option: string): string | undefined {
  if (options.has(`no-${option}`)) return 'false';
  const values = options.get(option);
  return values && (values.join(' ') || 'true');
}

/** What the stack sets and the commands of a page do not, or set to something else. */
function differences(standIn: StandIn, { json, only, ofType }: Parsed, text: string): string[] {
  const [script = ''] = scriptsOfPage(text);
  const written = awsCommands(standIn.page, script);
  const { depends_on, lifecycle, ...config } = only(standIn.resource);
  const [{ tags }] = json.provider.aws[0].default_tags;
  const all = Object.entries({
    ...config,
    tags: Object.entries(tags)
      .map(([k, v]) => `Key=${k},Value=${v}`)
      .sort(),
  });
  const value = (set: unknown): string => {
    if (Array.isArray(set)) return set.map(value).join(' ');
    const reference = String(set);
    const [, type = '', name = ''] = /^\$\{(aws_\w+)\.(\w+)\.name\}$/.exec(reference) ?? [];
    return standIn.found[reference]?.[0] ?? (type ? String(ofType(type)[name].name) : reference);
  };
  return standIn.makes.flatMap((make) => {
    const makers = written.filter(({ name }) => name === make);
    if (makers.length !== 1) return [`${make}: ${makers.length} times on the page`];
    const commands = [...makers, ...written.filter(({ name }) => standIn.later.includes(name))];
    const wrong = all.flatMap(([argument, set]) => {
      if (standIn.without[argument]) return [];
      const option = standIn.options[argument];
      if (!option) return [`${argument}: the stack sets it, and nothing says which option does`];
      const heard = commands.flatMap((command) => said(command, option)?.replace(/^EnableLogTypes=/, '') ?? []);
      const sorted = heard.map((each) => (argument === 'tags' ? each.split(' ').sort().join(' ') : each));
      return sorted.includes(value(set))
        ? []
        : [
            `${argument}: the stack has ${value(set)}, ${make} and what follows ${sorted.join(' and ') || 'nothing'}`,
          ];
    });
    const lost = Object.values(standIn.found).filter(
      ([variable, by]) =>
        !written.some(({ text: command }) => `${command} `.includes(by)) ||
        !new RegExp(`\\b${variable.slice(1)}=\\$\\(aws [^\\n]*${by}`).test(script),
    );
    return [...wrong, ...lost.map(([variable, by]) => `${variable}: is not found by ${by.trim()}`)];
  });
}

describe.each(standIns)('$page', (standIn) => {
  const production = stack('production');

  test('sets everything that the stack sets, and to the same', () => {
    expect(differences(standIn, production, page(standIn.page))).toEqual([]);
  });

  test('every option that is left out, or changed, is missed', () => {
    const text = page(standIn.page);
    for (const [argument, option] of Object.entries(standIn.options)) {
      const less = text.replaceAll(new RegExp(`--(no-)?${option}(?= |\`)`, 'g'), '--left-out');
      expect([argument, differences(standIn, production, less).join()]).toEqual([
        argument,
        expect.stringContaining(`${argument}: `),
      ]);
    }
  });

  test('names no argument that the stack does not set', () => {
    const set = new Set([...Object.keys(production.only(standIn.resource)), 'tags']);
    const named = [...Object.keys(standIn.options), ...Object.keys(standIn.without)];
    expect(named.filter((argument) => !set.has(argument))).toEqual([]);
  });
});

test('a setting that the page does not follow is told', () => {
  const larger = stack('production', (s) => {
    s.environments[0].aws.database.instance = 'db.t3.small';
    s.environments[0].aws.cache.node = 'cache.t4g.small';
  });
  expect(standIns.map((each) => differences(each, larger, page(each.page)).length)).toEqual([2, 1]);
});

test('Terraform is given the restored database under the address it has in the stack', () => {
  const { resources } = stack('production');
  const [address] = resources.flatMap(({ type, address }) => (type === 'aws_db_instance' ? [address] : []));
  expect(page('restore-rds')).toContain(`state rm ${address}\n`);
  expect(page('restore-rds')).toContain(`import ${address} "$id"\n`);
});

describe('the Undo of the first deploy', () => {
  const undo = page('first-deploy').split('\n## Undo\n')[1]?.split('\n## ')[0] ?? '';
  const both = [stack('cluster'), stack('production')];
  const free = [
    stack('cluster', (s) => (s.cluster.aws.recovery.deletionProtection = false)),
    stack('production', (s) => (s.cluster.aws.recovery.deletionProtection = false)),
  ];
  const all = (of: readonly Parsed[], type: string) => of.flatMap((each) => Object.values<any>(each.ofType(type)));

  test('empties every bucket and registry, and ends every key, because Terraform does not', () => {
    const names = [
      ...all(both, 'aws_s3_bucket').map(({ bucket }) => bucket.replace(/\$\{[^}]+\}/, '$account')),
      ...all(both, 'aws_ecr_repository').flatMap((each) => (each.force_delete ? [] : each.name)),
      ...all(both, 'aws_iam_user').map(({ name }) => name),
    ];
    expect(names.length).toBeGreaterThan(6);
    expect(names.filter((name) => !undo.includes(` ${name}`))).toEqual([]);
  });

  test('frees the names of the last snapshots', () => {
    const last = ['aws_db_instance', 'aws_elasticache_replication_group'].flatMap((type) =>
      all(both, type).map(({ final_snapshot_identifier }) => final_snapshot_identifier),
    );
    expect(last).toHaveLength(2);
    for (const name of last) {
      expect(undo).toContain(`delete-db-snapshot --db-snapshot-identifier ${name}\n`);
      expect(undo).toContain(`delete-snapshot --snapshot-name ${name}\n`);
    }
  });

  test('one switch lets cluster, database and zones go, and holds them until then', () => {
    const held = (of: readonly Parsed[]) => [
      ...all(of, 'aws_eks_cluster').map(({ deletion_protection }) => deletion_protection),
      ...all(of, 'aws_db_instance').map(({ deletion_protection }) => deletion_protection),
      ...all(of, 'aws_route53_zone').map(({ force_destroy }) => !force_destroy),
    ];
    expect(held(both)).toEqual([true, true, true, true]);
    expect(held(free)).toEqual([false, false, false, false]);
  });

  test('deletes every Ingress and namespace that a controller makes something for, Argo CD being stopped', () => {
    const [stop, ingresses, namespaces] = [
      'scale statefulset argocd-application-controller --replicas 0',
      'kubectl delete ingress --all --all-namespaces',
      'kubectl delete namespace ',
    ].map((command) => undo.indexOf(command));
    expect([stop, ingresses, namespaces]).not.toContain(-1);
    expect([stop, ingresses, namespaces]).toEqual([stop, ingresses, namespaces].sort((a = 0, b = 0) => a - b));
  });
});
