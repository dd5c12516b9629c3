import { sentenceCase } from '../report/escape';
import { type Finding, few, type Restart, saidOf, whereOf } from '../report/finding';
import { valuesOf } from '../report/values';
import { levels } from '../rule';
import { isPromotion, type Promotion, promotionLines } from './promotion';
import { isShown } from './render/words';
import type { Delta, ObjectReport, Verdict } from './report';

/** What a verdict is made of. */
interface Told {
  /** The worst first. */
  readonly findings: readonly Finding[];
  readonly objects: readonly ObjectReport[];
  readonly deltas: readonly Delta[];
  /** What git knows of the images that come. */
  readonly promotions: readonly Promotion[];
  /** What Applications make that nobody has looked at, in words. */
  readonly unseen: readonly string[];
  /** `2026-12-01`. */
  readonly today: string;
}

/** A person reads as many lines. */
const most = 5;

/** What all of it comes to. Nothing that is wrong can be left out of it: its level is that of the worst finding. */
export function verdictOf({ findings, objects, deltas, promotions, unseen, today }: Told): Verdict {
  const open = findings.filter(({ level }) => level !== 'info');
  const [worst] = open;
  const lead = worst && ['critical', 'high'].includes(worst.level) ? worst : undefined;
  const clauses = [
    lead && `${lead.title}: ${sayIn(lead, 200)}`,
    ...restartsOf(findings.filter((each) => each !== lead)),
    ...(lead ? [] : [changesOf(objects, unseen)]),
    ...lossesOf(findings, objects, lead, unseen),
    moneyOf(deltas),
  ].filter((each) => each !== undefined);
  // The headline tells of restarts, of files that nobody judges, and of the worst of all.
  const withSchema = promotions
    .filter(({ migrations }) => migrations === 'with it')
    .map(({ environment }) => environment);
  const told = ({ restarts, class: of, object, level, environments }: Finding) =>
    level === 'warn' &&
    (restarts !== undefined ||
      (of === 'unjudged' && !object) ||
      (of === 'migration' && environments.every((each) => withSchema.includes(each))));
  const left = open.filter((each) => each !== lead && !told(each));
  const lines = [
    ...left.map((each) => ({
      level: each.level,
      says: `${each.title}: ${sayIn(each, 300)}`,
      ...(each.docs && { link: each.docs }),
    })),
    ...promotionLines(promotions, today),
  ];
  return {
    level: worst?.level ?? 'none',
    headline: sentenceCase(clauses.join('; ')),
    lines: lines.slice(0, most),
    promotion: left.length === 0 && lead === undefined && isPromotion(objects),
    more: Math.max(0, left.length - Math.min(left.length, most)),
  };
}

function sayIn(finding: Finding, length: number): string {
  const value = valuesOf(finding);
  const text = `${whereOf(finding)} ${saidOf(finding)}${value ? ` (${value})` : ''}`;
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** `production web restarts pod by pod, about 6 minutes (env LOG_LEVEL); staging the same`. */
function restartsOf(findings: readonly Finding[]): string[] {
  const environments = new Map<string, Map<string, Restart[]>>();
  for (const { restarts, instances } of findings)
    for (const { environment } of restarts ? instances : []) {
      const ways = environments.get(environment) ?? new Map<string, Restart[]>();
      environments.set(environment, ways);
      const key = `${restarts?.why} ${restarts?.how}`;
      if (restarts) ways.set(key, [...(ways.get(key) ?? []), restarts]);
    }
  const said: string[] = [];
  return [...environments].map(([environment, ways]) => {
    const reasons = new Set([...ways.values()].flat().map(({ why }) => why));
    const words = [...ways.values()]
      .map((all) => {
        const apps = [...new Set(all.map(({ app }) => app))];
        const [slowest] = [...all].sort((a, b) => b.seconds - a.seconds) as [Restart];
        const way = wayOf(slowest);
        const why = reasons.size > 1 ? ` (${slowest.why})` : '';
        return `${listed(apps)}${why} ${apps.length > 1 ? plural(way) : way}`;
      })
      .join(', ')
      .concat(reasons.size === 1 ? ` (${[...reasons][0]})` : '');
    if (said.includes(words)) return `${environment} the same`;
    said.push(words);
    return `${environment} ${words}`;
  });
}

function wayOf({ how, seconds }: Restart): string {
  if (seconds === 0) return how;
  const minutes = Math.round(seconds / 60);
  const time =
    seconds < 90 ? `${Math.round(seconds)} seconds` : `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  return `${how}, ${how.includes('canary') ? 'at least' : 'about'} ${time}`;
}

function plural(way: string): string {
  return way.replace(/^(\w+)s\b/, (word, stem) => (word === 'is' ? 'are' : word === 'goes' ? 'go' : stem));
}

function listed(names: readonly string[]): string {
  return names.length > 2 ? few(names) : names.join(' and ');
}

/** What changes where nothing restarts: new pods are what a person asks about first. */
function changesOf(objects: readonly ObjectReport[], unseen: readonly string[]): string | undefined {
  const real = objects.filter(isShown);
  if (real.length === 0) return 'nothing that the cluster would act on';
  if (real.some(({ classes }) => classes.includes('restart'))) return undefined;
  const words = { changed: 'changes', added: 'is new', removed: 'goes', renamed: 'has another name' };
  const shown = real
    .slice(0, 2)
    .map(
      ({ kind, name, status, environments }) => `${environments.join(' and ')} ${kind} ${name} ${words[status]}`,
    );
  return `${shown.join(', ')}${real.length > 2 ? ` and ${real.length - 2} more objects` : ''}${unseen.length > 0 ? '' : '; nothing restarts'}`;
}

function lossesOf(
  findings: readonly Finding[],
  objects: readonly ObjectReport[],
  lead: Finding | undefined,
  unseen: readonly string[],
): string[] {
  const lost = findings.filter(
    ({ class: of, level }) => of === 'data-loss' && levels.indexOf(level) >= levels.indexOf('high'),
  );
  const unknown = findings.filter((each) => each.class === 'unjudged' && each !== lead);
  const said = [...unseen, ...(unknown.length > 0 ? [`not judged: ${few(unknown.map(whereOf))}`] : [])];
  if (lost.length > 0)
    return lost.every((each) => each === lead) ? said : [`lost: ${few(lost.map(whereOf))}`, ...said];
  // Nobody can say it of what nobody has judged.
  return objects.some(isShown) &&
    unseen.length === 0 &&
    !findings.some(({ class: of, object }) => of === 'unjudged' && object)
    ? ['nothing is lost', ...said]
    : said;
}

/** `$485 → $554 a month, 92 % of the budget`. */
function moneyOf(deltas: readonly Delta[]): string | undefined {
  const { before, after } = deltas.find(({ unit }) => unit === '$') ?? {};
  const [was, is, of] = [before?.expected, after?.expected, after?.of];
  if (was === undefined || is === undefined) return undefined;
  const share = of ? `, ${Math.round((100 * is) / of)} % of the budget` : '';
  return was === is ? undefined : `$${was} → $${is} a month${share}`;
}
