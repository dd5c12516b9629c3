import fc from 'fast-check';
import type { Cluster } from '../../../charts/environments/environment';
import { groupNamed, type NodeGroup } from '../../../charts/environments/node-groups';
import { subjectOf } from '../../../review/check/subject';
import { nodesNeeded } from '../../../review/scheduling/bound';
import { scheduling, schedulingOffences, unknownRuleOffences } from '../../../review/scheduling/budget';
import { admits, ClusterModel, worldOf } from '../../../review/scheduling/cluster';
import { judge } from '../../../review/scheduling/judge';
import { allocatable, type NodeKind, nextSize, nodeKinds } from '../../../review/scheduling/nodes';
import { randomOf, shuffle } from '../../../review/scheduling/random';
import { type PodSet, podSets } from '../../../review/scheduling/workloads';
import { root } from '../../support/root';
import { treeOf, workload } from '../objects';
import { settings, tree } from '../ours';

const ours = podSets({ tree, settings });

const small: NodeKind = { group: 'app', cpu: 1000, memory: 1000, pods: 10, labels: {}, taints: [], zones: ['a'] };

function pods(name: string, count: number, cpu: number, memory: number, more: Partial<PodSet> = {}): PodSet {
  return {
    name,
    environment: 'production',
    kind: 'Deployment',
    cpu,
    memory,
    replicas: { rest: count, maximum: count, release: count, abort: count },
    daemon: false,
    priority: 0,
    preempts: true,
    spec: {},
    spread: false,
    apart: false,
    zonal: false,
    ...more,
  };
}

function groups(changes: Partial<NodeGroup>): Cluster {
  const { nodeGroups } = settings.cluster;
  const app = { ...groupNamed(settings.cluster, 'app'), ...changes };
  return { ...settings.cluster, nodeGroups: { ...nodeGroups, app } };
}

const needed = (wanted: PodSet, sets: PodSet[], kind = small) =>
  nodesNeeded(wanted, [kind], sets, (set) => set.replicas.rest);

test.each([
  // 2000m − 60 − 10; 94 % of 4096 − (255 + 35 × 11) − 100.
  ['t3.medium', 35, { cpu: 1930, memory: 3110, pods: 35 }],
  ['t3.medium', 17, { cpu: 1930, memory: 3308, pods: 17 }],
  ['t3.large', 35, { cpu: 1930, memory: 6960, pods: 35 }],
  // 4000m − 60 − 10 − 5 − 5.
  ['t3.xlarge', 58, { cpu: 3920, memory: 14407, pods: 58 }],
] as const)('a %s of %i pods has what EKS leaves of it', (type, maxPods, room) => {
  expect(allocatable(type, maxPods)).toEqual(room);
});

test('the next size is the next of the family', () => {
  expect(nextSize('t3.medium')).toBe('t3.large');
  expect(nextSize('t3a.medium')).toBe('t3a.large');
  expect(nextSize('t3.xlarge')).toBeUndefined();
});

describe('how many nodes leave a place in every order', () => {
  test('one, for a pod alone', () => {
    const web = pods('web', 1, 400, 400);
    expect(needed(web, [web])).toBe(1);
  });

  test('by memory: others of 1800 fill two nodes beyond the 600 that a pod of 400 leaves, and not three', () => {
    const web = pods('web', 1, 100, 400);
    expect(needed(web, [web, pods('a', 18, 0, 100)])).toBe(3);
    expect(needed(web, [web, pods('a', 12, 0, 100)])).toBe(2);
  });

  test('by CPU on some nodes and by memory on others', () => {
    const web = pods('web', 1, 400, 400);
    // Seven of each fill one node by CPU and one by memory; as one kind of pod they would fill one.
    expect(needed(web, [web, pods('cpu', 7, 100, 0), pods('memory', 7, 0, 100)])).toBe(3);
    expect(needed(web, [web, pods('both', 7, 100, 100)])).toBe(2);
  });

  test('by number, when pods are small', () => {
    const web = pods('web', 1, 10, 10);
    expect(needed(web, [web, pods('small', 25, 1, 1)])).toBe(3);
  });

  test('less what the pods of DaemonSets take on each', () => {
    const web = pods('web', 1, 100, 400);
    const agent = pods('agent', 1, 0, 300, { daemon: true });
    expect(needed(web, [web, pods('a', 6, 0, 100)])).toBe(1);
    expect(needed(web, [web, agent, pods('a', 6, 0, 100)])).toBe(2);
  });

  test('without what gives way to it', () => {
    const lower = pods('staging', 20, 0, 100, { priority: -1, preempts: false });
    const web = pods('web', 1, 0, 500);
    expect(needed(web, [web, lower])).toBe(1);
    expect(needed(lower, [web, lower])).toBe(3);
    const polite = pods('web', 1, 0, 500, { preempts: false });
    expect(needed(polite, [polite, lower])).toBe(4);
  });

  test('one for each, when no two may share a node', () => {
    const db = pods('db', 3, 10, 10, { apart: true });
    expect(needed(db, [db])).toBe(3);
  });

  test('none, for a pod that an empty node does not hold, or that no node is for', () => {
    const large = pods('large', 1, 1001, 10);
    expect(needed(large, [large])).toBe(Number.POSITIVE_INFINITY);
    const elsewhere = pods('gpu', 1, 10, 10, { spec: { nodeSelector: { gpu: 'true' } } });
    expect(needed(elsewhere, [elsewhere])).toBe(Number.POSITIVE_INFINITY);
  });
});

