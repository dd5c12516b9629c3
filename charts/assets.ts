import { Chart, Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { assetMarks } from './assets/marks';
import { internet, openNetwork, podIdentity } from './constructs/network-policy';
import { containerResources } from './constructs/resources';
import { restricted } from './constructs/restricted';
import { wave } from './constructs/sync-wave';
import { componentLabels, railsUser, releaseLabels } from './rails';
import type { Site } from './settings';

const name = 'eren-assets';
const small = { cpu: '50m', memory: '128Mi', memoryLimit: '384Mi' } as const;
const year = 'public, max-age=31536000, immutable';

/** A name with the digest of its content, as Propshaft (8 digits) and Sprockets (64) write it. */
const fingerprinted = `*-${'[0-9a-f]'.repeat(8)}*.*`;

/**
 * Puts the assets of web's image where the CDN reads them: a page of the canary names files that the stable pods do not
 * have. Nothing is deleted, because pages of the version before are still open in browsers, and a rollback finds its own.
 *
 * An Application of its own, so that no commit of web waits for it: the pods of an image wait for its mark instead.
 */
export class AssetsChart extends Chart {
  constructor(scope: Construct, id: string, site: Site<'web'>, bucket: string) {
    super(scope, id, { namespace: site.environment.namespace, disableResourceNameHashes: true });
    const { cluster, images } = site;
    const labels = componentLabels('assets');
    const account = new kplus.ServiceAccount(this, 'service-account', {
      metadata: { name, annotations: wave('prerequisites') },
      automountToken: false,
    });
    const job = new kplus.Job(this, 'job', {
      metadata: {
        name,
        annotations: {
          ...wave('jobs'),
          'argocd.argoproj.io/hook': 'Sync',
          // A Job cannot change, so the one of the sync before goes first.
          'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
        },
      },
      podMetadata: { labels: { ...labels, ...releaseLabels(site, name, images.web.tag) } },
      select: false,
      serviceAccount: account,
      automountServiceAccountToken: false,
      restartPolicy: kplus.RestartPolicy.NEVER,
      backoffLimit: 3,
      // With Argo CD's pause between two attempts less than a canary has until its deadline: a Job that hangs does not
      // cost the release after it its time as well.
      activeDeadline: Duration.minutes(5),
      securityContext: { ensureNonRoot: true, fsGroup: railsUser.group },
    });
    const mark = `${assetMarks.folder}/${images.web.tag}`;
    const files = { path: '/assets', volume: volume(this, 'assets', Size.gibibytes(1)) };
    const common = {
      imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
      securityContext: restricted(railsUser),
      resources: containerResources(small),
    };
    const cli = {
      ...common,
      image: cluster.images.awsCli,
      command: ['/bin/sh', '-euc'],
      envVariables: {
        AWS_REGION: kplus.EnvValue.fromValue(cluster.region),
        // The CLI keeps its cache in the home folder, and the root is read-only.
        HOME: kplus.EnvValue.fromValue('/tmp'),
        BUCKET: kplus.EnvValue.fromValue(bucket),
        MARK: kplus.EnvValue.fromValue(mark),
        IMAGE: kplus.EnvValue.fromValue(images.web.reference),
      },
      volumeMounts: [files, { path: '/tmp', volume: volume(this, 'tmp', Size.mebibytes(256)) }],
    };
    const there = '/assets/.there';
    // By a listing, because its role may write and list, and read nothing. A longer tag may begin with this one.
    job.addInitContainer({
      ...cli,
      name: 'look',
      args: [
        lines(
          `found=$(aws s3api list-objects-v2 --bucket "$BUCKET" --prefix "$MARK" --query "Contents[?Key=='$MARK'].Key" --output text) || found=`,
          `if [ "$found" = "$MARK" ]; then touch ${there}; fi`,
        ),
      ],
    });
    job.addInitContainer({
      ...common,
      name: 'copy',
      image: images.web.reference,
      command: ['/bin/sh', '-euc'],
      args: [lines(`[ -e ${there} ] || cp -R /rails/public/assets/. /assets/`)],
      volumeMounts: [files],
    });
    const to = '"s3://$BUCKET/assets"';
    const put = (key: string) =>
      `aws s3 cp /tmp/mark "s3://$BUCKET/${key}" --only-show-errors --content-type text/plain --cache-control '${year}'`;
    job.addContainer({
      ...cli,
      name: 'upload',
      args: [
        lines(
          `if [ -e ${there} ]; then echo "the assets of $IMAGE are there"; exit; fi`,
          `aws s3 sync /assets ${to} --only-show-errors --size-only --exclude '*' --include '${fingerprinted}' --cache-control '${year}'`,
          `aws s3 sync /assets ${to} --only-show-errors --exclude '${fingerprinted}' --cache-control 'public, max-age=3600'`,
          // Last: who sees the mark finds every file.
          'echo "$IMAGE" >/tmp/mark',
          put(`${assetMarks.folder}/${assetMarks.any}`),
          put('$MARK'),
        ),
      ],
    });
    // A hook is left out when Argo CD compares, so an Application of hooks is never OutOfSync and would run none. This
    // object is what changes with the image, and it is written when the Job has succeeded.
    new kplus.ConfigMap(this, 'uploaded', {
      metadata: { name, annotations: wave('workload') },
      data: { image: images.web.reference },
    });
    openNetwork(this, 'network-policy', {
      name,
      pods: labels,
      to: [{ peers: [internet], port: 443 }, podIdentity],
    });
  }
}

function volume(scope: Construct, name: string, sizeLimit: Size): kplus.Volume {
  return kplus.Volume.fromEmptyDir(scope, `volume-${name}`, name, { sizeLimit });
}

function lines(...of: string[]): string {
  return `${of.join('\n')}\n`;
}
