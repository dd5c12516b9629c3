import { whole } from '../../../charts/environments';
import { edited, sayEdit } from '../../../charts/environments/edits';
import { groupNamed } from '../../../charts/environments/node-groups';
import { piloted } from '../../../charts/environments/pilot';
import { loadSettings } from '../../../charts/settings';
import { knobsOf } from '../../../commands/cheaper/knobs';
import { stepsOf } from '../../../commands/cheaper/pilot';
import { type Proven, shapeOf } from '../../../commands/cheaper/proofs';
import { sized } from '../../../commands/cheaper/size';
import { untriedOf } from '../../../commands/cheaper/untried';
import { judge } from '../../../review/scheduling/judge';
import { podSets } from '../../../review/scheduling/workloads';
import { frozen } from '../../support/frozen';
import { root } from '../../support/root';

const raw = frozen as any;
const app = groupNamed(frozen.cluster, 'app');

test('an edit changes a copy, and is sayEdit as a person would make it', () => {
  const edits = [
    { of: 'cluster', path: 'nodeGroups.app.max', to: app.max + 1 },
    { of: 'cluster', path: 'nodeGroups.app.spot', to: {} },
    { of: 'production', path: 'aws.alarms', to: undefined },
  ];
  expect(edits.map((edit) => sayEdit(raw, edit))).toEqual([
    `cluster.ts: nodeGroups.app.max ${app.max} → ${app.max + 1}`,
    'cluster.ts: add nodeGroups.app.spot: {}',
    'production.ts: remove aws.alarms',
  ]);
  const after = edited(raw, edits);
  expect(after.cluster.nodeGroups.app).toEqual({ ...app, max: app.max + 1, spot: {} });
  expect(after.environments[0]?.aws.alarms).toBeUndefined();
  expect(app).not.toHaveProperty('spot');
  expect(() => edited(raw, [{ of: 'staging', path: 'aws.alarms.cacheCpu', to: 1 }])).toThrow(
    'charts/environments/staging.ts: has no aws.alarms.cacheCpu',
  );
});

test('every knob is an edit that synth takes', () => {
  const knobs = knobsOf(raw);
  expect(knobs.length).toBeGreaterThan(8);
  for (const { edits, givesUp } of knobs) {
    expect(() => loadSettings(root, edited(raw, edits))).not.toThrow();
    expect(givesUp).not.toBe('');
  }
});

test('the node groups found hold every moment, and with a node less they do not', () => {
  const shape = shapeOf(root, raw) as Proven;
  const { size, tooSmall } = sized(shape, 'arm64');
  const fits = (more: (field: string, value: number) => number) => {
    const edits = [
      ...(size?.edits ?? []),
      ...['min', 'max'].map((field) => {
        const path = `nodeGroups.app.${field}`;
        const found = size?.edits.find((edit) => edit.path === path)?.to ?? app[field as 'min' | 'max'];
        return { of: 'cluster', path, to: more(field, found as number) };
      }),
    ];
    return judge(podSets(shape), edited(raw, edits).cluster as any).every(({ fits }) => fits);
  };
  expect(size?.dollars).toBeLessThanOrEqual(shape.dollars);
  expect(fits((_, value) => value)).toBe(true);
  expect(fits((field, value) => value - (field === 'min' ? 1 : 0))).toBe(false);
  expect(fits((field, value) => value - (field === 'max' ? 1 : 0))).toBe(false);
  expect(tooSmall.length).toBeGreaterThan(0);
  for (const { why } of tooSmall) expect(why).toMatch(/has (no place|a place) on/);
});

test('synth refuses a group of another architecture than that of the builds', () => {
  const mixed = edited(raw, [{ of: 'cluster', path: 'nodeGroups.app.instanceType', to: 't3.large' }]);
  expect(shapeOf(root, mixed)).toEqual({
    refused: expect.stringMatching(
      /nodeGroups\.app\.instanceType: t3\.large is amd64, and images are built on jenkins/,
    ),
  });
});

test('the pilot holds every proof, costs at most 330 dollars, and says what each row gives up', () => {
  const steps = stepsOf(root, whole);
  expect(steps.at(-1)).not.toHaveProperty('refused');
  expect(steps.at(-1)?.dollars).toBeLessThanOrEqual(330);
  for (const { givesUp, edits } of steps) expect([givesUp.length > 40, edits.length > 0]).toEqual([true, true]);
  // Without its own rule for a lost node it is refused.
  const strict = piloted(whole);
  strict.cluster.lostNode = 'held';
  expect(shapeOf(root, strict)).toEqual({
    refused: expect.stringContaining(
      'lostNode: held, but app is one node at rest, and nothing is left when it is lost',
    ),
  });
});

test('settings with the pilot on are those of its rows', () => {
  expect(piloted(whole).cluster.nodeGroups.app).toMatchObject({
    instanceType: 't4g.xlarge',
    min: 1,
    singleZone: true,
  });
  expect(whole.cluster.nodeGroups.app?.min).toBe(3);
});

test('what no setting turns has a price, or the pod for which it would save nothing', () => {
  const rows = (min: number) => {
    const shape = shapeOf(root, edited(raw, [{ of: 'cluster', path: 'nodeGroups.app.min', to: min }])) as Proven;
    return new Map(untriedOf(shape).map(({ name, saves, why }) => [name, { saves, why }]));
  };
  const [today, larger] = [rows(app.min), rows(app.min + 1)];
  for (const name of ['Asleep at night and on weekends: staging', 'One replica of each add-on']) {
    expect(today.get(name)).toEqual({ saves: 0, why: expect.stringMatching(/^no node less: .* on 2 app/) });
    expect(larger.get(name)?.saves).toBeGreaterThan(20);
  }
  expect(larger.get('Reserved instances and savings plans')?.saves).toBeGreaterThan(
    today.get('Reserved instances and savings plans')?.saves as number,
  );
});
