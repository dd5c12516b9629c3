import { secondsOf } from '../../model/duration';
import type { Kinds } from '../../model/kinds';
import { listOf } from '../../model/pods';
import { asKind } from '../../model/tree';
import type { Draft } from '../finding';
import type { ObjectChange } from '../objects';

type Strategy = NonNullable<NonNullable<Kinds['Rollout']['spec']>['strategy']>;
type Canary = NonNullable<Strategy['canary']>;

/** What makes a bad version stop before it reaches everybody. */
export function* canary({ before, after }: ObjectChange): Iterable<Draft> {
  const [was, is = {}] = [before, after].map((each) => asKind(each, 'Rollout')?.object.spec?.strategy?.canary);
  if (!was || !after) return;
  const path = ['spec', 'strategy', 'canary'];
  if (was.pingPong && !is.pingPong)
    yield {
      level: 'high',
      path: [...path, 'pingPong'],
      before: Object.values(was.pingPong).join(', '),
      after: [is.canaryService, is.stableService].filter(Boolean).join(', ') || undefined,
      says: 'the canary changes the selectors of Services, and no longer the weights of ping and pong alone',
      why: 'The stable Service gets other pods: its target group is empty when the weight arrives there (503), now and at each deploy, because pods have no readiness gate for a Service that selects them later.',
      fix: 'keep pingPong (docs/decisions/0004-canary-by-ping-and-pong.md)',
      covers: [
        [...path, 'canaryService'],
        [...path, 'stableService'],
      ],
    };
  const gone = judges(was).filter((name) => !judges(is).includes(name));
  if (gone.length > 0)
    yield {
      level: 'high',
      path: [...path, 'analysis'],
      before: judges(was).join(', '),
      after: judges(is).join(', ') || undefined,
      says: `${gone.join(' and ')} no longer judge${gone.length === 1 ? 's' : ''} the canary`,
      why: 'A bad version is not sent back by itself.',
      fix: 'keep the analysis, or say who looks instead',
    };
  const [old, now] = [was, is].map(stages) as [Stages, Stages];
  if (now.smallest > old.smallest)
    yield {
      level: 'high',
      path: [...path, 'steps'],
      before: `${old.smallest} %`,
      after: `${now.smallest} %`,
      says: `a new version starts with ${now.smallest} % instead of ${old.smallest} % of the requests`,
      why: 'More people meet a bad version before it is judged.',
      fix: 'begin with a small weight and a pause',
    };
  if (now.pause < old.pause)
    yield {
      level: 'warn',
      path: [...path, 'steps'],
      before: `${old.pause} s`,
      after: `${now.pause} s`,
      says: `the canary pauses ${now.pause} s instead of ${old.pause} s`,
      why: 'The analysis may not have enough to judge by then.',
      fix: 'keep the pauses longer than initial delay + interval × failures of the analysis',
    };
}

/** Who can end a canary: beside its steps, and after a weight. A dry run cannot. */
function judges(canary: Canary): string[] {
  let at = '';
  const steps = listOf(canary?.steps).flatMap(({ setWeight, analysis }) => {
    if (setWeight !== undefined) at = ` at ${setWeight} %`;
    return listOf(analysis?.dryRun).length > 0
      ? []
      : listOf(analysis?.templates).map(({ templateName }) => templateName + at);
  });
  return [...listOf(canary?.analysis?.templates).map(({ templateName }) => templateName), ...steps];
}

interface Stages {
  /** Per cent of the requests that the first step sends to a new version. */
  readonly smallest: number;
  /** Seconds, of all steps together. */
  readonly pause: number;
}

function stages(canary: Canary): Stages {
  const steps = listOf(canary?.steps);
  return {
    smallest: steps.find(({ setWeight }) => setWeight !== undefined)?.setWeight ?? 100,
    pause: steps.reduce((sum, { pause }) => sum + (secondsOf(pause?.duration ?? 0) ?? 0), 0),
  };
}
