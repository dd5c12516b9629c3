import { groupNamed, nodeCounts, openGroups, zonalGroups } from '../../charts/environments/node-groups';
import type { Cluster } from './cluster';
import { startCluster } from './given';
import { type Moment, type Pending, Placement } from './placement';
import { volumes } from './played/volumes';
import { settings } from './settings';

/** The scheduler is not deterministic, and pods do not always come in the same order. */
const runs = Array.from({ length: 20 }, (_, i) => i + 1);
const least = nodeCounts(settings.cluster, 'min');
const most = nodeCounts(settings.cluster, 'max');
const [[app = ''] = []] = openGroups(settings.cluster);
/** Pods whose volume keeps them in one zone; staging and Jenkins alone have any. */
const zonal = /^(?:ci-cd|staging)\/statefulset-/;
const { zones } = settings.cluster.network;
/** One more in each zone. */
const more = { ...least, [app]: (least[app] ?? 0) + zones.length };
/** One node less of those that take every pod. */
const without = (nodes: typeof most) => ({ ...nodes, [app]: (nodes[app] ?? 0) - 1 });

let cluster: Cluster;
let placement: Placement;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.startNodes(settings.cluster, least);
  cluster.add(volumes(cluster.api));
  placement = await Placement.prepare(cluster, settings);
});
afterEach(() => placement?.forgetVolumes());
afterAll(() => cluster?.stop());

test.each<[string, Moment]>([
  ['at rest, on the least nodes', { nodes: least }],
  ['with a canary aborted in every environment at HPA maximum, on the most nodes', { nodes: most, worst: true }],
  [
    'the same, with all agents of Jenkins and every job at once',
    { nodes: most, worst: true, agents: true, jobs: true },
  ],
  [
    'with one node gone of the most, and all of that',
    { nodes: without(most), worst: true, agents: true, jobs: true },
  ],
])('every pod has a node %s, in 20 runs', async (_, moment) => {
  expect(await pending(moment)).toEqual([]);
  expect(await placement.count()).toBeGreaterThan(50);
});

test('with one node gone of the least staging and Jenkins may wait, and another node takes all whose volume is not elsewhere, whichever it was', async () => {
  const short: string[] = [];
  for (const seed of runs) {
    await placement.pending({ nodes: least }, seed);
    const meanwhile = await placement.lose(`${app}-${seed % (least[app] ?? 1)}`);
    short.push(
      ...say(
        seed,
        meanwhile.filter(({ priority }) => priority > 0),
      ),
    );
    const left = await placement.replace({ nodes: least });
    short.push(
      ...say(
        seed,
        left.filter(({ pod, why }) => !zonal.test(pod) || !/node affinity/.test(why)),
      ),
    );
    // What came from the lost node has taken the place beside their volumes. The autoscaler starts a node there.
    if (left.length > 0) short.push(...say(seed, await placement.replace({ nodes: more })));
  }
  expect(short).toEqual([]);
});

test('with the zone of most nodes lost at rest, production waits only until the other zone has its most', async () => {
  const short: string[] = [];
  const [lost, ...others] = zones;
  const parts = zonalGroups(zones, groupNamed(settings.cluster, app));
  const left = parts.filter(({ zone }) => zone !== lost).reduce((sum, { max }) => sum + max, 0);
  for (const seed of runs.slice(0, 5)) {
    await placement.pending({ nodes: least }, seed);
    for (let i = 0; i < (least[app] ?? 0); i += zones.length) await placement.lose(`${app}-${i}`);
    const pending = await placement.replace({ nodes: { ...least, [app]: left }, zones: others });
    short.push(
      ...say(
        seed,
        pending.filter(({ priority }) => priority > 0),
      ),
    );
  }
  expect(short).toEqual([]);
});

test('pods that no node has place for are found', async () => {
  const found = await placement.pending({ nodes: { ...least, [app]: 0 } }, 1);
  expect(found.map(({ pod }) => pod)).toContain('production/rollout-e-ren-rollout-stable-0');
});

async function pending(moment: Moment): Promise<string[]> {
  const found: string[] = [];
  for (const seed of runs) found.push(...say(seed, await placement.pending(moment, seed)));
  return found;
}

function say(run: number, pending: readonly Pending[]): string[] {
  return pending.map(({ pod, why }) => `run ${run}: ${pod}: ${why}`);
}
