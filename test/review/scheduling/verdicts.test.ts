import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Fit, judge } from '../../../review/scheduling/judge';
import type { NodeKind } from '../../../review/scheduling/nodes';
import { type PodSet, podSets } from '../../../review/scheduling/workloads';
import { root } from '../../support/root';
import { settings } from '../ours';
import { questionOf } from './question';
import { momentsJudged, settingsOf, treeOf } from './settings';
import recorded from './verdicts.json';

/** What the proof says today of what kube-scheduler was asked: our settings, and others by chance. */
const verdicts = [...new Set(recorded.verdicts.map(({ seed }) => seed))].flatMap((seed) => {
  const given = seed === 0 ? settings : settingsOf(settings, seed);
  const sets = podSets({ tree: treeOf(given), settings: given });
  return momentsJudged(seed, judge(sets, given.cluster)).map((fit) => ({
    seed,
    moment: fit.moment.name,
    question: questionOf(sets, fit, seed),
    fits: fit.fits,
    asked: recorded.verdicts.find((each) => each.seed === seed && each.moment === fit.moment.name),
  }));
});

test('kube-scheduler was asked 20 times about each, and about at least 30 other settings than ours', () => {
  expect(recorded.rounds).toBeGreaterThanOrEqual(20);
  expect(new Set(recorded.verdicts.map(({ seed }) => seed)).size).toBeGreaterThan(30);
  // Both answers are there, or nothing is compared.
  expect(verdicts.filter(({ fits }) => fits).length).toBeGreaterThan(20);
  expect(verdicts.filter(({ fits }) => !fits).length).toBeGreaterThan(10);
});

test('what was asked is what would be asked today (npm run test:scheduler)', () => {
  const other = verdicts.filter(({ asked, question }) => asked?.question !== question);
  expect(other.map(({ seed, moment }) => `${seed} ${moment}`)).toEqual([]);
});

describe('another question is', () => {
  const sets = podSets({ tree: treeOf(settings), settings });
  const fits = judge(sets, settings.cluster);
  const [rest] = fits as [Fit];
  const web = sets.find(({ name }) => name === 'production/e-ren-rollout') as PodSet;
  const otherwise = (change: Partial<PodSet>) => sets.map((set) => (set === web ? { ...web, ...change } : set));
  const withPods = (more: number): Fit => ({
    ...rest,
    moment: { ...rest.moment, pods: (set) => rest.moment.pods(set) + (set === web ? more : 0) },
  });
  const withNodes = (more: number): Fit => ({
    ...rest,
    nodes: { ...rest.nodes, app: (rest.nodes.app ?? 0) + more },
  });
  const withKinds = (change: Partial<NodeKind>): Fit => ({
    ...rest,
    kinds: rest.kinds.map((kind) => ({ ...kind, ...change })),
  });

  test.each([
    ['a pod more', sets, withPods(1)],
    ['a pod fewer', sets, withPods(-1)],
    ['a pod that asks for more CPU', otherwise({ cpu: web.cpu + 10 }), rest],
    ['a pod that asks for more memory', otherwise({ memory: web.memory + 32 }), rest],
    ['a pod of another priority', otherwise({ priority: web.priority + 1 }), rest],
    ['a pod that drives none away', otherwise({ preempts: !web.preempts }), rest],
    ['a pod that is not spread', otherwise({ spread: !web.spread }), rest],
    ['pods that share no node', otherwise({ apart: !web.apart }), rest],
    ['a pod with a volume', otherwise({ zonal: !web.zonal }), rest],
    ['a pod on every node', otherwise({ daemon: true }), rest],
    ['a pod for other nodes', otherwise({ spec: { nodeSelector: { workload: 'jenkins' } } }), rest],
    ['a node more', sets, withNodes(1)],
    ['a node fewer', sets, withNodes(-1)],
    ['a node with more room', sets, withKinds({ memory: 4096 })],
    ['a node for more pods', sets, withKinds({ pods: 58 })],
    [
      'a node that keeps pods away',
      sets,
      withKinds({ taints: [{ key: 'workload', value: 'app', effect: 'NoSchedule' }] }),
    ],
  ])('%s', (_, asked, fit) => {
    expect(questionOf(asked, fit, 0)).not.toBe(questionOf(sets, rest, 0));
  });

  test('a canary whose stable pods are counted otherwise, and nothing but the canary', () => {
    const fewer = sets.map((set) =>
      set === web ? { ...web, replicas: { ...web.replicas, release: web.replicas.release - 1 } } : set,
    );
    const changed = fits.filter((fit) => questionOf(fewer, fit, 0) !== questionOf(sets, fit, 0));
    expect(changed.map(({ moment }) => moment.name)).toEqual([
      'canary of production at HPA maximum',
      'canary of production at HPA maximum, a node lost',
    ]);
  });
});

test('where the proof says that it fits, kube-scheduler never left a pod pending', () => {
  expect(verdicts.filter(({ fits, asked }) => fits && asked?.failed !== 0)).toEqual([]);
});

test('our settings fit at every moment, for kube-scheduler as for the proof', () => {
  const ours = verdicts.filter(({ seed }) => seed === 0);
  expect(ours.filter(({ fits }) => !fits)).toEqual([]);
  expect(ours.length).toBeGreaterThanOrEqual(8);
});

test('the decision says how often it was asked, and how often the proof refuses what it manages', () => {
  const fitting = verdicts.filter(({ fits }) => fits).length;
  const refused = verdicts.filter(({ fits }) => !fits);
  const alarms = refused.filter(({ asked }) => asked?.failed === 0).length;
  const page = readFileSync(join(root, 'docs/decisions/0019-nodes-and-money-are-proofs.md'), 'utf8');
  expect(page).toContain(`The proof said that ${fitting} of ${verdicts.length} moments fit`);
  expect(page).toContain(`in ${recorded.rounds * fitting} placements of these`);
  expect(page).toContain(`${alarms} of the ${refused.length} refusals were false alarms`);
});
