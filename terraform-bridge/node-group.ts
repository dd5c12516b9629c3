import { EksNodeGroup } from '@cdktn/provider-aws/lib/eks-node-group';
import { LaunchTemplate } from '@cdktn/provider-aws/lib/launch-template';
import { Fn, type ITerraformDependable } from 'cdktn';
import { Construct } from 'constructs';
import type { Cluster } from '../charts/environments/environment';
import { instanceTypes, kubeletCpu, kubeletMemory } from '../charts/environments/infrastructure';
import { type NodeGroup, taintOf, zonalGroups } from '../charts/environments/node-groups';
import { mebibytes } from '../charts/environments/units';
import type { ControlPlane } from './control-plane';
import type { Network } from './network';
import type { NodeRole } from './node-role';

export interface NodeGroupProps {
  /** Its name in the settings. */
  readonly name: string;
  readonly group: NodeGroup;
  readonly cluster: ControlPlane;
  readonly network: Network;
  readonly role: NodeRole;
  /** Beside the cluster's own. */
  readonly securityGroupId: string;
  /** Without which a node never becomes ready, or becomes it with too few addresses for its pods: add-ons, ways through the network. */
  readonly after: readonly ITerraformDependable[];
}

/**
 * Nodes of one kind, as the charts' node selectors and tolerations expect them; the cluster autoscaler moves their number.
 * A group of EKS for each zone: a pod whose volume is there gets its node there.
 *
 * No change takes the nodes away before there are others. What the launch template holds (instance type, disk, kubelet)
 * EKS changes node by node, and waits for the pods of each. What the provider replaces the group for (capacity, subnets,
 * image, role, the template itself: `ForceNew` in its `internal/service/eks/node_group.go`) makes the new group first,
 * under a name of its own.
 */
export class ManagedNodeGroup extends Construct {
  public readonly resources: readonly EksNodeGroup[];
  /** What the autoscaler grows and shrinks. */
  public readonly autoscalingGroups: readonly string[];
  /** Whether it takes pods that ask for no group. */
  public readonly open: boolean;

  constructor(scope: Construct, id: string, settings: Cluster, props: NodeGroupProps) {
    super(scope, id);
    const { name, group, cluster, network, role } = props;
    const { tags, nodes } = settings.aws;
    const instance = instanceTypes[group.instanceType];
    const taint = taintOf(group);
    this.open = !taint;
    const ofInstances = { ...tags, stack: 'cluster', Name: `${settings.name}-${name}` };
    const template = new LaunchTemplate(this, 'template', {
      name: `${settings.name}-${name}`,
      description: `Nodes of the group ${name}`,
      updateDefaultVersion: true,
      // Here and not at the group, which would be replaced for another one; at both places EKS refuses it.
      instanceType: group.instanceType,
      vpcSecurityGroupIds: [cluster.securityGroupId, props.securityGroupId],
      // One hop: the node itself gets there, a pod does not, so no pod can take the node's role.
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: 'disabled',
      },
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: {
            volumeType: 'gp3',
            volumeSize: Math.ceil(mebibytes(group.disk) / 1024),
            iops: nodes.diskIops,
            throughput: nodes.diskThroughput,
            encrypted: 'true',
            deleteOnTermination: 'true',
          },
        },
      ],
      creditSpecification: instance.burstable ? { cpuCredits: nodes.cpuCredits } : undefined,
      monitoring: { enabled: false },
      userData: Fn.base64encode(Fn.rawString(userData(group))),
      // What an autoscaling group starts has no tags of the provider's.
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
        resourceType,
        tags: ofInstances,
      })),
    });
    const made: EksNodeGroup[] = [];
    for (const { index, zone, min, max } of zonalGroups(settings.network.zones, group)) {
      const letter = zone.slice(-1);
      const resource = new EksNodeGroup(this, `group-${letter}`, {
        clusterName: cluster.name,
        nodeGroupNamePrefix: `${name}-${letter}-`,
        nodeRoleArn: role.arn,
        version: settings.kubernetes,
        amiType: instance.architecture === 'arm64' ? 'AL2023_ARM_64_STANDARD' : 'AL2023_x86_64_STANDARD',
        capacityType: group.spot ? 'SPOT' : 'ON_DEMAND',
        subnetIds: network.privateSubnets.slice(index, index + 1).map(({ id }) => id),
        scalingConfig: { minSize: min, maxSize: max, desiredSize: min },
        updateConfig: { maxUnavailable: 1 },
        labels: { workload: group.workload },
        taint: taint && [{ key: taint.key, value: taint.value, effect: 'NO_SCHEDULE' }],
        launchTemplate: { id: template.id, version: `\${${template.fqn}.latest_version}` },
        lifecycle: { createBeforeDestroy: true, ignoreChanges: ['scaling_config[0].desired_size'] },
        // One zone after the other: no change drains nodes of two at once.
        dependsOn: [...role.permissions, ...network.waysOut, ...props.after, ...made.slice(-1)],
      });
      made.push(resource);
    }
    this.resources = made;
    this.autoscalingGroups = made.map((each) => each.resources.get(0).autoscalingGroups.get(0).name);
  }
}

/**
 * What EKS adds its own part to. It would reckon the kubelet's memory from the pods that a node holds without prefix
 * delegation; a node with more pods and that reserve runs out of memory itself.
 */
function userData({ instanceType, maxPods }: NodeGroup): string {
  const { vcpu } = instanceTypes[instanceType];
  return [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="NODE"',
    '',
    '--NODE',
    'Content-Type: application/node.eks.aws',
    '',
    '---',
    'apiVersion: node.eks.aws/v1alpha1',
    'kind: NodeConfig',
    'spec:',
    '  kubelet:',
    '    config:',
    `      maxPods: ${maxPods}`,
    '      kubeReserved:',
    `        cpu: ${kubeletCpu(vcpu)}m`,
    '        ephemeral-storage: 1Gi',
    `        memory: ${kubeletMemory(maxPods)}Mi`,
    '',
    '--NODE--',
    '',
  ].join('\n');
}
