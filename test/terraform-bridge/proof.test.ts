import { exampleStack, stack } from '../support/stacks';
import { actions as actionsOfAws } from './actions.json';

/** With everything that a setting can add, so that no rule passes because something is switched off. */
const everything = (settings: any) => {
  settings.cluster.aws.datadog.externalId = 'abc123';
  settings.cluster.aws.dns.parentZone = 'washu.edu';
  settings.cluster.aws.api.administrators = ['arn:aws:iam::123456789012:role/operators'];
  settings.cluster.network.natGatewayPerZone = true;
  settings.environments[0].aws.cdn.publicPages = ['/events/*'];
  settings.environments[0].aws.cache.replicas = 1;
};
const stacks = [
  ['cluster', stack('cluster', everything)],
  ['production', stack('production', everything)],
  [
    'Rails on ECS',
    exampleStack('production', (settings) => {
      settings.aws.database.replica = { instance: 'db.t4g.micro' };
    }),
  ],
] as const;

/** `type.name`, `data.type.name` or `ephemeral.type.name` of everything that is declared, with its configuration. */
function declared({ json }: (typeof stacks)[number][1]): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (const [kind, before] of [
    ['resource', ''],
    ['data', 'data.'],
    ['ephemeral', 'ephemeral.'],
  ] as const)
    for (const [type, byName] of Object.entries<any>(json[kind] ?? {}))
      for (const [name, config] of Object.entries(byName)) all.set(`${before}${type}.${name}`, config);
  return all;
}

/** What a configuration names: in `${…}`, in `depends_on`. */
function references(config: unknown): string[] {
  const text = JSON.stringify(config);
  const inExpressions = [...text.matchAll(/\$\{((?:[^{}]|\{[^{}]*\})*)\}/g)].flatMap(([, inner = '']) =>
    // Strings within an expression are text.
    [
      ...inner
        .replace(/\\"(?:[^"\\]|\\\\.)*\\"/g, '')
        .matchAll(/(?<![\w.])((?:data\.|ephemeral\.)?aws_\w+\.\w+)/g),
    ].map(([, address = '']) => address),
  );
  return [...inExpressions, ...((config as { depends_on?: string[] }).depends_on ?? [])];
}

