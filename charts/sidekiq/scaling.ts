import type * as kplus from 'cdk8s-plus-28';
import { ScaledObject } from '../../imports/scaled-object-keda.sh';
import { TriggerAuthentication } from '../../imports/trigger-authentication-keda.sh';
import { allow } from '../constructs/allow';
import { externalSecret } from '../constructs/external-secret';
import type { Peer } from '../constructs/network-policy';
import { wave } from '../constructs/sync-wave';
import { addOns } from '../environments/add-ons';
import type { Environment } from '../environments/environment';
import { seconds } from '../environments/units';
import type { AnySite } from '../settings';

/** Who asks Redis for the lengths: KEDA's operator, as its chart labels it. */
export const scaler: Peer = { pods: { app: 'keda-operator' }, namespace: addOns.keda.namespace };

/**
 * As many processes as the worst of two answers asks for: how long the oldest job has waited, which is what people notice
 * but Datadog knows a minute late, and how many jobs wait in each queue, which Redis says at once. The autoscaler that
 * KEDA makes comes down only when five minutes asked for less, and not at all while one of them gives no answer.
 */
export function queueScaling(
  deployment: kplus.Deployment,
  site: AnySite,
  scaling: NonNullable<Environment['sidekiq']['scaling']>,
): void {
  const { environment, redis } = site;
  deployment.markHasAutoscaler();
  const logins = login(deployment, site);
  const scaled = new ScaledObject(deployment, 'scaled-object', {
    metadata: { name: deployment.name, annotations: wave('workload') },
    spec: {
      scaleTargetRef: { name: deployment.name },
      minReplicaCount: environment.sidekiq.replicas,
      maxReplicaCount: scaling.max,
      triggers: [
        {
          type: 'datadog',
          name: 'latency',
          // A wait is not shared among the processes, as a length is: while it is twice what it may be, there are twice as many.
          metricType: 'Value',
          // The autoscaler asks four times a minute, and Datadog counts its questions.
          useCachedMetrics: true,
          metadata: {
            query: `max:eren.sidekiq.queue.latency{env:${environment.name}}`,
            queryValue: String(seconds(scaling.latency)),
            // In seconds: the app sends every 30, and it takes a while to arrive.
            age: '180',
          },
          authenticationRef: { name: logins.datadog },
        },
        ...Object.keys(environment.sidekiq.queues).map((queue) => ({
          type: 'redis',
          name: queue,
          metadata: {
            address: `${redis.host}:${redis.port}`,
            enableTLS: 'true',
            databaseIndex: '0',
            // Where Sidekiq keeps a queue.
            listName: `queue:${queue}`,
            listLength: String(scaling.jobsPerProcess),
          },
          authenticationRef: { name: logins.redis },
        })),
      ],
    },
  });
  if (environment.sidekiq.replicas === 1)
    allow(scaled, 'single-replica', 'jobs wait in Redis while it is away; more processes come with more jobs');
}

/** A Secret of its own, with what KEDA logs in by and no more. */
function login(deployment: kplus.Deployment, { cluster, environment }: AnySite) {
  const secret = `${deployment.name}-scaling`;
  externalSecret(deployment, 'scaling-secret', {
    name: secret,
    namespace: environment.namespace,
    data: {
      api_key: { entry: 'services', key: 'datadog_api_key' },
      app_key: { entry: 'services', key: 'datadog_app_key' },
      redis_password: { entry: 'redis', key: 'auth_token' },
      ...(environment.inCluster && { redis_ca: { entry: 'redis-server', key: 'ca_certificate' } }),
    },
    templates: {
      'api-key': '{{ .api_key | trim }}',
      'app-key': '{{ .app_key | trim }}',
      site: cluster.datadog.site,
      'redis-password': '{{ .redis_password | trim }}',
      // ElastiCache's certificate is signed by Amazon, whom KEDA knows.
      ...(environment.inCluster && { 'redis-ca.pem': '{{ .redis_ca | trim }}\n' }),
    },
  });
  const authentication = (system: string, keys: Readonly<Record<string, string>>) => {
    const name = `${deployment.name}-${system}`;
    new TriggerAuthentication(deployment, `${system}-login`, {
      metadata: { name, annotations: wave('prerequisites') },
      spec: {
        secretTargetRef: Object.entries(keys).map(([parameter, key]) => ({ parameter, name: secret, key })),
      },
    });
    return name;
  };
  return {
    datadog: authentication('datadog', { apiKey: 'api-key', appKey: 'app-key', datadogSite: 'site' }),
    redis: authentication('redis', {
      password: 'redis-password',
      ...(environment.inCluster && { ca: 'redis-ca.pem' }),
    }),
  };
}
