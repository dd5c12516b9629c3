import { createHash } from 'node:crypto';
import { ApiObject, Chart, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow } from './constructs/allow';
import { clusterScoped } from './constructs/cluster-scoped';
import { dataVolume } from './constructs/data-volume';
import { externalSecret } from './constructs/external-secret';
import { headlessService } from './constructs/headless-service';
import { keepAvailable } from './constructs/keep-available';
import { apiServer, closeNetwork, internet, openNetwork, type TrafficRule } from './constructs/network-policy';
import { podSecurityLabels } from './constructs/pod-security';
import { containerResources } from './constructs/resources';
import { restricted } from './constructs/restricted';
import { awsSecretStore } from './constructs/secret-store';
import { keepWhenRemoved, wave } from './constructs/sync-wave';
import { buildNamespace, jenkinsNamespace } from './environments/namespaces';
import { groupNamed } from './environments/node-groups';
import { seconds } from './environments/units';
import { jenkinsConfiguration, secretFiles, secretFolder } from './jenkins/casc';
import { jenkinsIngresses } from './jenkins/ingress';
import { agentAccounts, agentLabels, controllerLabels, homeClaim, jenkinsPorts, onNodesOf } from './jenkins/names';
import { installPlugins, pluginsFile } from './jenkins/plugins';
import { agentsRole, controllerAccount, serviceAccount } from './jenkins/service-accounts';
import type { Settings } from './settings';

/** The jenkins user of the image. */
const user = { user: 1000, group: 1000 };
const home = '/var/jenkins_home';

