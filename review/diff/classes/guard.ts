import { type Guard, loosened } from '../../model/guards';
import { quantityOf } from '../../model/quantity';
import { fieldAt } from '../../model/tree';
import type { Level } from '../../rule';
import { type Classify, type Draft, subjectOf } from '../finding';
import type { Change } from '../walk';
import table from './guarded.json';
import { risk } from './risk-words';

interface Guarded extends Guard {
  readonly kinds: readonly string[];
  /** The last step of the path, or the one before it. */
  readonly fields: readonly string[];
  /** Default: high. */
  readonly level?: Level;
}

/** Fields that stand guard, whose change breaks nothing on the day; what an outage guards against is `availability`. */
const guarded = table.fields as readonly Guarded[];

/** Limits, thresholds and policies that let more through than before. */
export const guard: Classify = function* (change) {
  const { kind } = subjectOf(change).object;
  for (const each of change.changes) {
    const last = each.path.slice(-2);
    const found = guarded.find(
      ({ kinds, fields }) => kinds.includes(kind) && last.some((step) => fields.includes(step)),
    );
    if (found && loosened(found, numberIn(each.before), numberIn(each.after)))
      yield draftOf(each, found.guards, found.level);
    else if (looser(kind, each)) yield draftOf(each, thresholds[kind]);
  }
};

const thresholds: Readonly<Record<string, string>> = table.thresholds;

/** The share of errors that passes, or the number at which somebody is told, moved to where less is caught. */
function looser(kind: string, { path, before, after }: Change): boolean {
  if (!(kind in thresholds)) return false;
  const field = path.at(-1) ?? '';
  const [was, is] = [boundsIn(before), boundsIn(after)];
  // A success is found more often when what is allowed grows; a failure, and an alert, when it shrinks.
  const sign = field === 'successCondition' ? 1 : field === 'failureCondition' || field === 'query' ? -1 : 0;
  if (sign === 0 || was.length !== is.length) return false;
  return is.some(({ upper, bound }, i) => {
    const old = was[i];
    return old?.upper === upper && sign * (upper ? bound - old.bound : old.bound - bound) > 0;
  });
}

/** The numbers that something is compared with: `errored <= 0.05` bounds it from above. */
function boundsIn(value: unknown): { upper: boolean; bound: number }[] {
  if (typeof value !== 'string') return [];
  return [...value.matchAll(/([<>])=? *(\d+(?:\.\d+)?)/g)].map(([, sign, number]) => ({
    upper: sign === '<',
    bound: Number(number),
  }));
}

/** `10Gi` and `500m` are compared by their amount, an element of a list by its value. */
function numberIn(given: unknown): unknown {
  const value = fieldAt(given, ['value']) ?? given;
  return typeof value === 'string' ? (quantityOf(value) ?? value) : value;
}

function draftOf({ path, before, after }: Change, guards: string | undefined, level: Level = 'high'): Draft {
  return risk('looser-guard', path, { level, before, after, guards });
}
