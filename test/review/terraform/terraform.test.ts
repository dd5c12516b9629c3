import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plannedStack } from '../../../commands/terraform-plan';
import { otherFiles } from '../../../review/diff/others';
import { loosened } from '../../../review/model/guards';
import { effectOf, factsOf } from '../../../review/terraform/facts';
import { widened } from '../../../review/terraform/policies';
import { blocksIn } from '../../../review/terraform/stacks';
import { root } from '../../support/root';
import { reviewOf } from '../diff/fixtures';

type Stack = Record<string, Record<string, Record<string, Record<string, any>>>>;

const fileOf = (stack: string) => `terraform-bridge/stacks/${stack}/cdk.tf.json`;
const textOf = (stack: string) => readFileSync(join(root, fileOf(stack)), 'utf8');

/** What is told of a change of a committed stack: class, level, resource, argument. */
function told(stack: string, edit: (blocks: Stack) => void): string[] {
  const before = textOf(stack);
  const blocks = JSON.parse(before);
  edit(blocks);
  return tellings(fileOf(stack), before, JSON.stringify(blocks));
}

function tellings(file: string, before: string | undefined, after: string | undefined): string[] {
  const { findings } = reviewOf({ changed: new Map([[file, { before, after }]]), unchanged: new Map() });
  return findings.map(({ class: of, level, object, path }) =>
    [of, level, `${object?.kind}.${object?.name}`, path].join(' ').trim(),
  );
}

const first = (blocks: Stack, type: string, named = ''): Record<string, any> => {
  const found = Object.entries(blocks.resource?.[type] ?? {}).find(([name]) => name.includes(named));
  if (!found) throw new Error(`no ${type} ${named}`);
  return found[1];
};

test('no type and no argument of the stacks is without a fact', () => {
  const terraforms = ['depends_on', 'lifecycle', 'provider', 'region', 'apiVersion', 'kind', 'metadata'];
  const missing = ['cluster', 'production'].flatMap((stack) =>
    blocksIn(fileOf(stack), textOf(stack))
      .filter(({ object }) => object.kind.startsWith('aws_'))
      .flatMap(({ object }) => {
        const facts = factsOf(object.kind);
        return Object.keys(object)
          .filter((argument) => !terraforms.includes(argument) && (!facts || !effectOf(facts, argument)))
          .map((argument) => `${object.kind}.${argument}`);
      }),
  );
  expect(missing).toEqual([]);
});

test.each<[string, string, (blocks: Stack) => void, string[]]>([
  [
    'another name of the database empties it',
    'production',
    (blocks) => Object.assign(first(blocks, 'aws_db_instance'), { db_name: 'other' }),
    ['data-loss critical aws_db_instance.database_instance db_name'],
  ],
  [
    'a smaller instance is away for minutes',
    'production',
    (blocks) => Object.assign(first(blocks, 'aws_db_instance'), { instance_class: 'db.t3.nano' }),
    ['availability warn aws_db_instance.database_instance instance_class'],
  ],
  [
    'fewer days of backups, and no deletion protection',
    'production',
    (blocks) =>
      Object.assign(first(blocks, 'aws_db_instance'), { backup_retention_period: 1, deletion_protection: false }),
    [
      'guard high aws_db_instance.database_instance backup_retention_period',
      'guard high aws_db_instance.database_instance deletion_protection',
    ],
  ],
  [
    'deletion protection that is no longer written',
    'production',
    (blocks) => {
      delete first(blocks, 'aws_db_instance').deletion_protection;
    },
    ['guard high aws_db_instance.database_instance deletion_protection'],
  ],
  [
    'more days of backups loosen nothing',
    'production',
    (blocks) => Object.assign(first(blocks, 'aws_db_instance'), { backup_retention_period: 14 }),
    ['config info aws_db_instance.database_instance backup_retention_period'],
  ],
  [
    'Redis without TLS',
    'production',
    (blocks) =>
      Object.assign(first(blocks, 'aws_elasticache_replication_group'), { transit_encryption_mode: 'preferred' }),
    [
      'guard high aws_elasticache_replication_group.cache_group transit_encryption_mode',
      'availability warn aws_elasticache_replication_group.cache_group transit_encryption_mode',
    ],
  ],
  [
    'the API server is opened to a range',
    'cluster',
    (blocks) =>
      Object.assign(first(blocks, 'aws_eks_cluster').vpc_config, {
        endpoint_public_access: true,
        public_access_cidrs: ['203.0.113.0/24'],
      }),
    [
      'exposes critical aws_eks_cluster.eks_cluster vpc_config.endpoint_public_access',
      'config info aws_eks_cluster.eks_cluster vpc_config.public_access_cidrs',
    ],
  ],
  [
    'another address range of a private subnet takes the node groups along',
    'cluster',
    (blocks) => Object.assign(first(blocks, 'aws_subnet', 'private'), { cidr_block: '10.0.250.0/24' }),
    ['replace high aws_subnet.network_private_subnet_us_east_1a cidr_block'],
  ],
  [
    'a role may pass any role',
    'cluster',
    (blocks) => {
      const [document] = Object.values(blocks.data?.aws_iam_policy_document ?? {});
      document?.statement.push({ actions: ['iam:PassRole'], resources: ['*'] });
    },
    ['privilege high data.aws_iam_policy_document.access_logs_bucket_access statement'],
  ],
  [
    'a key is destroyed',
    'cluster',
    (blocks) => {
      delete blocks.resource?.aws_kms_key;
    },
    ['data-loss critical aws_kms_key.encryption_key'],
  ],
  [
    'a port is opened to the internet',
    'cluster',
    (blocks) => {
      const rules = blocks.resource?.aws_vpc_security_group_ingress_rule ?? {};
      rules.wide = {
        cidr_ipv4: '0.0.0.0/0',
        from_port: 5432,
        ip_protocol: 'tcp',
        security_group_id: 'sg',
        to_port: 5432,
      };
    },
    [
      'exposes critical aws_vpc_security_group_ingress_rule.wide cidr_ipv4',
      'new info aws_vpc_security_group_ingress_rule.wide',
    ],
  ],
  [
    'an argument that nobody has looked up',
    'cluster',
    (blocks) => Object.assign(first(blocks, 'aws_eip'), { unheard_of: 1 }),
    ['unjudged high aws_eip.network_nat_address_us_east_1a unheard_of'],
  ],
  [
    'a type that nobody has looked up',
    'cluster',
    (blocks) => Object.assign(blocks.resource ?? {}, { aws_unheard_of: { one: { name: 'x' } } }),
    ['unjudged high aws_unheard_of.one', 'new info aws_unheard_of.one'],
  ],
  [
    'another region',
    'production',
    (blocks) => Object.assign((blocks as any).provider.aws[0], { region: 'us-west-2' }),
    ['config high provider.aws region'],
  ],
])('%s', (_, stack, edit, expected) => {
  expect(told(stack, edit)).toEqual(expected);
});

