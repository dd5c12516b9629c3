import { Construct } from 'constructs';
import type * as v from 'valibot';
import type { Cluster } from '../charts/environments/environment';
import type { flowLogs } from '../charts/environments/infrastructure';
import type { DataPlace } from './database';
import { type Encrypted, Encryption } from './encryption';
import { FlowLogs } from './flow-logs';
import { Network } from './network';
import { NetworkAcls } from './network-acls';
import { cachePort, databasePort } from './security-groups';
import { ServiceSecurityGroups } from './service-security-groups';

type Settings = Encrypted & {
  readonly network: Omit<Cluster['network'], 'services'>;
  readonly aws: { readonly flowLogs?: v.InferOutput<typeof flowLogs>; readonly cache?: object };
};

/** A VPC for one service and its data, with both locks on every door, and the key of what is kept there. */
export class ServiceNetwork extends Construct {
  public readonly network: Network;
  public readonly groups: ServiceSecurityGroups;
  public readonly encryption: Encryption;
  public readonly data: DataPlace;

  /** @param port what the tasks hear the load balancer on */
  constructor(scope: Construct, id: string, settings: Settings, account: string, port: number) {
    super(scope, id);
    const { flowLogs, cache } = settings.aws;
    this.encryption = new Encryption(this, 'encryption', settings, account);
    this.network = new Network(this, 'network', settings);
    const ports = cache ? [databasePort, cachePort] : [databasePort];
    new NetworkAcls(this, 'acls', settings, this.network, ports);
    const { network, encryption } = this;
    if (flowLogs) new FlowLogs(this, 'flow-logs', settings, { network, encryption, settings: flowLogs });
    this.groups = new ServiceSecurityGroups(this, 'groups', settings, {
      network,
      port,
      cache: cache !== undefined,
    });
    this.data = {
      databaseSubnetIds: network.databaseSubnets.map(({ id }) => id),
      databaseSecurityGroupId: this.groups.database.id,
      cacheSecurityGroupId: this.groups.cache?.id,
      keyArn: encryption.keyArn,
    };
  }
}
