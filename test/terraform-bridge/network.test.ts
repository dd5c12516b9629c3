import { load } from 'js-yaml';
import { loadBalanced } from '../../charts/environments/load-balanced';
import { files, ofKind, settings } from '../support/manifests';
import { stack } from '../support/stacks';

const cluster = stack('cluster');
const { network } = settings.cluster;
const rules = cluster.ofType('aws_vpc_security_group_ingress_rule');
const group = (reference: string) => /aws_security_group\.security_groups_(\w+)\.id/.exec(reference)?.[1];
/** Who hears whom on what: `alb -> nodes 3000`. */
const heard = Object.values(rules).map(
  (rule) =>
    `${rule.cidr_ipv4 ?? group(rule.referenced_security_group_id)} -> ${group(rule.security_group_id)} ${rule.from_port}`,
);
/** Ranges of the outputs until the first apply are those of the settings, and Terraform makes them of the same. */
const subnets = (kind: string) =>
  Object.entries(cluster.ofType('aws_subnet')).filter(([name]) => name.startsWith(`network_${kind}_`));

test('every zone has a public, a private and a database subnet of the settings', () => {
  for (const [kind, ranges] of Object.entries({
    public: network.publicSubnets,
    private: network.privateSubnets,
    database: network.databaseSubnets,
  }))
    expect(subnets(kind).map(([, subnet]) => [subnet.availability_zone, subnet.cidr_block])).toEqual(
      network.zones.map((zone, i) => [zone, ranges[i]]),
    );
});

test('the load balancer controller finds public subnets for the world and private ones for the inside', () => {
  const tagged = (tag: string) =>
    Object.entries(cluster.ofType('aws_subnet'))
      .filter(([, { tags }]) => tags[tag] === '1')
      .map(([name]) => name);
  expect(tagged('kubernetes.io/role/elb')).toEqual(subnets('public').map(([name]) => name));
  expect(tagged('kubernetes.io/role/internal-elb')).toEqual(subnets('private').map(([name]) => name));
});

test('no subnet gives an instance a public address', () => {
  const choices = Object.values(cluster.ofType('aws_subnet')).map((subnet) => subnet.map_public_ip_on_launch);
  expect(choices).toEqual([false, false, false, false, false, false]);
});

test('only the load balancer is open to the world, on 80 and 443', () => {
  expect(heard.filter((rule) => rule.startsWith('0.0.0.0/0'))).toEqual([
    '0.0.0.0/0 -> alb 443',
    '0.0.0.0/0 -> alb 80',
  ]);
  expect(Object.values(rules).filter((rule) => rule.cidr_ipv6 || rule.prefix_list_id)).toEqual([]);
});

test('the nodes are reached where pods behind an Ingress listen, and the data by the nodes alone', () => {
  expect(heard.filter((rule) => !rule.startsWith('0.0.0.0/0')).sort()).toEqual([
    'alb -> nodes 3000',
    'alb -> nodes 8080',
    'internal_alb -> nodes 8080',
    'nodes -> cache 6379',
    'nodes -> database 5432',
    'nodes -> internal_alb 443',
  ]);
});

test('every port that is opened to a load balancer is one that an Ingress sends to, and every one of these is opened', () => {
  const groupOf = { [settings.outputs.alb_security_group_id]: 'alb' };
  groupOf[settings.outputs.internal_alb_security_group_id] = 'internal_alb';
  const sent = ofKind('Ingress').flatMap((ingress) => {
    const by = groupOf[ingress.metadata.annotations?.['alb.ingress.kubernetes.io/security-groups'] ?? ''];
    const text = JSON.stringify(ingress);
    // All Services of ours have the port of their pods; that of Argo CD is its chart's.
    const numbers = [...text.matchAll(/"number":(\d+)|ServicePort\\":\\"(\d+)/g)].map(([, a, b]) =>
      Number(a ?? b),
    );
    return numbers.map((port) => `${by} -> nodes ${port === 443 ? loadBalanced['argocd-server'].port : port}`);
  });
  // Its user interface has an Ingress of the chart.
  const argoCd: any = load(files.get('argocd/add-ons/Application.argo-cd.yaml') as string);
  const { server } = argoCd.spec.source.helm.valuesObject;
  sent.push(
    `${groupOf[server.ingress.annotations['alb.ingress.kubernetes.io/security-groups']]} -> nodes ${server.containerPorts.server}`,
  );
  expect([...new Set(sent)].sort()).toEqual(heard.filter((rule) => /alb -> nodes/.test(rule)).sort());
});

