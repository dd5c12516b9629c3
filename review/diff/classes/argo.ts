import { show, under } from '../../model/path';
import { type Classify, type Draft, subjectOf } from '../finding';
import type { Change } from '../walk';
import table from './argo.json';
import { risk } from './risk-words';

/** What a change of a field or an annotation means; `off` is said instead of `says` where the new value is false or absent. */
interface Told extends Pick<Draft, 'says' | 'why' | 'fix'> {
  readonly off?: string;
}

/** The first field of an Application that leads to the change. */
const fields: readonly (Told & { readonly field: string })[] = table.fields;
const annotations: Readonly<Record<string, Told>> = table.annotations;

export const argo: Classify = function* (change) {
  const { before, after, changes, status } = change;
  if (!before || !after) return;
  const { kind } = subjectOf(change).object;
  for (const each of changes) {
    const { path } = each;
    const found = kind === 'Application' ? fields.find(({ field }) => under(path, field)) : undefined;
    // Another revision or folder of this repository is in git: what it has not is pruned.
    const own =
      found?.field.startsWith('spec.source') && after.object.spec?.source?.path && !after.object.spec.source.chart;
    if (found) yield own ? risk('own-source', path, { says: said(found, each) }) : draftOf(found, each);
    const [top, map, key = ''] = path;
    const note = top === 'metadata' && map === 'annotations' ? annotations[key] : undefined;
    if (note) yield draftOf(note, each);
    const lose = each.after === undefined ? 'lose' : 'change';
    if (kind === 'AppProject' && under(path, 'spec') && !widens(each))
      yield risk('narrower-project', path, { field: path[1], lose });
  }
  if (status !== 'changed' || !change.moved) return;
  const [from, to] = [before, after].map(({ environment, chart }) => `${environment}/${chart}`);
  yield risk('other-application', [], { before: from, after: to });
};

function draftOf(told: Told, change: Change): Draft {
  return { level: 'warn', path: change.path, says: said(told, change), why: told.why, fix: told.fix };
}

function said({ says, off = says }: Told, { path, before, after }: Change): string {
  const entry = (path[2] ?? '').replace(/^\[|]$/g, '') || 'some fields';
  const values: Readonly<Record<string, unknown>> = {
    ...{ before, after, entry },
    ...{ path: show(path), below: show(path.slice(2)) },
  };
  return (after ? says : off).replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Told as a right. */
function widens({ path: [, field = ''], before }: Change): boolean {
  return (
    before === undefined &&
    ['clusterResourceWhitelist', 'namespaceResourceWhitelist', 'destinations', 'sourceRepos'].includes(field)
  );
}
