import { budgets } from '../budgets';
import { doing, limited } from '../limit';
import { groupedBy } from '../model/collections';
import { namedImages, parseReference } from '../model/images';
import type { Finding } from '../report/finding';
import { apiVersion, type CheckReport, fingerprintOf } from '../report/report';
import { type Level, levels, type Rule, type Subject } from '../rule';
import { counted } from '../rules/security/images';
import { judge } from '../schema/judge';
import { standing } from './benchmarks';
import { evaluate } from './evaluate';

/** What is judged, and how strictly. */
interface Request {
  readonly subject: Subject;
  readonly rules: readonly Rule[];
  readonly failOn: Level | 'none';
  readonly textOf: (file: string) => string;
  /** Whether anybody reads where allowed findings are; true when absent. */
  readonly placed?: boolean;
  /** With it, only what was not there before fails. */
  readonly base?: {
    readonly ref: string;
    readonly commit: string;
    readonly subject: Subject;
    readonly textOf: (file: string) => string;
  };
}

/** @throws Error when it takes too long, with the rule that does */
export function check(request: Request): CheckReport {
  return limited(() => judged(request));
}

function judged({ subject, rules, failOn, textOf, placed, base }: Request): CheckReport {
  const { findings, allowed } = evaluate(subject, rules, textOf, placed);
  const before = base && evaluate(base.subject, rules, base.textOf, false).findings;
  const compared = before ? sinceThen(findings, before) : { findings, fixed: [] };
  const counted = compared.findings.filter(({ status }) => status !== 'known');
  const failing = new Set(findings.map(({ rule = '' }) => rule));
  const { tree, schemas } = subject;
  const of = (wanted: Level) => compared.findings.filter(({ level }) => level === wanted).length;
  const stand = (wanted: 'new' | 'known') => compared.findings.filter(({ status }) => status === wanted).length;
  return {
    apiVersion,
    kind: 'CheckReport',
    kubernetes: schemas.kubernetes,
    ...(base && { base: { ref: base.ref, commit: base.commit } }),
    failOn,
    passed: failOn === 'none' || !counted.some(({ level }) => levels.indexOf(level) >= levels.indexOf(failOn)),
    objects: tree.manifests.length,
    rules: rules.length,
    counts: {
      critical: of('critical'),
      high: of('high'),
      warn: of('warn'),
      info: of('info'),
      new: stand('new'),
      known: stand('known'),
      fixed: compared.fixed.length,
      allowed: allowed.length,
    },
    ...compared,
    allowed,
    budgets: budgets.flatMap((budget) => {
      doing('proofs of connections, nodes and money');
      return budget(subject);
    }),
    benchmarks: standing(rules, failing),
    notes: [...alone(subject), ...mistyped(subject), ...expressions(subject), ...byOthers(subject)],
  };
}

/** Pairs what is the same, so that a second offence of the same kind is new. */
export function sinceThen(
  after: readonly Finding[],
  before: readonly Finding[],
): { findings: Finding[]; fixed: Finding[] } {
  const left = groupedBy(before, fingerprintOf);
  const findings = after.map((finding) => {
    const known = left.get(fingerprintOf(finding))?.shift();
    return { ...finding, status: known ? ('known' as const) : ('new' as const) };
  });
  return { findings, fixed: [...left.values()].flat() };
}

/** Without a state before, nobody knows what is gone. */
function alone({ around }: Subject): string[] {
  return around && !around.before
    ? [
        'not compared with a merge-base, as git knows none here: what is gone was not judged (shrunk, orphaned); run git fetch origin main, or name one with --base',
      ]
    : [];
}

/** What the other rules did not see. */
function mistyped({ tree, schemas }: Subject): string[] {
  const files = tree.manifests.flatMap((each) =>
    judge(each, schemas).some(({ rule }) => rule === 'wrong-type') ? [each.file] : [],
  );
  return files.length > 0
    ? [`values of a wrong type count as absent for all other rules: those in ${files.join(', ')}`]
    : [];
}

/** An image that another one may take the place of, or that may not come. */
function byOthers({ tree }: Subject): string[] {
  const images = namedImages(tree);
  const tags = images.filter((image) => !parseReference(image).digest);
  const unpinned = `of an image without a digest only the tag was reviewed, until npm run digests writes it: ${tags.join(', ')}`;
  return [...(tags.length > 0 ? [unpinned] : []), ...counted(images)];
}

function expressions({ tree, schemas }: Subject): string[] {
  const kinds = [...new Set(tree.manifests.map(({ object }) => `${object.apiVersion} ${object.kind}`))];
  const withRules = kinds.filter((kind) => {
    const [apiVersion = '', name = ''] = kind.split(' ');
    return schemas.hasExpressions(apiVersion, name);
  });
  if (withRules.length === 0) return [];
  const names = withRules.map((kind) => kind.split(' ')[1]).sort();
  return [
    `CEL expressions are judged by a server only: those in the definitions of ${names.join(', ')}, and the text of admission policies`,
  ];
}