test('a load balancer sends to the nodes and to nowhere else', () => {
  const sent = Object.values(cluster.ofType('aws_vpc_security_group_egress_rule'));
  expect(sent.map((rule) => group(rule.referenced_security_group_id))).toEqual(sent.map(() => 'nodes'));
  expect(sent.filter((rule) => rule.cidr_ipv4)).toEqual([]);
});

test('what the charts connect to listens where the outputs say', () => {
  const [production] = settings.sites;
  expect(heard).toContain(`nodes -> database ${production?.database.port}`);
  expect(heard).toContain(`nodes -> cache ${production?.redis.port}`);
});

test("nothing can use the VPC's default group", () => {
  const { ingress, egress } = cluster.only('aws_default_security_group');
  expect([ingress, egress]).toEqual([undefined, undefined]);
});

test('the database subnets have no way out, and hear the private subnets on two ports', () => {
  const out = Object.values(cluster.ofType('aws_route')).map((route) => route.route_table_id);
  expect(out.filter((table) => table.includes('database'))).toEqual([]);
  const admitted = Object.entries(cluster.ofType('aws_network_acl_rule'))
    .filter(([name]) => name.startsWith('network_acls_database_in'))
    .map(([, rule]) => `${rule.cidr_block} ${rule.protocol} ${rule.from_port}`);
  expect(admitted).toEqual([
    '10.0.32.0/20 tcp 5432',
    '10.0.32.0/20 tcp 6379',
    '10.0.48.0/20 tcp 5432',
    '10.0.48.0/20 tcp 6379',
    '10.0.21.0/24 -1 0',
    '10.0.22.0/24 -1 0',
  ]);
});

test('every subnet has an ACL of its kind, and rules of an ACL have numbers of their own', () => {
  const acls = Object.values(cluster.ofType('aws_network_acl'));
  const all = Object.keys(cluster.ofType('aws_subnet')).map((name) => `\${aws_subnet.${name}.id}`);
  expect(acls.flatMap((acl) => acl.subnet_ids).sort()).toEqual(all.sort());
  const numbers = Object.values(cluster.ofType('aws_network_acl_rule')).map(
    (rule) => `${rule.network_acl_id} ${rule.egress} ${rule.rule_number}`,
  );
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('one NAT gateway serves every zone, or one each when the setting says so', () => {
  const gatewaysOf = (parsed: typeof cluster) =>
    Object.values(parsed.ofType('aws_route')).flatMap((route) => route.nat_gateway_id ?? []);
  expect(new Set(gatewaysOf(cluster)).size).toBe(1);
  expect(gatewaysOf(cluster)).toHaveLength(network.zones.length);
  const each = stack('cluster', ({ cluster }) => (cluster.network.natGatewayPerZone = true));
  expect(new Set(gatewaysOf(each)).size).toBe(network.zones.length);
  expect(Object.keys(each.ofType('aws_eip'))).toHaveLength(network.zones.length);
});

test('nodes reach S3 without the NAT gateway', () => {
  const endpoint = cluster.only('aws_vpc_endpoint');
  expect(endpoint.vpc_endpoint_type).toBe('Gateway');
  expect(endpoint.route_table_ids).toHaveLength(network.zones.length);
  expect(endpoint.route_table_ids.filter((table: string) => !table.includes('private'))).toEqual([]);
});

test('flow logs are a setting', () => {
  expect(cluster.only('aws_flow_log').traffic_type).toBe('REJECT');
  const without = stack('cluster', ({ cluster }) => delete cluster.aws.flowLogs);
  expect(without.resources.filter(({ name }) => name.startsWith('flow_logs'))).toEqual([]);
});
