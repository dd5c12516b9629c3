import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../review/scheduling/judge';
import { podSets } from '../review/scheduling/workloads';
import { settings } from './review/committed';
import { momentsJudged, settingsOf, treeOf } from './review/scheduling/settings';
import recorded from './review/scheduling/verdicts.json';

const root = join(__dirname, '..');

/** What the proof says today of what kube-scheduler was asked: our settings, and others by chance. */
const verdicts = [...new Set(recorded.verdicts.map(({ seed }) => seed))].flatMap((seed) => {
  const given = seed === 0 ? settings : settingsOf(settings, seed);
  const fits = judge(podSets(treeOf(given)), given.cluster);
  return momentsJudged(seed, fits).map((fit) => ({
    seed,
    moment: fit.moment.name,
    nodes: fit.nodes,
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
  const other = verdicts.filter(({ asked, nodes }) => JSON.stringify(asked?.nodes) !== JSON.stringify(nodes));
  expect(other.map(({ seed, moment }) => `${seed} ${moment}`)).toEqual([]);
});

test('where the proof says that it fits, kube-scheduler never left a pod pending', () => {
  expect(verdicts.filter(({ fits, asked }) => fits && asked?.failed !== 0)).toEqual([]);
});

test('our settings fit at every moment, for kube-scheduler as for the proof', () => {
  const ours = verdicts.filter(({ seed }) => seed === 0);
  expect(ours.filter(({ fits }) => !fits)).toEqual([]);
  expect(ours.length).toBeGreaterThanOrEqual(8);
});

test('the decision says how often the proof refuses what kube-scheduler manages', () => {
  const refused = verdicts.filter(({ fits }) => !fits);
  const alarms = refused.filter(({ asked }) => asked?.failed === 0).length;
  const page = readFileSync(join(root, 'docs/decisions/0019-nodes-and-money-are-proofs.md'), 'utf8');
  expect(page).toContain(`${alarms} of the ${refused.length} refusals`);
});
