import { buildNamespace, jenkinsNamespace } from '../environments/namespaces';
import type { SecretRef } from '../environments/secrets';
import { seconds } from '../environments/units';
import type { Settings } from '../settings';
import { agentTemplates } from './agents';
import { configuration, FromFile, type Value } from './configuration';
import { agentLabels, jenkinsHost, jenkinsPorts } from './names';
import { rollbackJob } from './rollback-job';
import { sweepJob } from './sweep-job';

/** The mounted Secret. Not below `/run/secrets`: the account's token is mounted there, and a Secret is read-only. */
export const secretFolder = '/run/jenkins';

/** File to the entry it comes from. */
export const secretFiles = {
  'github-app-id': { entry: 'github', key: 'app_id' },
  'github-private-key': { entry: 'github', key: 'private_key' },
  'github-client-id': { entry: 'github', key: 'client_id' },
  'github-client-secret': { entry: 'github', key: 'client_secret' },
  'github-webhook': { entry: 'github-webhook', key: 'secret' },
  'sentry-auth': { entry: 'sentry', key: 'auth_token' },
  slack: { entry: 'slack', key: 'token' },
} as const satisfies Record<string, SecretRef>;

const secret = (name: keyof typeof secretFiles) => new FromFile(`${secretFolder}/${name}`);

/** The whole of Jenkins, as Configuration as Code reads it at every start. */
export function jenkinsConfiguration(settings: Settings): string {
  const { cluster } = settings;
  const { most, connectTimeout } = cluster.jenkins.agents;
  const { repository } = cluster.delivery;
  return configuration({
    jenkins: {
      systemMessage: `Everything here is written in ${repository}: what is changed by hand is gone at the next start.`,
      // A build on the controller could read every credential.
      numExecutors: 0,
      mode: 'EXCLUSIVE',
      slaveAgentPort: jenkinsPorts.agent,
      securityRealm: login(),
      authorizationStrategy: { globalMatrix: { entries: permissions(settings) } },
      clouds: [
        {
          kubernetes: {
            name: 'kubernetes',
            serverUrl: 'https://kubernetes.default',
            namespace: jenkinsNamespace,
            jenkinsUrl: `http://${jenkinsHost('jenkins')}:${jenkinsPorts.http}`,
            // Not the controller's own name, as the design has it: only this Service has the agents' port.
            jenkinsTunnel: `${jenkinsHost('jenkins-agent')}:${jenkinsPorts.agent}`,
            containerCapStr: String(most),
            waitForPodSec: seconds(connectTimeout),
            // Here and not in a template, whose word a pipeline does not inherit: what fails is deleted too, since nobody
            // reads it afterwards and it keeps a node.
            podRetention: 'never',
            podLabels: Object.entries(agentLabels(cluster.system)).map(([key, value]) => ({ key, value })),
            // Removes what a controller that was killed left behind.
            garbageCollection: { namespaces: `${jenkinsNamespace}\n${buildNamespace}`, timeout: 300 },
            templates: agentTemplates(settings),
          },
        },
      ],
    },
    credentials: { system: { domainCredentials: [{ credentials: credentials(settings) }] } },
    unclassified: {
      location: { url: `https://${cluster.hosts.jenkins}/` },
      // What is not signed with this is refused: anybody can reach the webhook's address.
      gitHubPluginConfig: { hookSecretConfigs: [{ credentialsId: 'github-webhook' }] },
      datadogGlobalConfiguration: {
        datadogClientConfiguration: {
          datadogAgentConfiguration: {
            agentHost: `datadog-agent.${cluster.datadog.namespace}.svc.cluster.local`,
            agentPort: 8125,
            agentTraceCollectionPort: 8126,
          },
        },
        // Metrics and events of builds are free; CI Visibility is paid for by the committer.
        enableCiVisibility: false,
      },
      buildDiscarders: {
        configuredBuildDiscarders: [
          'jobBuildDiscarder',
          {
            simpleBuildDiscarder: {
              discarder: { logRotator: { numToKeepStr: String(cluster.jenkins.buildsKept) } },
            },
          },
        ],
      },
    },
    jobs: [
      ...[cluster.jenkins.application, repository].map(multibranch),
      rollbackJob(settings),
      ...(cluster.preview ? [sweepJob(settings)] : []),
    ].map((script) => ({ script })),
  });
}

