import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { SettingsError } from '../../../charts/settings';
import { environments } from '../../../examples/rails-on-ecs/environments';
import { renderRails } from '../../../examples/rails-on-ecs/stacks';
import { root } from '../../support/root';
import { exampleStack } from '../../support/stacks';

const production = exampleStack('production');
const staging = exampleStack('staging');
const group = (reference: string) => /aws_security_group\.place_groups_(\w+)\.id/.exec(reference)?.[1];

test('examples/rails-on-ecs/stacks is what the code generates (npm run terraform -- --system rails-on-ecs)', () => {
  const files = renderRails(root, environments);
  for (const [path, text] of files)
    expect(`${path}\n${readFileSync(join(root, path), 'utf8')}`).toBe(`${path}\n${text}`);
  expect(readdirSync(join(root, 'examples/rails-on-ecs/stacks')).sort()).toEqual(['production', 'staging']);
});

test('each hears the one before it, and the world only the load balancer', () => {
  const heard = (rules: Record<string, any>) =>
    Object.values(rules)
      .map(
        (rule) =>
          `${rule.cidr_ipv4 ?? group(rule.referenced_security_group_id)} -> ${group(rule.security_group_id)} ${rule.from_port}`,
      )
      .sort();
  expect(heard(production.ofType('aws_vpc_security_group_ingress_rule'))).toEqual([
    '0.0.0.0/0 -> alb 443',
    '0.0.0.0/0 -> alb 80',
    'alb -> tasks 80',
    'builds -> database 5432',
    'tasks -> cache 6379',
    'tasks -> database 5432',
  ]);
  const sent = Object.values(production.ofType('aws_vpc_security_group_egress_rule')).map(
    (rule) =>
      `${group(rule.security_group_id)} -> ${rule.cidr_ipv4 ?? group(rule.referenced_security_group_id)} ${rule.to_port}`,
  );
  expect(sent.sort()).toEqual([
    'alb -> tasks 80',
    'builds -> 0.0.0.0/0 443',
    'builds -> database 5432',
    'tasks -> 0.0.0.0/0 443',
    'tasks -> cache 6379',
    'tasks -> database 5432',
  ]);
});

test('tasks and data are in subnets without a public address, and only the load balancer is in the others', () => {
  const service = production.only('aws_ecs_service').network_configuration;
  expect(service.assign_public_ip).toBe(false);
  expect(service.subnets.filter((subnet: string) => !subnet.includes('_private_'))).toEqual([]);
  const data = production.only('aws_db_subnet_group').subnet_ids;
  expect(data.filter((subnet: string) => !subnet.includes('_database_'))).toEqual([]);
  expect(production.only('aws_lb').subnets.filter((subnet: string) => !subnet.includes('_public_'))).toEqual([]);
});

test('every subnet has an ACL, which lets in what is written out', () => {
  const acls = Object.values(production.ofType('aws_network_acl'));
  const all = Object.keys(production.ofType('aws_subnet')).map((name) => `\${aws_subnet.${name}.id}`);
  expect(acls.flatMap((acl) => acl.subnet_ids).sort()).toEqual(all.sort());
  const rules = Object.values(production.ofType('aws_network_acl_rule'));
  expect(rules.map((rule) => rule.rule_action)).toEqual(rules.map(() => 'allow'));
});

test('a load balancer sends to nginx, which is where the task listens, and nobody else is exposed', () => {
  const { load_balancer: balancer } = production.only('aws_ecs_service');
  const containers = JSON.parse(production.only('aws_ecs_task_definition').container_definitions);
  const [entrance] = balancer;
  const nginx = containers.find(({ name }: any) => name === entrance.container_name);
  expect(nginx.portMappings).toEqual([{ containerPort: entrance.container_port, protocol: 'tcp' }]);
  expect(nginx.environment[0].value).toContain(`listen ${entrance.container_port} default_server;`);
  for (const target of Object.values(production.ofType('aws_lb_target_group')))
    expect(target.port).toBe(entrance.container_port);
});

test('what a task is given of secrets is an entry that its role may read, and no value', () => {
  const { container_definitions: text } = production.only('aws_ecs_task_definition');
  const arns = JSON.parse(text)
    .flatMap(({ secrets }: any) => secrets.map(({ valueFrom }: any) => valueFrom.replace(/}.*/, '}')))
    .sort();
  const may = production
    .statements('web_service_task_start_permissions')
    .find(({ actions }) => actions.includes('secretsmanager:GetSecretValue')).resources;
  expect(arns.filter((arn: string) => !may.includes(arn))).toEqual([]);
  expect(new Set(arns).size).toBe(4);
  expect(text).not.toMatch(/ephemeral\.|random_password/);
});

