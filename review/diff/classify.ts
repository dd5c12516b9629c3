import { apiVersion } from './classes/api-version';
import { argo } from './classes/argo';
import { availability } from './classes/availability';
import { capacity } from './classes/capacity';
import { environment, otherChanges } from './classes/config';
import { crd } from './classes/crd';
import { dataLoss } from './classes/data-loss';
import { exposes } from './classes/exposes';
import { image } from './classes/image';
import { immutable } from './classes/immutable';
import { migration } from './classes/migration';
import { presence } from './classes/presence';
import { privilege } from './classes/privilege';
import { replace } from './classes/replace';
import { restart } from './classes/restart';
import { scheduling } from './classes/scheduling';
import { secretRef } from './classes/secret-ref';
import { staleConfig } from './classes/stale-config';
import { type Classify, type Context, type Draft, subjectOf } from './finding';
import { withoutHash } from './identity';
import type { ObjectChange } from './objects';
import { show } from './path';
import type { Change } from './walk';

const classifiers: readonly Classify[] = [
  dataLoss,
  immutable,
  replace,
  exposes,
  privilege,
  availability,
  apiVersion,
  crd,
  restart,
  staleConfig,
  migration,
  secretRef,
  argo,
  image,
  capacity,
  scheduling,
  environment,
];

/** Everything that a changed object puts at risk; what no class speaks of is told as a plain change. */
export function classify(change: ObjectChange, context: Context): Draft[] {
  const drafts = distinct(classifiers.flatMap((find) => [...find(change, context)]));
  // That it comes or goes needs no line of its own where a graver one says so.
  const gone =
    change.status !== 'changed' && drafts.some(({ path, class: of }) => path.length === 0 && of !== 'restart');
  if (!gone) drafts.push(...presence(change, context));
  // A restart is why a template's change matters, and not what the change is.
  const told = drafts
    .filter(({ class: of }) => !['restart', 'migration'].includes(of))
    .flatMap(({ path, covers = [] }) => [...(path.length > 0 ? [path] : []), ...covers]);
  return [
    ...drafts,
    ...otherChanges(
      change.changes.filter((each) => !follows(each)),
      told,
      subjectOf(change).object.kind,
    ),
  ];
}

/** A reference that follows the hash of what it names. */
function follows({ before, after }: Change): boolean {
  if (typeof before !== 'string' || typeof after !== 'string') return false;
  const base = withoutHash(before);
  return base !== undefined && base === withoutHash(after);
}

function distinct(drafts: readonly Draft[]): Draft[] {
  const seen = new Map(
    drafts.map((draft) => [`${draft.class} ${show(draft.path)} ${draft.says}`, draft] as const),
  );
  return [...seen.values()];
}