/** Jenkins: all of it is configuration, and the volume holds what builds leave behind. */
export class JenkinsChart extends Chart {
  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { namespace: jenkinsNamespace, disableResourceNameHashes: true });
    const { cluster, outputs } = settings;
    const { jenkins } = cluster;
    const name = 'jenkins';

    clusterScoped(
      new kplus.k8s.KubeNamespace(this, 'namespace', {
        metadata: {
          name: jenkinsNamespace,
          labels: podSecurityLabels('restricted', cluster.kubernetes),
          annotations: { ...wave('namespace'), ...keepWhenRemoved },
        },
      }),
    );
    closeNetwork(this);
    awsSecretStore(this, cluster.region, outputs.secret_store_role_arns[jenkinsNamespace] as string);

    jenkinsIngresses(this, settings);
    const service = headlessService(this, 'service', {
      name,
      port: jenkinsPorts.http,
      pods: controllerLabels(cluster.system),
    });
    // The address that agents are given: the headless one would change with the pod while they hold it.
    new kplus.Service(this, 'agent-service', {
      metadata: { name: 'jenkins-agent', annotations: wave('traffic') },
      ports: [
        { name: 'agent', port: jenkinsPorts.agent, targetPort: jenkinsPorts.agent, protocol: kplus.Protocol.TCP },
      ],
      selector: kplus.Pods.select(this, 'agent-service-pods', { labels: controllerLabels(cluster.system) }),
    });

    agentsRole(this);
    // Reads one Rollout of each environment; the Role stands beside the Rollout.
    serviceAccount(this, agentAccounts(cluster.system).deployer);
    const files = {
      'jenkins.yaml': jenkinsConfiguration(settings),
      'plugins.txt': pluginsFile,
      'install-plugins.sh': installPlugins,
    };
    const config = new kplus.ConfigMap(this, 'config', {
      metadata: { name, annotations: wave('prerequisites') },
      data: files,
    });
    externalSecret(this, 'secret', { name, namespace: jenkinsNamespace, data: secretFiles });
    const secret = kplus.Secret.fromSecretName(this, 'credentials', name);

    const data = dataVolume(this, 'data', homeClaim, jenkins.storage);
    const server = new kplus.StatefulSet(this, 'controller', {
      metadata: {
        name,
        annotations: {
          ...wave('workload'),
          // Read once, at the start.
          'secret.reloader.stakater.com/reload': name,
        },
      },
      service,
      replicas: 1,
      podMetadata: {
        labels: { ...controllerLabels(cluster.system), app: name },
        annotations: { 'checksum/configuration': hashOf(files) },
      },
      select: false,
      serviceAccount: serviceAccount(this, controllerAccount),
      automountServiceAccountToken: true,
      terminationGracePeriod: Duration.seconds(seconds(jenkins.terminationGracePeriod)),
      securityContext: {
        ensureNonRoot: true,
        fsGroup: user.group,
        fsGroupChangePolicy: kplus.FsGroupChangePolicy.ON_ROOT_MISMATCH,
      },
    });
    server.select(kplus.LabelSelector.of({ labels: controllerLabels(cluster.system) }));
    allow(server, 'single-replica', 'two controllers cannot have one home; builds wait while it starts');
    onNodes(server, onNodesOf(groupNamed(cluster, jenkins.nodeGroup)));

    const temporary = kplus.Volume.fromEmptyDir(this, 'tmp', 'tmp');
    const common = {
      image: jenkins.image,
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      resources: containerResources(jenkins.resources),
      securityContext: restricted(user),
      volumeMounts: [
        { path: home, volume: data },
        {
          path: '/etc/jenkins',
          volume: kplus.Volume.fromConfigMap(this, 'etc', config, { name: 'config' }),
          readOnly: true,
        },
        { path: '/tmp', volume: temporary },
      ],
    };
    server.addInitContainer({
      ...common,
      name: 'plugins',
      command: ['/bin/sh', '/etc/jenkins/install-plugins.sh'],
      envVariables: { CACHE_DIR: kplus.EnvValue.fromValue('/tmp/plugins') },
    });
    // Any answer that is not an error will do: with GitHub's login the page may lead elsewhere.
    const asks = (period: number, failures: number) =>
      kplus.Probe.fromHttpGet('/login', {
        port: jenkinsPorts.http,
        periodSeconds: Duration.seconds(period),
        failureThreshold: failures,
        timeoutSeconds: Duration.seconds(5),
      });
    server.addContainer({
      ...common,
      name,
      ports: [
        { name: 'http', number: jenkinsPorts.http, protocol: kplus.Protocol.TCP },
        { name: 'agent', number: jenkinsPorts.agent, protocol: kplus.Protocol.TCP },
      ],
      envVariables: {
        CASC_JENKINS_CONFIG: kplus.EnvValue.fromValue('/etc/jenkins/jenkins.yaml'),
        JENKINS_OPTS: kplus.EnvValue.fromValue('--webroot=/var/jenkins_cache/war'),
        JENKINS_SLAVE_AGENT_PORT: kplus.EnvValue.fromValue(String(jenkinsPorts.agent)),
        JAVA_OPTS: kplus.EnvValue.fromValue(
          [
            `-XX:MaxRAMPercentage=${jenkins.heapPercent}`,
            '-Djenkins.install.runSetupWizard=false',
            // An agent is asked for when a build waits, and not first hoped for among those that are there.
            '-Dhudson.slaves.NodeProvisioner.initialDelay=0',
            // A secret that is missing stops the start; else it would be an empty password.
            '-Dcasc.strict.secret.resolution=true',
          ].join(' '),
        ),
      },
      // Plugins are unpacked on a first start, on one CPU.
      startup: asks(10, 60),
      readiness: asks(10, 3),
      liveness: asks(10, 6),
      volumeMounts: [
        ...common.volumeMounts,
        { path: '/var/jenkins_cache', volume: kplus.Volume.fromEmptyDir(this, 'cache', 'cache') },
        {
          path: secretFolder,
          volume: kplus.Volume.fromSecret(this, 'files', secret, { name: 'secret', defaultMode: 0o440 }),
          readOnly: true,
        },
      ],
    });
    keepAvailable(server);

    const loadBalancers = [...outputs.private_subnet_cidrs, ...outputs.public_subnet_cidrs];
    const agentPeers = [
      { pods: agentLabels(cluster.system) },
      { pods: agentLabels(cluster.system), namespace: buildNamespace },
    ];
    const datadog = [
      { pods: { 'app.kubernetes.io/name': 'datadog-agent' }, namespace: cluster.datadog.namespace },
    ];
    const api = apiServer(cluster.network.services, outputs.private_subnet_cidrs);
    openNetwork(this, 'network-policy', {
      name,
      pods: controllerLabels(cluster.system),
      from: [
        { peers: loadBalancers.map((cidr) => ({ cidr })), port: jenkinsPorts.http },
        { peers: agentPeers, port: jenkinsPorts.http },
        { peers: agentPeers, port: jenkinsPorts.agent },
      ],
      to: [
        { peers: [internet], port: 443 },
        api,
        { peers: datadog, port: 8126 },
        { peers: datadog, port: 8125, protocols: ['UDP'] },
      ],
    });
    openNetwork(this, 'agents-network-policy', {
      name: 'jenkins-agents',
      pods: agentLabels(cluster.system),
      to: agentEgress(settings),
    });
    openNetwork(this, 'deploy-network-policy', {
      name: 'jenkins-agent-deploy',
      pods: { ...agentLabels(cluster.system), 'app.kubernetes.io/component': 'deploy' },
      to: [api],
    });
  }
}

/** Where every agent connects to, beside DNS: the controller, and what a build downloads. Nothing connects to an agent. */
export function agentEgress({ cluster }: Pick<Settings, 'cluster'>): TrafficRule[] {
  const peers = [{ pods: controllerLabels(cluster.system), namespace: jenkinsNamespace }];
  return [
    { peers, port: jenkinsPorts.http },
    { peers, port: jenkinsPorts.agent },
    { peers: [internet], port: 443 },
  ];
}

/** cdk8s-plus knows affinities only, and the design names the nodes by their selector. */
function onNodes(workload: kplus.Workload, nodes: ReturnType<typeof onNodesOf>): void {
  const pod = '/spec/template/spec';
  ApiObject.of(workload).addJsonPatch(
    JsonPatch.add(`${pod}/nodeSelector`, nodes.nodeSelector),
    JsonPatch.add(`${pod}/tolerations`, nodes.tolerations),
  );
}

/** A hash of what is read only at the start: a pod with another one is another pod. */
function hashOf(files: Record<string, string>): string {
  return createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
}
