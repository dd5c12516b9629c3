import { chartFolders } from '../../charts/app';
import type { Raw } from '../../charts/environments/edits';
import { objectsOf, RenderError } from '../../charts/output';
import { loadSettings, type Settings, SettingsError } from '../../charts/settings';
import { evaluate } from '../../review/check/evaluate';
import { subjectOf } from '../../review/check/subject';
import { totalsOf } from '../../review/cost/bill';
import { linesOf } from '../../review/cost/lines';
import { parseTree, type Tree } from '../../review/model/tree';
import { fingerprintOf } from '../../review/report/report';
import type { Facts } from '../../review/rule';
import { rules } from '../../review/rules';

/** What synth makes of settings, and what a month of it costs. */
export interface Ours extends Facts {
  readonly settings: Settings;
}

export interface Proven extends Ours {
  /** Dollars, with what `review/cost/usage.ts` reckons with of use. */
  readonly dollars: number;
}

/** Settings that synth refuses, and the first reason. */
export interface NotProven {
  readonly refused: string;
}

/** Renders settings without writing anything. */
export function shapeOf(root: string, raw: Raw): Proven | NotProven {
  try {
    const settings = loadSettings(root, raw);
    const tree = treeOf(settings);
    return { settings, tree, dollars: dollarsOf({ settings, tree }) };
  } catch (error) {
    if (error instanceof SettingsError || error instanceof RenderError)
      return { refused: error.problems[0] as string };
    throw error;
  }
}

export function dollarsOf(facts: Facts): number {
  return totalsOf(linesOf(facts)).expected;
}

/**
 * What `npm run check` would newly refuse: all its rules, those of high and critical level, without what they find today.
 *
 * @returns a judge that gives the first offence in words, or nothing
 */
export function prover(root: string, today: Facts): (shape: Facts) => string | undefined {
  const found = ({ tree, settings }: Facts) =>
    evaluate(subjectOf(root, tree, settings), rules, () => '', false).findings.filter(
      ({ level }) => level === 'critical' || level === 'high',
    );
  const known = new Set(found(today).map(fingerprintOf));
  return (shape) => {
    const [first] = found(shape).filter((finding) => !known.has(fingerprintOf(finding)));
    return first && `${first.rule}: ${first.says}`;
  };
}

function treeOf(settings: Settings): Tree {
  const objects = objectsOf(chartFolders(settings));
  return parseTree(new Map([...objects.keys()].map((file) => [file, ''])), (file) => objects.get(file));
}
