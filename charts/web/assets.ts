import { Duration, Size } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import { allow, internet, podIdentity } from '../constructs/network-policy';
import { resources } from '../constructs/resources';
import { restricted } from '../constructs/restricted';
import { wave } from '../constructs/sync-wave';
import { railsUser, selector, tags } from '../rails';
import type { Site } from '../settings';

const small = { cpu: '50m', memory: '128Mi', memoryLimit: '384Mi' } as const;

/** A name with the digest of its content, as Propshaft (8 digits) and Sprockets (64) write it. */
const fingerprinted = `*-${'[0-9a-f]'.repeat(8)}*.*`;

/**
 * Puts the assets of an image where the CDN reads them, before its first pod: a page of the canary names files that the
 * stable pods do not have. Nothing is deleted, because pages of the version before are still open in browsers.
 */
export function assetsUpload(scope: Construct, site: Site<'web'>, bucket: string): void {
  const { cluster, images } = site;
  const name = 'eren-assets';
  const labels = selector('assets');
  const account = new kplus.ServiceAccount(scope, 'assets-service-account', {
    metadata: { name, annotations: wave('prerequisites') },
    automountToken: false,
  });
  const job = new kplus.Job(scope, 'assets', {
    metadata: {
      name,
      annotations: {
        ...wave('jobs'),
        'argocd.argoproj.io/hook': 'Sync',
        // A Job cannot change, so the one of the sync before goes first.
        'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
      },
    },
    podMetadata: { labels: { ...labels, ...tags(site, 'eren-assets', images.web.tag) } },
    select: false,
    serviceAccount: account,
    automountServiceAccountToken: false,
    restartPolicy: kplus.RestartPolicy.NEVER,
    backoffLimit: 3,
    activeDeadline: Duration.minutes(10),
    securityContext: { ensureNonRoot: true, fsGroup: railsUser.group },
  });
  const assets = kplus.Volume.fromEmptyDir(scope, 'assets-files', 'assets', { sizeLimit: Size.gibibytes(1) });
  const common = {
    imagePullPolicy: kplus.ImagePullPolicy.IF_NOT_PRESENT,
    securityContext: restricted(railsUser),
    resources: resources(small),
  };
  job.addInitContainer({
    ...common,
    name: 'copy',
    image: images.web.reference,
    command: ['cp', '-R', '/rails/public/assets/.', '/assets/'],
    volumeMounts: [{ path: '/assets', volume: assets }],
  });
  const to = `s3://${bucket}/assets`;
  job.addContainer({
    ...common,
    name: 'upload',
    image: cluster.images.awsCli,
    command: ['/bin/sh', '-euc'],
    args: [
      [
        `aws s3 sync /assets ${to} --only-show-errors --size-only --exclude '*' --include '${fingerprinted}' --cache-control 'public, max-age=31536000, immutable'`,
        `aws s3 sync /assets ${to} --only-show-errors --exclude '${fingerprinted}' --cache-control 'public, max-age=3600'`,
        '',
      ].join('\n'),
    ],
    envVariables: {
      AWS_REGION: kplus.EnvValue.fromValue(cluster.region),
      // The CLI keeps its cache in the home folder, and the root is read-only.
      HOME: kplus.EnvValue.fromValue('/tmp'),
    },
    volumeMounts: [
      { path: '/assets', volume: assets, readOnly: true },
      {
        path: '/tmp',
        volume: kplus.Volume.fromEmptyDir(scope, 'assets-tmp', 'tmp', { sizeLimit: Size.mebibytes(256) }),
      },
    ],
  });
  allow(scope, 'assets-network-policy', {
    name,
    pods: labels,
    to: [{ peers: [internet], port: 443 }, podIdentity],
  });
}
