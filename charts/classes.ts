import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import {
  IngressClassParams,
  type IngressClassParamsSpec,
  IngressClassParamsSpecScheme as Scheme,
  IngressClassParamsSpecTargetType as TargetType,
} from '../imports/ingress-class-params-elbv2.k8s.aws';
import { storageClassName } from './constructs/data-volume';
import type { Settings } from './settings';

/** The classes that volumes, pods and Ingresses of the whole cluster name. */
export class ClassesChart extends Chart {
  constructor(scope: Construct, id: string, { cluster, outputs }: Settings) {
    super(scope, id, { disableResourceNameHashes: true });
    const { loadBalancer, priorities } = cluster;

    new kplus.k8s.KubeStorageClass(this, 'storage-class', {
      metadata: { name: storageClassName, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'ebs.csi.aws.com',
      parameters: { type: 'gp3', encrypted: 'true', 'csi.storage.k8s.io/fstype': 'ext4' },
      // A volume is made in the zone of the node that its pod was given.
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
      allowVolumeExpansion: true,
    });

    const purposes: Record<string, string> = {
      system: 'What the cluster itself needs: add-ons and the Datadog agent.',
      production: 'What students see.',
      staging: 'Gives way when a node is lost: below pods that name no class.',
    };
    for (const [name, value] of Object.entries(priorities))
      new kplus.k8s.KubePriorityClass(this, `priority-${name}`, {
        metadata: { name },
        value,
        description: purposes[name],
        globalDefault: false,
        // Without preemption staging waits for room; it never takes it.
        preemptionPolicy: value < 0 ? 'Never' : 'PreemptLowerPriority',
      });

    const shared = {
      targetType: TargetType.IP,
      sslPolicy: loadBalancer.sslPolicy,
      loadBalancerAttributes: [{ key: 'routing.http.drop_invalid_header_fields.enabled', value: 'true' }],
    };
    ingressClass(this, 'alb', {
      ...shared,
      scheme: Scheme.INTERNET_HYPHEN_FACING,
      group: { name: loadBalancer.group },
      // Whoever may name this class joins the load balancer that students come in by.
      namespaceSelector: {
        matchExpressions: [
          { key: 'kubernetes.io/metadata.name', operator: 'In', values: [...loadBalancer.namespaces] },
        ],
      },
    });
    ingressClass(this, 'alb-internal', {
      ...shared,
      scheme: Scheme.INTERNAL,
      group: { name: `${loadBalancer.group}-internal` },
      certificateArn: [outputs.internal_certificate_arn],
      namespaceSelector: {
        matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['argocd', 'ci-cd'] }],
      },
    });
  }
}

function ingressClass(scope: Construct, name: string, spec: IngressClassParamsSpec) {
  new IngressClassParams(scope, `${name}-params`, { metadata: { name }, spec });
  new kplus.k8s.KubeIngressClass(scope, name, {
    metadata: { name },
    spec: {
      controller: 'ingress.k8s.aws/alb',
      parameters: { apiGroup: 'elbv2.k8s.aws', kind: 'IngressClassParams', name, scope: 'Cluster' },
    },
  });
}