test('a resource under another address is a new one, and with a moved block it is the same', () => {
  const rename = (blocks: Stack) => {
    const instances = blocks.resource?.aws_db_instance ?? {};
    instances.renamed = instances.database_instance ?? {};
    delete instances.database_instance;
  };
  expect(told('production', rename)).toEqual(
    expect.arrayContaining(['data-loss critical aws_db_instance.renamed']),
  );
  const moved = told('production', (blocks) => {
    rename(blocks);
    Object.assign(blocks, {
      moved: [{ from: 'aws_db_instance.database_instance', to: 'aws_db_instance.renamed' }],
    });
  });
  expect(moved.filter((line) => !line.startsWith('config'))).toEqual([]);
});

test('what a subnet takes along is named', () => {
  const before = textOf('cluster');
  const blocks = JSON.parse(before);
  first(blocks, 'aws_subnet', 'private').cidr_block = '10.0.250.0/24';
  const { findings } = reviewOf({
    changed: new Map([[fileOf('cluster'), { before, after: JSON.stringify(blocks) }]]),
    unchanged: new Map(),
  });
  expect(findings[0]?.says).toContain('with it aws_eks_node_group.app_nodes_group_a');
});

/** As Terraform 1.11.4 printed it of four `terraform_data`; ids left out, one drift and one sensitive value put in. */
const plan = {
  format_version: '1.2',
  resource_drift: [
    {
      address: 'terraform_data.a',
      mode: 'managed',
      type: 'terraform_data',
      change: { actions: ['update'], before: { input: 'by hand' }, after: { input: 'one' } },
    },
  ],
  resource_changes: [
    {
      address: 'terraform_data.a',
      mode: 'managed',
      type: 'terraform_data',
      change: {
        actions: ['update'],
        before: { input: 'one', output: 'one' },
        after: { input: 'two' },
        after_unknown: { output: true },
        before_sensitive: {},
        after_sensitive: {},
      },
    },
    {
      address: 'terraform_data.b',
      mode: 'managed',
      type: 'terraform_data',
      change: {
        actions: ['delete', 'create'],
        before: { input: 'x', triggers_replace: ['one'] },
        after: { input: 'x', triggers_replace: [null] },
        after_unknown: { triggers_replace: [true] },
        before_sensitive: {},
        after_sensitive: {},
        replace_paths: [['triggers_replace']],
      },
    },
    {
      address: 'terraform_data.fresh',
      mode: 'managed',
      type: 'terraform_data',
      change: {
        actions: ['create'],
        before: null,
        after: { input: 'hush' },
        after_unknown: {},
        before_sensitive: false,
        after_sensitive: { input: true },
      },
    },
    {
      address: 'terraform_data.gone',
      mode: 'managed',
      type: 'terraform_data',
      change: {
        actions: ['delete'],
        before: { input: 'gone' },
        after: null,
        after_unknown: {},
        before_sensitive: {},
        after_sensitive: false,
      },
    },
    {
      address: 'terraform_data.same',
      mode: 'managed',
      type: 'terraform_data',
      change: { actions: ['no-op'], before: { input: 1 }, after: { input: 1 } },
    },
  ],
};

