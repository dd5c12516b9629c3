import { dump } from 'js-yaml';
import type { Resources } from '../environments/environment';
import { buildNamespace, jenkinsNamespace } from '../environments/namespaces';
import { buildGroup } from '../environments/node-groups';
import type { PreviewSettings } from '../environments/previews';
import { underscored } from '../environments/secrets';
import { seconds } from '../environments/units';
import type { Settings } from '../settings';
import { registryOf } from '../terraform-outputs/declared';
import type { Value } from './configuration';
import { agentAccounts, agentLabels, onNodesOf } from './names';

/** The jenkins user of the inbound agent's image; every container of an agent shares its workspace. */
const user = 1000;

/** The user of the official Debian images of PostgreSQL and Redis. */
const serviceUser = 999;

/** The registry's credentials, for the tools that read `DOCKER_CONFIG`. */
const registryFolder = '/run/ecr';

type Container = Record<string, unknown> & { readonly name: string };

interface Agent {
  readonly name: string;
  /** Where its pods are: it stands in their YAML, which alone counts (docs/decisions/0016-jenkins-is-configuration.md). */
  readonly namespace: string;
  readonly serviceAccountName?: string;
  /** Only for an agent that asks the API server something. */
  readonly token?: boolean;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  /** Folders in memory or on the node's disk that end with the pod. */
  readonly volumes?: readonly Record<string, unknown>[];
}

/** The pod templates that a pipeline inherits from by name. */
export function agentTemplates(settings: Settings): Value[] {
  const { preview } = settings.cluster;
  const agents = [rspec, docker, ...(preview ? [() => previews(settings, preview)] : []), review, deploy];
  return agents.map((agent) => template(agent(settings), settings));
}

