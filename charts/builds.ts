import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow } from './constructs/allow';
import { clusterScoped } from './constructs/cluster-scoped';
import { closeNetwork, internet, openNetwork, podIdentity } from './constructs/network-policy';
import { podSecurityLabels } from './constructs/pod-security';
import { keepWhenRemoved, wave } from './constructs/sync-wave';
import { buildNamespace } from './environments/namespaces';
import { agentEgress } from './jenkins';
import { admitBuildsOnly } from './jenkins/admission';
import { agentAccounts, agentLabels } from './jenkins/names';
import { agentsRole, serviceAccount } from './jenkins/service-accounts';
import type { Settings } from './settings';

/** Where Jenkins builds images, apart from everything else it does. */
export class BuildsChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    const { cluster } = settings;
    super(scope, id, { namespace: buildNamespace, disableResourceNameHashes: true });
    const namespace = new kplus.k8s.KubeNamespace(this, 'namespace', {
      metadata: {
        name: buildNamespace,
        labels: podSecurityLabels('privileged', cluster.kubernetes),
        annotations: { ...wave('namespace'), ...keepWhenRemoved },
      },
    });
    clusterScoped(namespace);
    allow(
      namespace,
      'pod-security-too-low',
      'BuildKit without root needs system calls that the default profile refuses, and `baseline` refuses a pod without that profile; everything else that `privileged` would let in is refused by the policy ci-build',
    );
    admitBuildsOnly(this, cluster);
    closeNetwork(this);
    new kplus.k8s.KubeResourceQuota(this, 'resource-quota', {
      metadata: { name: 'agents' },
      spec: {
        hard: {
          // What Jenkins starts, and as many that are ending.
          pods: kplus.k8s.Quantity.fromString(String(2 * cluster.jenkins.agents.most)),
          'services.nodeports': kplus.k8s.Quantity.fromString('0'),
          'services.loadbalancers': kplus.k8s.Quantity.fromString('0'),
        },
      },
    });
    agentsRole(this);
    // By Pod Identity each may push to repositories of its own, and nothing else.
    const { builder, previewBuilder } = agentAccounts(cluster.system);
    serviceAccount(this, builder);
    if (cluster.preview) serviceAccount(this, previewBuilder);
    openNetwork(this, 'network-policy', {
      name: 'jenkins-agents',
      pods: agentLabels(cluster.system),
      // Images of Debian fetch packages without TLS; `apt-get` checks their signatures.
      to: [...agentEgress(settings), { peers: [internet], port: 80 }, podIdentity],
    });
  }
}
