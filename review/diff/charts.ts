import { sourcesOf } from '../model/applications';
import { canonical } from '../model/canonical';
import { asKind, type Manifest } from '../model/tree';
import { few } from '../report/finding';
import type { Classed } from './finding';
import type { ObjectChange } from './objects';

/** What came of rendering the chart of an Application at both sides; neither is there when all went well. */
export interface ChartOutcome {
  /** Why it was not rendered. */
  readonly unrendered?: string;
  /** Helm does not render the new state: what it says. */
  readonly refused?: string;
}

/**
 * Applications that will read another revision, chart or values, as far as nobody has looked at what they make of it.
 *
 * @param charts what came of those that were to be rendered; absent when none was
 */
export function unseenIn(changes: readonly ObjectChange[], charts?: ReadonlyMap<string, ChartOutcome>): string[] {
  const [revisions, reasons] = [[] as string[], new Map<string, string[]>()];
  for (const change of changes) {
    const after = asKind(change.after, 'Application');
    if (!after || (change.before && made(change.before) === made(after))) continue;
    const { name } = after.object.metadata;
    if (sourcesOf(after).some(({ chart }) => chart)) {
      const why = charts ? charts.get(name)?.unrendered : 'ask with --add-ons';
      if (why) reasons.set(why, [...(reasons.get(why) ?? []), name]);
    } else if (change.before) revisions.push(name);
  }
  return [
    ...(revisions.length > 0 ? [`not looked at: what ${named(revisions)} now`] : []),
    ...[...reasons].map(([why, names]) => `not rendered: what ${named(names)} now (${why})`),
  ];
}

function named(names: readonly string[]): string {
  return names.length > 1 ? `Applications ${few(names)} make` : `Application ${names[0]} makes`;
}

/** All by which it makes something else, but the folder: what is in that is compared. */
function made(manifest: Manifest): string | undefined {
  const application = asKind(manifest, 'Application');
  return application && canonical(sourcesOf(application).map(({ path: _, ...source }) => source));
}

/** What is said of an Application, when its chart was rendered: what that makes is judged by itself. */
export function withCharts(
  { after }: ObjectChange,
  drafts: readonly Classed[],
  charts?: ReadonlyMap<string, ChartOutcome>,
): readonly Classed[] {
  const outcome = after?.object.kind === 'Application' ? charts?.get(after.object.metadata.name) : undefined;
  if (!outcome || outcome.unrendered) return drafts;
  if (!outcome.refused)
    return drafts.map((draft) =>
      draft.class === 'argo' && /^sources?$/.test(draft.path[1] ?? '') ? { ...draft, ...seen } : draft,
    );
  return [
    ...drafts,
    {
      class: 'immutable',
      level: 'critical',
      path: ['spec', 'source'],
      says: `Helm does not render the chart with these values: ${outcome.refused}`,
      why: 'Argo CD renders it the same way: the sync fails, and what runs stays as it is.',
      fix: 'give the chart the values that it takes, or a version that its repository has',
    },
  ];
}

const seen = {
  level: 'info',
  why: 'The chart was rendered: what it makes is judged with the rest.',
  fix: 'nothing',
} as const;