const anySets = fc
  .array(
    fc.record({
      count: fc.integer({ min: 1, max: 5 }),
      cpu: fc.integer({ min: 0, max: 900 }),
      memory: fc.integer({ min: 0, max: 900 }),
      priority: fc.constantFrom(-1, 0, 5),
      preempts: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((sets) => sets.map(({ count, cpu, memory, ...more }, i) => pods(`set-${i}`, count, cpu, memory, more)));

test('what the bound calls certain, no order of pods and no choice of nodes contradicts', () => {
  fc.assert(
    fc.property(anySets, fc.integer({ min: 1, max: 6 }), fc.integer(), (sets, nodes, seed) => {
      const random = randomOf(seed);
      const free = Array.from({ length: nodes }, () => ({
        cpu: small.cpu,
        memory: small.memory,
        pods: small.pods,
      }));
      const all = sets.flatMap((set) => Array.from({ length: set.replicas.rest }, () => set));
      const fits = (room: (typeof free)[number], { cpu, memory }: PodSet) =>
        room.cpu >= cpu && room.memory >= memory && room.pods >= 1;
      // Any node with room, not the best; without preemption, so only the sets that count on none are judged.
      for (const set of shuffle(all, random)) {
        const open = free.filter((room) => fits(room, set));
        const room = open[Math.floor(random() * open.length)];
        if (room) {
          room.cpu -= set.cpu;
          room.memory -= set.memory;
          room.pods -= 1;
        } else if (!set.preempts || !all.some(({ priority }) => priority < set.priority))
          expect(needed(set, sets)).toBeGreaterThan(nodes);
      }
    }),
    { numRuns: 400, seed: 7 },
  );
});

test('nor do the lives of the scheduler that are played', () => {
  fc.assert(
    fc.property(anySets, fc.integer({ min: 1, max: 4 }), (sets, min) => {
      for (const fit of judge(sets, groups({ instanceType: 't3.medium', min, max: min + 1 })))
        for (const set of fit.pending) {
          const nodes = fit.nodes.app ?? 0;
          expect(nodesNeeded(set, fit.kinds.slice(0, 1), sets, fit.moment.pods)).toBeGreaterThan(nodes);
        }
    }),
    { numRuns: 40, seed: 7 },
  );
});

describe('the scheduler of the model', () => {
  const model = (kinds: NodeKind[], sets: PodSet[]) =>
    new ClusterModel(worldOf(kinds, sets), randomOf(1), () => 0);

  test('puts the pods of a DaemonSet on a new node, before all others', () => {
    const cluster = model([small], [pods('agent', 1, 300, 300, { daemon: true }), pods('web', 1, 800, 100)]);
    cluster.add(0);
    expect(cluster.nodes[0]?.cpu).toBe(300);
    expect(cluster.place(1).placed).toBe(false);
  });

  test('takes the emptier node', () => {
    const cluster = model([small], [pods('web', 2, 400, 400)]);
    cluster.add(0);
    cluster.add(0);
    cluster.place(0);
    cluster.place(0);
    expect(cluster.nodes.map(({ pods }) => pods)).toEqual([1, 1]);
  });

  test('drives away what is least important, and no more than it must', () => {
    const sets = [
      pods('web', 1, 600, 0, { priority: 10 }),
      pods('batch', 1, 500, 0, { priority: 5 }),
      pods('staging', 2, 300, 0, { priority: -1 }),
    ];
    const cluster = model([small], sets);
    cluster.add(0);
    for (const set of [1, 2]) cluster.place(set);
    expect(cluster.place(0)).toEqual({ placed: true, evicted: [1] });
    const other = model([small], sets);
    other.add(0);
    for (const set of [2, 2]) other.place(set);
    expect(other.place(0)).toEqual({ placed: true, evicted: [2] });
  });

  test('lets nothing be driven away by a pod that never preempts, or is not more important', () => {
    const sets = [
      pods('a', 1, 600, 0, { priority: 10, preempts: false }),
      pods('b', 1, 600, 0),
      pods('c', 1, 600, 0),
    ];
    const cluster = model([small], sets);
    cluster.add(0);
    cluster.place(1);
    expect([cluster.place(0), cluster.place(2)].map(({ placed }) => placed)).toEqual([false, false]);
  });

  test('keeps a pod with a volume in its zone', () => {
    const sets = [pods('db', 1, 100, 100, { zonal: true })];
    const cluster = new ClusterModel(worldOf([{ ...small, zones: ['a', 'b'] }], sets), randomOf(1), () => 1);
    cluster.add(0);
    expect(cluster.place(0).placed).toBe(false);
    cluster.add(0);
    expect(cluster.place(0).placed).toBe(true);
  });
});

const tainted = {
  ...small,
  labels: { workload: 'jenkins' },
  taints: [{ key: 'workload', value: 'jenkins', effect: 'NoSchedule' }],
};
const expression = (operator: string, values?: string[]) => ({
  nodeAffinity: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'workload', operator, values }] }] },
});

