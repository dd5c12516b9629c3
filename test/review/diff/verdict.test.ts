import pc from 'picocolors';
import type { Settings } from '../../../charts/settings';
import { judging } from '../../../review/diff/judging';
import { github } from '../../../review/diff/render/github';
import { markdown } from '../../../review/diff/render/markdown';
import { text } from '../../../review/diff/render/text';
import type { DiffReport } from '../../../review/diff/report';
import { sidesOf } from '../../../review/diff/sides';
import { diffPage } from '../../../review/page/diff-page';
import { json } from '../../../review/report/json';
import { levels } from '../../../review/rule';
import { files, settings } from '../../support/manifests';
import { root } from '../../support/root';
import { between, fixturesIn, reviewed, reviewOf } from './fixtures';

const rollout = 'dist/production/web/Rollout.e-ren-rollout.yaml';
type Edit = (text: string) => string | undefined;

/** What the review says of edited files, and of settings that are others. */
function said(edits: Readonly<Record<string, Edit>>, after: Settings = settings, before: Settings = settings) {
  const edited = new Map(files);
  for (const [file, edit] of Object.entries(edits)) {
    const made = edit(files.get(file) ?? '');
    if (made === files.get(file)) throw new Error(`${file} is not changed by what should change it`);
    if (made === undefined) edited.delete(file);
    else edited.set(file, made);
  }
  const comparison = between(files, edited);
  const judge = judging({ root, before, after, acknowledged: [], today: '2026-12-01' });
  const report = reviewOf(comparison, { judge, settingsDiffer: before !== after });
  const sides = sidesOf(comparison);
  const page = diffPage(report, {
    before: { tree: sides.before.tree(), settings: before },
    after: { tree: sides.after.tree(), settings: after },
  });
  return { report, forms: formsOf(report, page) };
}

function formsOf(report: DiffReport, page: string): Readonly<Record<string, string>> {
  return {
    text: text(report, { colors: pc.createColors(false), width: 1_000 }),
    markdown: markdown(report),
    github: github(report),
    json: json(report),
    page,
  };
}

const site = (connections: number): Settings => ({
  ...settings,
  sites: settings.sites.map((each) => ({
    ...each,
    environment: { ...each.environment, connections: { ...each.environment.connections, max: connections } },
  })),
});
const budget = (monthly: number): Settings => ({
  ...settings,
  cluster: { ...settings.cluster, budget: { ...settings.cluster.budget, monthly } },
});
const renamed: Edit = (each) => each.replace('progressDeadlineSeconds: 600', 'progressDeadlineSeconds: 700');

const cases: readonly {
  rule: string;
  edits: Readonly<Record<string, Edit>>;
  after?: Settings;
  before?: Settings;
}[] = [
  { rule: 'nodes-hold-pods', edits: { [rollout]: (each) => each.replace(/memory: 896Mi/g, 'memory: 6000Mi') } },
  { rule: 'connections-fit', edits: { [rollout]: renamed }, after: site(20) },
  { rule: 'cost-fits', edits: { [rollout]: renamed }, after: budget(100) },
  // What did not fit before does not fit after either.
  { rule: 'connections-fit', edits: { [rollout]: renamed }, after: site(20), before: site(20) },
  {
    rule: 'quota-holds-pods',
    edits: {
      'dist/production/namespace/ResourceQuota.environment.yaml': (each) =>
        each.replace(/pods: '\d+'/, "pods: '4'"),
    },
  },
  { rule: 'secret-exists', edits: { 'dist/production/web/ExternalSecret.eren-web.yaml': () => undefined } },
  { rule: 'unknown-field', edits: { [rollout]: (each) => each.replace(/^spec:\n/m, 'spec:\n  replica: 3\n') } },
];

test.each(cases)('$rule is in the verdict of every form, and none says that all is well', (each) => {
  const { rule, edits, after, before } = each;
  const { report, forms } = said(edits, after, before);
  const found = report.findings.filter((each) => each.rule === rule);
  expect(report.findings.map((each) => each.rule)).toContain(rule);
  expect(levels.indexOf(report.verdict.level as 'high')).toBeGreaterThanOrEqual(levels.indexOf('high'));
  const told = [report.verdict.headline, ...report.verdict.lines.map(({ says }) => says)].join('\n');
  expect(found.some(({ says }) => told.includes(says.slice(0, 60)))).toBe(true);
  for (const [form, all] of Object.entries(forms)) {
    expect([form, /no risk|🟢|Nothing that needs reading|would act on/i.test(all)]).toEqual([form, false]);
    const heading = report.verdict.headline.slice(0, 14);
    expect([form, all.includes(heading)]).toEqual([form, true]);
  }
});

test('a number that is over what there is cannot stand beside a verdict that all is well', () => {
  const { report } = said({ [rollout]: renamed }, { ...site(45), ...budget(400), sites: site(30).sites });
  for (const { after, environment } of report.deltas)
    if (after?.of !== undefined && (after.expected ?? after.max) > after.of)
      expect(report.findings.some(({ class: of, environments }) => of === 'fit' && environments.length > 0)).toBe(
        Boolean(environment),
      );
  expect(report.verdict.level).not.toBe('none');
});

test('the level of a verdict is that of the worst finding, in every fixture there is', () => {
  for (const fixture of ['classes', 'immutable', 'mutable', 'harmless'].flatMap(fixturesIn)) {
    const { findings, verdict } = reviewed(fixture);
    const grave = findings.filter(({ level }) => level !== 'info').map(({ level }) => levels.indexOf(level));
    const worst = levels[Math.max(-1, ...grave)] ?? 'none';
    expect([fixture, verdict.level]).toEqual([fixture, worst]);
    expect(verdict.lines.length).toBeLessThanOrEqual(5);
  }
});

test('the headline says to whom, how long, what is lost and what it costs', () => {
  const { report } = said(
    {
      [rollout]: (each) => each.replace(/terminationGracePeriodSeconds: \d+/, 'terminationGracePeriodSeconds: 99'),
    },
    settings,
    settings,
  );
  expect(report.verdict.headline).toMatch(
    /^Production web goes through a canary, [\d → ]+ %, at least \d+ minutes \(terminationGracePeriodSeconds\); nothing is lost/,
  );
});
