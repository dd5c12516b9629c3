import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { wave } from '../constructs/sync-wave';
import { publicClass } from '../environments/load-balancers';
import { previewClass } from '../environments/previews';
import { seconds } from '../environments/units';
import type { AnySite } from '../settings';
import { webPort } from './port';

/**
 * The way in: host to load balancer to pods, by the AWS Load Balancer Controller.
 *
 * The backend is not a Service but an action of that name, an annotation in which the Rollouts controller writes the
 * weights. It must be there before the first Rollout, so git has an initial one, which Argo CD then leaves alone.
 */
export function webIngress(scope: Construct, { cluster, environment, outputs }: AnySite): void {
  const { loadBalancer } = cluster;
  const { preview } = environment;
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
          'certificate-arn': preview ? outputs.preview_certificate_arn : outputs.certificate_arn,
          'security-groups': outputs.alb_security_group_id,
          'load-balancer-attributes': `idle_timeout.timeout_seconds=${seconds(loadBalancer.idleTimeout)}`,
          'healthcheck-path': '/health',
          'healthcheck-interval-seconds': String(seconds(loadBalancer.healthCheckInterval)),
          'healthy-threshold-count': String(loadBalancer.healthyThreshold),
          'target-group-attributes': `deregistration_delay.timeout_seconds=${seconds(environment.web.drain.deregistrationDelay)}`,
          ...(preview
            ? { [`conditions.${webService}`]: sources(preview.visitors) }
            : { 'actions.eren-service': initialAction() }),
          ...(loadBalancer.refused.length > 0 && { [`actions.${refusal}`]: refusing }),
        }),
      },
    },
    spec: {
      ingressClassName: preview ? previewClass : publicClass(cluster, environment.namespace),
      rules: [
        {
          host: environment.host,
          http: {
            paths: [
              ...loadBalancer.refused.map((path) => pathTo(refusal, path)),
              preview
                ? {
                    path: '/',
                    pathType: 'Prefix',
                    backend: { service: { name: webService, port: { number: webPort } } },
                  }
                : pathTo('eren-service', '/'),
            ],
          },
        },
      ],
    },
  });
}

/** Not a Service either: what is asked for below these paths ends at the load balancer. */
const refusal = 'for-the-team';
const refusing = JSON.stringify({
  Type: 'fixed-response',
  FixedResponseConfig: { ContentType: 'text/plain', StatusCode: '404', MessageBody: 'Not found' },
});

function pathTo(action: string, path: string) {
  return { path, pathType: 'Prefix', backend: { service: { name: action, port: { name: 'use-annotation' } } } };
}

/** The Service of an environment that has no canary. */
export const webService = 'eren-web';

/** A condition of the rule beside host and path: what comes from elsewhere meets no rule, and gets 404. */
function sources(values: readonly string[]): string {
  return JSON.stringify([{ field: 'source-ip', sourceIpConfig: { values } }]);
}

/** As the Rollouts controller writes it: all to ping, which is what the first revision is given. */
function initialAction(): string {
  const target = (ServiceName: string, Weight: number) => ({ ServiceName, ServicePort: String(webPort), Weight });
  return JSON.stringify({
    Type: 'forward',
    ForwardConfig: { TargetGroups: [target('eren-web-pong', 0), target('eren-web-ping', 100)] },
  });
}
