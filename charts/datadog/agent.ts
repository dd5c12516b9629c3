import { ApiObject, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { rolloutsMetricsPort } from '../argocd/values/argo-rollouts';
import { allow } from '../constructs/allow';
import { internet, openNetwork, type Peer } from '../constructs/network-policy';
import { PgBouncer } from '../constructs/pgbouncer';
import { containerResources } from '../constructs/resources';
import { wave } from '../constructs/sync-wave';
import { addOns } from '../environments/add-ons';
import { jenkinsNamespace } from '../environments/namespaces';
import { controllerLabels } from '../jenkins/names';
import { railsLabels } from '../rails';
import type { Settings } from '../settings';
import { clusterAgentClient, clusterAgentPort } from './cluster-agent';
import {
  agentHome,
  agentNames,
  agentProbes,
  agentSelector,
  agentTags,
  copyConfiguration,
  emptyVolumes,
  instanceIdFile,
  intake,
  plainValue,
  releaseTag,
} from './container';
import { passwordVariable } from './password';
import { type ApiRight, grantRights } from './reader';

const name = agentNames.agent;
const ports = { traces: 8126, statistics: 8125, health: 5555 };
const token = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The kubelet's parts one by one, which 1.33 and later check for; `nodes/proxy`, as it was, would let the agent run
 * commands in any container.
 */
const kubelet: ApiRight[] = [
  // The connection is tried with /spec, and is taken for healthy by /healthz.
  { resources: ['nodes/spec', 'nodes/healthz'], verbs: ['get'] },
  // Which pods are on the node, with the annotations and tags of each.
  { resources: ['nodes/pods'], verbs: ['get'] },
  // CPU, memory, network and volumes of pods: /stats/summary and /metrics/cadvisor.
  { resources: ['nodes/stats', 'nodes/metrics'], verbs: ['get'] },
];

/**
 * What the agent reads of the node. All is read-only but the last. The container runtime's socket is not among them:
 * whoever can open it owns the node, read-only or not, and the kubelet and the log files tell all that is wanted here.
 */
const paths = {
  // Processes, and CPU, memory and network of the node and of each container.
  proc: { path: '/proc', mount: '/host/proc' },
  // CPU and memory of each container, and which of them a trace came from.
  cgroup: { path: '/sys/fs/cgroup', mount: '/host/sys/fs/cgroup' },
  // The log files of all containers; root's, and closed to everyone else.
  pods: { path: '/var/log/pods', mount: '/var/log/pods' },
  instance: instanceIdFile,
  // How far each log file has been read, so that an update neither loses a line nor sends one twice.
  run: {
    path: '/var/lib/datadog-agent/logs',
    mount: '/opt/datadog-agent/run',
    type: kplus.HostPathVolumeType.DIRECTORY_OR_CREATE,
    writable: true,
  },
};

/**
 * One agent on every node: metrics of node and containers, logs of all containers, processes, traces, the pools of the
 * app's pods, and the phases of Rollouts.
 */
export function nodeAgent(chart: Construct, { cluster, outputs, sites }: Settings): void {
  const scope = new Construct(chart, 'agent');
  const { datadog, images } = cluster;
  const labels = agentSelector(name);

  const account = grantRights(scope, { name, namespace: datadog.namespace, rights: kubelet });
  const daemonSet = new kplus.DaemonSet(scope, 'daemon-set', {
    metadata: {
      name,
      labels,
      // Keys and passwords are environment variables: a changed one needs a restart.
      annotations: { ...wave('workload'), 'reloader.stakater.com/auto': 'true' },
    },
    podMetadata: { labels: { ...labels, ...agentTags(name, images.datadogAgent) } },
    select: false,
    serviceAccount: account,
    // The kubelet asks for it.
    automountServiceAccountToken: true,
    terminationGracePeriod: Duration.seconds(30),
    securityContext: { ensureNonRoot: false, user: 0 },
  });
  daemonSet.select(kplus.LabelSelector.of({ labels }));
  // It may read what root owns, and neither change owners, nor look into other processes, nor reach a file that root's
  // own bits keep closed.
  allow(
    daemonSet,
    'run-as-root',
    "log files and most of /proc are root's on the node; it is root without a single capability",
  );
  allow(daemonSet, 'host-path', 'metrics, processes and log files of the node are what it is there to read');
  releaseTag(daemonSet, images.datadogAgent);
  ApiObject.of(daemonSet).addJsonPatch(
    // cdk8s-plus has neither. Every taint, or a node would be without logs exactly while it is in trouble, and a new
    // node group without them at all.
    JsonPatch.add('/spec/template/spec/tolerations', [{ operator: 'Exists' }]),
    JsonPatch.add('/spec/updateStrategy', {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: { value: 1 } },
    }),
  );

  const root: kplus.ContainerSecurityContextProps = {
    ensureNonRoot: false,
    user: 0,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: [kplus.Capability.ALL] },
  };
  const volumes = Object.entries(paths).map(([id, { mount, writable = false, ...host }]: [string, HostPath]) => ({
    path: mount,
    volume: kplus.Volume.fromHostPath(scope, id, id, host),
    readOnly: !writable,
  }));
  const node = (...of: (keyof typeof paths)[]) =>
    volumes.filter((_, i) => of.includes(Object.keys(paths)[i] as keyof typeof paths));
  const configuration = kplus.Volume.fromEmptyDir(scope, 'configuration', 'configuration');
  const written = emptyVolumes(scope, { log: '/var/log/datadog', tmp: '/tmp', sockets: '/var/run/datadog' });

  const secret = kplus.Secret.fromSecretName(scope, 'secret', name);
  const environment = {
    ...intake(cluster, secret),
    ...clusterAgentClient(scope, cluster),
    KUBERNETES: plainValue('yes'),
    DD_HOSTNAME_FILE: plainValue(instanceIdFile.mount),
    DD_KUBERNETES_KUBELET_HOST: kplus.EnvValue.fromFieldRef(kplus.EnvFieldPaths.NODE_IP),
    // EKS signs the kubelets' certificates, with their addresses, by the cluster's own authority: as Datadog says,
    // nothing has to be loosened for EKS.
    DD_KUBELET_TLS_VERIFY: plainValue('true'),
    DD_KUBELET_CLIENT_CA: plainValue(`${token}/ca.crt`),
  };
  const container = {
    image: images.datadogAgent,
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    securityContext: root,
    resources: containerResources(datadog.agent),
  };
  daemonSet.addInitContainer({
    ...copyConfiguration(
      configuration,
      // The nodes' clocks are Amazon's; no policy here opens NTP.
      'rm -rf /configuration/conf.d/ntp.d',
    ),
    ...container,
  });
  daemonSet.addInitContainer({
    ...container,
    name: 'kubernetes',
    // The image's own scripts choose the defaults for Kubernetes, as its entrypoint would.
    command: [
      'bash',
      '-c',
      'for script in $(find /etc/cont-init.d -name \'*.sh\' | sort); do bash "$script"; done',
    ],
    envVariables: environment,
    volumeMounts: [{ path: agentHome, volume: configuration }, ...written, ...node('proc')],
  });

  const passwords = sites.map(({ environment }) => passwordVariable('PGBOUNCER', environment.name));
  daemonSet.addContainer({
    ...container,
    name: 'agent',
    command: ['agent', 'run'],
    ports: [{ name: 'statistics', number: ports.statistics, protocol: kplus.Protocol.UDP }],
    envVariables: {
      ...environment,
      ...Object.fromEntries(passwords.map((key) => [key, kplus.EnvValue.fromSecretValue({ secret, key })])),
      // A pod's annotation may name a variable of the agent, and gets its value; these and no other, not the API key.
      DD_AD_ALLOWED_ENV_VARS: plainValue(passwords.join(' ')),
      DD_HEALTH_PORT: plainValue(String(ports.health)),
      DD_CLUSTER_NAME: plainValue(cluster.name),
      DD_DOGSTATSD_PORT: plainValue(String(ports.statistics)),
      DD_DOGSTATSD_NON_LOCAL_TRAFFIC: plainValue('true'),
      DD_LOGS_ENABLED: plainValue('true'),
      DD_LOGS_CONFIG_CONTAINER_COLLECT_ALL: plainValue('true'),
      DD_LOGS_CONFIG_K8S_CONTAINER_USE_FILE: plainValue('true'),
      DD_PROCESS_CONFIG_PROCESS_COLLECTION_ENABLED: plainValue('true'),
      DD_PROCESS_CONFIG_RUN_IN_CORE_AGENT_ENABLED: plainValue('true'),
      // Only the runtime could tell the image's size and layers.
      DD_CONTAINER_IMAGE_ENABLED: plainValue('false'),
      // What the agent would try by itself because it knows the image, and no policy lets it reach.
      DD_IGNORE_AUTOCONF: plainValue('coredns datadog_cluster_agent kube_dns kube_proxy kubernetes_state redisdb'),
    },
    ...agentProbes(ports.health),
    volumeMounts: [{ path: agentHome, volume: configuration }, ...written, ...volumes],
  });
  const listens = (failureThreshold: number) =>
    kplus.Probe.fromTcpSocket({ port: ports.traces, periodSeconds: Duration.seconds(15), failureThreshold });
  daemonSet.addContainer({
    ...container,
    name: 'trace-agent',
    command: ['trace-agent', `-config=${agentHome}/datadog.yaml`],
    ports: [{ name: 'traces', number: ports.traces, protocol: kplus.Protocol.TCP }],
    envVariables: {
      ...environment,
      DD_APM_ENABLED: plainValue('true'),
      DD_APM_NON_LOCAL_TRAFFIC: plainValue('true'),
      DD_APM_RECEIVER_PORT: plainValue(String(ports.traces)),
    },
    resources: containerResources(datadog.traceAgent),
    startup: listens(12),
    readiness: listens(6),
    liveness: listens(6),
    volumeMounts: [
      { path: agentHome, volume: configuration, readOnly: true },
      ...written,
      ...node('proc', 'cgroup', 'instance'),
    ],
  });

  const service = new kplus.Service(scope, 'service', {
    metadata: { name, annotations: wave('traffic') },
    ports: [
      { name: 'traces', port: ports.traces, targetPort: ports.traces, protocol: kplus.Protocol.TCP },
      { name: 'statistics', port: ports.statistics, targetPort: ports.statistics, protocol: kplus.Protocol.UDP },
    ],
    selector: kplus.Pods.select(scope, 'selected', { labels }),
  });
  // Each pod's own node: a metric of another node's agent would be taken for that node's.
  ApiObject.of(service).addJsonPatch(JsonPatch.add('/spec/internalTrafficPolicy', 'Local'));

  // Builds themselves send nothing: their metrics are sent by the plugin in the controller.
  const clients: Peer[] = [
    ...sites.map(({ environment: { namespace } }) => ({ pods: railsLabels, namespace })),
    { pods: controllerLabels(cluster.system), namespace: jenkinsNamespace },
  ];
  openNetwork(scope, 'network-policy', {
    name,
    pods: labels,
    from: [
      { peers: clients, port: ports.traces },
      { peers: clients, port: ports.statistics, protocols: ['UDP'] },
    ],
    to: [
      { peers: [internet], port: 443 },
      { peers: outputs.private_subnet_cidrs.map((cidr) => ({ cidr })), port: 10250 },
      { peers: [{ pods: agentSelector(agentNames.clusterAgent) }], port: clusterAgentPort },
      {
        peers: sites.map(({ environment: { namespace } }) => ({ pods: railsLabels, namespace })),
        port: PgBouncer.port,
      },
      {
        peers: [
          {
            pods: { 'app.kubernetes.io/name': 'argo-rollouts' },
            namespace: addOns['argo-rollouts'].namespace,
          },
        ],
        port: rolloutsMetricsPort,
      },
    ],
  });
}

interface HostPath extends kplus.HostPathVolumeOptions {
  readonly mount: string;
  readonly writable?: boolean;
}
