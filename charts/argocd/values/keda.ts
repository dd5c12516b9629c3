import { addOns } from '../../environments/add-ons';
import type { Settings } from '../../settings';
import { helmResources, priorityClassName, restrictedContainer, restrictedPod } from './helm-parts';

const { workloads } = addOns.keda;
const operator = workloads['keda-operator'];
const metricsServer = workloads['keda-operator-metrics-apiserver'];

/** The namespaces KEDA scales in; none while no environment has `sidekiq.scaling`, and then there is no KEDA. */
export function scaledNamespaces({ sites }: Pick<Settings, 'sites'>): string[] {
  return sites
    .filter(({ environment }) => addOns.keda.neededBy(environment))
    .map((site) => site.environment.namespace);
}

/** Starts Sidekiq processes while jobs wait, and nothing else. */
export function keda(settings: Settings): object {
  return {
    clusterName: settings.cluster.name,
    // Its account may list Secrets: so only here, by a RoleBinding in each, and not in the whole cluster.
    watchNamespace: scaledNamespaces(settings).join(','),
    // Deployments and StatefulSets are in its role anyway; this would add every kind that has replicas.
    rbac: { enabledCustomScaledRefKinds: false },
    // They refuse a wrong ScaledObject; ours are typed and tested, and one more pod would be needed for it.
    webhooks: { enabled: false },
    serviceAccount: { webhooks: { create: false } },
    operator: { replicaCount: operator.replicas },
    metricsServer: { replicaCount: metricsServer.replicas },
    image: { pullPolicy: 'IfNotPresent' },
    priorityClassName,
    enableServiceLinks: false,
    // The chart's own limit of one CPU stays: values are merged, and only a null would take it away.
    resources: {
      operator: helmResources(operator.resources),
      metricServer: helmResources(metricsServer.resources),
    },
    podSecurityContext: { operator: restrictedPod, metricServer: restrictedPod },
    securityContext: { operator: restrictedContainer, metricServer: restrictedContainer },
    logging: { operator: { format: 'json' }, metricServer: { zapEncoder: 'json' } },
  };
}
