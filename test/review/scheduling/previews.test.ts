import { chartFolders } from '../../../charts/app';
import { render } from '../../../charts/output';
import { loadSettings } from '../../../charts/settings';
import { linesOf } from '../../../review/cost/lines';
import { parseTree } from '../../../review/model/tree';
import { setsOf } from '../../../review/scheduling/workloads';
import { filesOf, withPreviews } from '../../support/preview';
import { root } from '../../support/root';

function facts(change: (settings: any) => void, ...open: number[]) {
  const settings = loadSettings(root, withPreviews(change), { files: filesOf(...open) });
  return { tree: parseTree(render(chartFolders(settings))), settings };
}

const none = facts(() => {});
const two = facts(() => {}, 12, 13);
const roomOf = (of: typeof none) => setsOf(of).filter(({ environment }) => environment === 'previews');

test('there is room for as many previews as there may be, whether they are open or not', () => {
  const room = roomOf(none);
  expect(room.map(({ name, replicas }) => [name, replicas.rest, replicas.maximum, replicas.release])).toEqual(
    ['e-ren-rollout', 'eren-sidekiq', 'postgres', 'redis', 'eren-migrations'].map((name) => [
      `previews/${name}`,
      0,
      3,
      3,
    ]),
  );
  expect(room.every(({ priority, preempts, kind }) => priority === -2 && !preempts && kind !== 'Rollout')).toBe(
    true,
  );
  expect(setsOf(two)).toEqual(setsOf(none));
  expect(
    roomOf(facts((all) => (all.cluster.preview.most = 7))).every(({ replicas }) => replicas.maximum === 7),
  ).toBe(true);
  expect(roomOf(facts((all) => delete all.cluster.preview))).toEqual([]);
});

test('the pods of one that is open ask for what was reckoned with', () => {
  const { settings, tree } = two;
  const open = setsOf({ tree, settings: { ...settings, previews: [] } }).filter(
    ({ environment }) => environment === 'preview-12',
  );
  const sums = (of: typeof open) => ({
    pods: of.length,
    cpu: of.reduce((sum, { cpu }) => sum + cpu, 0),
    memory: of.reduce((sum, { memory }) => sum + memory, 0),
  });
  expect(sums(open)).toEqual(sums(roomOf(two)));
  // The zone of a volume holds both of them.
  expect(open.filter(({ zonal }) => zonal)).toHaveLength(2);
});

test('a day of one costs money, and the bill is the same whichever are open', () => {
  const lines = linesOf(none);
  const line = lines.find(({ name }) => name === 'Previews of pull requests');
  expect(line?.quantity).toMatch(/^20 days at \d\.\d\d each$/);
  expect(line?.expected).toBeGreaterThan(0);
  expect(linesOf(two).map(({ name, most }) => [name, most])).toEqual(lines.map(({ name, most }) => [name, most]));
});
