import { type SystemFacts, systemFacts } from '../../charts/facts';
import type { Settings } from '../../charts/settings';
import { sinceThen } from '../check/check';
import { evaluate } from '../check/evaluate';
import { subjectOf } from '../check/subject';
import { canonical } from '../model/canonical';
import { Tree } from '../model/tree';
import { type Finding, titles } from '../report/finding';
import type { Acknowledgement, Around, Rule } from '../rule';
import { rules } from '../rules';
import { repeatable, stale, strayFile } from '../rules/fresh/synthesis';
import { setsOf } from '../scheduling/workloads';
import { deltasOf } from './deltas';
import { measures } from './measures';
import { rangeOf } from './render/words';
import type { Delta } from './report';
import type { Side } from './sides';

/** What only both whole states can tell. */
export interface Judgement {
  /** What is shared, where it is not the same before and after. */
  readonly deltas: readonly Delta[];
  /** Rules that do not hold and did before, and everything that does not fit. */
  readonly findings: readonly Finding[];
}

export type JudgeSides = (before: Side, after: Side) => Judgement;

/** By what the two states are judged. */
interface Basis {
  /** The repository, which has the tables of the schema. */
  readonly root: string;
  readonly before: Settings | SystemFacts;
  readonly after: Settings | SystemFacts;
  readonly acknowledged: readonly Acknowledgement[];
  /** `2026-12-01`. */
  readonly today: string;
}

/** The rule that speaks of what a measure counts. */
const ruleOf: Readonly<Record<string, string>> = {
  'Database connections': 'connections-fit',
  Nodes: 'nodes-hold-pods',
  Cost: 'cost-fits',
};

/** The same rules and budgets as `check`, asked of what merging makes. */
export function judging(basis: Basis): JudgeSides {
  return (before, after) => {
    const deltas = deltasOf(
      { tree: before.tree(), settings: basis.before },
      { tree: after.tree(), settings: basis.after },
      measures,
    );
    const broken = newlyBroken(basis, before, after);
    return { deltas, findings: [...broken, ...deltas.flatMap((delta) => overfull(delta, broken))] };
  };
}

/** What the charts make otherwise than the files that are there. */
export function remade(root: string, settings: Basis['after'], around: Around): Finding[] {
  const subject = { ...subjectOf(root, new Tree([]), settings), around };
  const { findings } = evaluate(subject, [stale, strayFile, repeatable], () => '', false);
  return findings.map((each) => ({ ...each, status: 'new' }));
}

function newlyBroken(basis: Basis, before: Side, after: Side): Finding[] {
  const { root, acknowledged, today } = basis;
  const subject = (side: Side, settings: Basis['after'], had?: readonly string[]) => {
    // Their names are all that is asked for.
    const texts = new Map(side.files().map((file) => [file, '']));
    const around = { texts, acknowledged, today, ...(had && { before: had }) };
    return { ...subjectOf(root, side.tree(), settings, side.changed()), around };
  };
  const sets = (side: Side, settings: Basis['after']) =>
    canonical([setsOf({ tree: side.tree(), settings }), systemFacts(settings).cluster.nodeGroups]);
  const same = sets(before, basis.before) === sets(after, basis.after);
  const asked = rules.filter(({ id }) => !(same && id === 'nodes-hold-pods'));
  const now = subject(after, basis.after, before.files());
  // Knowing where a field stands is slow, and most findings were there before.
  const nowhere = () => '';
  const { findings } = evaluate(now, asked, nowhere, false);
  if (findings.length === 0) return [];
  const suspects: readonly Rule[] = rules.filter(({ id }) => findings.some(({ rule }) => rule === id));
  const then = evaluate(subject(before, basis.before), suspects, nowhere, false).findings;
  // What does not fit is told also where it did not before.
  const isTold = ({ status, class: of }: Finding) => status === 'new' || of === 'fit';
  const broken = sinceThen(findings, then).findings.filter(isTold);
  const ids = new Set(broken.map(({ id, says }) => `${id} ${says}`));
  const again = suspects.filter(({ id }) => broken.some(({ rule }) => rule === id));
  return evaluate(now, again, (file) => after.textOf(file) ?? '', false)
    .findings.filter(({ id, says }) => ids.has(`${id} ${says}`))
    .map((each) => ({ ...each, status: broken.find(({ id }) => id === each.id)?.status }));
}

/** What is printed as a number must not contradict what is said: more than there is does not fit, whatever rules say. */
function overfull(delta: Delta, broken: readonly Finding[]): Finding[] {
  const { environment, what, unit, after } = delta;
  const rule = ruleOf[what];
  const most = after?.expected ?? after?.max ?? 0;
  if (!after || after.of === undefined || most <= after.of || broken.some((each) => each.rule === rule)) return [];
  const file = `charts/environments/${environment}.ts`;
  const id = `${rule ?? what}:${environment}`;
  return [
    {
      id,
      class: 'fit',
      level: 'high',
      title: titles.fit,
      environments: [environment],
      path: '',
      says: `${what} of ${environment}: ${rangeOf(after, unit)}`,
      why: 'What is shared is not enough for all at the worst moment.',
      fix: 'ask for less, or raise what there is',
      ...(rule && { rule, docs: `docs/rules/${rule}.md` }),
      instances: [{ id, environment, source: { file, chart: 'environments' } }],
    },
  ];
}
