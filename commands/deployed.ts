import type { Image } from '../charts/environments/image';
import type { App } from '../charts/images';
import program from '../charts/program.json';
import { type DeployedPreview, previewsAt } from './deployed-previews';
import { type Freeze, freezesAt } from './freezes';
import { git, gitConfirms, gitObjects } from './git';
import { promoted } from './promoted';

/** What one app of an environment runs, as the branch that Argo CD reads says. */
export interface DeployedApp {
  readonly app: string;
  /** Absent for an app that has not come there yet. */
  readonly tag?: string;
  readonly digest?: string;
  readonly since?: string;
  readonly by?: string;
  readonly commit?: string;
  /** Whether its canary has been recorded as passed; absent where no canary judges it. */
  readonly passed?: boolean;
}

export interface Deployed {
  /** What was read: `origin/main` as it was last fetched, or the work tree's commit. */
  readonly ref: string;
  readonly commit: string;
  readonly committed: string;
  readonly environments: readonly {
    readonly environment: string;
    readonly apps: readonly DeployedApp[];
    readonly pending: readonly string[];
    /** That in force. */
    readonly freeze?: Freeze;
  }[];
  /** Those that are open. */
  readonly previews: readonly DeployedPreview[];
}

/**
 * Reads what has been promoted, from git alone: no network, no cluster.
 *
 * @param asked environments to tell of
 * @param all environments in the order in which an image goes through them, the first one last
 * @param branch that Argo CD reads
 */
export async function deployedAt(
  asked: readonly string[],
  all: readonly string[],
  branch: string,
): Promise<Deployed> {
  const remote = `origin/${branch}`;
  const ref = (await gitConfirms('rev-parse', '--verify', '--quiet', remote)) ? remote : 'HEAD';
  const [commit = '', committed = ''] = (await git('log', '-1', '--format=%H %cI', ref)).split(' ');
  const { appNames, apps, imageFile, parseStable, stableFile } = await promoted();
  const { parseImage } = await import('../charts/environments/image');
  const files = [...new Set([...asked, ...all])].flatMap((environment) =>
    appNames.flatMap((app) => [imageFile(environment, app), stableFile(environment, app)]),
  );
  const texts = new Map(
    (await gitObjects(files.map((file) => `${commit}:./${file}`))).map((text, i) => [files[i], text] as const),
  );
  const imageOf = (environment: string, app: string): Image | undefined => {
    const text = texts.get(imageFile(environment, app));
    const image = text === undefined ? undefined : parseImage(text.trimEnd());
    // What stands there before the first build.
    return image && /^sha256:0+$/.test(image.digest) ? undefined : image;
  };
  const freezes = await freezesAt(commit, asked);
  const told = await Promise.all(
    asked.map(async (environment) => {
      const shown = await Promise.all(
        appNames.map(async (app): Promise<DeployedApp> => {
          const image = imageOf(environment, app);
          if (!image) return { app };
          const format = '--format=%h%x09%cI%x09%an';
          const line = await git('log', '-1', '--first-parent', format, commit, '--', imageFile(environment, app));
          const [by, since, name] = line.split('\t');
          const { judge }: App = apps[app];
          const stable = judge === app && parseStable(texts.get(stableFile(environment, app)) ?? '');
          return {
            app,
            tag: image.tag,
            digest: image.digest,
            since,
            by: name,
            commit: by,
            ...(stable && { passed: stable[0]?.reference === image.reference }),
          };
        }),
      );
      const freeze = freezes.get(environment);
      return { environment, apps: shown, pending: pendingOf(environment, shown), ...(freeze && { freeze }) };
    }),
  );
  return { ref, commit, committed, environments: told, previews: await previewsAt(commit) };

  function pendingOf(environment: string, shown: readonly DeployedApp[]): string[] {
    const open = shown
      .filter(({ passed }) => passed === false)
      .map(
        ({ app, tag }) =>
          `the canary of ${app} ${tag} has not been recorded as passed: it is under way, or it was aborted`,
      );
    const source = all.find((other) => other !== environment);
    const first = all.at(-1) === environment ? undefined : source;
    const waiting = first
      ? shown.flatMap(({ app, digest }) => {
          const there = imageOf(first, app);
          return there && there.digest !== digest ? [`${app} ${there.tag}`] : [];
        })
      : [];
    return [
      ...open,
      ...(waiting.length > 0
        ? [`${first} runs ${waiting.join(', ')}: ${program.command} promote ${environment} --from ${first} --push`]
        : []),
    ];
  }
}