test('production has two of everything that a zone can take along, staging runs on what is left over', () => {
  expect(production.only('aws_db_instance').multi_az).toBe(true);
  expect(Object.keys(production.ofType('aws_nat_gateway'))).toHaveLength(2);
  const capacity = (of: typeof production) =>
    of.only('aws_ecs_service').capacity_provider_strategy[0].capacity_provider;
  expect([capacity(production), capacity(staging)]).toEqual(['FARGATE', 'FARGATE_SPOT']);
});

test('a read replica is a setting', () => {
  expect(Object.keys(production.ofType('aws_db_instance'))).toEqual(['database_instance']);
  const { database_replica: replica } = exampleStack('production', (settings) => {
    settings.aws.database.replica = { instance: 'db.t4g.micro' };
  }).ofType('aws_db_instance');
  expect(replica.replicate_source_db).toBe('${aws_db_instance.database_instance.identifier}');
  expect(replica.instance_class).toBe('db.t4g.micro');
});

test('files are copied to another region where the settings say so', () => {
  const { bucket, rule } = production.only('aws_s3_bucket_replication_configuration');
  const [{ destination }] = rule;
  expect(bucket).toBe('${aws_s3_bucket.files_bucket.bucket}');
  const [, copy = ''] = /aws_s3_bucket\.(\w+)\.arn/.exec(destination.bucket) ?? [];
  expect(production.ofType('aws_s3_bucket')[copy].region).toBe('us-west-2');
  const parts = production.resources.filter(
    ({ name, type }) => name.startsWith('files_copy') && /^aws_s3_bucket/.test(type),
  );
  expect(parts.filter(({ config, type }) => !/replication/.test(type) && config.region !== 'us-west-2')).toEqual(
    [],
  );
  expect(staging.ofType('aws_s3_bucket_replication_configuration')).toEqual({});
});

test('the alarms that judge a version send the requests back, and every alarm is told', () => {
  const group = production.only('aws_codedeploy_deployment_group');
  const alarms = production.ofType('aws_cloudwatch_metric_alarm');
  const judges = group.alarm_configuration.alarms.map(
    (alarm: string) => alarms[/aws_cloudwatch_metric_alarm\.(\w+)\./.exec(alarm)?.[1] ?? ''].alarm_name,
  );
  expect(judges).toEqual([
    'rails-production-errors',
    'rails-production-unhealthy-blue',
    'rails-production-unhealthy-green',
  ]);
  expect(group.auto_rollback_configuration.events).toContain('DEPLOYMENT_STOP_ON_ALARM');
  expect(group.load_balancer_info.target_group_pair_info.target_group).toHaveLength(2);
  const topic = '${aws_sns_topic.notices_topic.arn}';
  expect(Object.values(alarms).filter((alarm) => alarm.alarm_actions[0] !== topic)).toEqual([]);
  for (const word of ['cpu', 'memory', 'errors'])
    expect(Object.values(alarms).map((alarm) => alarm.alarm_name)).toContain(`rails-production-${word}`);
});

test('every metric of the dashboard has the dimensions that its alarms have', () => {
  const { widgets } = JSON.parse(production.only('aws_cloudwatch_dashboard').dashboard_body);
  const shown = widgets.flatMap(({ properties }: any) => properties.metrics.map(([space]: string[]) => space));
  expect(new Set(shown)).toEqual(new Set(['AWS/ApplicationELB', 'AWS/ECS', 'AWS/RDS', 'App/rails-production']));
  const filter = production.only('aws_cloudwatch_log_metric_filter');
  expect(filter.metric_transformation.namespace).toBe('App/rails-production');
  expect(filter.log_group_name).toContain('web_service_rails_logs');
});

test('the pipeline builds, migrates and then deploys what was built', () => {
  const stages = production.only('aws_codepipeline').stage;
  expect(stages.map(({ name }: any) => name)).toEqual(['Source', 'Build', 'Deploy']);
  const [source, build, deploy] = stages.map(({ action }: any) => action);
  expect(source[0].configuration.FullRepositoryId).toBe('e-ren/e-ren');
  expect(build[0].input_artifacts).toEqual(source[0].output_artifacts);
  expect(deploy.map(({ name, run_order }: any) => [name, run_order])).toEqual([
    ['Migrate', 1],
    ['BlueGreen', 2],
  ]);
  const specification = load(
    production.ofType('aws_codebuild_project').web_pipeline_build.source.buildspec,
  ) as any;
  const { configuration } = deploy[1];
  expect(specification.artifacts.files.sort()).toEqual(
    [configuration.TaskDefinitionTemplatePath, configuration.AppSpecTemplatePath, 'imageDetail.json'].sort(),
  );
  const commands: string[] = specification.phases.build.commands;
  expect(commands.join('\n')).toContain(`<${configuration.Image1ContainerName}>`);
});