test.each([
  ['a taint keeps away', tainted, {}, false],
  [
    'a toleration of another value does not help',
    tainted,
    { tolerations: [{ key: 'workload', value: 'app' }] },
    false,
  ],
  [
    'a toleration of the same lets in',
    tainted,
    { tolerations: [{ key: 'workload', operator: 'Equal', value: 'jenkins', effect: 'NoSchedule' }] },
    true,
  ],
  ['a toleration of everything lets in', tainted, { tolerations: [{ operator: 'Exists' }] }, true],
  ['a selector wants its label', small, { nodeSelector: { workload: 'jenkins' } }, false],
  ['In wants one of its values', { ...tainted, taints: [] }, expression('In', ['app', 'jenkins']), true],
  ['NotIn wants none of them', { ...tainted, taints: [] }, expression('NotIn', ['jenkins']), false],
  ['Exists wants the label', small, expression('Exists'), false],
  ['DoesNotExist wants none', small, expression('DoesNotExist'), true],
  ['an operator that is not known never lets in', small, expression('Gt', ['1']), false],
])('of nodes, %s', (_, node, spec, admitted) => {
  expect(admits(node, pods('pod', 1, 1, 1, { spec }))).toBe(admitted);
});

test('our nodes hold our pods at every moment, in every order', () => {
  const fits = judge(ours, settings.cluster);
  expect(
    fits.filter((fit) => !fit.fits).map(({ moment, pending, uncertain }) => [moment.name, pending, uncertain]),
  ).toEqual([]);
  expect(fits.length).toBeGreaterThanOrEqual(8);
  expect([...schedulingOffences({ tree, settings })]).toEqual([]);
});

test('what may wait is staging, Jenkins and its builds, and only when a node is lost', () => {
  const fits = judge(ours, settings.cluster);
  expect(fits.filter(({ moment, waiting }) => !moment.nodeLost && waiting.length > 0)).toEqual([]);
  const waiting = fits.flatMap(({ waiting }) => waiting.map(({ name }) => name));
  expect(waiting.filter((name) => !name.startsWith('staging/') && !name.startsWith('ci-cd/'))).toEqual([]);
});

test("the design's nodes do not hold them, and the first pod without a place is named with what would help", () => {
  const cluster = groups({ instanceType: 't3.medium', min: 2, max: 2 });
  const messages = [...schedulingOffences({ tree, settings: { ...settings, cluster } })].map(
    ({ message }) => message,
  );
  expect(messages[0]).toMatch(
    /^nodeGroups: at rest, \S+ \(\d+m, \d+Mi\) has no place on 2 app \(t3\.medium\), 0 jenkins/,
  );
  expect(messages).toHaveLength(8);
});