/** GitHub is the only way in. */
function login(): Value {
  return {
    github: {
      githubWebUri: 'https://github.com',
      githubApiUri: 'https://api.github.com',
      clientID: secret('github-client-id'),
      clientSecret: secret('github-client-secret'),
      // Teams are the groups of the matrix.
      oauthScopes: 'read:org,user:email',
    },
  };
}

/** By team: readers look, operators administer. Whoever is in neither, or nobody at all, sees nothing. */
function permissions({ cluster }: Settings): Value {
  const { organization, readers, operators } = cluster.delivery;
  const team = (slug: string, granted: string[]) => ({
    group: { name: `${organization}*${slug}`, permissions: granted },
  });
  return [
    team(readers, ['Overall/Read', 'Job/Read', 'View/Read']),
    // Everything else with it, builds included.
    team(operators, ['Overall/Administer']),
  ];
}

function credentials({ cluster }: Settings): Value {
  const app = (id: string, rights: Record<string, Value>) => ({
    gitHubApp: {
      id,
      description: id,
      appID: secret('github-app-id'),
      privateKey: secret('github-private-key'),
      ...rights,
    },
  });
  const text = (id: string, file: keyof typeof secretFiles) => ({
    string: { scope: 'GLOBAL', id, description: id, secret: secret(file) },
  });
  const { owner, name } = parts(cluster.delivery.repository);
  const application = parts(cluster.jenkins.application);
  return [
    // In a pipeline it reads the repository of that pipeline and no other. Whoever scans and writes commit statuses is
    // Jenkins itself, and that has all that the App may.
    app('github-app', {
      repositoryAccessStrategy: 'inferRepository',
      defaultPermissionsStrategy: 'CONTENTS_READ',
    }),
    // Comments and labels: used on an agent that runs no code of a pull request.
    app('github-comment', {
      repositoryAccessStrategy: 'inferRepository',
      defaultPermissionsStrategy: 'INHERIT_ALL',
    }),
    // A deploy is a commit in this repository, made by the pipeline of the other.
    app('delivery', {
      repositoryAccessStrategy: { specificRepositories: { owner, repositories: [name] } },
      defaultPermissionsStrategy: 'CONTENTS_WRITE',
    }),
    // The sweep asks whether the app's pull requests are closed; it runs no code of theirs.
    ...(cluster.preview
      ? [
          app('application', {
            repositoryAccessStrategy: {
              specificRepositories: { owner: application.owner, repositories: [application.name] },
            },
            defaultPermissionsStrategy: 'INHERIT_ALL',
          }),
        ]
      : []),
    text('github-webhook', 'github-webhook'),
    text('sentry-auth-token', 'sentry-auth'),
    text('slack-token', 'slack'),
  ];
}

/**
 * One job for each branch and pull request that has a Jenkinsfile. Pull requests of forks are none: their code would run
 * beside our credentials.
 */
function multibranch(url: string): string {
  const { owner, name } = parts(url);
  const [id, address, of] = [name, url, owner].map(groovy);
  return `multibranchPipelineJob(${id}) {
  branchSources {
    branchSource {
      source {
        github {
          id(${id})
          credentialsId('github-app')
          configuredByUrl(true)
          repositoryUrl(${address})
          repoOwner(${of})
          repository(${id})
          traits {
            // Branches without a pull request, and pull requests as they would be merged.
            gitHubBranchDiscovery { strategyId(1) }
            gitHubPullRequestDiscovery { strategyId(1) }
          }
        }
      }
    }
  }
  factory {
    workflowBranchProjectFactory { scriptPath('Jenkinsfile') }
  }
  // What GitHub's call did not bring.
  triggers {
    periodicFolderTrigger { interval('1d') }
  }
  orphanedItemStrategy {
    discardOldItems { daysToKeep(7) }
  }
}
`;
}

/** A string of Groovy: between single quotes nothing but a backslash and the quote itself means anything. */
function groovy(value: string): string {
  return `'${value.replace(/[\\']/g, '\\$&').replace(/[\r\n]/g, ' ')}'`;
}

/** Whose repository it is, and what it is called: the last two parts of its address, whatever the host. */
function parts(url: string): { owner: string; name: string } {
  const [owner = '', name = ''] = new URL(url).pathname
    .replace(/\.git$/, '')
    .split('/')
    .slice(-2);
  return { owner, name };
}
