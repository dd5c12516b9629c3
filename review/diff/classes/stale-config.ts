import { nameOf, withoutHash } from '../../model/identity';
import { under } from '../../model/path';
import { consumersOf } from '../consumers';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import { stillNeeded } from './presence';
import { reloaded, rolls } from './restart';
import { risk } from './risk-words';

/** New content that nobody reads before the next restart. */
export const staleConfig: Classify = function* (change, context) {
  const { before, after, status } = change;
  yield* unwatched(change);
  if (change.hashed) yield* renewed(change, context);
  if (!before || !after || status !== 'changed') return;
  const { object } = subjectOf(change);
  const content = change.changes.filter(({ path }) =>
    ['data', 'binaryData', 'stringData', 'spec.data', 'spec.dataFrom', 'spec.target.template'].some((field) =>
      under(path, field),
    ),
  );
  if (content.length === 0) return;
  const made =
    object.kind === 'ExternalSecret' ? (object.spec.target?.name ?? object.metadata.name) : object.metadata.name;
  const kind = object.kind === 'ConfigMap' ? 'ConfigMap' : 'Secret';
  if (!['ConfigMap', 'Secret', 'ExternalSecret'].includes(object.kind)) return;
  yield* reloaded(kind, change, made, context);
  const waiting = consumersOf(kind, object.metadata.namespace, made, context.after).filter(
    // A Job's next run reads what is there then.
    ({ workload, reloaded }) => !reloaded && !/Job$/.test(workload.object.kind) && !rolls(workload.file, context),
  );
  const keys = [
    ...new Set(
      content.map(
        ({ path }) =>
          path.find((step, i) => ['data', 'stringData', 'binaryData'].includes(path[i - 1] ?? '') && step) ?? '',
      ),
    ),
  ]
    .filter(Boolean)
    .map((key) => key.replace(/^\[|]$/g, ''));
  const what =
    keys.length === 0
      ? 'new content'
      : keys.length > 3
        ? `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more`
        : keys.join(', ');
  for (const [by, id] of [
    ['start', 'old-values'],
    ['volume', 'files-change'],
  ] as const) {
    const names = waiting.filter((each) => each.by === by).map(({ workload }) => nameOf(workload.object));
    const values = { what, names: names.join(', '), restart: names.join(' and ') };
    if (names.length > 0) yield risk(id, content[0]?.path.slice(0, 1) ?? [], values);
  }
};

/** The content's hash is in the name: other content is another object, and who names it starts anew. */
function* renewed(change: ObjectChange, context: Context): Iterable<Draft> {
  const { before, after, changes } = change;
  if (!before || !after) return;
  const lost = [...stillNeeded(change, context)];
  if (lost.length > 0) return yield* lost;
  const { kind, metadata } = after.object;
  const base = withoutHash(metadata.name);
  const consumers = consumersOf(
    kind === 'Secret' ? 'Secret' : 'ConfigMap',
    metadata.namespace,
    metadata.name,
    context.after,
  );
  const names = consumers.map(({ workload: { object } }) => nameOf(object)).join(' and ');
  const keys = changes.flatMap(({ path: [top, key] }) => (top === 'data' || top === 'binaryData' ? [key] : []));
  yield risk(names ? 'new-object' : 'old-object-named', [], {
    ...{ keys: keys.join(', '), names, take: consumers.length === 1 ? 'takes' : 'take', base },
    covers: [['data'], ['binaryData']],
  });
}

/** Who asked to be restarted at new content and no longer does. */
function* unwatched({ changes, after, before }: ObjectChange): Iterable<Draft> {
  if (!before || !after) return;
  for (const { path, before: was, after: is } of changes)
    if (
      /(^|\.)reloader\.stakater\.com\//.test(path.at(-1) ?? '') &&
      is === undefined &&
      !String(path.at(-1)).includes('strategy')
    )
      yield risk('no-reloader', path, { what: was === 'true' ? 'what it reads' : was });
}
