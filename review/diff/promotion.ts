import { groupedBy } from '../model/collections';
import { parseReference } from '../model/images';
import type { ObjectReport, Verdict } from './report';

/** What git knows of an image that a change brings to an environment. */
export interface Promotion {
  readonly environment: string;
  readonly app: string;
  /** Tags; `before` is absent for a first one. */
  readonly before?: string;
  readonly after: string;
  /** The commits of the app between the two. */
  readonly commits?: string;
  /** The environment that it should have run in before; absent where this is the first. */
  readonly earlier?: string;
  /** When it came there and went from there, as git says; both absent when it was never there. */
  readonly since?: string;
  readonly until?: string;
  /** The other apps of the environment, as they are after the change. */
  readonly beside: readonly { readonly app: string; readonly tag: string; readonly same: boolean }[];
  /** Whether the image brings migrations that the environment has not had. */
  readonly migrations: 'with it' | 'none' | 'pending' | 'unknown';
}

const migrations: Readonly<Record<Promotion['migrations'], string>> = {
  'with it': 'its migrations are promoted with it and run first: the old pods must get along with the new schema',
  none: 'no migration is pending: the schema is the one that it ran with',
  pending: 'migrations are pending: its pods wait until migrations is promoted too (docs/runbooks/migrate.md)',
  unknown:
    'whether a migration is pending is not known: its own migrations were never promoted; if there is one, its pods wait (docs/runbooks/migrate.md)',
};

/** Two lines for an image, which apps may share: where it comes from and ran, and what runs beside it. */
export function promotionLines(promotions: readonly Promotion[], today: string): Verdict['lines'] {
  const groups = groupedBy(
    promotions.filter(({ app }) => app !== 'migrations'),
    ({ environment, before, after }) => `${environment} ${before} ${after}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { environment, before, after, commits } = first;
    const apps = group.map(({ app }) => app);
    const others = first.beside.filter(({ app }) => !apps.includes(app));
    const beside = others
      .map(({ app, tag, same }) => `; ${app} ${same ? 'runs it too' : `stays at ${tag}`}`)
      .join('');
    return [
      {
        level: 'info',
        says: `${environment} ${apps.join(' and ')} ${before ? `${before} → ` : ''}${after}: ${ranOf(first, today)}${beside}`,
        ...(commits && { link: commits }),
      },
      {
        level: first.migrations === 'none' ? 'info' : 'warn',
        says: `${environment}: ${migrations[first.migrations]}`,
      },
    ] as const;
  });
}

function ranOf({ earlier, since, until }: Promotion, today: string): string {
  if (earlier === undefined) return 'it runs here first';
  if (since === undefined) return `it has never run in ${earlier}`;
  const minute = (time: string) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');
  if (until !== undefined) return `it ran in ${earlier} from ${minute(since)} to ${minute(until)} UTC`;
  const days = Math.floor((Date.parse(`${today}T23:59:59Z`) - Date.parse(since)) / 86_400_000);
  return `it has run in ${earlier} since ${minute(since)} UTC (${days === 0 ? 'today' : days === 1 ? '1 day' : `${days} days`})`;
}

/** Whether a text is the old one with the new image's tag, digest or reference in the place of the old image's. */
type Follows = (before: unknown, after: unknown) => boolean;

/** What follows from the images of an object's containers: labels, variables and arguments that name their version. */
export function versionFollowers(
  { changes }: Pick<ObjectReport, 'changes'>,
  others: readonly ObjectReport[] = [],
): Follows {
  const images = [...changes, ...others.flatMap((each) => each.changes)].flatMap(({ path, before, after }) =>
    path.endsWith('.image') && typeof before === 'string' && typeof after === 'string'
      ? [[before, after] as const]
      : [],
  );
  const words = images.flatMap(([before, after]) => {
    const [was, is] = [parseReference(before), parseReference(after)];
    if (was.name !== is.name) return [];
    return [
      [before, after],
      [was.digest, is.digest],
      [was.tag, is.tag],
    ] as const;
  });
  return (before, after) => {
    if (typeof before !== 'string' || typeof after !== 'string') return false;
    return words.some(
      ([was, is]) => was !== undefined && is !== undefined && was !== is && before.replaceAll(was, is) === after,
    );
  };
}

/** Whether all that differs is an image and what follows from it. */
export function isPromotion(objects: readonly ObjectReport[]): boolean {
  const follows = versionFollowers({ changes: [] }, objects);
  const real = objects.filter(({ status, changes }) => status !== 'changed' || changes.length > 0);
  return (
    real.length > 0 &&
    real.every(
      ({ status, changes }) =>
        status === 'changed' && changes.every(({ before, after }) => follows(before, after)),
    )
  );
}
