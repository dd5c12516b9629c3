import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktn/provider-aws/lib/vpc-security-group-egress-rule';
import { VpcSecurityGroupIngressRule } from '@cdktn/provider-aws/lib/vpc-security-group-ingress-rule';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { openedTo } from '../charts/environments/load-balanced';
import { resourceNames } from './names';
import type { Network } from './network';

/** The ports of RDS' PostgreSQL and of ElastiCache, which the outputs tell the charts. */
export const databasePort = 5432;
export const cachePort = 6379;

/**
 * Who may speak with whom, by group and not by address: only the load balancer is open to the world. The Ingresses name
 * these groups, and then their controller opens nothing by itself; what they lead to is opened here.
 */
export class SecurityGroups extends Construct {
  public readonly alb: SecurityGroup;
  public readonly internalAlb: SecurityGroup;
  /** The group of the nodes, beside the one that EKS makes for them and the control plane; pods have their node's groups. */
  public readonly nodes: SecurityGroup;

  constructor(scope: Construct, id: string, cluster: Cluster, network: Network) {
    super(scope, id);
    const called = resourceNames(cluster);
    const group = (of: Parameters<typeof called.securityGroup>[0], description: string) =>
      new SecurityGroup(this, of, {
        vpcId: network.vpc.id,
        name: called.securityGroup(of),
        description,
        tags: { Name: called.securityGroup(of) },
      });
    this.alb = group('alb', 'The load balancer that students and GitHub come in by');
    this.internalAlb = group('internal-alb', 'The load balancer of Jenkins and Argo CD');
    this.nodes = group('nodes', 'Nodes, and so pods');
    const database = group('database', 'PostgreSQL');
    const cache = group('cache', 'Redis');

    admitWorld(this, this.alb);
    // People come through a session on a node (docs/runbooks/reach-internal-hosts.md).
    admit(this, 'nodes-to-internal-alb', this.nodes, this.internalAlb, 443, 'People, by a session on a node');
    for (const port of openedTo('alb'))
      open(this, `alb-to-nodes-${port}`, this.alb, this.nodes, port, 'The app, and the two webhooks');
    for (const port of openedTo('internal-alb'))
      open(this, `internal-alb-to-nodes-${port}`, this.internalAlb, this.nodes, port, 'Jenkins and Argo CD');
    admit(this, 'nodes-to-database', this.nodes, database, databasePort, 'PgBouncer, migrations, Datadog');
    admit(this, 'nodes-to-cache', this.nodes, cache, cachePort, 'The app, Datadog');
  }
}

/** Both ends: who may send to a port, and who hears it. */
export function open(
  scope: Construct,
  id: string,
  from: SecurityGroup,
  to: SecurityGroup,
  port: number,
  description: string,
): void {
  new VpcSecurityGroupEgressRule(scope, `${id}-out`, {
    securityGroupId: from.id,
    referencedSecurityGroupId: to.id,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    description,
  });
  admit(scope, id, from, to, port, description);
}

/** The far end alone, where whoever asks may send anywhere by another group. */
function admit(
  scope: Construct,
  id: string,
  from: SecurityGroup,
  to: SecurityGroup,
  port: number,
  description: string,
): void {
  new VpcSecurityGroupIngressRule(scope, id, {
    securityGroupId: to.id,
    referencedSecurityGroupId: from.id,
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    description,
  });
}

/** The world, on the two ports of a load balancer. */
export function admitWorld(scope: Construct, alb: SecurityGroup): void {
  for (const port of [80, 443])
    new VpcSecurityGroupIngressRule(scope, `world-to-alb-${port}`, {
      securityGroupId: alb.id,
      cidrIpv4: '0.0.0.0/0',
      ipProtocol: 'tcp',
      fromPort: port,
      toPort: port,
      description: port === 80 ? 'Redirected to HTTPS' : 'HTTPS',
    });
}
