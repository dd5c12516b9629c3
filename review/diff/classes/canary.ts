import { secondsOf } from '../../model/duration';
import type { Kinds } from '../../model/kinds';
import { listOf } from '../../model/pods';
import { asKind } from '../../model/tree';
import type { Draft } from '../finding';
import type { ObjectChange } from '../objects';
import { riskWords } from './risk-words';

type Strategy = NonNullable<NonNullable<Kinds['Rollout']['spec']>['strategy']>;
type Canary = NonNullable<Strategy['canary']>;

/** What makes a bad version stop before it reaches everybody. */
export function* canary({ before, after }: ObjectChange): Iterable<Draft> {
  const [was, is = {}] = [before, after].map((each) => asKind(each, 'Rollout')?.object.spec?.strategy?.canary);
  if (!was || !after) return;
  const path = ['spec', 'strategy', 'canary'];
  if (was.pingPong && !is.pingPong)
    yield {
      ...riskWords['no-ping-pong'],
      path: [...path, 'pingPong'],
      before: Object.values(was.pingPong).join(', '),
      after: [is.canaryService, is.stableService].filter(Boolean).join(', ') || undefined,
      says: 'the canary changes the selectors of Services, and no longer the weights of ping and pong alone',
      covers: [
        [...path, 'canaryService'],
        [...path, 'stableService'],
      ],
    };
  const gone = judges(was).filter((name) => !judges(is).includes(name));
  if (gone.length > 0)
    yield {
      ...riskWords['fewer-judges'],
      path: [...path, 'analysis'],
      before: judges(was).join(', '),
      after: judges(is).join(', ') || undefined,
      says: `${gone.join(' and ')} no longer judge${gone.length === 1 ? 's' : ''} the canary`,
    };
  const [old, now] = [was, is].map(stages) as [Stages, Stages];
  if (now.smallest > old.smallest)
    yield {
      ...riskWords['larger-first-step'],
      path: [...path, 'steps'],
      before: `${old.smallest} %`,
      after: `${now.smallest} %`,
      says: `a new version starts with ${now.smallest} % instead of ${old.smallest} % of the requests`,
    };
  if (now.pause < old.pause)
    yield {
      ...riskWords['shorter-pauses'],
      path: [...path, 'steps'],
      before: `${old.pause} s`,
      after: `${now.pause} s`,
      says: `the canary pauses ${now.pause} s instead of ${old.pause} s`,
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
