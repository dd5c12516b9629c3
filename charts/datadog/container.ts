import { Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow } from '../constructs/allow';
import type { PodLabels } from '../constructs/network-policy';
import { restricted } from '../constructs/restricted';
import type { Cluster } from '../environments/environment';

/**
 * EC2's name of the node, the same as the AWS integration's: the metadata service is closed to pods. Every agent has it,
 * because Datadog counts, and bills, a host for each name.
 */
export const instanceIdFile = {
  path: '/var/lib/cloud/data/instance-id',
  mount: '/var/lib/cloud/data/instance-id',
  type: kplus.HostPathVolumeType.FILE,
};

/** Names of the workloads, their Services, accounts and Secrets. */
export const agentNames = {
  /** What the app's own policies and its environment name. */
  agent: 'datadog-agent',
  clusterAgent: 'datadog-cluster-agent',
  checks: 'datadog-checks',
};

/** Where both images have their configuration, and write what the parts of an agent tell each other by. */
export const agentHome = '/etc/datadog-agent';

/**
 * The user of both images. Their files belong to root's group, as OpenShift wants it; the group has no rights beyond
 * those files without root's number.
 */
export const agentUser = { user: 100, group: 0 };

export function agentSelector(name: string): PodLabels {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'datadog' };
}

/** Datadog's unified tags; as labels, so that they are of the pod alone and not of all that an agent reports. */
export function agentTags(name: string, image: string): PodLabels {
  return {
    'tags.datadoghq.com/env': 'cluster',
    'tags.datadoghq.com/service': name,
    'tags.datadoghq.com/version': (/:([\w.-]+)(@|$)/.exec(image) as RegExpExecArray)[1] as string,
  };
}

/** An image by its tag alone. */
export function releaseTag(workload: kplus.Workload, image: string): void {
  if (!image.includes('@sha256:'))
    allow(
      workload,
      'image-pull-policy',
      'Datadog does not move the tag of a release, and a node needs its agent also while the registry is away',
    );
}

export const plainValue = kplus.EnvValue.fromValue;

/** What every agent needs to reach Datadog; nothing is set from there. */
export function intake({ datadog }: Cluster, secret: kplus.ISecret): Record<string, kplus.EnvValue> {
  return {
    DD_API_KEY: kplus.EnvValue.fromSecretValue({ secret, key: 'api-key' }),
    DD_SITE: plainValue(datadog.site),
    DD_REMOTE_CONFIGURATION_ENABLED: plainValue('false'),
    DD_ORCHESTRATOR_EXPLORER_ENABLED: plainValue('false'),
  };
}

/** The agent's own answers: it says unhealthy when one of its parts has been stuck for half a minute. */
export function agentProbes(port: number) {
  const asks = (path: string, failureThreshold: number) =>
    kplus.Probe.fromHttpGet(path, {
      port,
      failureThreshold,
      periodSeconds: Duration.seconds(15),
      timeoutSeconds: Duration.seconds(5),
    });
  return { startup: asks('/startup', 12), readiness: asks('/ready', 6), liveness: asks('/live', 6) };
}

/** Empty volumes by path: with a read-only root there is nothing else to write to. */
export function emptyVolumes(scope: Construct, paths: Readonly<Record<string, string>>): kplus.VolumeMount[] {
  return Object.entries(paths).map(([name, path]) => ({
    path,
    volume: kplus.Volume.fromEmptyDir(scope, name, name),
  }));
}

/** Copies the image's configuration to where the agent may write beside it, and runs `then` there. */
export function copyConfiguration(volume: kplus.Volume, then = '') {
  return {
    name: 'configuration',
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    command: ['bash', '-c', `set -e; cp -r ${agentHome}/. /configuration${then && `; ${then}`}`],
    securityContext: restricted(agentUser),
    volumeMounts: [{ path: '/configuration', volume }],
  };
}
