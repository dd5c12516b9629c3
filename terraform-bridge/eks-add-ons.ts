import { EksAddon } from '@cdktn/provider-aws/lib/eks-addon';
import type { ITerraformDependable } from 'cdktn';
import { Construct } from 'constructs';
import { eksAddOns } from '../charts/environments/add-ons';
import type { Cluster } from '../charts/environments/environment';
import { podAddresses } from '../charts/environments/infrastructure';
import type { ControlPlane } from './control-plane';

type Name = keyof Cluster['aws']['addOns'];

type Configurations = Partial<Record<Name, object | undefined>>;

/** What must be there before the first node: with the network's prefixes a node starts with addresses for all its pods. */
export const beforeNodes: Configurations = {
  'vpc-cni': {
    env: {
      ENABLE_PREFIX_DELEGATION: 'true',
      WARM_IP_TARGET: String(podAddresses.warm),
      MINIMUM_IP_TARGET: String(podAddresses.minimum),
    },
    // Without it a NetworkPolicy is an object that nobody reads.
    enableNetworkPolicy: 'true',
  },
  'kube-proxy': undefined,
  'eks-pod-identity-agent': undefined,
};

/** What runs on nodes and is not well until it does. */
export function onNodes({ aws }: Cluster): Configurations {
  return {
    coredns: { replicaCount: eksAddOns.coredns.replicas },
    // Its controller runs twice by default. A volume has the tags of the bill too.
    'aws-ebs-csi-driver': { controller: { extraVolumeTags: aws.tags } },
    'metrics-server': { replicas: eksAddOns['metrics-server'].replicas },
  };
}

/** The add-ons of EKS, each at the version of the settings. */
export class EksAddOns extends Construct {
  public readonly all: readonly EksAddon[];

  constructor(
    scope: Construct,
    id: string,
    settings: Cluster,
    {
      cluster,
      configurations,
      after,
    }: {
      readonly cluster: ControlPlane;
      readonly configurations: Configurations;
      readonly after: readonly ITerraformDependable[];
    },
  ) {
    super(scope, id);
    this.all = (Object.keys(configurations) as Name[]).map(
      (name) =>
        new EksAddon(this, name, {
          clusterName: cluster.name,
          addonName: name,
          addonVersion: settings.aws.addOns[name],
          configurationValues: configurations[name] && JSON.stringify(configurations[name]),
          // What stands here holds, also against a change by hand.
          resolveConflictsOnCreate: 'OVERWRITE',
          resolveConflictsOnUpdate: 'OVERWRITE',
          dependsOn: [...after],
        }),
    );
  }
}
