import { Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { containerResources } from '../constructs/resources';
import { restricted } from '../constructs/restricted';
import type { Resources } from '../environments/environment';
import { railsUser } from '../rails';
import type { AnySite } from '../settings';
import { snapshotPrefix, snapshotTag } from './names';

/** Manual snapshots of a region, unless AWS has raised it: "Quotas and constraints for Amazon RDS" in its guide. */
const quota = 100;
/** From here on there is time to clean up before a migration is held up. */
const near = 80;

/** Where one init container tells the next what it found. */
const told = { folder: '/run/migrations', nothing: '/run/migrations/nothing' };

type Container = Omit<kplus.ContainerProps, 'name' | 'command' | 'args'>;

/**
 * A snapshot of the RDS instance before a migration, waited for until it is available (the CLI gives up after half an
 * hour). None when nothing is pending. RDS never deletes one: those of migrations before are, but for the newest ones.
 *
 * @param rails how the app's image asks the database
 * @throws Error where the database is not of RDS
 */
export function takeSnapshot(
  job: kplus.Job,
  { cluster, database, environment, images }: AnySite<'migrations'>,
  { keep, resources: size }: { readonly keep: number; readonly resources: Resources },
  rails: Container,
): void {
  const { instance } = database;
  if (!instance)
    throw new Error(`'snapshot' needs an RDS instance, and the database of ${environment.name} is not one`);
  const answer = {
    path: told.folder,
    volume: kplus.Volume.fromEmptyDir(job, 'pending', 'pending', { sizeLimit: Size.mebibytes(1) }),
  };
  job.addInitContainer({
    ...rails,
    name: 'pending',
    // What cannot be asked counts as pending: a snapshot too many is cheaper than one too few.
    command: ['sh', '-c', `if bundle exec rails db:abort_if_pending_migrations; then touch ${told.nothing}; fi`],
    envVariables: { ...rails.envVariables, RAILS_MAX_THREADS: kplus.EnvValue.fromValue('1') },
    volumeMounts: [...(rails.volumeMounts ?? []), answer],
  });
  // RDS takes letters, digits and single hyphens; a tag may have more.
  const version = images.migrations.tag.replace(/[^A-Za-z0-9]+/g, '-');
  const ours = `DBSnapshots[?Status=='available' && TagList[?Key=='${snapshotTag.key}' && Value=='${snapshotTag.value}']]`;
  // As JSON: of a text the CLI applies the query to each page by itself.
  const describe = 'aws rds describe-db-snapshots --snapshot-type manual --output json';
  job.addInitContainer({
    name: 'snapshot',
    image: cluster.images.awsCli,
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    securityContext: restricted(railsUser),
    resources: containerResources(size),
    command: ['/bin/sh', '-euc'],
    args: [
      [
        `if [ -e ${told.nothing} ]; then echo 'nothing is pending: no snapshot'; exit 0; fi`,
        `old=$(${describe} --db-instance-identifier "$INSTANCE" --query "join(' ', reverse(sort_by(${ours}, &SnapshotCreateTime))[${keep}:].DBSnapshotIdentifier)") || echo 'warning: old snapshots cannot be listed'`,
        `for each in $(echo "$old" | tr -d '"'); do`,
        `  if aws rds delete-db-snapshot --db-snapshot-identifier "$each" --query DBSnapshot.DBSnapshotIdentifier --output text; then echo "deleted $each: older than the last ${keep}"; else echo "warning: $each cannot be deleted"; fi`,
        'done',
        `count=$(${describe} --query 'length(DBSnapshots)') || count=unknown`,
        `echo "manual snapshots in the region: $count of ${quota}"`,
        `if [ "$count" != unknown ] && [ "$count" -ge ${near} ]; then echo 'warning: near the quota, at which migrations stop; delete old ones (docs/runbooks/migrate.md#snapshots)'; fi`,
        'snapshot=$SNAPSHOT-$(date -u +%Y%m%d%H%M%S)',
        `aws rds create-db-snapshot --db-instance-identifier "$INSTANCE" --db-snapshot-identifier "$snapshot" --tags "Key=environment,Value=$ENVIRONMENT" "Key=before,Value=$VERSION" Key=${snapshotTag.key},Value=${snapshotTag.value} --query DBSnapshot.DBSnapshotIdentifier --output text`,
        'aws rds wait db-snapshot-available --db-snapshot-identifier "$snapshot"',
        'echo "$snapshot is available"',
        '',
      ].join('\n'),
    ],
    envVariables: {
      AWS_REGION: kplus.EnvValue.fromValue(cluster.region),
      // The CLI keeps its cache in the home folder, and the root is read-only.
      HOME: kplus.EnvValue.fromValue('/tmp'),
      // What is not this file's own comes to the shell as a variable, and never as a part of its text.
      INSTANCE: kplus.EnvValue.fromValue(instance),
      SNAPSHOT: kplus.EnvValue.fromValue(`${snapshotPrefix(instance)}${version}`),
      ENVIRONMENT: kplus.EnvValue.fromValue(environment.name),
      VERSION: kplus.EnvValue.fromValue(images.migrations.tag),
    },
    volumeMounts: [
      { ...answer, readOnly: true },
      {
        path: '/tmp',
        volume: kplus.Volume.fromEmptyDir(job, 'snapshot-tmp', 'snapshot-tmp', { sizeLimit: Size.mebibytes(256) }),
      },
    ],
  });
}
