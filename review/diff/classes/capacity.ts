import { canonical } from '../../model/canonical';
import { at, type Path, under } from '../../model/path';
import type { Amounts } from '../../model/pods';
import { quantityOf } from '../../model/quantity';
import { type Classify, type Draft, shared, subjectOf } from '../finding';
import { pairedContainers, templateIn } from '../pods';
import { risk } from './risk-words';

export const capacity: Classify = function* (change) {
  if (!change.before || !change.after) return;
  const { kind } = subjectOf(change).object;
  const pairs = pairedContainers(templateIn(change.before), templateIn(change.after));
  const drafts = pairs.flatMap(({ name, path, before, after }) =>
    before && after
      ? (['requests', 'limits'] as const).flatMap((bound) => {
          const of = (each: typeof before) => each.resources?.[bound] ?? {};
          const found = [...resources([...path, 'resources', bound], bound, of(before), of(after))];
          return found.map((draft) => ({ name, draft }));
        })
      : [],
  );
  // The app's containers have the same resources, and one change of them is one finding.
  for (const [says, draft] of shared(drafts.map((each) => [each.draft.says, each.draft]))) {
    const names = drafts.flatMap((each) => (each.draft.says === says ? [each.name] : []));
    yield { ...draft, says: `${names.join(', ')}: ${says}` };
  }
  for (const { path, before, after } of change.changes) {
    const more = Number(after ?? 1) > Number(before ?? 1);
    const [old, now] = [before, after].map((each) =>
      typeof each === 'object' ? canonical(each) : (each ?? 'none'),
    );
    const less = (quantityOf(after) ?? 0) < (quantityOf(before) ?? Number.POSITIVE_INFINITY);
    const bound = { level: less ? 'warn' : 'info', name: path.at(-1), old, now } as const;
    const grown = (words: string) => risk('more-pods', path, { more: `${words}${after} pods`, old: before ?? 1 });
    if (at(path, 'spec.replicas') && more && after !== undefined) yield grown('');
    if (kind === 'HorizontalPodAutoscaler') {
      if (more && at(path, 'spec.maxReplicas')) yield grown('up to ');
      if (more && at(path, 'spec.minReplicas')) yield grown('at least ');
      if (under(path, 'spec.metrics') || under(path, 'spec.behavior')) yield risk('other-scaling', path);
    }
    const larger = (quantityOf(after) ?? 0) > (quantityOf(before) ?? 0);
    if (kind === 'PersistentVolumeClaim' && at(path, 'spec.resources.requests.storage') && larger)
      yield risk('larger-volume', path, { before, after });
    if (kind === 'ResourceQuota' && under(path, 'spec.hard')) yield risk('other-quota', path, bound);
    if (kind === 'LimitRange' && under(path, 'spec')) yield risk('other-range', path, bound);
  }
};

function* resources(path: Path, bound: string, before: Amounts, after: Amounts): Iterable<Draft> {
  const word = bound === 'requests' ? 'request' : 'limit';
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [quantityOf(before[name]), quantityOf(after[name])];
    if (was === is) continue;
    const lowered = word === 'limit' && is !== undefined && was !== undefined && is < was;
    const memory = is === undefined ? (`no-memory-${word}` as const) : lowered && 'lower-memory-limit';
    const values = { old: before[name] ?? 'none', now: after[name] ?? 'none', percent: percent(was, is) };
    const id = (name === 'memory' && memory) || (`other-${word}` as const);
    yield risk(id, [...path, name], { name, word, ...values });
  }
}

function percent(was: number | undefined, is: number | undefined): string {
  if (!was || is === undefined) return '';
  const change = Math.round((is / was - 1) * 100);
  return ` (${change < 0 ? '−' : '+'}${Math.abs(change)} %)`;
}
