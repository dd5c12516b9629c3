import { Chart, Cron, Duration } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { clusterScoped } from './constructs/cluster-scoped';
import { closeNetwork, internet, openNetwork, podIdentity } from './constructs/network-policy';
import { podSecurityLabels } from './constructs/pod-security';
import { containerResources } from './constructs/resources';
import { restricted } from './constructs/restricted';
import { keepWhenRemoved, wave } from './constructs/sync-wave';
import { systemLabel } from './constructs/system';
import { backupNamespace, jenkinsNamespace } from './environments/namespaces';
import { homeClaim } from './jenkins/names';
import { serviceAccount } from './jenkins/service-accounts';
import type { Settings } from './settings';

const name = 'jenkins-backup';

/**
 * Snapshots of Jenkins' volume, by the AWS CLI and Pod Identity: the cluster has no snapshot controller, and a Job needs
 * none. Each is encrypted like its volume and holds what was written until its start, as after a power failure.
 *
 * In a namespace of its own: whoever may make pods in Jenkins' could use any account there, and this one may delete
 * snapshots.
 */
export class BackupChart extends Chart {
  constructor(scope: Construct, id: string, { cluster }: Settings) {
    super(scope, id, { namespace: backupNamespace, disableResourceNameHashes: true });
    clusterScoped(
      new kplus.k8s.KubeNamespace(this, 'namespace', {
        metadata: {
          name: this.namespace,
          labels: podSecurityLabels('restricted', cluster.kubernetes),
          annotations: { ...wave('namespace'), ...keepWhenRemoved },
        },
      }),
    );
    closeNetwork(this);
    const { schedule, keep, resources: size } = cluster.jenkins.backup;
    const labels = {
      'app.kubernetes.io/name': name,
      'app.kubernetes.io/component': 'backup',
      ...systemLabel(this),
    };
    const job = new kplus.CronJob(this, 'snapshot', {
      metadata: { name, annotations: wave('workload') },
      schedule: new Cron(fields(schedule)),
      timeZone: 'Etc/UTC',
      concurrencyPolicy: kplus.ConcurrencyPolicy.FORBID,
      startingDeadline: Duration.hours(1),
      successfulJobsRetained: 1,
      failedJobsRetained: 1,
      podMetadata: { labels },
      serviceAccount: serviceAccount(this, name),
      automountServiceAccountToken: false,
      restartPolicy: kplus.RestartPolicy.NEVER,
      // A second attempt would take a second snapshot; the next day is soon enough.
      backoffLimit: 0,
      activeDeadline: Duration.minutes(20),
      securityContext: { ensureNonRoot: true },
    });
    job.addContainer({
      name: 'snapshot',
      image: cluster.images.awsCli,
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      command: ['/bin/bash', '-euo', 'pipefail', '-c'],
      args: [script],
      envVariables: {
        AWS_REGION: kplus.EnvValue.fromValue(cluster.region),
        // The CLI keeps its cache in the home folder, and the root is read-only.
        HOME: kplus.EnvValue.fromValue('/tmp'),
        CLAIM: kplus.EnvValue.fromValue(homeClaim),
        NAMESPACE: kplus.EnvValue.fromValue(jenkinsNamespace),
        KEEP: kplus.EnvValue.fromValue(String(keep)),
      },
      resources: containerResources(size),
      securityContext: restricted({ user: 1000, group: 1000 }),
      volumeMounts: [{ path: '/tmp', volume: kplus.Volume.fromEmptyDir(this, 'tmp', 'tmp') }],
    });
    openNetwork(this, 'network-policy', {
      name,
      pods: labels,
      to: [{ peers: [internet], port: 443 }, podIdentity],
    });
  }
}

/** The EBS driver tags a volume with its claim; only the one in use counts, where a restored one has a predecessor. */
const script = `claim() { echo "Name=tag:kubernetes.io/created-for/pvc/$1,Values=$2"; }
volume=$(aws ec2 describe-volumes --filters Name=status,Values=in-use "$(claim namespace "$NAMESPACE")" "$(claim name "$CLAIM")" --query 'Volumes[].VolumeId' --output text)
snapshot=$(aws ec2 create-snapshot --volume-id "$volume" --description "$NAMESPACE/$CLAIM" --tag-specifications "ResourceType=snapshot,Tags=[{Key=backup,Value=$CLAIM}]" --query SnapshotId --output text)
aws ec2 wait snapshot-completed --snapshot-ids "$snapshot"
echo "$snapshot of $volume is complete"
old=$(aws ec2 describe-snapshots --owner-ids self --filters "Name=tag:backup,Values=$CLAIM" Name=status,Values=completed --query "sort_by(Snapshots,&StartTime)[:-$KEEP].SnapshotId" --output text)
for each in $old; do aws ec2 delete-snapshot --snapshot-id "$each"; done
`;

function fields(line: string) {
  const [minute, hour, day, month, weekDay] = line.split(' ');
  return { minute, hour, day, month, weekDay };
}
