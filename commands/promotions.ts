import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Image } from '../charts/environments/image';
import type { Promotion } from '../review/diff/promotion';
import { promotedOf } from '../systems/system';
import { git, gitObjects } from './git';
import { promoted } from './promoted';
import { chosen } from './system';

/** One image that a file has held, from this commit on. */
interface Held {
  readonly image: Image;
  /** `2026-11-28T14:02:00+00:00` */
  readonly since: string;
  readonly commit: string;
}

/**
 * What git knows of every image that a change brings.
 *
 * @param changed files that differ from the base
 * @param base the commit that they are compared with
 * @param environments in the order in which an image goes through them, the first one last
 * @param application the repository of the app, for links to its commits
 */
export async function promotionsOf(
  root: string,
  changed: readonly string[],
  base: string,
  environments: readonly string[],
  application: string,
): Promise<Promotion[]> {
  const files = changed.flatMap((file) => {
    const [, environment, app] =
      new RegExp(`^${promotedOf(chosen())}/images/([^/]+)/([a-z-]+)\\.txt$`).exec(file) ?? [];
    return environment && app ? [{ file, environment, app }] : [];
  });
  if (files.length === 0) return [];
  const [{ appNames, imageFile, parseSchema, schemaFile }, { parseImage }] = await Promise.all([
    promoted(),
    import('../charts/environments/image'),
  ]);
  const imageIn = (text: string | undefined): Image | undefined =>
    attempt(() => parseImage(text?.trimEnd() ?? ''));
  const schemaIn = (text: string | undefined): string | undefined => attempt(() => parseSchema(text ?? '').id);
  const now = (path: string) => attempt(() => readFileSync(join(root, path), 'utf8'));
  const before = await gitObjects(files.map(({ file }) => `${base}:./${file}`));
  return Promise.all(
    files.flatMap(({ file, environment, app }, i) => {
      const [is, was] = [imageIn(now(file)), imageIn(before[i])];
      return is ? [promotion(environment, app, was, is)] : [];
    }),
  );

  async function promotion(
    environment: string,
    app: string,
    was: Image | undefined,
    is: Image,
  ): Promise<Promotion> {
    const first = environments.at(-1);
    const others = appNames.filter((other) => other !== app && other !== 'migrations');
    const [ran, schema] =
      first === undefined || first === environment
        ? [undefined, undefined]
        : await Promise.all([historyOf(imageFile(first, app)), schemaWith(first, is)]);
    const at = ran?.findIndex(({ image }) => image.digest === is.digest) ?? -1;
    const current = schemaIn(now(schemaFile(environment)));
    return {
      environment,
      app,
      ...(was && !isPlaceholder(was) && { before: was.tag }),
      after: is.tag,
      commits: linkOf(application, was, is),
      ...(first !== undefined && first !== environment && { earlier: first }),
      ...(ran?.[at] && { since: ran[at].since, ...(at > 0 && { until: ran[at - 1]?.since }) }),
      beside: others.flatMap((other) => {
        const image = imageIn(now(imageFile(environment, other)));
        return image ? [{ app: other, tag: image.tag, same: image.digest === is.digest }] : [];
      }),
      migrations:
        imageIn(now(imageFile(environment, 'migrations')))?.digest === is.digest
          ? 'with it'
          : schema === undefined || current === undefined
            ? 'unknown'
            : schema === current
              ? 'none'
              : 'pending',
    };
  }

  /** The schema that an environment had when its migrations were those of the image. */
  async function schemaWith(environment: string, image: Image): Promise<string | undefined> {
    const [held] = (await historyOf(imageFile(environment, 'migrations'))).filter(
      (each) => each.image.digest === image.digest,
    );
    const [text] = held ? await gitObjects([`${held.commit}:./${schemaFile(environment)}`]) : [];
    return schemaIn(text);
  }

  /** What a file has held on this branch, the last first; from when it held it. */
  async function historyOf(file: string): Promise<Held[]> {
    const lines = (
      await git('rev-list', '--first-parent', '--no-commit-header', '--format=%H %cI', 'HEAD', '--', file)
    )
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ') as [string, string]);
    const texts = await gitObjects(lines.map(([commit]) => `${commit}:./${file}`));
    const held: Held[] = [];
    for (const [i, [commit, since]] of lines.entries()) {
      const image = imageIn(texts[i]);
      if (!image || isPlaceholder(image)) continue;
      // It came with the oldest of the commits that have it one after another.
      if (held.at(-1)?.image.digest === image.digest) held.pop();
      held.push({ image, since, commit });
    }
    return held;
  }
}

function isPlaceholder({ digest }: Image): boolean {
  return /^sha256:0+$/.test(digest);
}

/** From the commit of one build to that of the other: a tag is `<sha>-<build>`. */
function linkOf(application: string, was: Image | undefined, is: Image): string | undefined {
  const commit = (image: Image | undefined) =>
    image && !isPlaceholder(image) ? /^([0-9a-f]{7,40})-/.exec(image.tag)?.[1] : undefined;
  const [from, to] = [commit(was), commit(is)];
  const page = application.replace(/\.git$/, '');
  if (to === undefined) return undefined;
  return from === undefined || from === to ? `${page}/commit/${to}` : `${page}/compare/${from}...${to}`;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
