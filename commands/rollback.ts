import type { Image } from '../charts/environments/image';
import { accept, type DeployOptions, deploy, deployCommand, exitWith } from './deploy';
import { git, patiently } from './git';

const rolledBack = 'roll back ';

interface RollbackOptions extends DeployOptions {
  readonly to?: string;
}

deployCommand('rollback', 'Makes an environment run the image before the current one again.', [
  'npm run rollback -- production web --push                   back to the image before',
  'npm run rollback -- production web --to 4f2c9de-121 --push  back to an older one',
])
  .option('--to <tag or digest>', 'an older one: every image the environment has had is in the history')
  .action((environment: string, app: string, options: RollbackOptions) =>
    exitWith(() =>
      deploy(
        {
          environment,
          app,
          image: async (current) => {
            const found = patiently(
              'reading the history of the image',
              earlier(environment, app, current, options.to),
            );
            return accept((await found).reference, options.allowRegistry);
          },
          subject: ({ tag }) => `${rolledBack}${app} in ${environment} to ${tag}`,
        },
        options,
      ),
    ),
  )
  .parseAsync();

/** The last image that is not the current one, or the last that has this tag or digest. */
async function earlier(environment: string, app: string, current: string | null, to: string | undefined) {
  const { imageFile } = await import('../charts/settings');
  const file = imageFile(environment, app);
  const tags = new Set<string>();
  const last = await git('log', '-1', '--first-parent', '--format=%s', '--', file);
  if (!to && last.startsWith(rolledBack))
    throw new Error(
      `${file}: the last deploy was ${JSON.stringify(last)}; to go further, or to take that back, say where: --to <tag or digest>`,
    );
  for await (const image of history(file)) {
    if (to ? [image.tag, image.digest].includes(to) : image.reference !== current) return image;
    tags.add(image.tag);
  }
  const missing = to ? `no image ${JSON.stringify(to)}` : 'no image before the current one';
  if ((await git('rev-parse', '--is-shallow-repository')) === 'true')
    throw new Error(
      `${file}: ${missing} in this clone, which is shallow; run git fetch --unshallow, then this again`,
    );
  const remedy = to
    ? `use one of ${[...tags].slice(0, 10).join(', ')}`
    : `deploy another one with npm run promote -- ${environment} ${app} <image>`;
  throw new Error(`${file}: ${missing} in its history; ${remedy}`);
}

/** Every image the file has had on this branch, the last one first. */
async function* history(file: string): AsyncGenerator<Image> {
  const { parseImage } = await import('../charts/environments/image');
  const commits = await git('log', '--first-parent', '--format=%H', '--', file);
  for (const commit of commits.split('\n').filter(Boolean)) {
    const image = await git('show', `${commit}:./${file}`)
      .then(parseImage)
      .catch(() => undefined);
    // Removed there, of a time with another form, or from before the first build: nothing to go back to.
    if (image && !/^sha256:0+$/.test(image.digest)) yield image;
  }
}
