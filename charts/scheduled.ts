import { ApiObject, Chart, Cron, Duration, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { openNetwork } from './constructs/network-policy';
import { PgBouncer } from './constructs/pgbouncer';
import { containerResources } from './constructs/resources';
import { wave } from './constructs/sync-wave';
import { seconds } from './environments/units';
import {
  componentLabels,
  poollessEgress,
  poolStatistics,
  railsContainer,
  railsEgress,
  railsEnvironment,
  railsPool,
  railsSecret,
  railsUser,
  releaseLabels,
} from './rails';
import type { Site } from './settings';

/** Work that nobody clicks on, and the pod that a person works in. */
export class ScheduledChart extends Chart {
  constructor(scope: Construct, id: string, site: Site<'sidekiq'>) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { schedules, console, connections } = site.environment;
    const secret = railsSecret(this, 'eren-scheduled', site);

    // They enqueue a job and end: what it finds and does is Sidekiq's, tried again there and seen there. So they have no
    // pool, and hold none of the few connections at the full hour, when most is going on.
    const enqueuer = { ...schedules, suspend: false, component: 'scheduled' };
    railsCronJob(this, 'event-reminders', site, secret, {
      ...enqueuer,
      schedule: schedules.eventReminders,
      command: ['bundle', 'exec', 'rails', 'events:enqueue_reminders'],
    });
    railsCronJob(this, 'database-cleanup', site, secret, {
      ...enqueuer,
      schedule: schedules.databaseCleanup,
      command: ['bundle', 'exec', 'rails', 'maintenance:enqueue_cleanup'],
    });
    openNetwork(this, 'enqueuers-network-policy', {
      name: 'eren-scheduled',
      pods: componentLabels('scheduled'),
      to: poollessEgress(site),
    });

    const account = new kplus.ServiceAccount(this, 'console-service-account', {
      metadata: { name: 'eren-console', annotations: wave('prerequisites') },
      automountToken: false,
    });
    railsCronJob(this, 'console', site, secret, {
      ...console,
      component: 'console',
      // Never runs: `kubectl create job --from=cronjob/eren-console` makes a pod that waits for somebody to enter.
      schedule: '0 0 1 1 *',
      suspend: true,
      command: ['sleep', 'infinity'],
      account,
      connections: connections.console,
    });
    openNetwork(this, 'console-network-policy', {
      name: 'eren-console',
      pods: componentLabels('console'),
      from: [poolStatistics(site)],
      to: railsEgress(site),
    });
  }
}

interface RailsCronJobProps extends Pick<Site['environment']['console'], 'deadline' | 'resources'> {
  readonly component: string;
  readonly schedule: string;
  readonly suspend: boolean;
  readonly command: string[];
  readonly account?: kplus.ServiceAccount;
  /** Server connections of its own pool; it has no pool when absent. */
  readonly connections?: number;
}

/** A CronJob `eren-<id>` of Sidekiq's image: the jobs it enqueues are those that the running Sidekiq knows. */
function railsCronJob(
  scope: Construct,
  id: string,
  site: Site<'sidekiq'>,
  secret: kplus.ISecret,
  props: RailsCronJobProps,
) {
  const name = `eren-${id}`;
  const image = site.images.sidekiq;
  const labels = componentLabels(props.component);
  const cronJob = new kplus.CronJob(scope, id, {
    metadata: { name, labels, annotations: wave('workload') },
    podMetadata: { labels: { ...labels, ...releaseLabels(site, name, image.tag) } },
    schedule: new Cron(parts(props.schedule)),
    // Else it would be the zone of EKS' controller manager.
    timeZone: 'Etc/UTC',
    suspend: props.suspend,
    concurrencyPolicy: kplus.ConcurrencyPolicy.FORBID,
    // After an outage it still runs, once; later than this it waits for its next time.
    startingDeadline: Duration.minutes(10),
    successfulJobsRetained: 1,
    failedJobsRetained: 3,
    backoffLimit: props.suspend ? 0 : 2,
    activeDeadline: Duration.seconds(seconds(props.deadline)),
    serviceAccount: props.account,
    automountServiceAccountToken: false,
    terminationGracePeriod: Duration.seconds(10),
    securityContext: { ensureNonRoot: true, fsGroup: railsUser.group },
  });
  // cdk8s-plus has no labels for its Jobs, and a person looks for them by label.
  ApiObject.of(cronJob).addJsonPatch(JsonPatch.add('/spec/jobTemplate/metadata', { labels }));
  if (props.connections)
    new PgBouncer(cronJob, 'pgbouncer', railsPool(site, `${name}-pgbouncer`, props.connections));
  cronJob.addContainer({
    ...railsContainer(cronJob, site, secret),
    name: id,
    image: image.reference,
    command: props.command,
    envVariables: {
      ...railsEnvironment(site, name, image.tag, secret),
      // Where a console keeps its history; the image's home folder is read-only.
      HOME: kplus.EnvValue.fromValue('/tmp'),
    },
    resources: containerResources(props.resources),
  });
}

function parts(line: string) {
  const [minute, hour, day, month, weekDay] = line.split(' ');
  return { minute, hour, day, month, weekDay };
}
