import { routesOf } from '../../model/rollouts';
import { sayScale, scaleOf } from '../../model/scaling';
import { syncOptions } from '../../model/sync-options';
import type { Manifest } from '../../model/tree';
import { usesIn } from '../consumers';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { containersIn, templateIn } from '../pods';
import { risk } from './risk-words';

/** What comes and what goes, when no graver class has said so. */
export const presence: Classify = function* (change, context) {
  const { status, after, before } = change;
  const { object } = subjectOf(change);
  if (status === 'added' && after) {
    const pods =
      templateIn(after) && !/^(CronJob|DaemonSet|Pod)$/.test(object.kind)
        ? `: ${sayScale(scaleOf(context.after, after))}`
        : '';
    yield risk('created', [], { after: object.kind, what: pods || runsOf(object) });
  }
  const needed = [...stillNeeded(change, context)];
  yield* needed;
  const id = syncOptions(object).has('Prune=false') ? 'kept-in-cluster' : 'deleted';
  if (status === 'removed' && before && needed.length === 0)
    yield risk(id, [], { before: object.kind, what: runsOf(object) });
};

/** `, which runs bin/rails events:remind at 0 14 * * * (UTC)`. */
function runsOf(object: Manifest['object']): string {
  if (object.kind !== 'CronJob') return '';
  const { schedule, timeZone = 'UTC' } = object.spec ?? {};
  const programs = containersIn(templateIn({ object } as Manifest)).map(
    ({ container: { command = [], args = [], image } }) =>
      [...command, ...args].map((word) => String(word).split('\n')[0]).join(' ') || image,
  );
  return `, which runs ${programs.at(-1) ?? 'nothing'} at ${schedule} (${timeZone})`;
}

/** Argo CD deletes it before the canary begins: the pods of the version before, and those of a way back, are without it. */
export function* stillNeeded({ before, status }: ObjectChange, side: Context): Iterable<Draft> {
  if (!before || (status !== 'removed' && status !== 'renamed') || syncOptions(before.object).has('Prune=false'))
    return;
  const { kind, metadata, spec } = before.object;
  const wanted =
    kind === 'ExternalSecret' ? `Secret ${spec?.target?.name ?? metadata.name}` : `${kind} ${metadata.name}`;
  for (const rollout of side.before.ofKind('Rollout'))
    if (rollout.object.metadata.namespace === metadata.namespace && namedBy(rollout).includes(wanted))
      yield risk('still-needed', [], {
        ...{ before: kind, name: rollout.object.metadata.name },
        covers: [['data'], ['binaryData']],
      });
}

/** Kind and name of what a Rollout and its pods cannot be without. */
function namedBy(rollout: Manifest<'Rollout'>): string[] {
  return [
    ...[...usesIn(rollout as Manifest), ...routesOf(rollout)].map(({ kind, name }) => `${kind} ${name}`),
    `ServiceAccount ${rollout.object.spec?.template?.spec?.serviceAccountName}`,
  ];
}
