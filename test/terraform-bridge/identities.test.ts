import { load } from 'js-yaml';
import { deliveredAddOns } from '../../charts/environments/add-ons';
import { files, ofKind, settings } from '../support/manifests';
import { addPreviews } from '../support/preview';
import { stack } from '../support/stacks';

const cluster = stack('cluster');
const associations = Object.values(cluster.ofType('aws_eks_pod_identity_association'));
const roles = cluster.ofType('aws_iam_role');
const roleOf = (reference: string) => roles[/aws_iam_role\.(\w+)\./.exec(reference)?.[1] ?? ''];
const of = (namespace: string, account: string, within = cluster) => {
  const all: any[] = Object.values(within.ofType('aws_eks_pod_identity_association'));
  const found = all.filter((each) => each.namespace === namespace && each.service_account === account);
  if (found.length !== 1) throw new Error(`${found.length} associations of ${namespace}/${account}`);
  const role = found[0]?.role_arn as string;
  const inline = Object.values(within.ofType('aws_iam_role_policy')).filter(
    (policy) => policy.role.replace(/\.name\}$/, '') === role.replace(/\.arn\}$/, ''),
  );
  return inline.flatMap((policy) => within.statements(policy.policy));
};
const account = '${data.aws_caller_identity.account.account_id}';