test('a plan is judged by what Terraform itself says', () => {
  const { before, after } = plannedStack(JSON.stringify(plan));
  expect(tellings(fileOf('production'), before, after)).toEqual([
    'replace high terraform_data.b triggers_replace',
    'unjudged high terraform_data.gone',
    'config warn drift.terraform_data.a',
    'removed warn terraform_data.gone',
    'config info terraform_data.a input',
    'config info terraform_data.a output',
    'new info terraform_data.fresh',
  ]);
  expect(after).not.toContain('hush');
});

test.each([
  ['{', 'is not JSON'],
  ['{"terraform_version": "1.11.4"}', 'is not a plan'],
  ['[]', 'is not a plan'],
])('%s is refused as a plan', (text, why) => {
  expect(() => plannedStack(text)).toThrow(why);
});

test.each([
  [{ safe: 'more' }, 7, 1, true],
  [{ safe: 'more', endless: 0 }, 0, 30, true],
  [{ safe: 'more', endless: 0 }, 30, 0, false],
  [{ safe: 'less' }, '100', '600', true],
  [{ safe: 'superset' }, ['audit', 'api'], ['api'], true],
  [{ safe: 'superset' }, ['api'], ['api', 'audit'], false],
  [{ safe: 'later' }, 'TLSv1.2_2021', 'TLSv1_2016', true],
  [{ safe: 'later' }, 'TLSv1.2_2019', 'TLSv1.2_2021', false],
  [{ safe: 'later' }, 'ELBSecurityPolicy-TLS13-1-2-2021-06', 'ELBSecurityPolicy-2016-08', true],
  [{ safe: 'later' }, 'ELBSecurityPolicy-TLS13-1-2-2021-06', 'ELBSecurityPolicy-TLS13-1-3-2021-06', false],
  [{ safe: 'addresses' }, '10.0.0.0/16', '10.0.4.0/24', false],
  [{ safe: 'addresses' }, '10.0.4.0/24', '10.0.0.0/16', true],
  [{ safe: 'addresses' }, undefined, '::/0', true],
  [{ safe: '=required' }, 'required', undefined, true],
  [{ safe: '!allow-all' }, 'redirect-to-https', 'allow-all', true],
  [{ safe: 'true', absent: 'true' }, undefined, false, true],
])('%j from %j to %j is loosened: %j', (guard, before, after, expected) => {
  expect(loosened({ guards: 'something', ...guard }, before, after)).toBe(expected);
});

test('a policy is wider by what the one before did not cover', () => {
  const policy = (...statements: object[]) => JSON.stringify({ Statement: statements });
  const read = { Effect: 'Allow', Action: ['s3:Get*'], Resource: 'arn:aws:s3:::one/*' };
  const deny = { Effect: 'Deny', Action: 's3:DeleteObject', Resource: '*' };
  expect(widened(policy(read), policy({ ...read, Action: 's3:GetObject' })).says).toEqual([]);
  expect(widened(policy(read), policy({ ...read, Resource: 'arn:aws:s3:::two/*' })).says).toEqual([
    's3:Get* on arn:aws:s3:::two/*',
  ]);
  expect(
    widened(policy({ ...read, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), policy(read)).says,
  ).toHaveLength(1);
  expect(widened(policy(read, deny), policy(read))).toEqual({
    says: ['what was denied: s3:DeleteObject'],
    grave: true,
  });
  expect(widened(policy(read), policy({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })).grave).toBe(true);
});

test('every changed file that is not compared is named, with what is not judged', () => {
  const { findings, notes } = otherFiles(['Jenkinsfile', 'charts/web.ts', 'package-lock.json', 'who/knows']);
  expect(notes).toEqual(['charts/web.ts: changed; source; what it makes is compared']);
  expect(findings.map(({ level, instances: [at], says }) => `${level} ${at?.source.file} ${says}`)).toEqual([
    'warn Jenkinsfile changed: it judges or runs what is merged, and is not judged itself',
    'warn package-lock.json changed: other packages run at the next npm ci, and are not judged here',
    'warn who/knows changed: nothing here judges it',
  ]);
});
