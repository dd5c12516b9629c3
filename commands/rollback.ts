import type { Image } from '../charts/environments/image';
import type { App, AppName } from '../charts/images';
import program from '../charts/program.json';
import { say } from './command';
import { checkNames, type DeployOptions, deploy, deployCommand, exitWith, listed, textOrNothing } from './deploy';
import { git, patiently } from './git';
import { imagesOf, wayTo, wentBackFrom } from './history';
import { atHead, isOwnClone } from './own-clone';
import { promoted } from './promoted';

interface RollbackOptions extends DeployOptions {
  readonly to?: string;
}

/** Where to, and what a person should know of it. */
interface Target {
  readonly image: Image;
  readonly note?: string;
}

deployCommand('rollback', 'Makes an environment run the last stable image before the current one again.', [
  'npm run rollback -- production web --push                   back to the last image that a canary has passed',
  'npm run rollback -- production web sidekiq --push           both, in one commit',
  'npm run rollback -- production web --to 4f2c9de-121 --push  back to any other; one that has not passed a canary goes through one',
])
  .argument('<app...>', 'for example web')
  .option(
    '--to <tag or digest>',
    'go to another image; the history of git has every one that the environment has had',
  )
  .action((environment: string, words: string[], options: RollbackOptions) =>
    exitWith(async () => {
      const apps = await checkNames(environment, words);
      if (options.push && !isOwnClone()) return elsewhere(environment, options);
      await deploy(
        {
          environment,
          apps,
          choose: async () => {
            const images: Partial<Record<AppName, string>> = {};
            const notes: string[] = [];
            for (const app of apps) {
              const looking = targetOf(environment, app, options.to);
              const { image, note } = await patiently(`reading the history of ${app}`, looking);
              images[app] = image.reference;
              if (note) notes.push(note);
            }
            return { images, notes };
          },
          subject: (groups) =>
            `roll back ${listed(groups.map(({ apps, tag }) => `${apps} in ${environment} to ${tag}`))}`,
        },
        options,
      );
    }),
  )
  .parseAsync();

async function elsewhere(environment: string, options: RollbackOptions): Promise<void> {
  process.exitCode = await atHead('commands/rollback.ts', options);
  if (process.exitCode === 0)
    say(
      `Argo CD applies it within some minutes; watch it with ${program.command} status ${environment}. This clone is as it was: git pull brings the commit.`,
    );
}

/**
 * The last stable image on the way to the current one, or the last that has this tag or digest. An image that was gone back
 * from is on no way, so it is only returned to by name.
 */
async function targetOf(environment: string, app: AppName, to: string | undefined): Promise<Target> {
  const { apps, imageFile, parseStable, stableFile } = await promoted();
  const { judge, forward }: App = apps[app];
  if (forward)
    throw new Error(
      `${app} of ${environment} never go back: the versions before work with the newer schema; repair it by a new migration (docs/runbooks/migrate.md#undo)`,
    );
  const file = imageFile(environment, app);
  const held = await imagesOf(file, textOrNothing(file));
  const record = judge && stableFile(environment, judge);
  const stable = record ? parseStable(textOrNothing(record) ?? '') : [];
  const isStable = (image: Image) => stable.some(({ reference }) => reference === image.reference);
  const judged = (image: Image) =>
    app === judge && !isStable(image)
      ? `no canary has passed ${image.tag} in ${environment}: it walks one`
      : undefined;
  if (to !== undefined) {
    const image = held.find(({ tag, digest }) => [tag, digest].includes(to));
    if (image) return { image, note: judged(image) };
    throw await missing(file, `no image ${JSON.stringify(to)}`, `use one of ${choices(held)}`);
  }
  const [current, ...before] = wayTo(held);
  const left = wentBackFrom(held);
  if (left)
    throw new Error(
      `${file}: the last deploy went back from ${left.tag} to ${current?.tag}; to go further, or to take that back, say where: --to <tag or digest>, one of ${choices(held.slice(1))}`,
    );
  const remedy = `deploy another one with npm run promote -- ${environment} ${app} <image>`;
  if (before.length === 0) throw await missing(file, 'no image before the current one', remedy);
  const image = stable.length > 0 ? before.find(isStable) : before[0];
  if (!image)
    throw await missing(
      file,
      `no image before the current one that ${record} calls stable`,
      `say where to, and it walks the canary: --to <tag or digest>, one of ${choices(before)}`,
    );
  const unknown = record && stable.length === 0;
  return {
    image,
    note: unknown ? `${record} calls nothing stable yet: ${image.tag} is the one before` : judged(image),
  };
}

function choices(images: readonly Image[]): string {
  return [...new Set(images.map(({ tag }) => tag))].slice(0, 10).join(', ');
}

async function missing(file: string, what: string, remedy: string): Promise<Error> {
  const isShallow = (await git('rev-parse', '--is-shallow-repository')) === 'true';
  return new Error(
    isShallow
      ? `${file}: ${what} in this clone, which is shallow; run git fetch --unshallow, then this again`
      : `${file}: ${what} in its history; ${remedy}`,
  );
}