describe('roles of pods', () => {
  test('each is for a ServiceAccount that a chart or an add-on makes', () => {
    const made = [
      ...ofKind('ServiceAccount').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      // What their values name, in the namespace they are installed in.
      ...deliveredAddOns(settings.sites.map(({ environment }) => environment)).map(([name, { namespace }]) => {
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

  test('Argo Rollouts reads load balancers and changes nothing', () => {
    const statements = of('argo-rollouts', 'argo-rollouts');
    const actions: string[] = statements.flatMap(({ actions }) => actions);
    expect(actions.filter((action) => !action.startsWith('elasticloadbalancing:Describe'))).toEqual([]);
    // What GetTargetGroupMetadata, GetTargetGroupHealth and FindLoadBalancerByDNSName call (utils/aws/aws.go of 1.9.1).
    const called = ['Listeners', 'LoadBalancers', 'Rules', 'Tags', 'TargetGroups', 'TargetHealth'];
    expect(actions).toEqual(called.map((what) => `elasticloadbalancing:Describe${what}`));
  });

  test('external-dns changes the zones of E-Ren and no other', () => {
    const [change] = of('external-dns', 'external-dns');
    expect(change.actions).toContain('route53:ChangeResourceRecordSets');
    expect(change.resources).toHaveLength(2);
    expect(change.resources.filter((each: string) => !/hostedzone\/\$\{aws_route53_zone\./.test(each))).toEqual(
      [],
    );
  });

  test('external-dns may write no internal name into the public zone, whatever it is told', () => {
    const [denied, ...others] = of('external-dns', 'external-dns').filter(({ effect }) => effect === 'Deny');
    expect(others).toEqual([]);
    expect(denied).toMatchObject({
      actions: ['route53:ChangeResourceRecordSets'],
      resources: ['arn:aws:route53:::hostedzone/${aws_route53_zone.zone_public.zone_id}'],
      condition: [
        {
          test: 'ForAnyValue:StringLike',
          variable: 'route53:ChangeResourceRecordSetsNormalizedRecordNames',
          values: ['internal.eren.washu.edu', '*.internal.eren.washu.edu'],
        },
      ],
    });
  });

  test('the autoscaler changes the node groups of this cluster and no other', () => {
    const [change] = of('kube-system', 'cluster-autoscaler');
    expect(change.resources).toHaveLength(Object.keys(cluster.ofType('aws_eks_node_group')).length);
    for (const each of change.resources)
      expect(each).toMatch(/autoScalingGroupName\/\$\{aws_eks_node_group\.\w+_nodes_group_[a-z]\.resources\[0\]/);
  });

  test('a build pushes to its own repositories: what a pull request runs reaches nothing of main, but may read its cache', () => {
    const pushes = (found: any[]) => {
      const resources = found.flatMap(({ actions, resources }) =>
        actions.includes('ecr:PutImage') ? resources : [],
      );
      return resources.map((each: string) => each.replace(`arn:aws:ecr:us-east-1:${account}:repository/`, ''));
    };
    expect(pushes(of('ci-build', 'eren-builder'))).toEqual(['e-ren', 'e-ren-cache']);
    const [push, read, login, ...more] = of('ci-build', 'eren-preview-builder', stack('cluster', addPreviews));
    expect(pushes([push, read, login])).toEqual(['e-ren-preview']);
    expect(read).toMatchObject({
      resources: [expect.stringMatching(/repository\/e-ren-cache$/)],
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    });
    expect([login.actions, more]).toEqual([['ecr:GetAuthorizationToken'], []]);
    expect(push.actions).not.toContain('ecr:DeleteRepository');
  });

  test("a migration takes snapshots of its environment's instance, and deletes those of migrations and no others", () => {
    const instance = settings.sites[0]?.database.instance;
    const arn = (kind: string, name: string) => `arn:aws:rds:us-east-1:${account}:${kind}:${name}`;
    const snapshots = arn('snapshot', `${instance}-before-*`);
    const tagged = (variable: string) => [
      { test: 'StringEquals', variable: `aws:${variable}/purpose`, values: ['migration'] },
    ];
    const statements = of('production', 'eren-migrations').map(({ actions, resources, condition }) => ({
      actions,
      resources,
      condition,
    }));
    expect(statements).toEqual([
      {
        actions: ['rds:CreateDBSnapshot'],
        resources: [arn('db', `${instance}`), snapshots],
        condition: tagged('RequestTag'),
      },
      { actions: ['rds:AddTagsToResource'], resources: [snapshots], condition: tagged('RequestTag') },
      { actions: ['rds:DeleteDBSnapshot'], resources: [snapshots], condition: tagged('ResourceTag') },
      { actions: ['rds:DescribeDBSnapshots'], resources: [arn('db', `${instance}`), arn('snapshot', '*')] },
    ]);
    const job = JSON.stringify(ofKind('Job').find(({ path }) => path.startsWith('dist/production/migrations/')));
    expect(job).toContain(`"name":"SNAPSHOT","value":"${instance}-before-`);
    expect(job).toContain('Key=purpose,Value=migration');
    // What the CLI is asked for, and what it asks for by itself: a tag, and the state that it waits for.
    const called = [...job.matchAll(/aws rds ([a-z-]+)/g)].map(
      ([, command = '']) =>
        `rds:${command.replace(/(?:^|-)([a-z])/g, (_, letter) => letter.toUpperCase()).replace('Db', 'DB')}`,
    );
    const implied = ['rds:AddTagsToResource', ...called.filter((action) => action !== 'rds:Wait')];
    expect([...new Set(implied)].sort()).toEqual(statements.flatMap(({ actions }) => actions).sort());
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

  test('the network plugin changes interfaces of this VPC and on instances of this cluster, and no other', () => {
    const statements = of('kube-system', 'aws-node');
    const changes = statements.filter(
      ({ actions, resources }) =>
        actions.some((action: string) => /ec2:(?!Describe)/.test(action)) &&
        // An interface that is being made is in no VPC yet.
        !(resources.every((each: string) => /network-interface/.test(each)) && /Create/.test(actions.join())),
    );
    expect(changes).toHaveLength(3);
    expect(
      changes.map(({ condition }) => condition.map(({ variable, values }: any) => [variable, ...values])),
    ).toEqual([
      [['ec2:Vpc', '${aws_vpc.network_vpc.arn}']],
      [['ec2:Vpc', '${aws_vpc.network_vpc.arn}']],
      [['aws:ResourceTag/eks:cluster-name', settings.cluster.name]],
    ]);
    expect(
      statements.flatMap(({ resources }) => resources).filter((each: string) => /arn:aws:ec2:\*/.test(each)),
    ).toEqual([]);
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
