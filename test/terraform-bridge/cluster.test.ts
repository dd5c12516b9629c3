import { kubeletMemory } from '../../charts/environments/infrastructure';
import { groupNamed, zonalGroups } from '../../charts/environments/node-groups';
import { ofKind, pods, settings } from '../support/manifests';
import { spotGroup } from '../support/spot-group';
import { type Parsed, stack } from '../support/stacks';

const cluster = stack('cluster');
const { nodeGroups, aws } = settings.cluster;
const eks = cluster.only('aws_eks_cluster');
const groups = Object.values(cluster.ofType('aws_eks_node_group'));
const templateOf = (of: Parsed, group: any) =>
  of.ofType('aws_launch_template')[/template\.(\w+)\.id/.exec(group.launch_template.id)?.[1] ?? ''];
const addOn = (name: string, of = cluster) =>
  Object.values(of.ofType('aws_eks_addon')).find((each) => each.addon_name === name);

test('the control plane is of the settings, private, encrypted, logged and not to be deleted', () => {
  expect(eks).toMatchObject({
    name: settings.cluster.name,
    version: settings.cluster.kubernetes,
    vpc_config: { endpoint_private_access: true, endpoint_public_access: false },
    kubernetes_network_config: { service_ipv4_cidr: settings.cluster.network.services },
    encryption_config: { resources: ['secrets'] },
    access_config: { authentication_mode: 'API' },
    upgrade_policy: { support_type: 'STANDARD' },
    deletion_protection: true,
  });
  expect(eks.enabled_cluster_log_types.sort()).toEqual([
    'api',
    'audit',
    'authenticator',
    'controllerManager',
    'scheduler',
  ]);
  const logs = cluster.ofType('aws_cloudwatch_log_group').eks_logs;
  expect(logs.name).toBe(`/aws/eks/${settings.cluster.name}/cluster`);
  expect(logs.retention_in_days).toBe(aws.api.logRetention);
  // EKS would make the group itself, and Terraform then could not.
  expect(eks.depends_on).toContain('aws_cloudwatch_log_group.eks_logs');
});

test('the API is public to the addresses of a list and to nobody else', () => {
  const open = stack('cluster', (s) => (s.cluster.aws.api.publicAccess = ['203.0.113.7/32']));
  expect(open.only('aws_eks_cluster').vpc_config).toMatchObject({
    endpoint_public_access: true,
    public_access_cidrs: ['203.0.113.7/32'],
  });
});

