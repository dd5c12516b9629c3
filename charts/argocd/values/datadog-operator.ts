import { addOns } from '../../environments/add-ons';
import type { Settings } from '../../settings';
import { helmResources, priorityClassName, restrictedContainer, restrictedPod } from './helm-parts';

const operator = addOns['datadog-operator'].workloads['datadog-operator'];
/** Made from Secrets Manager, with the keys `api-key` and `app-key` that the chart reads. */
const secret = 'datadog-operator';

/** Writes monitors to Datadog, and nothing else: the agent is plain YAML of ours. */
export function datadogOperator({ cluster }: Settings): object {
  return {
    site: cluster.datadog.site,
    clusterName: cluster.name,
    apiKeyExistingSecret: secret,
    appKeyExistingSecret: secret,
    // The keys are environment variables: a rotated one needs a restart.
    deployment: { annotations: { 'reloader.stakater.com/auto': 'true' } },
    watchNamespaces: [cluster.datadog.namespace],
    datadogGenericResource: { enabled: true },
    // In minutes. A change that Datadog did not take is tried again then and not before (`update` in
    // internal/controller/datadoggenericresource/controller.go of release 1.29.0); an hour by default.
    env: [{ name: 'DD_GENERIC_RESOURCE_FORCE_SYNC_PERIOD', value: '10' }],
    datadogAgent: { enabled: false },
    datadogAgentInternal: { enabled: false },
    datadogCSIDriver: { enabled: false },
    datadogCRDs: {
      crds: {
        datadogGenericResources: true,
        datadogAgents: false,
        datadogAgentInternals: false,
        datadogCSIDrivers: false,
        datadogInstrumentations: false,
        datadogMetrics: false,
        datadogMonitors: false,
        datadogPodAutoscalers: false,
        datadogPodAutoscalerClusterProfiles: false,
      },
      // With the definition every monitor would go.
      keepCrds: true,
    },
    // Both are ours, charts/datadog/operator-rights.ts: the chart's role is of the whole cluster.
    rbac: { create: false },
    serviceAccount: { create: false, name: 'datadog-operator' },
    replicaCount: operator.replicas,
    priorityClassName,
    resources: helmResources(operator.resources),
    // The chart has no context of the pod; 1001 is the user of the image.
    containerSecurityContext: { ...restrictedPod, ...restrictedContainer, runAsUser: 1001 },
  };
}
