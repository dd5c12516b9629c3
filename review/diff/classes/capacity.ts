import { at, type Path, under } from '../../model/path';
import type { Amounts } from '../../model/pods';
import { quantityOf } from '../../model/quantity';
import type { Level } from '../../rule';
import { type Classify, type Draft, shared, subjectOf } from '../finding';
import { pairedContainers, templateIn } from '../pods';
import { riskWords } from './risk-words';

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
    if (
      kind === 'HorizontalPodAutoscaler' &&
      (at(path, 'spec.maxReplicas') || at(path, 'spec.minReplicas')) &&
      Number(after ?? 1) > Number(before ?? 1)
    )
      yield grown(
        path,
        `${path.at(-1) === 'maxReplicas' ? 'up to' : 'at least'} ${after} pods instead of ${before ?? 1}`,
      );
    if (at(path, 'spec.replicas') && Number(after) > Number(before ?? 1))
      yield grown(path, `${after} pods instead of ${before ?? 1}`);
    if (
      kind === 'PersistentVolumeClaim' &&
      at(path, 'spec.resources.requests.storage') &&
      (quantityOf(after) ?? 0) > (quantityOf(before) ?? 0)
    )
      yield {
        ...grown(path, `the volume grows from ${before} to ${after}`),
        fix: 'nothing; it can never be made smaller again',
      };
    if (kind === 'HorizontalPodAutoscaler' && (under(path, 'spec.metrics') || under(path, 'spec.behavior')))
      yield {
        ...riskWords['other-scaling'],
        path,
        says: 'the autoscaler decides otherwise when to scale',
      };
    if ((kind === 'ResourceQuota' && under(path, 'spec.hard')) || (kind === 'LimitRange' && under(path, 'spec'))) {
      const less = (quantityOf(after) ?? 0) < (quantityOf(before) ?? Number.POSITIVE_INFINITY);
      yield {
        level: less ? 'warn' : 'info',
        path,
        says: `${kind} ${path.at(-1)} ${before ?? 'none'} → ${after ?? 'none'}`,
        why:
          kind === 'ResourceQuota'
            ? 'Pods above it are refused when they are created, not when this is merged.'
            : 'It is what containers get that name nothing.',
        fix: 'compare with what the namespace requests at its busiest, surge included',
      };
    }
  }
};

function* resources(path: Path, bound: string, before: Amounts, after: Amounts): Iterable<Draft> {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [quantityOf(before[name]), quantityOf(after[name])];
    if (was === is) continue;
    const lowered = is !== undefined && was !== undefined && is < was;
    const memory = name === 'memory' && bound === 'limits';
    const gone = is === undefined;
    const level: Level = (memory && lowered) || (gone && name === 'memory') ? 'warn' : 'info';
    yield {
      level,
      path: [...path, name],
      says: `${name} ${bound.replace(/s$/, '')} ${before[name] ?? 'none'} → ${after[name] ?? 'none'}${percent(was, is)}`,
      why:
        memory && lowered
          ? 'A container above its limit is killed, at its busiest moment.'
          : bound === 'requests'
            ? 'Requests decide on which node a pod fits, and how many nodes there are.'
            : 'A limit is where the kernel stops a container.',
      fix:
        level === 'warn'
          ? 'compare with the highest use of the last weeks'
          : 'nothing, if npm run check still says that it fits',
    };
  }
}

function grown(path: Path, says: string): Draft {
  return {
    ...riskWords['more-pods'],
    path,
    says,
  };
}

function percent(was: number | undefined, is: number | undefined): string {
  if (!was || is === undefined) return '';
  const change = Math.round((is / was - 1) * 100);
  return ` (${change < 0 ? '−' : '+'}${Math.abs(change)} %)`;
}
