import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { dump } from 'js-yaml';
import { allow } from '../constructs/allow';
import { apiServer, internet, openNetwork } from '../constructs/network-policy';
import { containerResources } from '../constructs/resources';
import { restricted } from '../constructs/restricted';
import { wave } from '../constructs/sync-wave';
import type { Cluster } from '../environments/environment';
import type { Settings } from '../settings';
import {
  agentHome,
  agentNames,
  agentProbes,
  agentSelector,
  agentTags,
  agentUser,
  copyConfiguration,
  emptyVolumes,
  intake,
  plainValue,
  releaseTag,
} from './container';
import { type ApiRight, grantRights } from './reader';

const name = agentNames.clusterAgent;
export const clusterAgentPort = 5005;
const healthPort = 5556;
const lease = 'datadog-leader-election';

/** The kinds whose state is reported, by API group: what the check collects is exactly what its account may list. */
const collected = {
  '': [
    'limitranges',
    'namespaces',
    'nodes',
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'resourcequotas',
    'services',
  ],
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs'],
  'networking.k8s.io': ['ingresses'],
  policy: ['poddisruptionbudgets'],
};

/** Nodes with the name of their group, by which the monitors count them. */
const state = { collectors: Object.values(collected).flat(), labels_as_tags: { node: { workload: 'workload' } } };

const rights: ApiRight[] = [
  ...Object.entries(collected).map(([group, resources]) => ({
    group,
    resources,
    verbs: ['list', 'watch'] as const,
  })),
  // What the node agents are told of the pods beside them; kube-system's identifier is the cluster's.
  { resources: ['namespaces', 'nodes', 'pods', 'services'], verbs: ['get'] },
  { group: 'discovery.k8s.io', resources: ['endpointslices'], verbs: ['get', 'list', 'watch'] },
  { resources: ['events'], verbs: ['get', 'list', 'watch'] },
  // Whether the control plane is healthy.
  { resources: ['componentstatuses'], verbs: ['get', 'list'] },
];

