import { groupNamed, zonalGroups } from '../../../charts/environments/node-groups';
import { loadSettings, type Settings } from '../../../charts/settings';
import { totalsOf } from '../../../review/cost/bill';
import { linesOf } from '../../../review/cost/lines';
import { hours, price } from '../../../review/cost/prices';
import { usage } from '../../../review/cost/usage';
import { judge } from '../../../review/scheduling/judge';
import { podSets } from '../../../review/scheduling/workloads';
import { nodes } from '../../../review/verify/fits/nodes';
import { nodesOf } from '../../cluster/nodes';
import { treeOf } from '../../review/scheduling/settings';
import { said } from '../../review/verify/findings';
import { manifestsWith } from '../../support/changed';
import { frozen } from '../../support/frozen';
import { problemsOf } from '../../support/problems';
import { root } from '../../support/root';
import { onSpot } from '../../support/spot-group';

function settingsWith(change: (settings: any) => void): Settings {
  const settings = structuredClone(frozen) as any;
  change(settings);
  return loadSettings(root, settings);
}
const cluster = (change: (cluster: any) => void) => (settings: any) => change(settings.cluster);
const spot = settingsWith(onSpot);
const tree = treeOf(spot);

describe('a group of Spot capacity, and Sidekiq on it', () => {
  test('is proved: Sidekiq has its nodes alone, and every pod has one', () => {
    const fits = judge(podSets({ tree, settings: spot }), spot.cluster);
    expect(fits.filter(({ fits }) => !fits).map(({ moment }) => moment.name)).toEqual([]);
    for (const { example } of fits) {
      const { sets } = example.model.world;
      const on = (group: string) =>
        example.model.nodes
          .filter(({ kind }) => kind.group === group)
          .flatMap(({ counts }) => sets.filter((set, i) => counts[i] && !set.daemon).map(({ name }) => name));
      expect(new Set(on('spot'))).toEqual(new Set(['production/eren-sidekiq']));
      expect(on('app')).not.toContain('production/eren-sidekiq');
    }
  });

  test('too small for its pods is told of, and named', () => {
    const crowded = settingsWith((settings) => {
      onSpot(settings);
      settings.environments[0].sidekiq.replicas = 9;
      settings.environments[0].connections.max = 90;
      settings.environments[0].quota = { ...settings.environments[0].quota, memory: '32Gi', memoryLimit: '32Gi' };
    });
    const misfits = judge(podSets({ tree: treeOf(crowded), settings: crowded }), crowded.cluster).filter(
      ({ fits }) => !fits,
    );
    expect(misfits[0]?.pending.map(({ name }) => name)).toEqual(['production/eren-sidekiq']);
  });

  test('is billed at what Spot is reckoned to cost, and at most as on demand', () => {
    const before = settingsWith(() => {});
    const facts = { tree: treeOf(before), settings: before };
    const [line] = linesOf({ tree, settings: spot }).filter(({ name }) => name === 'EC2 nodes, spot');
    const node = price('ec2.t4g.medium');
    expect(line?.quantity).toBe('1 to 2 × t4g.medium, Spot');
    expect(line?.rest).toBeCloseTo(hours * node * usage.spot);
    expect(line?.most).toBeCloseTo(2 * hours * node);
    const [was, is] = [totalsOf(linesOf(facts)), totalsOf(linesOf({ tree, settings: spot }))];
    expect([is.rest > was.rest, is.expected > was.expected, is.most > was.most]).toEqual([true, true, true]);
  });

  test('has a monitor of its own, with a page to read', () => {
    const monitors = (change: (settings: any) => void) =>
      manifestsWith(change).filter(({ metadata }) => metadata.name.startsWith('node-group-full'));
    const own = monitors(onSpot).find(({ metadata }) => metadata.name === 'node-group-full-spot');
    const { query, message, options } = JSON.parse(own?.spec.jsonSpec);
    expect(query).toContain('workload:spot} > 1');
    expect(message).toContain('alerts/node-group-full.md');
    expect(options.thresholds).toEqual({ critical: 1 });
    // A group that cannot grow is always at its most.
    const fixed = monitors((settings) => {
      onSpot(settings);
      settings.cluster.nodeGroups.spot.max = 1;
    });
    expect(fixed.map(({ metadata }) => metadata.name)).toEqual(['node-group-full', 'node-group-full-jenkins']);
  });

  test('is known to `npm run verify`, and so are nodes of the wrong capacity', () => {
    const ready = nodesOf(spot.cluster, { app: 3, jenkins: 1, spot: 1 }).map((node: any) => ({
      ...node,
      status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] },
    }));
    expect(said(nodes(ready, spot.cluster, 'charts/environments/cluster.ts'))).toEqual([]);
    const bought = ready.map((node) => ({
      ...node,
      metadata: {
        ...node.metadata,
        labels: { ...node.metadata.labels, 'eks.amazonaws.com/capacityType': 'ON_DEMAND' },
      },
    }));
    expect(said(nodes(bought, spot.cluster, 'charts/environments/cluster.ts'))).toEqual([
      'mismatch node nodeGroups.spot.spot its capacity is ON_DEMAND, the settings say SPOT',
    ]);
  });
});