/** Runs the tests: Ruby, and the services they need, which no other pod can reach. */
function rspec({ cluster }: Settings): Agent {
  const { ruby, postgres, redis } = cluster.jenkins.agents.rspec;
  return {
    name: 'rspec',
    namespace: jenkinsNamespace,
    containers: [
      {
        ...asleep('ruby', ruby),
        env: variables({
          HOME: '/home/jenkins',
          BUNDLE_PATH: '/home/jenkins/bundle',
          BUNDLE_APP_CONFIG: '/home/jenkins/.bundle',
          RAILS_ENV: 'test',
          DATABASE_URL: `postgresql://postgres@127.0.0.1:5432/${underscored(cluster.system.prefix)}_test`,
          REDIS_URL: 'redis://127.0.0.1:6379/0',
        }),
        volumeMounts: scratch,
      },
      {
        name: 'postgres',
        image: postgres.image,
        // What is lost with the pod needs no care: a test database is made again.
        args: ['-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off', '-c', 'full_page_writes=off'],
        env: variables({
          PGDATA: '/var/lib/postgresql/data/pgdata',
          // It listens on loopback, and the pod is alone there.
          POSTGRES_HOST_AUTH_METHOD: 'trust',
        }),
        readinessProbe: { exec: { command: ['pg_isready', '--host=127.0.0.1', '--quiet'] }, periodSeconds: 2 },
        resources: requests(postgres.resources),
        securityContext: restricted(serviceUser),
        volumeMounts: [
          { name: 'postgres', mountPath: '/var/lib/postgresql/data' },
          { name: 'postgres-socket', mountPath: '/var/run/postgresql' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
      {
        name: 'redis',
        image: redis.image,
        command: ['redis-server', '--bind', '127.0.0.1', '--save', '', '--dir', '/tmp'],
        readinessProbe: { exec: { command: ['redis-cli', '-h', '127.0.0.1', 'ping'] }, periodSeconds: 2 },
        resources: requests(redis.resources),
        securityContext: restricted(serviceUser),
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    volumes: [
      { name: 'postgres', emptyDir: {} },
      { name: 'postgres-socket', emptyDir: {} },
    ],
  };
}

/** Builds what main holds. */
function docker(settings: Settings): Agent {
  return builder(settings, {
    name: 'docker',
    serviceAccountName: agentAccounts(settings.cluster.system).builder,
    repository: settings.cluster.system.name,
  });
}

/**
 * Builds what a pull request brings. Its steps may get at all that the pod holds, so that is an account which pushes to the
 * repository of previews and nowhere else.
 */
function previews(settings: Settings, { repository }: PreviewSettings): Agent {
  return builder(settings, {
    name: 'preview',
    serviceAccountName: agentAccounts(settings.cluster.system).previewBuilder,
    repository,
  });
}

/**
 * Builds and pushes an image without a Docker daemon, which nodes of EKS have not had since 1.24, and without root.
 *
 * BuildKit makes namespaces of its own, which the default seccomp and AppArmor profiles forbid, and maps users by a
 * set-user-ID program, which `allowPrivilegeEscalation: false` and dropped capabilities would stop: hence its namespace.
 */
function builder(
  { cluster, outputs }: Settings,
  { repository, ...agent }: Pick<Agent, 'name' | 'serviceAccountName'> & { readonly repository: string },
): Agent {
  const { buildkit, cacheRepository } = cluster.jenkins.agents.docker;
  const registry = registryOf(outputs);
  const credentials = { name: 'ecr', mountPath: registryFolder };
  return {
    ...agent,
    namespace: buildNamespace,
    // The registry's password is good for twelve hours, longer than any build; the AWS tools stay out of the build.
    initContainers: [
      {
        name: 'ecr-login',
        image: cluster.images.awsCli,
        command: ['/bin/sh', '-euc'],
        args: [
          [
            'token=$(aws ecr get-login-password)',
            'auth=$(printf "AWS:%s" "$token" | base64 -w 0)',
            `printf '{"auths":{"%s":{"auth":"%s"}}}' "$REGISTRY" "$auth" > ${registryFolder}/config.json`,
            '',
          ].join('\n'),
        ],
        env: variables({ AWS_REGION: cluster.region, HOME: '/tmp', REGISTRY: registry }),
        resources: requests(cluster.jenkins.agents.inbound.resources),
        securityContext: restricted(user),
        volumeMounts: [credentials, { name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    containers: [
      {
        ...asleep('buildkit', buildkit),
        env: variables({
          BUILDKITD_FLAGS: '--oci-worker-no-process-sandbox',
          DOCKER_CONFIG: registryFolder,
          ECR_REPO: `${registry}/${repository}`,
          // Its tags may move, which those of the images never do.
          ECR_CACHE: `${registry}/${cacheRepository}`,
        }),
        securityContext: {
          runAsNonRoot: true,
          runAsUser: user,
          runAsGroup: user,
          privileged: false,
          allowPrivilegeEscalation: true,
          seccompProfile: { type: 'Unconfined' },
          appArmorProfile: { type: 'Unconfined' },
        },
        volumeMounts: [
          { ...credentials, readOnly: true },
          { name: 'buildkit', mountPath: '/home/user/.local/share/buildkit' },
        ],
      },
    ],
    volumes: [
      { name: 'ecr', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
      { name: 'buildkit', emptyDir: {} },
    ],
  };
}

/**
 * Runs what a pull request of this repository brings, its own code and all that npm installs: so it holds no token, not
 * even one of the API server, and the comment on the pull request is written by a pod of `deploy`.
 */
function review({ cluster }: Settings): Agent {
  return {
    name: 'review',
    namespace: jenkinsNamespace,
    containers: [
      {
        ...asleep('node', cluster.jenkins.agents.review.node),
        env: variables({ HOME: '/home/jenkins' }),
        volumeMounts: scratch,
      },
    ],
  };
}

/** Commits a deploy with this repository's own command, and reads the Rollout until it knows the outcome. */
function deploy({ cluster }: Settings): Agent {
  const { node } = cluster.jenkins.agents.deploy;
  return {
    name: 'deploy',
    namespace: jenkinsNamespace,
    serviceAccountName: agentAccounts(cluster.system).deployer,
    token: true,
    containers: [
      {
        ...asleep('node', node),
        env: variables({
          HOME: '/home/jenkins',
          // The API server's authority, which Node.js knows only when it starts with it.
          NODE_EXTRA_CA_CERTS: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
        }),
        volumeMounts: scratch,
      },
    ],
  };
}

/** What Jenkins adds by itself: the workspace, and the variables by which the agent finds the controller. */
function template(agent: Agent, { cluster }: Settings): Value {
  const { connectTimeout, buildTimeout, inbound } = cluster.jenkins.agents;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: agent.namespace,
      labels: { ...agentLabels(cluster.system), 'app.kubernetes.io/component': agent.name },
      // A build cannot move to another node.
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' },
    },
    spec: {
      ...(agent.serviceAccountName && { serviceAccountName: agent.serviceAccountName }),
      automountServiceAccountToken: agent.token ?? false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      // Nothing is saved, and `sleep` does not hear TERM.
      terminationGracePeriodSeconds: 5,
      ...onNodesOf(buildGroup(cluster)),
      securityContext: { runAsNonRoot: true, fsGroup: user, seccompProfile: { type: 'RuntimeDefault' } },
      ...(agent.initContainers && { initContainers: agent.initContainers }),
      containers: [
        {
          // The name by which Jenkins knows its own container.
          name: 'jnlp',
          image: inbound.image,
          resources: requests(inbound.resources),
          securityContext: restricted(user),
          volumeMounts: scratch,
        },
        ...agent.containers,
      ],
      volumes: [{ name: 'home', emptyDir: {} }, { name: 'tmp', emptyDir: {} }, ...(agent.volumes ?? [])],
    },
  };
  return {
    id: agent.name,
    name: agent.name,
    label: agent.name,
    nodeUsageMode: 'EXCLUSIVE',
    // A pod is for one build.
    idleMinutes: 0,
    slaveConnectTimeout: seconds(connectTimeout),
    activeDeadlineSeconds: seconds(buildTimeout),
    showRawYaml: false,
    yamlMergeStrategy: 'override',
    yaml: dump(pod, { lineWidth: -1, noRefs: true }),
  };
}

/** The folders that tools write to: the root is read-only. The workspace is mounted into the first of them. */
const scratch = [
  { name: 'home', mountPath: '/home/jenkins' },
  { name: 'tmp', mountPath: '/tmp' },
];

/** A container that a pipeline runs its steps in. */
function asleep(name: string, { image, resources }: { image: string; resources: Resources }): Container {
  return {
    name,
    image,
    command: ['sleep'],
    args: ['infinity'],
    resources: requests(resources),
    securityContext: restricted(user),
  };
}

function requests({ cpu, memory, memoryLimit }: Resources) {
  return { requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

function restricted(runAs: number) {
  return {
    runAsNonRoot: true,
    runAsUser: runAs,
    runAsGroup: runAs,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

function variables(of: Record<string, string>) {
  return Object.entries(of).map(([name, value]) => ({ name, value }));
}
