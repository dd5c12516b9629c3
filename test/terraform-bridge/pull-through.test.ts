import { pulledRepositories } from '../../charts/environments/pull-through';
import { settings } from '../support/manifests';
import { type Parsed, stack } from '../support/stacks';

const cluster = stack('cluster');
const rules = (of: Parsed) => Object.values(of.ofType('aws_ecr_pull_through_cache_rule'));
const copies = (of: Parsed) =>
  Object.values(of.ofType('aws_ecr_repository')).flatMap(({ name }) =>
    rules(of).some((rule) => name.startsWith(`${rule.ecr_repository_prefix}/`)) ? [name as string] : [],
  );

test('ECR asks Docker Hub with an account, whose secret has the name that it looks for', () => {
  expect(rules(cluster)).toEqual([
    {
      credential_arn: '${data.aws_secretsmanager_secret.pull_through_docker_hub_account.arn}',
      ecr_repository_prefix: 'docker-hub',
      upstream_registry_url: 'registry-1.docker.io',
    },
  ]);
  expect(cluster.json.data.aws_secretsmanager_secret.pull_through_docker_hub_account.name).toMatch(
    /^ecr-pullthroughcache\/[\w/+=.@-]+$/,
  );
});

test('a registry that asks for no account gets none', () => {
  const changed = stack('cluster', (s) => {
    s.cluster.aws.pullThrough = { 'public.ecr.aws': { prefix: 'ecr-public', keep: 5 } };
  });
  expect(rules(changed)).toEqual([
    { ecr_repository_prefix: 'ecr-public', upstream_registry_url: 'public.ecr.aws' },
  ]);
  expect(changed.json.data.aws_secretsmanager_secret).toBeUndefined();
  expect(copies(changed)).toContain('ecr-public/docker/library/postgres');
  expect(copies(changed)).toContain('ecr-public/datadog/agent');
});

test('every image that nodes pull as a copy has a repository, and a repository has an image', () => {
  const host = Object.values(settings.outputs.ecr_repository_urls)[0]?.split('/')[0];
  const text = JSON.stringify([settings.cluster, settings.sites.map(({ environment }) => environment)]);
  const pulled = [...text.matchAll(new RegExp(`"${host}/([^:"]+):`, 'g'))].map(([, name]) => name);
  expect([...new Set(pulled)].sort()).toEqual(copies(cluster).sort());
  expect(pulledRepositories(settings.cluster, settings.cluster).size).toBe(0);
});

test('nodes import into these repositories and make no others', () => {
  const role = cluster.ofType('aws_iam_role').nodes_role.name;
  expect(role).toBeDefined();
  const attached = Object.values(cluster.ofType('aws_iam_role_policy_attachment'))
    .filter((each) => /nodes_role/.test(each.role))
    .map((each) => each.policy_arn.split('/').at(-1));
  // Its second action beside pulling is ecr:BatchImportUpstreamImage: the policy's page in AWS' reference of managed policies.
  expect(attached).toContain('AmazonEC2ContainerRegistryPullOnly');
  const own = Object.values(cluster.ofType('aws_iam_role_policy')).filter((each) => /nodes_role/.test(each.role));
  expect(own.length).toBeGreaterThan(0);
  expect(own.flatMap((each) => cluster.statements(each.policy).flatMap(({ actions }) => actions))).not.toContain(
    'ecr:CreateRepository',
  );
});

test('without the setting there is no rule, no copy and no account', () => {
  const without = stack('cluster', (s) => (s.cluster.aws.pullThrough = {}));
  expect(rules(without)).toEqual([]);
  expect(Object.values(without.ofType('aws_ecr_repository')).map(({ name }) => name)).toEqual(
    ['e-ren', settings.cluster.jenkins.agents.docker.cacheRepository].sort(),
  );
  expect(without.json.data.aws_secretsmanager_secret).toBeUndefined();
});