/** What once is enough for: the state of Kubernetes' objects, its events, and the tags that the node agents ask for. */
export function clusterAgent(chart: Construct, { cluster, outputs }: Settings): void {
  const scope = new Construct(chart, 'cluster-agent');
  const { datadog, images } = cluster;
  const { namespace } = datadog;
  const labels = agentSelector(name);

  const account = grantRights(scope, { name, namespace, rights });
  notes(scope, namespace);
  const config = new kplus.ConfigMap(scope, 'config', {
    metadata: { name, annotations: wave('prerequisites') },
    data: {
      'conf.yaml': dump({ init_config: null, instances: [state] }),
    },
  });
  const deployment = new kplus.Deployment(scope, 'deployment', {
    metadata: {
      name,
      labels,
      // Its keys are environment variables, and it reads its configuration once.
      annotations: { ...wave('workload'), 'reloader.stakater.com/auto': 'true' },
    },
    podMetadata: { labels: { ...labels, ...agentTags(name, images.datadogClusterAgent) } },
    select: false,
    replicas: 1,
    serviceAccount: account,
    // It reads the API server, and holds the lease there.
    automountServiceAccountToken: true,
    securityContext: { ensureNonRoot: true },
  });
  deployment.select(kplus.LabelSelector.of({ labels }));
  allow(
    deployment,
    'single-replica',
    'without it the node agents go on, and miss tags of what is new; a second one would only wait for the lease',
  );
  releaseTag(deployment, images.datadogClusterAgent);

  const secret = kplus.Secret.fromSecretName(scope, 'secret', name);
  const configuration = kplus.Volume.fromEmptyDir(scope, 'configuration', 'configuration');
  const container = { image: images.datadogClusterAgent, resources: containerResources(datadog.clusterAgent) };
  deployment.addInitContainer({ ...container, ...copyConfiguration(configuration) });
  deployment.addContainer({
    ...container,
    name: 'cluster-agent',
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    ports: [{ name: 'agents', number: clusterAgentPort, protocol: kplus.Protocol.TCP }],
    envVariables: {
      ...intake(cluster, secret),
      DD_CLUSTER_AGENT_AUTH_TOKEN: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }),
      DD_CLUSTER_AGENT_KUBERNETES_SERVICE_NAME: plainValue(name),
      DD_CLUSTER_NAME: plainValue(cluster.name),
      DD_HEALTH_PORT: plainValue(String(healthPort)),
      DD_POD_NAME: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.POD_NAME),
      DD_KUBE_RESOURCES_NAMESPACE: plainValue(namespace),
      DD_KUBERNETES_USE_ENDPOINT_SLICES: plainValue('true'),
      // Events and state are the leader's alone: while a pod replaces another there are two.
      DD_LEADER_ELECTION: plainValue('true'),
      DD_LEADER_ELECTION_DEFAULT_RESOURCE: plainValue('lease'),
      DD_LEADER_LEASE_NAME: plainValue(lease),
      DD_COLLECT_KUBERNETES_EVENTS: plainValue('true'),
      // Nothing changes our pods, and nothing scales by Datadog's metrics.
      DD_ADMISSION_CONTROLLER_ENABLED: plainValue('false'),
      DD_EXTERNAL_METRICS_PROVIDER_ENABLED: plainValue('false'),
      DD_CLUSTER_CHECKS_ENABLED: plainValue('false'),
    },
    ...agentProbes(healthPort),
    securityContext: restricted(agentUser),
    volumeMounts: [
      { path: agentHome, volume: configuration },
      {
        path: `${agentHome}/conf.d/kubernetes_state_core.d`,
        volume: kplus.Volume.fromConfigMap(scope, 'state', config, { name: 'state' }),
        readOnly: true,
      },
      ...emptyVolumes(scope, { log: '/var/log/datadog', tmp: '/tmp', run: '/opt/datadog-agent/run' }),
    ],
  });

  new kplus.Service(scope, 'service', {
    metadata: { name, annotations: wave('traffic') },
    ports: [
      { name: 'agents', port: clusterAgentPort, targetPort: clusterAgentPort, protocol: kplus.Protocol.TCP },
    ],
    selector: kplus.Pods.select(scope, 'selected', { labels }),
  });
  openNetwork(scope, 'network-policy', {
    name,
    pods: labels,
    from: [{ peers: [{ pods: agentSelector(agentNames.agent) }], port: clusterAgentPort }],
    to: [{ peers: [internet], port: 443 }, apiServer(cluster.network.services, outputs.private_subnet_cidrs)],
  });
}

/** How a node agent finds the Cluster Agent and shows that it is one. */
export function clusterAgentClient(scope: Construct, { datadog }: Cluster): Record<string, kplus.EnvValue> {
  const secret = kplus.Secret.fromSecretName(scope, 'cluster-agent-secret', name);
  return {
    DD_CLUSTER_AGENT_ENABLED: plainValue('true'),
    // By its address: by the Service's name the agent would look for the variables that pods here do not get.
    DD_CLUSTER_AGENT_URL: plainValue(`https://${name}.${datadog.namespace}.svc.cluster.local:${clusterAgentPort}`),
    DD_CLUSTER_AGENT_AUTH_TOKEN: kplus.EnvValue.fromSecretValue({ secret, key: 'token' }),
  };
}

/** All that the Cluster Agent may write, in its own namespace, by name; `create` cannot be limited to one. */
function notes(scope: Construct, namespace: string): void {
  const metadata = { name, annotations: wave('prerequisites') };
  // The last event it has sent, and the identifier of the cluster.
  const configMaps = ['datadogtoken', 'datadog-cluster-id'];
  new kplus.k8s.KubeRole(scope, 'role', {
    metadata,
    rules: [
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: [lease],
        verbs: ['get', 'update'],
      },
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      { apiGroups: [''], resources: ['configmaps'], resourceNames: configMaps, verbs: ['get', 'update'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create'] },
    ],
  });
  new kplus.k8s.KubeRoleBinding(scope, 'role-binding', {
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
}
