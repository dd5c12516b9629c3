import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { wave } from '../constructs/sync-wave';
import { internalClass, publicClass } from '../environments/load-balancers';
import { jenkinsNamespace } from '../environments/namespaces';
import type { Settings } from '../settings';
import { jenkinsPorts } from './names';

/** People come in by the internal load balancer; from outside, GitHub alone may call one path, and Jenkins checks the signature. */
export function jenkinsIngresses(scope: Construct, { cluster, outputs }: Settings): void {
  ingress(scope, {
    id: 'ingress',
    name: 'jenkins',
    className: internalClass,
    host: cluster.hosts.jenkins,
    path: { path: '/', pathType: 'Prefix' },
    // The certificate is the class's.
    annotations: { 'security-groups': outputs.internal_alb_security_group_id },
  });
  ingress(scope, {
    id: 'webhook',
    name: 'jenkins-webhook',
    className: publicClass(cluster, jenkinsNamespace),
    host: cluster.hosts.webhooks,
    path: { path: '/github-webhook/', pathType: 'Exact' },
    annotations: {
      'security-groups': outputs.alb_security_group_id,
      'certificate-arn': outputs.certificate_arn,
    },
  });
}

interface Door {
  readonly id: string;
  readonly name: string;
  readonly className: string;
  readonly host: string;
  readonly path: { readonly path: string; readonly pathType: string };
  readonly annotations: Readonly<Record<string, string>>;
}

function ingress(scope: Construct, { id, name, className, host, path, annotations }: Door): void {
  const alb = {
    ...annotations,
    'target-type': 'ip',
    'listen-ports': '[{"HTTPS": 443}]',
    'healthcheck-path': '/login',
  };
  new kplus.k8s.KubeIngress(scope, id, {
    metadata: {
      name,
      annotations: {
        ...wave('traffic'),
        ...Object.fromEntries(
          Object.entries(alb).map(([key, value]) => [`alb.ingress.kubernetes.io/${key}`, value]),
        ),
      },
    },
    spec: {
      ingressClassName: className,
      rules: [
        {
          host,
          http: {
            paths: [{ ...path, backend: { service: { name: 'jenkins', port: { number: jenkinsPorts.http } } } }],
          },
        },
      ],
    },
  });
}
