import { SecurityGroup } from '@cdktn/provider-aws/lib/security-group';
import { VpcSecurityGroupEgressRule } from '@cdktn/provider-aws/lib/vpc-security-group-egress-rule';
import { Construct } from 'constructs';
import { type NamedCluster, resourceNames } from './names';
import type { Network } from './network';
import { admitWorld, cachePort, databasePort, open } from './security-groups';

/** Who may speak with whom where tasks of ECS stand behind a load balancer: each knows the next one, by group. */
export class ServiceSecurityGroups extends Construct {
  public readonly alb: SecurityGroup;
  public readonly tasks: SecurityGroup;
  /** Builds that reach the database: its migrations. */
  public readonly builds: SecurityGroup;
  public readonly database: SecurityGroup;
  /** Present where there is a cache. */
  public readonly cache?: SecurityGroup;

  /** @param port what the tasks hear the load balancer on */
  constructor(
    scope: Construct,
    id: string,
    cluster: NamedCluster,
    { network, port, cache }: { network: Network; port: number; cache: boolean },
  ) {
    super(scope, id);
    const called = resourceNames(cluster);
    const group = (of: Parameters<typeof called.securityGroup>[0], description: string) =>
      new SecurityGroup(this, of, {
        vpcId: network.vpc.id,
        name: called.securityGroup(of),
        description,
        tags: { Name: called.securityGroup(of) },
      });
    this.alb = group('alb', 'The load balancer');
    this.tasks = group('tasks', 'Tasks of ECS');
    this.builds = group('builds', 'Migrations, which CodeBuild runs');
    this.database = group('database', 'PostgreSQL');
    admitWorld(this, this.alb);
    open(this, 'alb-to-tasks', this.alb, this.tasks, port, 'Requests and health checks');
    for (const [name, from] of Object.entries({ tasks: this.tasks, builds: this.builds })) {
      open(this, `${name}-to-database`, from, this.database, databasePort, 'PostgreSQL');
      // Names are looked up at the resolver of the VPC, which no group stands before.
      new VpcSecurityGroupEgressRule(this, `${name}-out`, {
        securityGroupId: from.id,
        cidrIpv4: '0.0.0.0/0',
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        description: 'AWS and other services, by HTTPS',
      });
    }
    if (!cache) return;
    this.cache = group('cache', 'Redis');
    open(this, 'tasks-to-cache', this.tasks, this.cache, cachePort, 'Redis');
  }
}
