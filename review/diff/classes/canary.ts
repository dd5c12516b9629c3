import { secondsOf } from '../../model/duration';
import type { Kinds } from '../../model/kinds';
import { listOf } from '../../model/pods';
import { asKind } from '../../model/tree';
import type { Draft } from '../finding';
import type { ObjectChange } from '../objects';
import { risk } from './risk-words';

type Strategy = NonNullable<NonNullable<Kinds['Rollout']['spec']>['strategy']>;
type Canary = NonNullable<Strategy['canary']>;

/** What makes a bad version stop before it reaches everybody. */
export function* canary({ before, after }: ObjectChange): Iterable<Draft> {
  const [was, is = {}] = [before, after].map((each) => asKind(each, 'Rollout')?.object.spec?.strategy?.canary);
  if (!was || !after) return;
  const path = ['spec', 'strategy', 'canary'];
  if (was.pingPong && !is.pingPong)
    yield risk('no-ping-pong', [...path, 'pingPong'], {
      before: Object.values(was.pingPong).join(', '),
      after: [is.canaryService, is.stableService].filter(Boolean).join(', ') || undefined,
      covers: ['canaryService', 'stableService'].map((each) => [...path, each]),
    });
  const gone = judges(was).filter((name) => !judges(is).includes(name));
  if (gone.length > 0)
    yield risk('fewer-judges', [...path, 'analysis'], {
      ...{ before: judges(was).join(', '), after: judges(is).join(', ') || undefined },
      ...{ gone: gone.join(' and '), judge: gone.length === 1 ? 'judges' : 'judge' },
    });
  const [old, now] = [stages(was), stages(is)];
  const steps = [...path, 'steps'];
  if (now.smallest > old.smallest)
    yield risk('larger-first-step', steps, { before: `${old.smallest} %`, after: `${now.smallest} %` });
  if (now.pause < old.pause)
    yield risk('shorter-pauses', steps, { before: `${old.pause} s`, after: `${now.pause} s` });
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
