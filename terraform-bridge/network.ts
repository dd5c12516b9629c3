import { DefaultSecurityGroup } from '@cdktn/provider-aws/lib/default-security-group';
import { Eip } from '@cdktn/provider-aws/lib/eip';
import { InternetGateway } from '@cdktn/provider-aws/lib/internet-gateway';
import { NatGateway } from '@cdktn/provider-aws/lib/nat-gateway';
import { Route } from '@cdktn/provider-aws/lib/route';
import { RouteTable } from '@cdktn/provider-aws/lib/route-table';
import { RouteTableAssociation } from '@cdktn/provider-aws/lib/route-table-association';
import { Subnet } from '@cdktn/provider-aws/lib/subnet';
import { Vpc } from '@cdktn/provider-aws/lib/vpc';
import { VpcEndpoint } from '@cdktn/provider-aws/lib/vpc-endpoint';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { type NamedCluster, resourceNames } from './names';

/** The VPC with a public, a private and a database subnet in each zone, and the ways out of it. */
export class Network extends Construct {
  public readonly vpc: Vpc;
  /** Each list in the order of the zones. */
  public readonly publicSubnets: readonly Subnet[];
  public readonly privateSubnets: readonly Subnet[];
  public readonly databaseSubnets: readonly Subnet[];
  /** What a node needs before it can pull an image. */
  public readonly waysOut: readonly Route[];

  constructor(
    scope: Construct,
    id: string,
    cluster: NamedCluster & Pick<Cluster, 'region'> & { readonly network: Omit<Cluster['network'], 'services'> },
    /** By which others find the subnets of a kind. */
    marks: Readonly<Partial<Record<'public' | 'private', Readonly<Record<string, string>>>>> = {},
  ) {
    super(scope, id);
    const { network, region } = cluster;
    const called = resourceNames(cluster);
    // Host names too: the private zone and EKS' private address ask for both.
    this.vpc = new Vpc(this, 'vpc', {
      cidrBlock: network.vpc,
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags: { Name: called.vpc },
    });
    // AWS makes one that lets everything in it speak with everything; without rules nobody can use it by mistake.
    new DefaultSecurityGroup(this, 'default-security-group', {
      vpcId: this.vpc.id,
      tags: { Name: `${called.vpc}-default-unused` },
    });

    const subnets = (kind: 'public' | 'private' | 'database', ranges: readonly string[], tags = {}) =>
      network.zones.map(
        (zone, i) =>
          new Subnet(this, `${kind}-subnet-${zone}`, {
            vpcId: this.vpc.id,
            availabilityZone: zone,
            cidrBlock: ranges[i],
            mapPublicIpOnLaunch: false,
            tags: { Name: called.subnet(kind, zone), ...tags },
          }),
      );
    this.publicSubnets = subnets('public', network.publicSubnets, marks.public);
    this.privateSubnets = subnets('private', network.privateSubnets, marks.private);
    this.databaseSubnets = subnets('database', network.databaseSubnets);

    const internet = new InternetGateway(this, 'internet-gateway', {
      vpcId: this.vpc.id,
      tags: { Name: called.vpc },
    });
    const table = (name: string, of: readonly Subnet[]) => {
      const made = new RouteTable(this, `${name}-routes`, {
        vpcId: this.vpc.id,
        tags: { Name: `${called.vpc}-${name}` },
      });
      for (const subnet of of)
        new RouteTableAssociation(this, `${subnet.node.id}-routes`, {
          subnetId: subnet.id,
          routeTableId: made.id,
        });
      return made;
    };
    const everywhere = '0.0.0.0/0';
    new Route(this, 'public-way-out', {
      routeTableId: table('public', this.publicSubnets).id,
      destinationCidrBlock: everywhere,
      gatewayId: internet.id,
    });
    // No way out at all: AWS runs the database and the cache from its own side.
    table('database', this.databaseSubnets);

    const gateways = this.publicSubnets.slice(0, network.natGatewayPerZone ? undefined : 1).map((subnet, i) => {
      const tags = { Name: `${called.vpc}-${network.zones[i]}` };
      const address = new Eip(this, `nat-address-${network.zones[i]}`, {
        domain: 'vpc',
        tags,
        dependsOn: [internet],
      });
      return new NatGateway(this, `nat-gateway-${network.zones[i]}`, {
        allocationId: address.id,
        subnetId: subnet.id,
        tags,
        dependsOn: [internet],
      });
    });
    const tables = network.zones.map((zone, i) =>
      table(
        `private-${zone}`,
        [this.privateSubnets[i]].filter((subnet) => subnet !== undefined),
      ),
    );
    this.waysOut = tables.map(
      (routes, i) =>
        new Route(this, `private-way-out-${network.zones[i]}`, {
          routeTableId: routes.id,
          destinationCidrBlock: everywhere,
          natGatewayId: (gateways[i] ?? gateways[0])?.id,
        }),
    );

    // Images come from S3, layer by layer: by this they cost nothing at the NAT gateway.
    new VpcEndpoint(this, 's3-endpoint', {
      vpcId: this.vpc.id,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: tables.map(({ id }) => id),
      tags: { Name: `${called.vpc}-s3` },
    });
  }
}