describe.each(stacks)('%s', (_, parsed) => {
  const all = declared(parsed);

  test('every reference leads to something that is declared', () => {
    const bad = [...all, ...Object.entries<any>(parsed.json.output)].flatMap(([address, config]) =>
      references(config)
        .filter((to) => !all.has(to))
        .map((to) => `${address} -> ${to}`),
    );
    expect(bad).toEqual([]);
    expect([...all.values()].flatMap(references).length).toBeGreaterThan(20);
  });

  test('nothing waits for itself', () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (address: string, path: readonly string[]) => {
      if (path.includes(address)) cycles.push([...path.slice(path.indexOf(address)), address].join(' -> '));
      if (path.includes(address) || done.has(address)) return;
      for (const to of references(all.get(address))) visit(to, [...path, address]);
      done.add(address);
    };
    for (const address of all.keys()) visit(address, []);
    expect(cycles).toEqual([]);
  });

  test('no two resources have the same name where AWS takes it once', () => {
    const names = parsed.resources
      .filter(({ config }) => typeof (config.name ?? config.identifier) === 'string')
      .filter(({ type }) => !/route53_(record|zone)|iam_(role|user)_policy$/.test(type))
      .map(({ type, config }) => `${type} ${config.name ?? config.identifier}`);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  test('no value of a secret is in an output', () => {
    for (const output of Object.values<any>(parsed.json.output)) {
      expect(output.sensitive).toBeUndefined();
      expect(JSON.stringify(output)).not.toMatch(/ephemeral\.|secret_string|password|auth_token/);
    }
  });

  test('every tag and name of AWS has letters that it takes', () => {
    const tags = parsed.resources.flatMap(({ address, config }) =>
      Object.entries<string>(config.tags ?? {}).map((tag) => [address, ...tag] as const),
    );
    const bad = tags.filter(
      ([, key, value]) => !/^[\w .:/=+@-]{1,128}$/.test(key) || !/^[\w .:/=+@-]{0,256}$/.test(value),
    );
    expect(bad).toEqual([]);
  });
});

describe('policies', () => {
  /** Documents that say `*` for a resource, and why. */
  const anything: Record<string, string> = {
    encryption_policy: "the resource of a key's own policy is the key",
    identities_argo_rollouts_permissions: 'Describe…: load balancers are listed as a whole',
    flow_logs_write: 'DescribeLogGroups: a list of groups has no narrower resource',
    identities_aws_load_balancer_controller_permissions: 'Describe…: EC2 and load balancers are listed as a whole',
    identities_builder_permissions: 'GetAuthorizationToken: a registry is not a resource',
    identities_cluster_autoscaler_permissions: 'Describe…: groups and instances are listed as a whole',
    identities_external_dns_permissions: 'ListHostedZones: a list of zones has no narrower resource',
    identities_jenkins_backup_permissions: 'Describe…: volumes and snapshots are listed as a whole',
    datadog_permissions: 'metrics and tags are not resources',
    blue_green_permissions: 'Describe…: load balancers are listed as a whole',
    pipeline_build_role_permissions:
      'GetAuthorizationToken, DescribeTaskDefinition: neither has a narrower resource',
    pipeline_migrate_role_permissions: 'Describe…: networks are listed as a whole',
    service_task_start_permissions: 'GetAuthorizationToken: a registry is not a resource',
    nodes_session_permissions: 'ssmmessages: a channel is not a resource',
    volume_backups_permissions: 'Describe…: volumes and snapshots are listed as a whole',
    vpc_cni_permissions: 'Describe…: interfaces and subnets are listed as a whole',
  };
  const documents = stacks.flatMap(([, { json }]) =>
    // A system of one service has the same parts, one level deeper.
    Object.entries<any>(json.data.aws_iam_policy_document).map(([name, { statement }]) => ({
      name: name.replace(/^(place|web)_/, ''),
      statement,
    })),
  );

  test('name every resource, but for those of this list', () => {
    const found = documents.filter(({ statement }) =>
      statement.some(({ resources }: any) => resources?.some((each: string) => each === '*')),
    );
    expect([...new Set(found.map(({ name }) => name))].sort()).toEqual(Object.keys(anything).sort());
  });

  test('that name every resource only look, or belong to a key', () => {
    const bad = documents
      .filter(({ name }) => name !== 'encryption_policy')
      .flatMap(({ name, statement }) =>
        statement
          .filter(({ resources }: any) => resources?.includes('*'))
          .flatMap(({ actions }: any) => actions)
          .filter((action: string) => !/:(Describe|Get|List)|^ssmmessages:/.test(action))
          .map((action: string) => `${name}: ${action}`),
      );
    expect(bad).toEqual([]);
  });

  /** Policies of AWS' own, each read, and why it is no wider than what it is for. */
  const managed: Record<string, string> = {
    AmazonEKSClusterPolicy: 'the control plane asks for it, and nobody else can take the role',
    AmazonEKSWorkerNodePolicy: 'describes, and hands pods their roles',
    AmazonEC2ContainerRegistryPullOnly: 'pulls, and imports into a repository that there is',
    AmazonEBSCSIDriverEKSClusterScopedPolicy: 'volumes, snapshots and instances with the tag of this cluster',
  };

  test('that AWS keeps are those that have been read', () => {
    const attached = stacks.flatMap(([, { resources }]) =>
      resources
        .filter(({ type }) => type === 'aws_iam_role_policy_attachment')
        .map(({ config }) => config.policy_arn),
    );
    expect(attached.sort()).toEqual(
      Object.keys(managed)
        .map((name) => `arn:aws:iam::aws:policy/${name}`)
        .sort(),
    );
  });

  test('name actions that AWS knows, and no other (test/terraform-bridge/actions.py)', () => {
    const known: Readonly<Record<string, readonly string[]>> = actionsOfAws;
    const unknown = (action: string) => {
      const [service = '', name = ''] = action.split(':');
      const pattern = new RegExp(`^${name.replaceAll('*', '.*')}$`);
      return !known[service]?.some((each) => pattern.test(each));
    };
    const actions = documents.flatMap(({ statement }) => statement.flatMap(({ actions }: any) => actions));
    expect(actions.length).toBeGreaterThan(100);
    expect(actions.filter(unknown)).toEqual([]);
    expect(['rds:CreateDbSnapshots', 's3:Get', 'nothing:Get*'].filter(unknown)).toHaveLength(3);
  });

  test('allow no action that is not written out, but for the account and its key', () => {
    const bad = documents.flatMap(({ name, statement }) =>
      statement
        .filter(({ effect }: any) => effect !== 'Deny')
        .flatMap(({ actions }: any) => actions)
        .filter((action: string) => action.includes('*'))
        .map((action: string) => `${name}: ${action}`),
    );
    expect([...new Set(bad)]).toEqual([
      'encryption_policy: kms:*',
      'encryption_policy: kms:ReEncrypt*',
      'encryption_policy: kms:GenerateDataKey*',
    ]);
  });

  test('trust no account but our own and Datadog', () => {
    const trusted = documents.flatMap(({ name, statement }) =>
      statement.flatMap(({ principals, effect }: any) =>
        (principals ?? [])
          .filter(({ type }: any) => type === 'AWS' && effect !== 'Deny')
          .flatMap(({ identifiers }: any) => identifiers.map((each: string) => `${name}: ${each}`)),
      ),
    );
    const foreign = trusted.filter(
      (each) => !each.includes('${aws_iam_role.') && !each.includes('${data.aws_caller_identity.'),
    );
    expect(foreign).toEqual(['datadog_trust: arn:aws:iam::464622532012:root']);
  });
});

describe('encryption', () => {
  /** How each type that keeps something says that it is encrypted. */
  const encrypted: Record<string, (config: any) => boolean> = {
    aws_cloudwatch_log_group: ({ kms_key_id }) => kms_key_id !== undefined,
    aws_db_instance: (c) =>
      c.storage_encrypted &&
      c.kms_key_id &&
      c.performance_insights_kms_key_id &&
      // A replica has the roles of the other one, and no secret of its own.
      (c.replicate_source_db || c.master_user_secret_kms_key_id),
    aws_ecr_repository: ({ encryption_configuration }) => encryption_configuration.length === 1,
    aws_eks_cluster: ({ encryption_config }) => encryption_config.resources.includes('secrets'),
    aws_elasticache_replication_group: (c) =>
      c.at_rest_encryption_enabled === 'true' && c.transit_encryption_enabled,
    aws_launch_template: ({ block_device_mappings }) =>
      block_device_mappings.every(({ ebs }: any) => ebs.encrypted === 'true'),
    aws_s3_bucket_server_side_encryption_configuration: ({ rule }) => rule.length === 1,
    aws_secretsmanager_secret: ({ kms_key_id }) => kms_key_id !== undefined,
    aws_sns_topic: ({ kms_master_key_id }) => kms_master_key_id !== undefined,
  };
  /** What keeps nothing of ours. */
  const keepsNothing =
    /^aws_(acm|appautoscaling|budgets|cloudfront|cloudwatch_(dashboard|log_metric|metric)|codebuild|codeconnections|codedeploy|codepipeline|default_security|dlm|ecs|eip|eks_(access|addon|node|pod)|flow_log|iam|internet|kms|lb|nat|network|route|security|sesv2|sns_topic_|subnet|vpc|db_(parameter|subnet)|ecr_(lifecycle|pull)|elasticache_(parameter|subnet)|s3_bucket$|s3_bucket_(lifecycle|ownership|policy|public|replication|versioning)|secretsmanager_secret_version)/;

  test.each(stacks)('everything that %s keeps is encrypted', (_, { resources }) => {
    const bad = resources.filter(({ type, config }) => (encrypted[type] ? !encrypted[type]?.(config) : false));
    expect(bad.map(({ address }) => address)).toEqual([]);
  });

  test.each(stacks)('every log of %s has an end', (_, { resources }) => {
    const groups = resources.filter(({ type }) => type === 'aws_cloudwatch_log_group');
    expect(groups.length).toBeGreaterThan(0);
    expect(groups.filter(({ config }) => !(config.retention_in_days > 0)).map(({ address }) => address)).toEqual(
      [],
    );
  });

  test.each(stacks)('every type of %s is one of those, or keeps nothing', (_, { resources }) => {
    const unknown = resources.filter(({ type }) => !encrypted[type] && !keepsNothing.test(type));
    expect(unknown.map(({ type }) => type)).toEqual([]);
  });
});

describe('what AWS would refuse only at the apply', () => {
  /** Names as their services document them; an account number stands for what is known only then. */
  const patterns: Record<string, [field: string, pattern: RegExp]> = {
    aws_budgets_budget: ['name', /^[^:\\]{1,100}$/],
    aws_cloudfront_cache_policy: ['name', /^[\w-]{1,128}$/],
    aws_cloudfront_origin_access_control: ['name', /^.{1,64}$/],
    aws_cloudwatch_log_group: ['name', /^[\w./#-]{1,512}$/],
    aws_cloudwatch_metric_alarm: ['alarm_name', /^[\x20-\x7e]{1,255}$/],
    aws_codebuild_project: ['name', /^[A-Za-z0-9][\w-]{1,254}$/],
    aws_codeconnections_connection: ['name', /^[\w-]{1,32}$/],
    aws_codedeploy_app: ['name', /^[\w+=,.@-]{1,100}$/],
    aws_codepipeline: ['name', /^[\w.@-]{1,100}$/],
    aws_db_instance: ['identifier', /^[a-z](?!.*--)[a-z0-9-]{0,61}[a-z0-9]$/],
    aws_db_parameter_group: ['name', /^[a-z](?!.*--)[a-z0-9-]{0,253}[a-z0-9]$/],
    aws_db_subnet_group: ['name', /^[a-z0-9._ -]{1,255}$/],
    aws_ecr_pull_through_cache_rule: ['ecr_repository_prefix', /^(?=.{2,30}$)[a-z0-9]+([._-][a-z0-9]+)*$/],
    aws_ecr_repository: ['name', /^[a-z0-9]+([._/-][a-z0-9]+)*$/],
    aws_ecs_cluster: ['name', /^[\w-]{1,255}$/],
    aws_ecs_service: ['name', /^[\w-]{1,255}$/],
    aws_ecs_task_definition: ['family', /^[\w-]{1,255}$/],
    aws_eks_cluster: ['name', /^[0-9A-Za-z][\w-]{0,99}$/],
    aws_eks_node_group: ['node_group_name_prefix', /^[0-9A-Za-z][\w-]{0,36}$/],
    aws_elasticache_parameter_group: ['name', /^[a-z](?!.*--)[a-z0-9-]{0,253}[a-z0-9]$/],
    aws_elasticache_replication_group: ['replication_group_id', /^[a-z](?!.*--)[a-z0-9-]{0,38}[a-z0-9]$/],
    aws_elasticache_subnet_group: ['name', /^[a-z0-9-]{1,255}$/],
    aws_iam_role: ['name', /^[\w+=,.@-]{1,64}$/],
    aws_iam_role_policy: ['name', /^[\w+=,.@-]{1,128}$/],
    aws_iam_user: ['name', /^[\w+=,.@-]{1,64}$/],
    aws_kms_alias: ['name', /^alias\/(?!aws)[\w/-]{1,250}$/],
    aws_lb: ['name', /^(?!internal-)(?!-)[a-zA-Z0-9-]{1,32}(?<!-)$/],
    aws_lb_target_group: ['name', /^(?!-)[a-zA-Z0-9-]{1,32}(?<!-)$/],
    aws_launch_template: ['name', /^[\w()./-]{3,128}$/],
    aws_s3_bucket: ['bucket', /^[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]$/],
    aws_secretsmanager_secret: ['name', /^[\w/+=.@-]{1,512}$/],
    aws_security_group: ['name', /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/],
    aws_sns_topic: ['name', /^[\w-]{1,256}$/],
  };
  const descriptions: Record<string, RegExp> = {
    aws_iam_role: /^[\x20-\x7e]{0,1000}$/,
    aws_security_group: /^[\w .:/()#,@[\]+=&;{}!$*-]{0,255}$/,
    aws_vpc_security_group_egress_rule: /^[\w .:/()#,@[\]+=&;{}!$*-]{0,255}$/,
    aws_vpc_security_group_ingress_rule: /^[\w .:/()#,@[\]+=&;{}!$*-]{0,255}$/,
    aws_elasticache_replication_group: /^.{1,}$/,
    aws_cloudwatch_metric_alarm: /^.{0,1024}$/,
  };
  const resources = stacks.flatMap(([, { resources }]) => resources);

  test('a name of the wrong letters or length', () => {
    const bad = resources.filter(({ type, config }) => {
      const [field, pattern] = patterns[type] ?? ['name', /^/];
      return patterns[type] && !pattern.test(String(config[field]).replace(/\$\{[^}]+\}/g, '123456789012'));
    });
    expect(bad.map(({ address }) => address)).toEqual([]);
    const unused = Object.keys(patterns).filter((type) => !resources.some((each) => each.type === type));
    expect(unused).toEqual([]);
  });

  test('a description of the wrong letters or length', () => {
    const bad = resources.filter(
      ({ type, config }) =>
        descriptions[type] && !descriptions[type]?.test(config.description ?? config.alarm_description ?? ''),
    );
    expect(bad.map(({ address }) => address)).toEqual([]);
  });

  test('two rules of a lifecycle with one priority, or a JSON text that is none', () => {
    for (const { config } of resources.filter(({ type }) => type === 'aws_ecr_lifecycle_policy')) {
      const priorities = JSON.parse(config.policy).rules.map((rule: any) => rule.rulePriority);
      expect(new Set(priorities).size).toBe(priorities.length);
    }
    for (const { config } of resources.filter(({ type }) => type === 'aws_eks_addon'))
      if (config.configuration_values) expect(typeof JSON.parse(config.configuration_values)).toBe('object');
  });

  test('a volume faster than its size and its machine', () => {
    for (const { config } of resources.filter(({ type }) => type === 'aws_launch_template'))
      for (const { ebs } of config.block_device_mappings) {
        // gp3: 500 operations a GiB, above the 3000 that every volume has; a quarter MiB/s an operation.
        expect(ebs.iops).toBeLessThanOrEqual(Math.max(3000, 500 * ebs.volume_size));
        expect(ebs.throughput).toBeLessThanOrEqual(ebs.iops / 4);
      }
  });
});
