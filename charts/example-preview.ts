import { parseImage } from './environments/image';
import { previewEnvironment } from './environments/preview-environment';
import { appNames } from './images';
import type { PreviewSite, Settings } from './settings';

/**
 * A preview as it would be, for what is the same for all: what their project of Argo CD allows.
 *
 * @returns nothing when the settings have none
 */
export function examplePreview({ cluster, outputs, sites }: Omit<Settings, 'previews'>): PreviewSite | undefined {
  const like = sites.find(({ environment }) => environment.name === cluster.preview?.like);
  if (!cluster.preview || !like) return undefined;
  const image = parseImage(`example.org/e-ren:0@sha256:${'0'.repeat(64)}`);
  const { database, redis } = like;
  return {
    number: '0',
    cluster,
    outputs,
    environment: previewEnvironment(cluster.preview, like.environment, '0'),
    images: Object.fromEntries(appNames.map((app) => [app, image])) as PreviewSite['images'],
    stable: {},
    database,
    redis,
  };
}
