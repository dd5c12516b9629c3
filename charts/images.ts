import { type Image, parseImage } from './environments/image';
import { quoted } from './environments/visible';

/** How an app's versions follow each other. */
export interface App {
  /** Whose canary judges them: a rollback goes to one that it has passed. Absent: to the one before. */
  readonly judge?: string;
  /** It never goes back. Where there is one, its schema is promoted with it. */
  readonly forward?: boolean;
}

/** Apps whose image is promoted, each by a file of its own: `charts/environments/images/<environment>/<app>.txt`. */
export const apps = {
  web: { judge: 'web' },
  // It has no traffic that tells a good version from a bad one, and runs the same image.
  sidekiq: { judge: 'web' },
  // A schema that has been expanded carries the versions before as well (docs/runbooks/migrate.md).
  migrations: { forward: true },
} as const satisfies Readonly<Record<string, App>>;
export type AppName = keyof typeof apps;
export const appNames = Object.keys(apps) as AppName[];

/** Which migrations an image brings. */
export interface Schema {
  /** A digest of the migrations' files, or the image's own when nobody said: then it may hold any. */
  readonly id: string;
  /** The tag of the first image that brought exactly these. */
  readonly since: string;
}

/** What has been promoted to an environment. An app without an image has not come there yet. */
export interface Promoted<Present extends AppName = never> {
  readonly images: Readonly<Partial<Record<AppName, Image>> & Record<Present, Image>>;
  /** Images that a canary has passed, by the app that was judged, the last one first. */
  readonly stable: Readonly<Partial<Record<AppName, readonly Image[]>>>;
  readonly schema?: Schema;
}

/** Where those of the repository's own system lie. */
const ofRoot = 'charts/environments';

/** The old ReplicaSets that the Rollout keeps, and the stable one: what is older has no pods to go back to at once. */
export const oldReplicaSets = 5;
const stableKept = oldReplicaSets + 1;

/** @param of where a system's images and freezes lie */
export function imageFile(environment: string, app: string, of = ofRoot): string {
  return `${of}/images/${environment}/${app}.txt`;
}

/** Written only by what has seen an app's canary succeed. */
export function stableFile(environment: string, app: string, of = ofRoot): string {
  return `${of}/images/${environment}/${app}.stable.txt`;
}

export function schemaFile(environment: string, of = ofRoot): string {
  return `${of}/images/${environment}/migrations.schema.txt`;
}

/** A file of the repository; nothing when there is none of that name. */
export type Read = (path: string) => string | undefined;

/**
 * Reads what has been promoted to an environment.
 *
 * @param isDelivered whether the manifests of an app are in the tree, so that its image cannot have been forgotten
 * @param problems is given what is wrong: file, value, remedy
 */
export function loadPromoted(
  environment: string,
  read: Read,
  isDelivered: (app: AppName) => boolean,
  problems: string[],
): Promoted {
  const images: Partial<Record<AppName, Image>> = {};
  const stable: Partial<Record<AppName, readonly Image[]>> = {};
  const attempt = <T>(file: string, parse: (text: string) => T): T | undefined => {
    const text = read(file);
    try {
      return text === undefined ? undefined : parse(text);
    } catch (error) {
      problems.push(`${file}: ${(error as Error).message}`);
      return undefined;
    }
  };
  const missing = appNames.filter((app) => read(imageFile(environment, app)) === undefined);
  const all = missing.map((app) => `${app}=<image>`).join(' ');
  for (const app of missing.filter(isDelivered))
    problems.push(
      `${imageFile(environment, app)}: is missing, and dist/${environment}/${app} would be deleted in the cluster with it; restore the file, or bring an image: npm run promote -- ${environment} ${all}`,
    );
  for (const app of appNames) {
    images[app] = attempt(imageFile(environment, app), (text) => parseImage(text.trimEnd()));
    stable[app] = attempt(stableFile(environment, app), parseStable);
  }
  const migrations = images.migrations;
  const schema = migrations && (attempt(schemaFile(environment), parseSchema) ?? schemaOf(migrations));
  return { images, stable, schema };
}

/** One image a line. */
export function parseStable(text: string): readonly Image[] {
  return text.split('\n').filter(Boolean).map(parseImage);
}

/** The record with one more image, which is now the last that was stable. */
export function withStable(before: readonly Image[], image: Image): string {
  const others = before.filter(({ reference }) => reference !== image.reference);
  const kept = [image, ...others].slice(0, stableKept);
  return kept.map(({ reference }) => `${reference}\n`).join('');
}

/** The schema of an image whose migrations nobody counted: another one than any before. */
export function schemaOf({ digest, tag }: Image): Schema {
  return { id: digest, since: tag };
}

/** @throws Error that says what the file should hold */
export function parseSchema(text: string): Schema {
  const [, id, since] = /^([0-9a-f]{40,64}|sha256:[0-9a-f]{64}) ([\w.-]+)\n?$/.exec(text) ?? [];
  if (!id || !since)
    throw new Error(
      `${quoted(text)} is not a digest and the tag of an image; npm run promote -- <environment> migrations=<image> writes it`,
    );
  return { id, since };
}

export function printSchema({ id, since }: Schema): string {
  return `${id} ${since}\n`;
}
