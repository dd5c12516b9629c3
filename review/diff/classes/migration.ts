import { folderOf } from '../../model/identity';
import { hookKey, hookOf, madeAnew, policyKey } from '../../model/sync-options';
import { type Classify, subjectOf } from '../finding';
import { acts } from '../objects';
import { containersIn, templateIn } from '../pods';
import { reasonOf } from '../reason';
import { risk } from './risk-words';

const moments: Readonly<Record<string, string>> = {
  PreSync: 'before anything else of its Application is applied',
  Sync: 'in its sync wave, before the waves after it',
  PostSync: 'when everything of its Application is healthy',
  SyncFail: 'when a sync has failed',
};

/** Jobs that Argo CD runs at a sync; a database migration is one. */
export const migration: Classify = function* (change, { after: side, objects }) {
  const { before, after, changes, status } = change;
  const { object } = subjectOf(change);
  const hook = hookOf(object) ?? (before && hookOf(before.object));
  if (object.kind !== 'Job' || !hook) return;
  const words = containersIn(templateIn(after ?? before)).flatMap(({ container }) => [
    ...(container.command ?? []),
    ...(container.args ?? []),
  ]);
  const database = /migrat/.test(`${object.metadata.name} ${words.join(' ')}`);
  const what = database ? 'the database migration' : 'the Job';
  const path = ['metadata', 'annotations', hookKey];
  if (after && hookOf(after.object) && !madeAnew(after.object) && (!before || madeAnew(before.object))) {
    const [was, is] = [before, after].map((each) => each?.object.metadata.annotations?.[policyKey]);
    const policy = ['metadata', 'annotations', policyKey];
    yield risk('hook-stays', policy, { before: was, after: is, covers: [policy], what });
  }
  const folder = folderOf(subjectOf(change).file);
  const application = side.ofKind('Application').find(({ object: { spec } }) => spec?.source?.path === folder);
  const byHand =
    application && !application.object.spec?.syncPolicy?.automated
      ? `, when a person syncs ${application.object.metadata.name}`
      : '';
  const moment = `${moments[hookOf(after?.object ?? object) ?? hook] ?? `at ${hook}`}${byHand}`;
  // Argo CD leaves hooks out when it compares: a change of nothing else starts no sync.
  const waits =
    application &&
    status !== 'added' &&
    !objects.some(
      (each) => acts(each) && folderOf(subjectOf(each).file) === folder && !hookOf(subjectOf(each).object),
    );
  if (!after || !hookOf(after.object)) {
    const says = after
      ? 'is no longer a hook: it runs once and never again under this name'
      : 'no longer runs at a sync';
    yield risk(database ? 'no-migration' : 'no-hook', after ? path : [], { before: hook, what, says });
  } else if (status === 'added' || changes.length > 0) {
    // Other migrations come with another image or command; a variable runs the same ones again, which does nothing.
    const schema =
      database &&
      (status === 'added' || changes.some(({ path }) => /^(image|command|args)$/.test(path.at(-1) ?? '')));
    const runs = status === 'added' ? 'is new and runs' : `runs with ${reasonOf(changes)}`;
    const name = application?.object.metadata.name;
    const at = changes.find(({ path: [top] }) => top === 'spec')?.path.slice(0, 2) ?? path;
    yield risk(schema ? 'migration-runs' : 'hook-runs', status === 'added' ? [] : at, {
      level: waits || !(schema || status === 'added') ? 'info' : 'warn',
      what,
      says: waits
        ? `has ${reasonOf(changes)}, and nothing makes it run: only the hook of ${name} changes`
        : `${runs} ${moment}`,
    });
  }
};