test.each([
  ['one more node', { instanceType: 't3.large', min: 2, max: 6 }, 'it fits with nodeGroups.app.min 2 → 3'],
  ['one more at most', { instanceType: 't3.large', min: 3, max: 5 }, 'it fits with nodeGroups.app.max 5 → 6'],
  [
    'the next size',
    { instanceType: 't3.medium', min: 3, max: 6 },
    'it fits with nodeGroups.app.instanceType t3.medium → t3.large',
  ],
] as const)('the smallest change is %s', (_, change, remedy) => {
  const offences = [...schedulingOffences({ tree, settings: { ...settings, cluster: groups(change) } })];
  expect(offences.map(({ message }) => message.split('; ').at(-1))).toContain(remedy);
});

test('pods that no node group is for are told apart', () => {
  const lost = workload('Deployment', 'gpu', { replicas: 1 }, { spec: { nodeSelector: { gpu: 'true' } } });
  const [offence] = schedulingOffences({ tree: treeOf(lost), settings });
  expect(offence?.message).toContain('no node group takes such a pod');
});

test('the tables say of every moment and every node what is left', () => {
  const [moments, left] = scheduling({ tree, settings });
  for (const table of [moments, left])
    for (const row of table?.rows ?? []) expect(row).toHaveLength(table?.columns.length ?? 0);
  expect(moments?.verdict.fits).toBe(true);
  const room = new Map(nodeKinds(settings.cluster).map((kind) => [kind.group, kind]));
  for (const [, node, , count, cpu, memory] of left?.rows ?? []) {
    const kind = room.get(String(node).split(' ')[0] ?? '');
    expect(Number(count)).toBeLessThanOrEqual(kind?.pods ?? 0);
    expect([Number(cpu) >= 0, Number(memory) >= 0, Number(memory) <= (kind?.memory ?? 0)]).toEqual([
      true,
      true,
      true,
    ]);
  }
});

test.each([
  [
    'affinity to other pods',
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{}] } } },
    'podAffinity',
  ],
  [
    'required spread',
    { topologySpreadConstraints: [{ whenUnsatisfiable: 'DoNotSchedule' }] },
    'topologySpreadConstraints',
  ],
  [
    'distance to others in the same zone',
    {
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'topology.kubernetes.io/zone' }],
        },
      },
    },
    'podAntiAffinity',
  ],
  ['a host port', { containers: [{ name: 'main', ports: [{ hostPort: 80 }] }] }, 'containers'],
])('%s is told, because the proof does not know it', (_, spec, field) => {
  const [offence] = unknownRuleOffences({ tree: treeOf(workload('Deployment', 'web', {}, { spec })), settings });
  expect(offence && 'path' in offence && offence.path.at(-1)).toBe(field);
  expect([...unknownRuleOffences({ tree, settings })]).toEqual([]);
});

test('all pods are there: of every workload, add-on and agent', () => {
  const names = ours.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of [
    'production/e-ren-rollout',
    'datadog/datadog-agent',
    'kube-system/coredns',
    'argocd/argocd-server',
    'ci-cd/agent rspec',
    'argocd/redis-secret-init',
    'backup/jenkins-backup',
  ])
    expect(names).toContain(name);
});

test('objects of a wrong shape are passed over, not stumbled upon', () => {
  const broken = [
    workload(
      'Deployment',
      'a',
      { replicas: 'many' },
      { spec: { containers: 'none', volumes: {}, tolerations: 'all', affinity: 3 } },
    ),
    workload(
      'CronJob',
      'b',
      { suspend: 'no' },
      { spec: { initContainers: [null, 'x'], topologySpreadConstraints: {} } },
    ),
    { ...workload('StatefulSet', 'c', {}), spec: null },
    {
      kind: 'ConfigMap',
      metadata: { name: 'jenkins', namespace: 'ci-cd' },
      data: { 'jenkins.yaml': 'jenkins: [' },
    },
    {
      kind: 'Rollout',
      metadata: { name: 'd', namespace: 'production' },
      spec: { strategy: { canary: { steps: 'all', trafficRouting: {} } }, template: { spec: {} } },
    },
  ];
  const { tree: typed } = subjectOf(root, treeOf(...broken), settings);
  expect(() => judge(podSets({ tree: typed, settings }), settings.cluster)).not.toThrow();
});
