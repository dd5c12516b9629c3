import { addOns } from '../../environments/add-ons';
import type { Settings } from '../../settings';
import { helmResources, helmSpread, priorityClassName, restrictedContainer, restrictedPod } from './helm-parts';

const { release, workloads } = addOns['cluster-autoscaler'];
const autoscaler = workloads['cluster-autoscaler'];

/** Adds a node when a pod has no place, and takes an empty one away. */
export function clusterAutoscaler({ cluster }: Settings): object {
  return {
    // The chart would add the cloud's name.
    fullnameOverride: 'cluster-autoscaler',
    awsRegion: cluster.region,
    // The groups whose tags name this cluster; EKS tags those of its node groups.
    autoDiscovery: { clusterName: cluster.name },
    image: { tag: release },
    rbac: { serviceAccount: { name: 'cluster-autoscaler' } },
    replicaCount: autoscaler.replicas,
    priorityClassName,
    resources: helmResources(autoscaler.resources),
    // The user of the image.
    securityContext: { ...restrictedPod, runAsUser: 65532 },
    containerSecurityContext: restrictedContainer,
    topologySpreadConstraints: helmSpread('aws-cluster-autoscaler'),
    extraArgs: {
      // The chart's level 4 logs every node in every loop.
      v: 2,
      expander: 'least-waste',
      // A group has a part in each zone. Nodes of two of them differ in these labels only, which the autoscaler does not leave
      // out by itself (processors/nodegroupset/aws_nodegroups.go).
      'balance-similar-node-groups': true,
      'balancing-ignore-label_1': 'topology.ebs.csi.aws.com/zone',
      'balancing-ignore-label_2': 'topology.k8s.aws/zone-id',
      // Nearly every node has an add-on, and many pods an emptyDir: with the defaults none could be taken away.
      'skip-nodes-with-system-pods': false,
      'skip-nodes-with-local-storage': false,
    },
    service: { create: false },
  };
}