test('people get in by access entries, as administrators or to look', () => {
  const principal = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
  const opened = stack('cluster', (s) => {
    s.cluster.aws.api.administrators = [principal('operators')];
    s.cluster.aws.api.viewers = [principal('developers')];
  });
  const entries = Object.values(opened.ofType('aws_eks_access_policy_association')).map((each) => [
    each.principal_arn,
    each.policy_arn,
  ]);
  expect(entries).toEqual([
    [principal('developers'), 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'],
    [principal('operators'), 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'],
  ]);
});

test('the node groups are those of the settings, with the labels and taints that pods ask for', () => {
  expect(Object.fromEntries(groups.map((group) => [group.node_group_name_prefix, group.scaling_config]))).toEqual(
    Object.fromEntries(
      Object.entries(nodeGroups).flatMap(([name, group]) =>
        zonalGroups(settings.cluster.network.zones, group).map(({ zone, min, max }) => [
          `${name}-${zone.slice(-1)}-`,
          { min_size: min, max_size: max, desired_size: min },
        ]),
      ),
    ),
  );
  for (const group of groups) {
    const wanted = groupNamed(settings.cluster, group.node_group_name_prefix.slice(0, -3));
    expect(group.labels).toEqual({ workload: wanted.workload });
    expect(templateOf(cluster, group).instance_type).toBe(wanted.instanceType);
    expect(group.taint ?? []).toEqual(
      wanted.tainted ? [{ key: 'workload', value: wanted.workload, effect: 'NO_SCHEDULE' }] : [],
    );
    // The autoscaler can choose no zone within a group.
    expect(group.subnet_ids).toHaveLength(1);
    // The autoscaler moves the number, and the next apply must not move it back.
    expect(group.lifecycle.ignore_changes).toEqual(['scaling_config[0].desired_size']);
  }
});

test('every node selector of a pod finds a group, and tolerates its taint', () => {
  const bad = pods.filter(({ spec }) => {
    const { workload } = spec.nodeSelector ?? {};
    if (workload === undefined) return false;
    const group = groups.find(({ labels }) => labels.workload === workload);
    const taints = group?.taint ?? [];
    const tolerated = taints.every((taint: any) =>
      (spec.tolerations ?? []).some(
        (each: any) => each.key === taint.key && each.value === taint.value && each.effect === 'NoSchedule',
      ),
    );
    return !group || !tolerated;
  });
  expect(bad.map(({ owner }) => owner.path)).toEqual([]);
});

test('a node has an encrypted gp3 disk, session tokens only, and no hop to them for a pod', () => {
  for (const template of Object.values(cluster.ofType('aws_launch_template'))) {
    expect(template.metadata_options).toMatchObject({ http_tokens: 'required', http_put_response_hop_limit: 1 });
    expect(template.block_device_mappings).toHaveLength(1);
    expect(template.block_device_mappings[0].ebs).toMatchObject({ volume_type: 'gp3', encrypted: 'true' });
    expect(template.tag_specifications.map((each: any) => [each.resource_type, each.tags.project])).toEqual([
      ['instance', 'e-ren'],
      ['volume', 'e-ren'],
      ['network-interface', 'e-ren'],
    ]);
  }
});

test('the kubelet is told of as many pods as the settings say, and keeps the memory that they cost', () => {
  const [template] = Object.values(cluster.ofType('aws_launch_template'));
  const text: string = template.user_data;
  const { maxPods } = groupNamed(settings.cluster, 'app');
  expect(text).toContain(`maxPods: ${maxPods}\\n`);
  expect(text).toContain(`memory: ${kubeletMemory(maxPods)}Mi\\n`);
  const more = stack('cluster', (s) => (s.cluster.nodeGroups.app.maxPods = 50));
  expect(more.ofType('aws_launch_template').app_nodes_template.user_data).toContain('memory: 805Mi\\n');
});

test('the user data is MIME that nodeadm reads: one part, of its type, between its borders', () => {
  const text: string = JSON.parse(
    /^\$\{base64encode\((".*")\)\}$/s.exec(
      cluster.ofType('aws_launch_template').app_nodes_template.user_data,
    )?.[1] ?? '""',
  );
  const border = /boundary="(\w+)"/.exec(text)?.[1];
  const parts = text.split(`--${border}`);
  expect(parts).toHaveLength(3);
  expect(parts[1]).toMatch(
    /^\nContent-Type: application\/node\.eks\.aws\n\n---\napiVersion: node\.eks\.aws\/v1alpha1\n/,
  );
  expect(parts[2]).toBe('--\n');
});

describe('a change of a node group', () => {
  /** What the provider replaces the group for: `ForceNew` in internal/service/eks/node_group.go. */
  const replaces = (group: any) => ({
    ami: group.ami_type,
    capacity: group.capacity_type,
    types: group.instance_types,
    disk: group.disk_size,
    template: group.launch_template.id,
    role: group.node_role_arn,
    subnets: group.subnet_ids,
    prefix: group.node_group_name_prefix,
  });
  const fixedOf = (of: typeof cluster, name: string) =>
    replaces(of.ofType('aws_eks_node_group')[`${name}_nodes_group_a`]);

  test.each<[string, (group: any) => void]>([
    ['its instance type', (group) => (group.instanceType = 'm7g.large')],
    ['its disk', (group) => (group.disk = '40Gi')],
    ['the pods of a node', (group) => (group.maxPods = 30)],
    ['its size', (group) => (group.max = 9)],
  ])('of %s goes node by node, for the group stays', (_, change) => {
    const changed = stack('cluster', (s) => change(s.cluster.nodeGroups.app));
    expect(fixedOf(changed, 'app')).toEqual(fixedOf(cluster, 'app'));
    expect(changed.json).not.toEqual(cluster.json);
  });

  test('of its capacity replaces it, and the new nodes come first', () => {
    const changed = stack('cluster', (s) => {
      s.cluster.nodeGroups.jenkins.spot = {};
    });
    expect(fixedOf(changed, 'jenkins')).not.toEqual(fixedOf(cluster, 'jenkins'));
    const after = changed.ofType('aws_eks_node_group').jenkins_nodes_group_a;
    expect(after.lifecycle.create_before_destroy).toBe(true);
    // Two generations are there at once, and EKS takes a name once.
    expect([after.node_group_name, after.node_group_name_prefix]).toEqual([undefined, 'jenkins-a-']);
  });

  test('of its zones leaves the nodes of the first zone alone', () => {
    const changed = stack('cluster', (s) => {
      s.cluster.nodeGroups.jenkins.singleZone = false;
    });
    expect(fixedOf(changed, 'jenkins')).toEqual(fixedOf(cluster, 'jenkins'));
    expect(changed.ofType('aws_eks_node_group').jenkins_nodes_group_b.scaling_config.max_size).toBe(1);
  });

  test('goes through one zone after the other', () => {
    expect(cluster.ofType('aws_eks_node_group').app_nodes_group_b.depends_on).toContain(
      'aws_eks_node_group.app_nodes_group_a',
    );
  });
});

describe('a third group, of Spot capacity', () => {
  const withSpot = stack('cluster', (s) => {
    s.cluster.nodeGroups.spot = { ...s.cluster.nodeGroups.app, ...spotGroup };
  });
  const made = Object.entries(withSpot.ofType('aws_eks_node_group'));

  test('is made beside the others, with a taint of its own', () => {
    expect(made.map(([name, { capacity_type }]) => `${name} ${capacity_type}`)).toEqual([
      'app_nodes_group_a ON_DEMAND',
      'app_nodes_group_b ON_DEMAND',
      'jenkins_nodes_group_a ON_DEMAND',
      'spot_nodes_group_a SPOT',
      'spot_nodes_group_b SPOT',
    ]);
    expect(withSpot.ofType('aws_eks_node_group').spot_nodes_group_a).toMatchObject({
      labels: { workload: 'spot' },
      taint: [{ key: 'workload', value: 'spot', effect: 'NO_SCHEDULE' }],
      launch_template: { id: '${aws_launch_template.spot_nodes_template.id}' },
    });
  });

  test('may be grown and shrunk by the autoscaler', () => {
    const [change] = withSpot.statements('identities_cluster_autoscaler_permissions');
    expect(change.resources.map((each: string) => /node_group\.(\w+)_nodes_group/.exec(each)?.[1])).toEqual([
      'app',
      'app',
      'jenkins',
      'spot',
      'spot',
    ]);
  });

  test('is nothing that an add-on waits for: it tolerates no taint', () => {
    expect(addOn('coredns', withSpot)?.depends_on).not.toContain('aws_eks_node_group.spot_nodes_group_a');
  });
});

test('every add-on of the settings is there at its version', () => {
  const versions = Object.values(cluster.ofType('aws_eks_addon')).map((each) => [
    each.addon_name,
    each.addon_version,
  ]);
  expect(Object.fromEntries(versions)).toEqual(aws.addOns);
});

test('nodes come after every rule of the network ACLs, without which they reach nothing', () => {
  const rules = Object.keys(cluster.ofType('aws_network_acl_rule')).map((name) => `aws_network_acl_rule.${name}`);
  expect(rules.length).toBeGreaterThan(15);
  for (const group of groups) expect(group.depends_on).toEqual(expect.arrayContaining(rules));
});

test('nodes come after the prefixes of their pods, and what runs on nodes after the nodes', () => {
  const before = ['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent'];
  const address = (name: string) =>
    cluster.resources.find(({ config }) => config.addon_name === name)?.address as string;
  for (const group of groups) for (const name of before) expect(group.depends_on).toContain(address(name));
  for (const name of ['coredns', 'aws-ebs-csi-driver', 'metrics-server'])
    expect(addOn(name)?.depends_on).toEqual(
      expect.arrayContaining(['aws_eks_node_group.app_nodes_group_a', 'aws_eks_node_group.app_nodes_group_b']),
    );
  expect(JSON.parse(addOn('vpc-cni')?.configuration_values)).toEqual({
    env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '4', MINIMUM_IP_TARGET: '16' },
    enableNetworkPolicy: 'true',
  });
});

test('an add-on that speaks with AWS has its role before it starts', () => {
  expect(addOn('vpc-cni')?.depends_on).toContain('aws_eks_pod_identity_association.vpc_cni_association');
  expect(addOn('aws-ebs-csi-driver')?.depends_on).toContain(
    'aws_eks_pod_identity_association.identities_ebs_csi_association',
  );
});

test('PostgreSQL in the cluster has a snapshot a day, by the claim that its chart makes', () => {
  const { policy_details } = cluster.only('aws_dlm_lifecycle_policy');
  const claims = ofKind('PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  const [claim] = Object.values<string>(policy_details.target_tags);
  expect(claims).toContain(claim);
  expect(policy_details.schedule[0]).toMatchObject({
    create_rule: { interval: 24, interval_unit: 'HOURS', times: [aws.recovery.volumes.at] },
    retain_rule: { count: aws.recovery.volumes.keep },
  });
  const statements = cluster.statements('volume_backups_permissions');
  const removal = statements.find(({ actions }) => actions.includes('ec2:DeleteSnapshot'));
  expect(removal.condition).toEqual([
    { test: 'StringEquals', variable: 'aws:ResourceTag/backup', values: [claim] },
  ]);
  // Jenkins' own backup, which deletes by the same tag, has another value of it.
  expect(claim).not.toBe('jenkins-home');
});
