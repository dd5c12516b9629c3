import type { Api, KubernetesObject } from '../api';
import type { Elb } from './elb';
import type { TargetGroup } from './ingress-groups';
import type { Seen } from './seen';

export const version = 'elbv2.k8s.aws/v1beta1';
const [group = '', v1beta1 = ''] = version.split('/');

/** The definition of TargetGroupBindings, reduced to the fields of release 3.5.0 that are played. */
export const definition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `targetgroupbindings.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'TargetGroupBinding', plural: 'targetgroupbindings', singular: 'targetgroupbinding' },
    versions: [
      {
        name: v1beta1,
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['serviceRef'],
                properties: {
                  targetGroupARN: { type: 'string' },
                  targetType: { type: 'string', enum: ['instance', 'ip'] },
                  serviceRef: {
                    type: 'object',
                    required: ['name', 'port'],
                    properties: { name: { type: 'string' }, port: { 'x-kubernetes-int-or-string': true } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

export function bindingOf({ name, namespace, service, port }: TargetGroup, arn: string): KubernetesObject {
  return {
    apiVersion: version,
    kind: 'TargetGroupBinding',
    metadata: { name, namespace },
    spec: { targetGroupARN: arn, targetType: 'ip', serviceRef: { name: service, port } },
  };
}

/** The condition of a pod that says that it is a healthy target of this group. */
export function gateOf(binding: { readonly metadata: { readonly name: string } }): string {
  return `target-health.elbv2.k8s.aws/${binding.metadata.name}`;
}

/**
 * Keeps target groups at the pods of their Services, and opens the gates of pods that are targets. That is a loop of its
 * own in the controller, which goes on when the model of a group is refused.
 */
export class Targets {
  /** What a target group had to hold when it was last looked at, by ARN. */
  private readonly settled = new Map<string, string>();
  /** The changes that have been looked at. */
  private looked = -1;
  private waits = false;

  constructor(
    private readonly api: Api,
    private readonly elb: Elb,
    private readonly seen: Seen,
  ) {}

  async look(): Promise<void> {
    if (!this.waits && this.looked === this.seen.targets) return;
    this.looked = this.seen.targets;
    const { TargetGroupBinding, EndpointSlice } = this.seen.kinds;
    let waits = false;
    try {
      for (const binding of TargetGroupBinding.objects) {
        const slices = EndpointSlice.objects.filter(
          ({ metadata }) =>
            metadata.namespace === binding.metadata.namespace &&
            metadata.labels?.['kubernetes.io/service-name'] === binding.spec.serviceRef.name,
        );
        if (!(await this.follow(binding, slices))) waits = true;
      }
      this.waits = waits;
    } catch (error) {
      this.waits = true;
      throw error;
    }
  }

  /** @returns whether everything is as it should be */
  private async follow(binding: any, slices: readonly any[]): Promise<boolean> {
    const { targetGroupARN: arn } = binding.spec;
    const wanted = new Map<string, any>();
    for (const { endpoints, ports } of slices)
      for (const { addresses, conditions, targetRef } of endpoints ?? []) {
        // Only the pods that wait for nothing but a gate.
        const { Pod } = this.seen.kinds;
        const pod = conditions.ready ? undefined : Pod.find(targetRef?.name, binding.metadata.namespace);
        if (conditions.ready || (pod && isTrue(pod, 'ContainersReady') && !conditions.terminating))
          wanted.set(`${addresses[0]}:${ports[0]?.port}`, pod);
      }
    const key = [...wanted.keys()].join();
    if (this.settled.get(arn) === key) return true;
    const { TargetHealthDescriptions } = await this.elb.ask('DescribeTargetHealth', { TargetGroupArn: arn });
    const there = new Set((TargetHealthDescriptions as any[]).map(({ Target }) => `${Target.Id}:${Target.Port}`));
    const gone = [...there].filter((target) => !wanted.has(target));
    const missing = [...wanted.keys()].filter((target) => !there.has(target));
    if (gone.length > 0) await this.change('DeregisterTargets', arn, gone);
    if (missing.length > 0) await this.change('RegisterTargets', arn, missing);
    // What has just been registered is looked at once more, as it might not be healthy yet.
    for (const [target, pod] of wanted) if (pod && there.has(target)) await open(this.api, pod, gateOf(binding));
    const waits = [...wanted.values()].some((pod) => pod !== undefined);
    if (gone.length > 0 || missing.length > 0 || waits) return false;
    this.settled.set(arn, key);
    return true;
  }

  private change(action: string, arn: string, targets: readonly string[]): Promise<unknown> {
    const list = targets.map((target) => {
      const [id = '', port = ''] = target.split(':');
      return { Id: id, Port: port };
    });
    return this.elb.ask(action, { TargetGroupArn: arn, Targets: list });
  }
}

/** Opens a gate; and what the kubelet does when it was the last one. */
async function open(api: Api, pod: any, gate: string): Promise<void> {
  const gates: string[] = (pod.spec.readinessGates ?? []).map(({ conditionType }: any) => conditionType);
  if (!gates.includes(gate) || isTrue(pod, 'Ready')) return;
  const others = gates.filter((each) => each !== gate && !isTrue(pod, each));
  const types = [gate, ...(others.length === 0 ? ['Ready'] : [])];
  const lastTransitionTime = new Date().toISOString().replace(/\.\d+/, '');
  const conditions = types.map((type) => ({ type, status: 'True', reason: null, lastTransitionTime }));
  const path = await api.path('v1', 'Pod', pod.metadata.namespace, pod.metadata.name);
  // The uid is a condition: another pod of this name is left alone.
  const patch = { metadata: { uid: pod.metadata.uid }, status: { conditions } };
  const { status } = await api.request('PATCH', `${path}/status`, patch, 'application/strategic-merge-patch+json');
  if (status >= 300 && status !== 404 && status !== 409) throw new Error(`${pod.metadata.name}: ${status}`);
}

function isTrue(pod: any, type: string): boolean {
  return pod.status.conditions?.some((each: any) => each.type === type && each.status === 'True') ?? false;
}
