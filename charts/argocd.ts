import { Chart } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow } from './constructs/allow';
import { clusterScoped } from './constructs/cluster-scoped';
import { externalSecret } from './constructs/external-secret';
import { podSecurityLabels } from './constructs/pod-security';
import { awsSecretStore } from './constructs/secret-store';
import { keepWhenRemoved, wave } from './constructs/sync-wave';
import { publicClass } from './environments/load-balancers';
import { argoCdNamespace } from './environments/namespaces';
import type { Settings } from './settings';

/** What Argo CD's own chart does not bring: its namespace, its secrets, and the door for GitHub's webhook. */
export class ArgoCdChart extends Chart {
  constructor(scope: Construct, id: string, { cluster, outputs }: Settings) {
    super(scope, id, { namespace: argoCdNamespace, disableResourceNameHashes: true });
    const own = new kplus.k8s.KubeNamespace(this, 'namespace', {
      metadata: {
        name: argoCdNamespace,
        labels: podSecurityLabels('restricted', cluster.kubernetes),
        annotations: { ...wave('namespace'), ...keepWhenRemoved },
      },
    });
    clusterScoped(own);
    allow(
      own,
      'default-deny',
      'the chart of Argo CD closes it inwards (global.networkPolicy); outwards it reads repositories and clusters wherever they are',
    );
    awsSecretStore(this, cluster.region, outputs.secret_store_role_arns[argoCdNamespace] as string);

    const app = {
      app_id: { entry: 'github', key: 'app_id' },
      installation_id: { entry: 'github', key: 'installation_id' },
      private_key: { entry: 'github', key: 'private_key' },
    } as const;
    externalSecret(this, 'repository', {
      name: 'delivery-repository',
      namespace: argoCdNamespace,
      labels: { 'argocd.argoproj.io/secret-type': 'repository' },
      data: app,
      templates: {
        type: 'git',
        url: cluster.delivery.repository,
        githubAppID: '{{ .app_id | trim }}',
        githubAppInstallationID: '{{ .installation_id | trim }}',
        githubAppPrivateKey: '{{ .private_key | trim }}',
      },
    });
    // Argo CD resolves `$argocd-github:…` in its configuration only to Secrets with this label.
    const referenced = { 'app.kubernetes.io/part-of': 'argocd' };
    externalSecret(this, 'login', {
      name: 'argocd-github',
      namespace: argoCdNamespace,
      labels: referenced,
      data: {
        clientID: { entry: 'github', key: 'client_id' },
        clientSecret: { entry: 'github', key: 'client_secret' },
        webhookSecret: { entry: 'github-webhook', key: 'secret' },
      },
    });
    externalSecret(this, 'notifications', {
      name: 'argocd-notifications-secret',
      namespace: argoCdNamespace,
      data: { ...app, datadog: { entry: 'datadog', key: 'api_key' }, slack: { entry: 'slack', key: 'token' } },
      templates: {
        'github-app-id': '{{ .app_id | trim }}',
        'github-installation-id': '{{ .installation_id | trim }}',
        'github-private-key': '{{ .private_key | trim }}',
        'datadog-api-key': '{{ .datadog | trim }}',
        'slack-token': '{{ .slack | trim }}',
      },
    });

    // GitHub does not reach the internal load balancer of the user interface; it may call this one path, and Argo CD
    // checks the signature.
    new kplus.k8s.KubeIngress(this, 'webhook', {
      metadata: {
        name: 'argocd-webhook',
        annotations: {
          'alb.ingress.kubernetes.io/target-type': 'ip',
          'alb.ingress.kubernetes.io/listen-ports': '[{"HTTPS": 443}]',
          'alb.ingress.kubernetes.io/certificate-arn': outputs.certificate_arn,
          'alb.ingress.kubernetes.io/security-groups': outputs.alb_security_group_id,
          'alb.ingress.kubernetes.io/backend-protocol': 'HTTPS',
          'alb.ingress.kubernetes.io/healthcheck-path': '/healthz',
          'alb.ingress.kubernetes.io/healthcheck-protocol': 'HTTPS',
        },
      },
      spec: {
        ingressClassName: publicClass(cluster, argoCdNamespace),
        rules: [
          {
            host: cluster.hosts.webhooks,
            http: {
              paths: [
                {
                  path: '/api/webhook',
                  pathType: 'Exact',
                  backend: { service: { name: 'argocd-server', port: { number: 443 } } },
                },
              ],
            },
          },
        ],
      },
    });
  }
}
