import { NetworkAcl } from '@cdktn/provider-aws/lib/network-acl';
import { NetworkAclRule } from '@cdktn/provider-aws/lib/network-acl-rule';
import type { Subnet } from '@cdktn/provider-aws/lib/subnet';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { type NamedCluster, resourceNames } from './names';
import type { Network } from './network';
import { cachePort, databasePort } from './security-groups';

interface Rule {
  readonly from: string;
  /** All when absent. */
  readonly ports?: readonly [number, number];
  readonly icmp?: { readonly type: number; readonly code: number };
}

/** Where answers come back to: an ACL, unlike a security group, does not remember what was asked. */
const answers = [1024, 65535] as const;
const everywhere = '0.0.0.0/0';
/** "Fragmentation needed": without it a large answer over a narrow path never arrives. */
const pathSize: Rule = { from: everywhere, icmp: { type: 3, code: 4 } };

/**
 * The second lock, one a kind of subnet: it holds where a security group was opened by mistake. The database subnets
 * hear the private ones on the ports of the data and nobody else.
 */
export class NetworkAcls extends Construct {
  /** Until all are there, a subnet of theirs lets nothing through. */
  public readonly rules: readonly NetworkAclRule[];

  /** @param dataPorts what the private subnets may ask of the database subnets */
  constructor(
    scope: Construct,
    id: string,
    cluster: NamedCluster & { readonly network: Omit<Cluster['network'], 'services'> },
    network: Network,
    dataPorts: readonly number[] = [databasePort, cachePort],
  ) {
    super(scope, id);
    const { vpc, privateSubnets, databaseSubnets } = cluster.network;
    const all: Rule = { from: everywhere };
    const made: NetworkAclRule[] = [];
    this.rules = made;
    const acl = (name: string, subnets: readonly Subnet[], ingress: readonly Rule[], egress: readonly Rule[]) => {
      const acl = new NetworkAcl(this, name, {
        vpcId: network.vpc.id,
        subnetIds: subnets.map(({ id }) => id),
        tags: { Name: `${resourceNames(cluster).vpc}-${name}` },
      });
      for (const [direction, rules] of Object.entries({ in: ingress, out: egress }))
        for (const [i, rule] of rules.entries())
          made.push(
            new NetworkAclRule(this, `${name}-${direction}-${i + 1}`, {
              networkAclId: acl.id,
              egress: direction === 'out',
              ruleNumber: 100 * (i + 1),
              ruleAction: 'allow',
              cidrBlock: rule.from,
              protocol: rule.icmp ? 'icmp' : rule.ports ? 'tcp' : '-1',
              fromPort: rule.ports?.[0] ?? 0,
              toPort: rule.ports?.[1] ?? 0,
              icmpType: rule.icmp?.type,
              icmpCode: rule.icmp?.code,
            }),
          );
    };
    acl(
      'public',
      network.publicSubnets,
      [
        { from: vpc },
        { from: everywhere, ports: [80, 80] },
        { from: everywhere, ports: [443, 443] },
        { from: everywhere, ports: answers },
        pathSize,
      ],
      [all],
    );
    acl('private', network.privateSubnets, [{ from: vpc }, { from: everywhere, ports: answers }, pathSize], [all]);
    acl(
      'database',
      network.databaseSubnets,
      [
        ...privateSubnets.flatMap((from) => dataPorts.map((port): Rule => ({ from, ports: [port, port] }))),
        // A replica reads from its primary in the other zone.
        ...databaseSubnets.map((from) => ({ from })),
      ],
      [
        ...privateSubnets.map((from): Rule => ({ from, ports: answers })),
        ...databaseSubnets.map((from) => ({ from })),
      ],
    );
  }
}
