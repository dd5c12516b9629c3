import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { clusterScoped } from './constructs/cluster-scoped';
import { generatedSecrets } from './constructs/generated-secrets';
import { closeNetwork } from './constructs/network-policy';
import { podSecurityLabels } from './constructs/pod-security';
import { awsSecretStore } from './constructs/secret-store';
import { keepWhenRemoved, wave } from './constructs/sync-wave';
import { previewLabel } from './environments/preview-environment';
import type { AnySite } from './settings';

/** The walls of one environment: what may run in it, how much, what may talk, and which secrets it may read. */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, id: string, { cluster, environment, outputs }: AnySite) {
    super(scope, id, { namespace: environment.namespace, disableResourceNameHashes: true });
    const { quota } = environment;

    clusterScoped(
      new kplus.k8s.KubeNamespace(this, 'namespace', {
        metadata: {
          name: environment.namespace,
          labels: {
            ...podSecurityLabels('restricted', cluster.kubernetes),
            // The load balancer controller adds a readiness gate to pods, so that none counts as ready before the load
            // balancer sends to it.
            'elbv2.k8s.aws/pod-readiness-gate-inject': 'enabled',
            ...(environment.preview && previewLabel(cluster)),
          },
          annotations: { ...wave('namespace'), ...keepWhenRemoved },
        },
      }),
    );
    closeNetwork(this);

    new kplus.k8s.KubeLimitRange(this, 'limit-range', {
      metadata: { name: 'containers' },
      // What a container that says nothing gets; each of ours says it.
      spec: {
        limits: [
          {
            type: 'Container',
            defaultRequest: { cpu: quantity('10m'), memory: quantity('32Mi') },
            default: { memory: quantity('128Mi') },
          },
        ],
      },
    });
    new kplus.k8s.KubeResourceQuota(this, 'resource-quota', {
      metadata: { name: 'environment' },
      spec: {
        hard: {
          'requests.cpu': quantity(quota.cpu),
          'requests.memory': quantity(quota.memory),
          'limits.memory': quantity(quota.memoryLimit),
          'requests.storage': quantity(quota.storage),
          pods: quantity(String(quota.pods)),
          // Everything enters by the Ingress.
          'services.nodeports': quantity('0'),
          'services.loadbalancers': quantity('0'),
        },
      },
    });

    if (environment.preview) generatedSecrets(this, environment.namespace);
    else awsSecretStore(this, cluster.region, outputs.secret_store_role_arns[environment.namespace] as string);
  }
}

const quantity = kplus.k8s.Quantity.fromString;
