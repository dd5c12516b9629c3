import type * as kplus from 'cdk8s-plus-28';
import { ScaledObject } from '../../imports/scaled-object-keda.sh';
import { TriggerAuthentication } from '../../imports/trigger-authentication-keda.sh';
import { allow } from '../constructs/allow';
import type { Peer } from '../constructs/network-policy';
import { wave } from '../constructs/sync-wave';
import type { Environment } from '../environments/environment';
import type { Site } from '../settings';

/** What KEDA's operator logs in to Redis by: the app has the password in its URL only. */
export const redisPassword = { 'redis-password': '{{ .redis_password | trim }}' };

/** Who asks Redis for the lengths: KEDA's operator, as its chart labels it. */
export const scaler: Peer = { pods: { app: 'keda-operator' }, namespace: 'keda' };

/**
 * As many processes as the longest queue asks for: how long a job waits is how many wait before it. The autoscaler that
 * KEDA makes takes the largest answer, and comes down only when five minutes asked for less.
 */
export function queueScaling(
  deployment: kplus.Deployment,
  { environment, redis }: Site,
  scaling: NonNullable<Environment['sidekiq']['scaling']>,
  secret: kplus.ISecret,
): void {
  deployment.markHasAutoscaler();
  const { name } = deployment;
  const of = (parameter: string, key: string) => ({ parameter, name: secret.name, key });
  new TriggerAuthentication(deployment, 'redis-login', {
    metadata: { name, annotations: wave('prerequisites') },
    spec: {
      secretTargetRef: [
        of('password', Object.keys(redisPassword)[0] as string),
        // ElastiCache's certificate is signed by Amazon, whom KEDA knows.
        ...(environment.inCluster ? [of('ca', 'redis-ca.pem')] : []),
      ],
    },
  });
  const scaled = new ScaledObject(deployment, 'scaled-object', {
    metadata: { name, annotations: wave('workload') },
    spec: {
      scaleTargetRef: { name },
      minReplicaCount: environment.sidekiq.replicas,
      maxReplicaCount: scaling.max,
      triggers: Object.keys(environment.sidekiq.queues).map((queue) => ({
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
        authenticationRef: { name },
      })),
    },
  });
  if (environment.sidekiq.replicas === 1)
    allow(scaled, 'single-replica', 'jobs wait in Redis while it is away; more processes come with more jobs');
}
