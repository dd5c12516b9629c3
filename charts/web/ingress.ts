import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { wave } from '../constructs/sync-wave';
import { publicClass } from '../environments/load-balancers';
import { seconds } from '../environments/units';
import type { Site } from '../settings';
import { webPort } from './port';

/**
 * The way in: host to load balancer to pods, by the AWS Load Balancer Controller.
 *
 * The backend is not a Service but an action of that name, an annotation in which the Rollouts controller writes the
 * weights. It must be there before the first Rollout, so git has an initial one, which Argo CD then leaves alone.
 */
export function webIngress(scope: Construct, { cluster, environment, outputs }: Site): void {
  const { loadBalancer } = cluster;
  const alb = (annotations: Record<string, string>) =>
    Object.fromEntries(
      Object.entries(annotations).map(([key, value]) => [`alb.ingress.kubernetes.io/${key}`, value]),
    );
  new kplus.k8s.KubeIngress(scope, 'ingress', {
    metadata: {
      name: 'eren-ingress',
      annotations: {
        ...wave('traffic'),
        ...alb({
          scheme: 'internet-facing',
          'target-type': 'ip',
          'listen-ports': '[{"HTTP": 80}, {"HTTPS": 443}]',
          'ssl-redirect': '443',
          'certificate-arn': outputs.certificate_arn,
          'security-groups': outputs.alb_security_group_id,
          'load-balancer-attributes': `idle_timeout.timeout_seconds=${seconds(loadBalancer.idleTimeout)}`,
          'healthcheck-path': '/health',
          'healthcheck-interval-seconds': String(seconds(loadBalancer.healthCheckInterval)),
          'healthy-threshold-count': String(loadBalancer.healthyThreshold),
          'target-group-attributes': `deregistration_delay.timeout_seconds=${seconds(environment.web.drain.deregistrationDelay)}`,
          'actions.eren-service': initialAction(),
        }),
      },
    },
    spec: {
      ingressClassName: publicClass(cluster, environment.namespace),
      rules: [
        {
          host: environment.host,
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'eren-service', port: { name: 'use-annotation' } } },
              },
            ],
          },
        },
      ],
    },
  });
}

/** As the Rollouts controller writes it: all to ping, which is what the first revision is given. */
function initialAction(): string {
  const target = (ServiceName: string, Weight: number) => ({ ServiceName, ServicePort: String(webPort), Weight });
  return JSON.stringify({
    Type: 'forward',
    ForwardConfig: { TargetGroups: [target('eren-web-pong', 0), target('eren-web-ping', 100)] },
  });
}
