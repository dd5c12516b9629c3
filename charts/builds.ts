import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow as except } from './constructs/allow';
import { clusterScoped } from './constructs/cluster-scoped';
import { allow, defaultDeny, internet, podIdentity } from './constructs/network-policy';
import { podSecurity } from './constructs/pod-security';
import { keepWhenRemoved, wave } from './constructs/sync-wave';
import { agentEgress } from './jenkins';
import { account, agentsRole } from './jenkins/access';
import { admitBuildsOnly } from './jenkins/admission';
import { accounts, agents, buildNamespace } from './jenkins/place';
import type { Settings } from './settings';

/** Where Jenkins builds images, apart from everything else it does. */
export class BuildsChart extends Chart {
  constructor(scope: Construct, id: string, { cluster }: Settings) {
    super(scope, id, { namespace: buildNamespace, disableResourceNameHashes: true });
    const namespace = new kplus.k8s.KubeNamespace(this, 'namespace', {
      metadata: {
        name: buildNamespace,
        labels: podSecurity('privileged', cluster.kubernetes),
        annotations: { ...wave('namespace'), ...keepWhenRemoved },
      },
    });
    clusterScoped(namespace);
    except(
      namespace,
      'pod-security-too-low',
      'BuildKit without root needs system calls that the default profile refuses, and `baseline` refuses a pod without that profile; everything else that `privileged` would let in is refused by the policy ci-build',
    );
    admitBuildsOnly(this, cluster);
    defaultDeny(this);
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
    // By Pod Identity it may push to the registry, and nothing else.
    account(this, accounts.builder);
    allow(this, 'network-policy', {
      name: 'jenkins-agents',
      pods: agents,
      // Images of Debian fetch packages without TLS; `apt-get` checks their signatures.
      to: [...agentEgress(), { peers: [internet], port: 80 }, podIdentity],
    });
  }
}
