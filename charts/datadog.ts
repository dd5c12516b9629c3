import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { clusterScoped } from './constructs/cluster-scoped';
import { externalSecret } from './constructs/external-secret';
import { apiServer, closeNetwork, internet, openNetwork } from './constructs/network-policy';
import { podSecurityLabels } from './constructs/pod-security';
import { awsSecretStore } from './constructs/secret-store';
import { keepWhenRemoved, wave } from './constructs/sync-wave';
import { nodeAgent } from './datadog/agent';
import { checkedSites, dataLayerChecks } from './datadog/checks';
import { clusterAgent } from './datadog/cluster-agent';
import { agentNames } from './datadog/container';
import { operatorRights } from './datadog/operator-rights';
import { passwordVariable } from './datadog/password';
import type { Settings } from './settings';

/**
 * Datadog's agents in plain YAML: one on every node, one for what is asked once, one for the databases. Their operator,
 * an add-on, lives in the same namespace and writes the monitors.
 */
export class DatadogChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    const { cluster, outputs } = settings;
    const { namespace } = cluster.datadog;
    super(scope, id, { namespace, disableResourceNameHashes: true });
    clusterScoped(
      new kplus.k8s.KubeNamespace(this, 'namespace', {
        metadata: {
          name: namespace,
          // Privileged for the node agent alone, which runs as root and mounts paths of the node: what `baseline`
          // forbids. The other pods here would pass `restricted`, and a policy sees to it that they do.
          labels: podSecurityLabels('privileged', cluster.kubernetes),
          annotations: { ...wave('namespace'), ...keepWhenRemoved },
        },
      }),
    );
    closeNetwork(this);
    openNetwork(this, 'operator', {
      name: 'datadog-operator',
      pods: { 'app.kubernetes.io/name': 'datadog-operator' },
      to: [{ peers: [internet], port: 443 }, apiServer(cluster.network.services, outputs.private_subnet_cidrs)],
    });

    operatorRights(this, namespace);
    awsSecretStore(this, cluster.region, outputs.secret_store_role_arns[namespace] as string);
    const apiKey = { entry: 'datadog', key: 'api_key' } as const;
    externalSecret(this, 'operator-keys', {
      name: 'datadog-operator',
      namespace,
      data: { 'api-key': apiKey, 'app-key': { entry: 'datadog', key: 'app_key' } },
    });
    externalSecret(this, 'agent-keys', {
      name: agentNames.agent,
      namespace,
      data: {
        'api-key': apiKey,
        ...Object.fromEntries(
          settings.sites.map(({ environment: { name, namespace } }) => [
            passwordVariable('PGBOUNCER', name),
            { namespace, entry: 'pgbouncer-statistics', key: 'password' } as const,
          ]),
        ),
      },
    });
    externalSecret(this, 'cluster-agent-keys', {
      name: agentNames.clusterAgent,
      namespace,
      data: { 'api-key': apiKey, token: { entry: 'cluster-agent', key: 'token' } },
    });
    externalSecret(this, 'checks-keys', {
      name: agentNames.checks,
      namespace,
      data: {
        'api-key': apiKey,
        ...Object.fromEntries(
          checkedSites(settings).flatMap(({ environment: { name, namespace } }) => [
            [
              passwordVariable('DATABASE', name),
              { namespace, entry: 'database-monitor', key: 'password' } as const,
            ],
            [passwordVariable('REDIS', name), { namespace, entry: 'redis', key: 'auth_token' } as const],
          ]),
        ),
      },
    });

    nodeAgent(this, settings);
    clusterAgent(this, settings);
    dataLayerChecks(this, settings);
  }
}
