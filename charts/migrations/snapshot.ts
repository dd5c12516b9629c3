import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { resources } from '../constructs/resources';
import { restricted } from '../constructs/restricted';
import type { Resources } from '../environments/environment';
import { railsUser } from '../rails';
import type { Site } from '../settings';

/**
 * A snapshot of the RDS instance before anything else in the pod, waited for until it is available (the CLI gives up
 * after half an hour). RDS never deletes it: the runbook does.
 *
 * @throws Error where the database is not of RDS
 */
export function takeSnapshot(
  job: kplus.Job,
  { cluster, database, environment, images }: Site,
  size: Resources,
): void {
  const { instance } = database;
  if (!instance)
    throw new Error(`'snapshot' needs an RDS instance, and the database of ${environment.name} is none`);
  // RDS takes letters, digits and single hyphens; a tag may have more.
  const version = images.web.tag.replace(/[^A-Za-z0-9]+/g, '-');
  job.addInitContainer({
    name: 'snapshot',
    image: cluster.images.awsCli,
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    securityContext: restricted(railsUser),
    resources: resources(size),
    command: ['/bin/sh', '-euc'],
    args: [
      [
        `snapshot=${instance}-${version}-$(date -u +%Y%m%d%H%M%S)`,
        `aws rds create-db-snapshot --db-instance-identifier ${instance} --db-snapshot-identifier "$snapshot" --tags Key=environment,Value=${environment.name} Key=before,Value=${images.web.tag} --query DBSnapshot.DBSnapshotIdentifier --output text`,
        'aws rds wait db-snapshot-available --db-snapshot-identifier "$snapshot"',
        'echo "$snapshot is available"',
        '',
      ].join('\n'),
    ],
    envVariables: {
      AWS_REGION: kplus.EnvValue.fromValue(cluster.region),
      // The CLI keeps its cache in the home folder, and the root is read-only.
      HOME: kplus.EnvValue.fromValue('/tmp'),
    },
    volumeMounts: [
      {
        path: '/tmp',
        volume: kplus.Volume.fromEmptyDir(job, 'snapshot-tmp', 'snapshot-tmp', { sizeLimit: Size.mebibytes(256) }),
      },
    ],
  });
}
