import { load } from 'js-yaml';
import { delivered } from '../charts/environments/add-ons';
import { prefix, secretEntries } from '../charts/environments/secrets';
import { files, matches, ofKind, pods, settings } from './manifests';
import { stack } from './stacks';

const cluster = stack('cluster');
const environments = settings.sites.map(({ environment }) => environment);
const associations = Object.values(cluster.ofType('aws_eks_pod_identity_association'));
const roles = cluster.ofType('aws_iam_role');
const roleOf = (reference: string) => roles[/aws_iam_role\.(\w+)\./.exec(reference)?.[1] ?? ''];
const of = (namespace: string, account: string) => {
  const found = associations.filter((each) => each.namespace === namespace && each.service_account === account);
  if (found.length !== 1) throw new Error(`${found.length} associations of ${namespace}/${account}`);
  const role = found[0]?.role_arn as string;
  const inline = Object.values(cluster.ofType('aws_iam_role_policy')).filter(
    (policy) => policy.role.replace(/\.name\}$/, '') === role.replace(/\.arn\}$/, ''),
  );
  return inline.flatMap((policy) => cluster.statements(policy.policy));
};
const account = '${data.aws_caller_identity.account.account_id}';

describe('roles of pods', () => {
  test('each is for a ServiceAccount that a chart or an add-on makes', () => {
    const made = [
      ...ofKind('ServiceAccount').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      // What their values name, in the namespace they are installed in.
      ...delivered(settings.sites.map(({ environment }) => environment)).map(([name, { namespace }]) => {
        const application: any = load(files.get(`argocd/add-ons/Application.${name}.yaml`) as string);
        const { serviceAccount, rbac } = application.spec.source.helm.valuesObject;
        return `${namespace}/${serviceAccount?.name ?? rbac?.serviceAccount?.name}`;
      }),
      // EKS' own, as its guide calls them.
      'kube-system/aws-node',
      'kube-system/ebs-csi-controller-sa',
    ];
    const bad = associations.map((each) => `${each.namespace}/${each.service_account}`);
    expect(bad.filter((each) => !made.includes(each))).toEqual([]);
  });

  test('every pod that is let to the Pod Identity agent gets a role, but for what needs none', () => {
    const none = {
      'production/eren-scheduled':
        'Rails knows its storage in every process, and what only enqueues keeps no file',
    };
    const asking = ofKind('NetworkPolicy')
      .filter((policy) => JSON.stringify(policy.spec).includes('169.254.170.23'))
      .flatMap(({ metadata, spec }) =>
        pods
          .filter(
            ({ owner, labels }) =>
              owner.metadata.namespace === metadata.namespace && matches(spec.podSelector.matchLabels, labels),
          )
          .map(({ spec }) => `${metadata.namespace}/${spec.serviceAccountName ?? metadata.name}`),
      );
    const served = associations.map((each) => `${each.namespace}/${each.service_account}`);
    expect([...new Set(asking)].filter((each) => !served.includes(each))).toEqual(Object.keys(none));
  });

  test('each asks for its own pods: this cluster, this namespace, this account', () => {
    for (const each of associations) {
      const [statement] = cluster.statements(roleOf(each.role_arn).assume_role_policy);
      expect(statement.principals).toEqual([{ type: 'Service', identifiers: ['pods.eks.amazonaws.com'] }]);
      expect(statement.condition).toEqual([
        { test: 'StringEquals', variable: 'aws:RequestTag/eks-cluster-name', values: [settings.cluster.name] },
        { test: 'StringEquals', variable: 'aws:RequestTag/kubernetes-namespace', values: [each.namespace] },
        {
          test: 'StringEquals',
          variable: 'aws:RequestTag/kubernetes-service-account',
          values: [each.service_account],
        },
      ]);
    }
  });

  test('a role can do what it does before a pod has it', () => {
    const policies = [
      ...Object.entries(cluster.ofType('aws_iam_role_policy')).map(([name]) => `aws_iam_role_policy.${name}`),
      ...Object.keys(cluster.ofType('aws_iam_role_policy_attachment')).map(
        (name) => `aws_iam_role_policy_attachment.${name}`,
      ),
    ];
    const bad = associations.filter((each) => !each.depends_on?.some((one: string) => policies.includes(one)));
    expect(bad).toEqual([]);
  });

  test('external-dns changes the zones of E-Ren and no other', () => {
    const [change] = of('external-dns', 'external-dns');
    expect(change.actions).toContain('route53:ChangeResourceRecordSets');
    expect(change.resources).toHaveLength(2);
    expect(change.resources.filter((each: string) => !/hostedzone\/\$\{aws_route53_zone\./.test(each))).toEqual(
      [],
    );
  });

  test('the autoscaler changes the node groups of this cluster and no other', () => {
    const [change] = of('kube-system', 'cluster-autoscaler');
    expect(change.resources).toHaveLength(Object.keys(settings.cluster.nodeGroups).length);
    for (const each of change.resources)
      expect(each).toMatch(/autoScalingGroupName\/\$\{aws_eks_node_group\.\w+_nodes_group\.resources\[0\]/);
  });

  test('builds push to the repositories of the settings', () => {
    const [push] = of('ci-build', 'eren-builder');
    expect(push.resources).toEqual(
      Object.keys(settings.cluster.aws.repositories).map(
        (name) => `arn:aws:ecr:${settings.cluster.region}:${account}:repository/${name}`,
      ),
    );
    expect(push.actions).not.toContain('ecr:DeleteRepository');
  });

  test("a migration takes snapshots of its environment's instance, called as its Job calls them", () => {
    const instance = settings.sites[0]?.database.instance;
    const resources = of('production', 'eren-migrations').flatMap((statement) => statement.resources);
    expect(new Set(resources)).toEqual(
      new Set([
        `arn:aws:rds:us-east-1:${account}:db:${instance}`,
        `arn:aws:rds:us-east-1:${account}:snapshot:${instance}-*`,
      ]),
    );
    const job = ofKind('Job').find(({ path }) => path.startsWith('dist/production/migrations/'));
    expect(JSON.stringify(job)).toContain(`snapshot=${instance}-`);
  });

  test('the app keeps uploads, and assets go below /assets alone', () => {
    const uploads = `arn:aws:s3:::eren-uploads-${account}`;
    const assets = `arn:aws:s3:::eren-assets-${account}`;
    for (const app of ['eren-web', 'eren-sidekiq', 'eren-console'])
      expect(of('production', app).flatMap(({ resources }) => resources)).toEqual([`${uploads}/*`, uploads]);
    expect(of('production', 'eren-assets').map(({ resources }) => resources)).toEqual([
      [`${assets}/assets/*`],
      [assets],
    ]);
  });

  test("a backup deletes Jenkins' snapshots and no other", () => {
    const statements = of('backup', 'jenkins-backup');
    const removal = statements.find(({ actions }) => actions.includes('ec2:DeleteSnapshot'));
    expect(removal.condition).toEqual([
      { test: 'StringEquals', variable: 'aws:ResourceTag/backup', values: ['jenkins-home'] },
    ]);
  });

  test('the load balancer controller opens no security group but its own', () => {
    const bad = of('kube-system', 'aws-load-balancer-controller').filter(
      ({ actions, condition }) =>
        actions.some((action: string) => /ec2:(Authorize|Revoke|Delete)SecurityGroup/.test(action)) &&
        !condition?.some((each: any) => each.variable === 'aws:ResourceTag/elbv2.k8s.aws/cluster'),
    );
    expect(bad).toEqual([]);
  });

  test('inline policies of a role fit in what IAM takes', () => {
    for (const [name, policy] of Object.entries(cluster.ofType('aws_iam_role_policy'))) {
      const size = JSON.stringify(cluster.statements(policy.policy)).length;
      expect([name, size < 10_240]).toEqual([name, true]);
    }
  });
});

describe('secrets', () => {
  const entries = secretEntries(environments);
  const named = Object.values(cluster.ofType('aws_secretsmanager_secret')).map(({ name }) => name);
  const versions = Object.values(cluster.ofType('aws_secretsmanager_secret_version'));
  /** What ExternalSecrets read: entry to keys. */
  const read = new Map<string, Set<string>>();
  for (const { spec } of ofKind('ExternalSecret'))
    for (const { remoteRef } of spec.data)
      read.set(remoteRef.key, (read.get(remoteRef.key) ?? new Set()).add(remoteRef.property));

  test('every entry that an ExternalSecret reads is made, and no other', () => {
    expect(named.sort()).toEqual([...read.keys()].sort());
  });

  test('every key that is read is generated or filled in by a person, and no other', () => {
    const declared = entries.map(({ namespace, entry, generated, byPerson, fixed }) => [
      `${prefix(namespace)}/${entry}`,
      [...Object.keys(generated), ...byPerson, ...Object.keys(fixed)].sort(),
    ]);
    expect(Object.fromEntries(declared)).toEqual(
      Object.fromEntries([...read].map(([key, properties]) => [key, [...properties].sort()])),
    );
  });

  test('a generated value is made while Terraform runs and written by an argument that no state keeps', () => {
    expect(versions.length).toBeGreaterThan(0);
    for (const version of versions) {
      expect(Object.keys(version).sort()).toEqual(['secret_id', 'secret_string_wo', 'secret_string_wo_version']);
      expect(version.secret_string_wo).toMatch(/ephemeral\.aws_secretsmanager_random_password\./);
    }
    expect(JSON.stringify(cluster.json.output ?? {})).not.toContain('ephemeral');
  });

  test("Datadog's copies are the same value as what the environment has", () => {
    const written = (entry: string, key: string) => {
      const text: string = cluster.ofType('aws_secretsmanager_secret_version')[`secrets_${entry}_first`]
        .secret_string_wo;
      return new RegExp(`"${key}" = ([\\w.]+)`).exec(text)?.[1];
    };
    for (const name of ['production', 'staging'])
      expect(written('datadog_pgbouncer', name)).toBe(written(`${name}_datadog`, 'pgbouncer_password'));
    expect(written('datadog_redis_monitor', 'production')).toBe(written('production_redis', 'auth_token'));
    expect(written('production_redis', 'auth_token')).not.toBe(written('staging_redis', 'auth_token'));
  });

  test('a password has letters and digits, both, and nothing that a file or a URL reads as something else', () => {
    for (const made of Object.values<any>(cluster.json.ephemeral.aws_secretsmanager_random_password)) {
      expect(made).toMatchObject({ exclude_punctuation: true, require_each_included_type: true });
      // ElastiCache takes 16 to 128.
      expect(made.password_length).toBe(64);
    }
  });

  test('a role reads the prefix of its namespace and decrypts nothing else', () => {
    const stores = Object.keys(roles).filter((name) => name.startsWith('identities_secrets_'));
    expect(stores).toHaveLength(5);
    for (const name of stores) {
      const namespace = roles[name].name.replace('eren-secrets-', '');
      const own = `arn:aws:secretsmanager:us-east-1:${account}:secret:${prefix(namespace)}/*`;
      const [get, decrypt] = cluster.statements(name.replace(/_role$/, '_permissions'));
      expect(get).toMatchObject({
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        resources: [own],
      });
      expect(decrypt.condition).toContainEqual({
        test: 'StringLike',
        variable: 'kms:EncryptionContext:SecretARN',
        values: [own],
      });
    }
  });

  test('External Secrets may take those roles, tags and all, and only it', () => {
    const [assume] = of('external-secrets', 'external-secrets');
    expect(assume.actions).toEqual(['sts:AssumeRole', 'sts:TagSession']);
    expect(assume.resources.map((each: string) => each.split('/').at(-1))).toEqual(
      [...environments.map(({ namespace }) => namespace), 'argocd', 'datadog', 'ci-cd'].map(
        (namespace) => `eren-secrets-${namespace}`,
      ),
    );
    for (const [name, role] of Object.entries(roles).filter(([name]) => name.startsWith('identities_secrets_'))) {
      const [trusted] = cluster.statements(role.assume_role_policy);
      expect([name, trusted.principals, trusted.actions]).toEqual([
        name,
        [{ type: 'AWS', identifiers: ['${aws_iam_role.identities_external_secrets_role.arn}'] }],
        ['sts:AssumeRole', 'sts:TagSession'],
      ]);
    }
  });
});
