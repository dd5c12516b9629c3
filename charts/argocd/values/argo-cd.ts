import { dump } from 'js-yaml';
import { addOns } from '../../environments/add-ons';
import { loadBalanced } from '../../environments/load-balanced';
import { internalClass } from '../../environments/load-balancers';
import { seconds } from '../../environments/units';
import type { Settings } from '../../settings';
import { resourceHealth } from './health';
import { helmResources, helmSpread, oneAtATime, priorityClassName, restrictedPod } from './helm-parts';
import { notifications } from './notifications';

const { workloads } = addOns['argo-cd'];
const size = {
  controller: helmResources(workloads['argocd-application-controller'].resources),
  server: helmResources(workloads['argocd-server'].resources),
  repoServer: helmResources(workloads['argocd-repo-server'].resources),
  applicationSet: helmResources(workloads['argocd-applicationset-controller'].resources),
  notifications: helmResources(workloads['argocd-notifications-controller'].resources),
  dex: helmResources(workloads['argocd-dex-server'].resources),
  redis: helmResources(workloads['argocd-redis'].resources),
};

/** Argo CD itself. Its namespace, secrets and the door for GitHub's webhook are our own chart, `argocd`. */
export function argoCd(settings: Settings): object {
  const { cluster, outputs } = settings;
  return {
    // The names in Argo CD's documents, and in our Ingress for the webhook.
    fullnameOverride: 'argocd',
    global: {
      domain: cluster.hosts.argocd,
      priorityClassName,
      logging: { format: 'json' },
      // Its containers are `restricted` by the chart's own default.
      securityContext: restrictedPod,
      networkPolicy: { create: true, defaultDenyIngress: true },
    },
    configs: {
      cm: {
        // GitHub is the only way in.
        'admin.enabled': false,
        'dex.config': dump(login(settings)),
        ...resourceHealth,
      },
      params: {
        // A notification looks for the aborted Rollout among the resources in the Application's status.
        'controller.resource.health.persist': true,
        // A sync that waits for what never comes would keep the commit that mends it waiting too.
        'controller.sync.timeout.seconds': String(seconds(cluster.delivery.syncTimeout)),
      },
      rbac: { 'policy.csv': permissions(settings) },
      // References, which Argo CD resolves; the chart's Secret holds the literal text.
      secret: { githubSecret: '$argocd-github:webhookSecret' },
    },
    controller: {
      replicas: workloads['argocd-application-controller'].replicas,
      resources: size.controller,
    },
    server: {
      // The chart's own default, and what the security groups open.
      containerPorts: { server: loadBalanced['argocd-server'].port },
      replicas: workloads['argocd-server'].replicas,
      resources: size.server,
      pdb: oneAtATime,
      topologySpreadConstraints: helmSpread(),
      ingress: {
        enabled: true,
        // Host, path and backend are the chart's; certificate, scheme and target type are the class's.
        ingressClassName: internalClass,
        annotations: {
          'alb.ingress.kubernetes.io/listen-ports': '[{"HTTPS": 443}]',
          'alb.ingress.kubernetes.io/security-groups': outputs.internal_alb_security_group_id,
          // The server has a certificate of its own; the load balancer does not verify it.
          'alb.ingress.kubernetes.io/backend-protocol': 'HTTPS',
          'alb.ingress.kubernetes.io/healthcheck-protocol': 'HTTPS',
          'alb.ingress.kubernetes.io/healthcheck-path': '/healthz',
        },
      },
    },
    repoServer: {
      replicas: workloads['argocd-repo-server'].replicas,
      resources: size.repoServer,
      // Before the server, not beside it: the same size does not make the pod larger.
      copyutil: { resources: size.repoServer },
      pdb: oneAtATime,
      topologySpreadConstraints: helmSpread(),
      // It renders what other people wrote, and needs nothing of the cluster.
      automountServiceAccountToken: false,
    },
    applicationSet: {
      replicas: workloads['argocd-applicationset-controller'].replicas,
      resources: size.applicationSet,
    },
    dex: { resources: size.dex, initImage: { resources: size.dex } },
    redis: { resources: size.redis, automountServiceAccountToken: false },
    // A Job before every sync, which makes the password of Redis once.
    redisSecretInit: { resources: size.redis, securityContext: restrictedPod },
    notifications: {
      ...notifications(settings),
      resources: size.notifications,
      livenessProbe: { enabled: true },
      readinessProbe: { enabled: true },
    },
  };
}

/** Whoever is in neither team cannot log in. */
function login({ cluster }: Settings) {
  const { organization, readers, operators } = cluster.delivery;
  return {
    connectors: [
      {
        type: 'github',
        id: 'github',
        name: 'GitHub',
        config: {
          clientID: '$argocd-github:clientID',
          clientSecret: '$argocd-github:clientSecret',
          orgs: [{ name: organization, teams: [readers, operators] }],
          // A team's name may change, its slug is what the permissions are for.
          teamNameField: 'slug',
        },
      },
    ],
  };
}

/** Readers look; operators also sync, and promote, abort or retry a Rollout. All else changes in git. */
function permissions({ cluster }: Settings): string {
  const { organization, readers, operators } = cluster.delivery;
  return [
    ['g', `${organization}:${readers}`, 'role:readonly'],
    ['g', `${organization}:${operators}`, 'role:operator'],
    ['g', 'role:operator', 'role:readonly'],
    ['p', 'role:operator', 'applications', 'sync', '*/*', 'allow'],
    ['p', 'role:operator', 'applications', 'action/argoproj.io/Rollout/*', '*/*', 'allow'],
  ]
    .map((fields) => `${fields.map(csv).join(', ')}\n`)
    .join('');
}

/** A field as Argo CD 3.5.1 reads it: a line is a record of `encoding/csv` (`loadPolicyLine`, util/rbac/rbac.go). */
function csv(field: string): string {
  return /[",\s#]/.test(field) ? `"${field.replaceAll('"', '""').replace(/\s/g, ' ')}"` : field;
}