test('two groups of which one name begins with the other are told apart by their nodes', () => {
  const twice = settingsWith(
    cluster((c) => (c.nodeGroups['app-a'] = { ...c.nodeGroups.app, workload: 'large', min: 1, max: 2 })),
  );
  const ready = nodesOf(twice.cluster, { app: 3, jenkins: 1, 'app-a': 1 }).map((node: any) => ({
    ...node,
    status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] },
  }));
  expect(said(nodes(ready, twice.cluster, 'charts/environments/cluster.ts'))).toEqual([]);
});

test.each([
  [3, 7, ['a', 'b'], ['a 2 to 4', 'b 1 to 3']],
  [0, 3, ['a', 'b', 'c'], ['a 0 to 1', 'b 0 to 1', 'c 0 to 1']],
  // EKS refuses a group that may have no node.
  [1, 1, ['a', 'b'], ['a 1 to 1']],
])('%d to %d nodes are divided among %j', (min, max, zones, expected) => {
  const parts = zonalGroups(zones, { ...groupNamed(frozen.cluster, 'app'), min, max });
  expect(parts.map((part) => `${part.zone} ${part.min} to ${part.max}`)).toEqual(expected);
});

test('builds run on the group that Jenkins names, whatever it is called', () => {
  const renamed = (settings: any) => {
    const { jenkins, ...others } = settings.cluster.nodeGroups;
    settings.cluster.nodeGroups = { ...others, builds: { ...jenkins, workload: 'builds' } };
    settings.cluster.jenkins.agents.nodeGroup = 'builds';
  };
  const changed = manifestsWith(renamed);
  const agents = changed.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'jenkins');
  expect((agents as any).data['jenkins.yaml']).toMatch(/workload: builds/);
  expect((agents as any).data['jenkins.yaml']).not.toMatch(/workload: jenkins/);
  const settings = settingsWith(renamed);
  expect(
    judge(podSets({ tree: treeOf(settings), settings }), settings.cluster).filter(({ fits }) => !fits),
  ).toEqual([]);
  const line = linesOf({ tree: treeOf(settings), settings }).find(({ documents }) => documents === 'jenkins');
  expect(line?.name).toBe('EC2 nodes, builds');
});

const wrong: [string, (settings: any) => void, string][] = [
  [
    'Spot capacity that every pod would run on',
    cluster((c) => (c.nodeGroups.app.spot = {})),
    'nodeGroups.app.tainted: is false, but the group is of Spot capacity',
  ],
  [
    'no group for pods that ask for none',
    cluster((c) => (c.nodeGroups.app.tainted = true)),
    'nodeGroups: has no group without taint and Spot capacity among app, jenkins',
  ],
  [
    'no groups',
    cluster((c) => (c.nodeGroups = {})),
    'nodeGroups: has no group without taint and Spot capacity among none',
  ],
  [
    'two groups that pods cannot tell apart',
    cluster((c) => (c.nodeGroups.more = { ...c.nodeGroups.app })),
    'nodeGroups.more.workload: "app" is also that of app; pods choose a group by it',
  ],
  [
    'builds on a group that is not there',
    cluster((c) => (c.jenkins.agents.nodeGroup = 'builds')),
    'jenkins.agents.nodeGroup: "builds" is not a group of nodeGroups; use one of app, jenkins',
  ],
  [
    'Jenkins on a group that is not there',
    cluster((c) => (c.jenkins.nodeGroup = 'builds')),
    'jenkins.nodeGroup: "builds" is not a group of nodeGroups; use one of app, jenkins',
  ],
  [
    'a group of every pod that may have no node',
    cluster((c) => (c.nodeGroups.app.min = 0)),
    'nodeGroups.app.min: 0, but Jenkins runs on the group all the time; raise it',
  ],
  [
    'a second such group that may have none',
    cluster((c) => (c.nodeGroups.more = { ...c.nodeGroups.app, workload: 'more', min: 0 })),
    'nodeGroups.more.min: 0, but every pod may run on the group all the time; raise it',
  ],
  [
    'a name that leaves no room for what Terraform appends',
    cluster((c) => (c.nodeGroups['a'.repeat(37)] = { ...c.nodeGroups.app, workload: 'more' })),
    'is too long; a node group has at most 34 letters',
  ],
  [
    'Sidekiq on the Spot nodes of builds',
    (settings) => {
      settings.cluster.nodeGroups.jenkins.spot = {};
      settings.environments[0].sidekiq.spot = {};
    },
    'sidekiq.spot: is set, but no node group of cluster.ts has Spot capacity, beside that of builds',
  ],
];

test.each(wrong)('%s is refused, with a remedy', (_, change, problem) => {
  expect(problemsOf(change).join('\n')).toContain(problem);
});