test.each(['build', 'migrate'])(
  'what CodeBuild runs to %s is bash, and writes an AppSpec that leads to nginx',
  (project) => {
    const { source, environment } = production.ofType('aws_codebuild_project')[`web_pipeline_${project}`];
    const specification = load(source.buildspec) as any;
    const script = specification.phases.build.commands.join('\n');
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr).toBe('');
    const named = new Set([...script.matchAll(/--env (\w+)/g)].map(([, name]) => name));
    const given = environment.environment_variable.map(({ name }: any) => name);
    expect([...named].filter((name) => !given.includes(name))).toEqual([]);
    const appspec = /'END'\n([\s\S]*?)END\n/.exec(script)?.[1];
    if (project === 'migrate') return;
    expect(load(appspec ?? '')).toEqual({
      version: 0,
      Resources: [
        {
          TargetService: {
            Type: 'AWS::ECS::Service',
            Properties: {
              TaskDefinition: '<TASK_DEFINITION>',
              LoadBalancerInfo: { ContainerName: 'nginx', ContainerPort: 80 },
              PlatformVersion: '1.4.0',
              CapacityProviderStrategy: [{ CapacityProvider: 'FARGATE', Base: 0, Weight: 1 }],
            },
          },
        },
      ],
    });
  },
);

describe('settings that cannot work', () => {
  const cases: [what: string, change: (settings: any) => void, problem: string][] = [
    [
      'memory of another size',
      (s) => (s.task.memory = '1Gi'),
      'task.memory: 1Gi does not go with 1024 units of CPU',
    ],
    [
      'memory between sizes',
      (s) => Object.assign(s.task, { cpu: 512, memory: '1536Mi' }),
      'task.memory: 1536Mi does not go',
    ],
    ['nginx with most of it', (s) => (s.nginx.memory = '1100Mi'), 'nginx.memory: 1100Mi is more than half'],
    ['a least above the most', (s) => (s.task.scaling.min = 7), 'task.scaling.min: 7 is above max, 6'],
    [
      'nginx that waits less than a statement',
      (s) => (s.nginx.readTimeout = '25s'),
      'nginx.readTimeout: 25s is not longer than task.answer',
    ],
    [
      'a load balancer that waits less than nginx',
      (s) => (s.loadBalancer.idleTimeout = '30s'),
      'loadBalancer.idleTimeout: 30s is not longer',
    ],
    [
      'requests of a leaving task that are cut',
      (s) => (s.loadBalancer.deregistrationDelay = '10s'),
      'loadBalancer.deregistrationDelay: 10s is not longer',
    ],
    [
      'an end that Spot does not wait for',
      (s) => (s.nginx.preStop = '60s'),
      'nginx.preStop: 60s, the last answers',
    ],
    ['more connections than there are', (s) => (s.connections.max = 66), 'connections.max: 66 is below 67'],
    ['a build for other machines', (s) => (s.task.architecture = 'X86_64'), 'does not build for X86_64'],
    ['no repository', (s) => (s.aws.repositories = {}), 'aws.repositories.rails-production: must be there'],
    ['a host of another zone', (s) => (s.host = 'www.example.org'), 'is not in the zone rails.example.edu'],
    ['a copy where the files are', (s) => (s.aws.replication.region = 'us-east-1'), 'aws.replication.region'],
    ['a long name', (s) => (s.system.prefix = 'a-prefix-of-nineteen'), 'is longer than the 26 characters'],
    [
      'a subnet too few',
      (s) => s.network.privateSubnets.pop(),
      'network.privateSubnets: has 1 ranges for 2 zones',
    ],
    ['a subnet of another VPC', (s) => (s.network.publicSubnets[0] = '10.9.1.0/24'), 'is outside the VPC'],
    [
      'windows that overlap',
      (s) => (s.aws.database.backupWindow = '09:30-10:30'),
      'overlaps the maintenance window',
    ],
    [
      'a field that is unknown',
      (s) => (s.tasks = 2),
      'tasks: is an unknown field; remove it, or look in examples/rails-on-ecs/schema.ts',
    ],
    ['an image that is not pinned', (s) => (s.nginx.image = 'nginx:latest'), 'nginx.image'],
  ];
  test.each(cases)('%s', (_, change, problem) => {
    let said = '';
    try {
      exampleStack('production', change);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      said = error.message;
    }
    expect(said).toContain('examples/rails-on-ecs/environments/production.ts: ');
    expect(said).toContain(problem);
  });
});
