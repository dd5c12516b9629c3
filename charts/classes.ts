import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import {
  IngressClassParams,
  type IngressClassParamsSpec,
  IngressClassParamsSpecIpAddressType as IpAddressType,
  IngressClassParamsSpecScheme as Scheme,
  IngressClassParamsSpecTargetType as TargetType,
} from '../imports/ingress-class-params-elbv2.k8s.aws';
import { storageClassName } from './constructs/data-volume';
import { accessLogBucket } from './environments/infrastructure';
import { internalClass, publicClass } from './environments/load-balancers';
import { previewLabel } from './environments/preview-environment';
import { previewClass } from './environments/previews';
import { seconds } from './environments/units';
import type { Settings } from './settings';

/** The classes that volumes, pods and Ingresses of the whole cluster name. */
export class ClassesChart extends Chart {
  constructor(scope: Construct, id: string, { cluster, outputs, sites }: Settings) {
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
      builds: 'Jenkins, which waits for a node as long as the app needs the others.',
      staging: 'Gives way when a node is lost: below pods that name no class.',
      preview: 'Pull requests, which give way to everything.',
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

    // What a load balancer has only once is its class's, which goes before the annotations of an Ingress: what two of
    // them say differently would stop both (`buildIngressGroupLoadBalancerAttributes` of the controller's release 3.5.0,
    // pkg/ingress/model_build_load_balancer_attributes.go). Its security groups and ports do not belong to a class.
    const attributes = (name: string) =>
      Object.entries({
        'deletion_protection.enabled': String(cluster.aws.recovery.deletionProtection),
        // Said also when it is off, or it would stay on.
        'access_logs.s3.enabled': String(loadBalancer.accessLogs !== undefined),
        ...(loadBalancer.accessLogs && {
          'access_logs.s3.bucket': accessLogBucket(cluster, outputs.account_id),
          'access_logs.s3.prefix': name,
        }),
        'routing.http.drop_invalid_header_fields.enabled': 'true',
        'idle_timeout.timeout_seconds': String(seconds(loadBalancer.idleTimeout)),
      }).map(([key, value]) => ({ key, value }));
    const shared = {
      targetType: TargetType.IP,
      sslPolicy: loadBalancer.sslPolicy,
      ipAddressType: IpAddressType.IPV4,
    };
    for (const [name, { group, namespaces }] of Object.entries(loadBalancer.public))
      ingressClass(this, name, {
        ...shared,
        scheme: Scheme.INTERNET_HYPHEN_FACING,
        loadBalancerAttributes: attributes(name),
        group: { name: group },
        certificateArn: [outputs.certificate_arn],
        sslRedirectPort: '443',
        // Whoever may name the class shares its load balancer, and can stop it.
        namespaceSelector: among(namespaces),
      });
    // A class of its own, and the load balancer of what it is like: a preview's namespace is known by its label, and its
    // certificate stands beside the others.
    const like = sites.find(({ environment }) => environment.name === cluster.preview?.like);
    if (like) {
      const joined = publicClass(cluster, like.environment.namespace);
      ingressClass(this, previewClass, {
        ...shared,
        scheme: Scheme.INTERNET_HYPHEN_FACING,
        group: { name: loadBalancer.public[joined]?.group as string },
        certificateArn: [outputs.preview_certificate_arn],
        sslRedirectPort: '443',
        namespaceSelector: { matchLabels: previewLabel(cluster) },
      });
    }
    ingressClass(this, internalClass, {
      ...shared,
      scheme: Scheme.INTERNAL,
      loadBalancerAttributes: attributes(internalClass),
      group: { name: loadBalancer.internalGroup },
      certificateArn: [outputs.internal_certificate_arn],
      namespaceSelector: among(['argocd', 'ci-cd']),
    });
  }
}

function among(namespaces: readonly string[]) {
  return {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: [...namespaces] }],
  };
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
