import { discreet } from '../../charts/environments/secret-texts';
import { limited } from '../limit';
import { canonical } from '../model/canonical';
import { withoutHash } from '../model/identity';
import { masked } from '../model/literals';
import { show } from '../model/path';
import { type Class, classes, type Finding, type Instance, type Source, titles } from '../report/finding';
import { apiVersion } from '../report/report';
import { type Acknowledgement, type Level, levels } from '../rule';
import type { Schemas } from '../schema/tables';
import { terraform } from '../terraform/stacks';
import { type ChartOutcome, unseenIn, withCharts } from './charts';
import { classify } from './classify';
import { type Classed, type Context, subjectOf } from './finding';
import type { Judgement, JudgeSides } from './judging';
import { lineFinder } from './lines';
import { withoutNoise } from './noise';
import { acts, compareObjects, type ObjectChange } from './objects';
import { frozenFindings, otherFiles } from './others';
import { isPromotion, type Promotion } from './promotion';
import { byEvent } from './removals';
import type { DiffReport, ObjectReport } from './report';
import { type Comparison, sidesOf } from './sides';
import { verdictOf } from './verdict';
import type { Change } from './walk';

/** What is to be told, and what of it is known already. */
export interface Request {
  readonly base: DiffReport['base'];
  readonly head: DiffReport['head'];
  readonly comparison: Comparison;
  /** The minor version of the cluster: `1.35`. */
  readonly kubernetes: string;
  readonly schemas: Schemas;
  readonly acknowledged: readonly Acknowledgement[];
  /** `2026-12-01`. */
  readonly today: string;
  /** The settings by which is reckoned are not the same on both sides. */
  readonly settingsDiffer?: boolean;
  /** What is to be said of the comparison as a whole. */
  readonly notes?: readonly string[];
  /** What git knows of the images that come. */
  readonly promotions?: readonly Promotion[];
  /** The address at which files are seen, without a commit: `https://github.com/<organization>/<repository>/blob`. */
  readonly files?: string;
  /** What came of the charts of changed Applications; absent when they were not to be rendered. */
  readonly charts?: ReadonlyMap<string, ChartOutcome>;
  /** Each environment that is frozen and changes, with until when, by whom and why. */
  readonly frozen?: ReadonlyMap<string, string>;
  /** What the charts make otherwise than these files; absent where nobody asked them. */
  readonly remade?: readonly Finding[];
  /** Changed files that are not manifests. */
  readonly others?: readonly string[];
  /** Whether to find the lines of fields also of a promotion, whose text names none: it takes long; default: yes. */
  readonly lines?: boolean;
  /** What only both whole states can tell; asked when an object or the settings changed. */
  readonly judge?: JudgeSides;
}

/**
 * Says what merging does to each environment.
 *
 * @throws Error when it takes too long, with the class of risk or the rule that does
 */
export function review(request: Request): DiffReport {
  return limited(() => reviewed(request));
}

function reviewed(request: Request): DiffReport {
  const { before, after } = sidesOf(request.comparison, request.schemas);
  const { changes, notes: unread } = compareObjects(before, after);
  const raw: Context = {
    before,
    after,
    objects: changes,
    kubernetes: request.kubernetes,
    schemas: request.schemas,
  };
  const objects = changes.map((change) => withoutNoise(change, raw));
  const context: Context = { ...raw, objects };
  const told = byEvent(
    objects.map((change) => ({
      change,
      drafts: withCharts(change, classify(change, context), request.charts),
    })),
    context,
  );
  const reports = objectReports(told);
  const line = request.lines === false && isPromotion(reports) ? () => undefined : lineFinder(after);
  // A file that is not a manifest may decide what Argo CD makes of its folder, or keep it from reading the others.
  const acted = request.settingsDiffer || objects.some(acts) || after.unreadable.length > 0;
  const judged = (acted && request.judge?.(before, after)) || nothing;
  const others = otherFiles(request.others ?? []);
  const single = told.flatMap(({ change, drafts }) => drafts.map((draft) => findingOf(change, draft, line)));
  const all = [
    ...withRules(single, judged.findings),
    ...others.findings,
    ...frozenFindings(request.frozen),
    ...(request.remade ?? []),
  ];
  const { open, acknowledged, notes: stale } = acknowledge(all, request);
  const findings = grouped(open).sort(byRisk);
  return {
    apiVersion,
    kind: 'DiffReport',
    base: request.base,
    head: request.head,
    remade: request.remade !== undefined,
    ...(request.files && { files: `${request.files}/${request.head.commit}` }),
    verdict: verdictOf({
      findings,
      objects: reports,
      deltas: judged.deltas,
      promotions: request.promotions ?? [],
      unseen: unseenIn(objects, request.charts),
      today: request.today,
    }),
    summary: summaryOf(findings, objects),
    findings,
    acknowledged: grouped(acknowledged).sort(byRisk) as DiffReport['acknowledged'],
    deltas: judged.deltas,
    objects: reports,
    notes: [
      ...unread
        .filter(
          ({ file }) =>
            !judged.findings.some(({ rule, instances: [at] }) => rule === 'readable' && at?.source.file === file),
        )
        .map(({ file, message }) => `${file}: ${message}`),
      ...others.notes,
      ...(request.notes ?? []),
      ...stale,
    ].map((note) => discreet(note)),
  };
}

const nothing: Judgement = { deltas: [], findings: [] };

/** A rule that says the same of the same event as a class of risk is one finding with it, at the worst of both. */
function withRules(risks: readonly Single[], broken: readonly Finding[]): Single[] {
  const rest = new Set(broken);
  const joined = risks.map((risk) => {
    const same = risk.level === 'info' ? [] : [...rest].filter((each) => sameEvent(risk, each));
    for (const each of same) rest.delete(each);
    const [first] = same;
    if (!first) return risk;
    const level = levels[Math.max(...[risk, ...same].map((each) => levels.indexOf(each.level)))] as Level;
    const more = same.filter(({ path, says }) => path === '' && !risk.fix.includes(says)).map(({ says }) => says);
    return { ...risk, level, rule: first.rule, docs: first.docs, fix: [risk.fix, ...more].join('; ') };
  });
  return [...joined, ...rest].map(({ folder, ...finding }: Single) => finding);
}

/** The rule is about the field that changes, about the folder that goes, or about who still uses what is in it. */
function sameEvent(risk: Single, rule: Finding): boolean {
  const [a, b] = [risk.instances[0]?.source.file, rule.instances[0]?.source.file ?? ''];
  return (
    (a === b && rule.path !== '' && rule.path === risk.path) ||
    risk.folder === b ||
    risk.users?.includes(b) === true
  );
}

/** A finding of one environment; several that are the same are joined later. */
type Single = Finding & { readonly reason?: string; readonly until?: string; readonly folder?: string };

function findingOf(change: ObjectChange, draft: Classed, line: ReturnType<typeof lineFinder>): Single {
  const manifest = subjectOf(change);
  const { apiVersion, kind, metadata } = manifest.object;
  const name = nameOf(change);
  const path = show(draft.path);
  const key = [kind, name, ...(path ? [path] : [])].join('/');
  const place =
    metadata.namespace && metadata.namespace !== change.environment
      ? [kind, metadata.namespace, key.slice(kind.length + 1)].join('/')
      : key;
  const called = change.changes.find((each) => show(each.path) === path)?.called;
  const hide = (value: unknown) => masked(kind, draft.path, value, called);
  const instance: Instance = {
    id: `${draft.class}:${change.environment}/${place}`,
    environment: change.environment,
    ...(metadata.namespace && { namespace: metadata.namespace }),
    source: sourceOf(change, draft.level === 'info' ? undefined : line(manifest, draft.cause ?? draft.path)),
  };
  return {
    id: `${draft.class}:${key}`,
    class: draft.class,
    level: draft.level,
    title: titles[draft.class],
    environments: [change.environment],
    object: { apiVersion, kind, name },
    path,
    ...(draft.before !== undefined && { before: hide(draft.before) }),
    ...(draft.after !== undefined && { after: hide(draft.after) }),
    says: discreet(draft.says),
    why: discreet(draft.why),
    fix: discreet(draft.fix),
    ...(draft.restarts && { restarts: draft.restarts }),
    ...(draft.users && draft.users.length > 0 && { users: draft.users }),
    ...(draft.folder && { folder: draft.folder }),
    instances: [instance],
  };
}

/** A hash of the content says nothing to a reader, and differs between environments whose change is the same. */
function nameOf(change: ObjectChange): string {
  const { name } = subjectOf(change).object.metadata;
  return change.hashed ? `${withoutHash(name)}-*` : name;
}

function sourceOf(change: ObjectChange, line?: number): Source {
  const { file, environment, chart, object } = subjectOf(change);
  if (object.apiVersion === terraform)
    return { file, ...(line !== undefined && change.after && { line }), chart: `terraform-bridge` };
  const folder = { argocd: 'charts/argocd', 'add-ons': 'charts/argocd/values' }[environment] ?? 'charts';
  return { file, ...(line !== undefined && change.after && { line }), chart: `${folder}/${chart}.ts` };
}

function grouped(findings: readonly Single[]): Single[] {
  const groups = new Map<string, Single>();
  for (const finding of findings) {
    const [instance] = finding.instances;
    const elsewhere = instance?.namespace === instance?.environment ? '' : (instance?.namespace ?? '');
    const { class: of, level, object, path, before, after, says, rule, reason } = finding;
    const key = canonical([of, level, object, elsewhere, path, before, after, says, rule, reason]);
    const known = groups.get(key);
    groups.set(
      key,
      known
        ? {
            ...known,
            environments: [...new Set([...known.environments, ...finding.environments])].sort(),
            instances: [...known.instances, ...finding.instances].sort((a, b) => (a.id < b.id ? -1 : 1)),
          }
        : finding,
    );
  }
  return [...groups.values()];
}

function acknowledge(findings: readonly Single[], { acknowledged, today }: Request) {
  // The check has findings of its own in the same file.
  const own = acknowledged.filter(({ id }) => (classes as readonly string[]).includes(id.split(':')[0] ?? ''));
  const over = own.filter(({ until }) => until !== undefined && until < today);
  const valid = new Map(own.filter((each) => !over.includes(each)).map((each) => [each.id, each] as const));
  const ids = new Set(findings.map(({ instances: [instance] }) => instance?.id));
  const notes = [
    ...over.map(
      ({ id, until }) =>
        `.changes/ack.yaml: ${id} was acknowledged until ${until}; remove the entry, or decide anew`,
    ),
    ...[...valid.keys()]
      .filter((id) => !ids.has(id))
      .map(
        (id) => `.changes/ack.yaml: ${id} is acknowledged and is not a finding of this change; remove the entry`,
      ),
  ];
  const entryOf = ({ instances: [instance] }: Single) => valid.get(instance?.id ?? '');
  return {
    open: findings.filter((finding) => !entryOf(finding)),
    acknowledged: findings.flatMap((finding) => {
      const entry = entryOf(finding);
      return entry ? [{ ...finding, reason: entry.reason, ...(entry.until && { until: entry.until }) }] : [];
    }),
    notes,
  };
}

function summaryOf(findings: readonly Finding[], objects: readonly ObjectChange[]): DiffReport['summary'] {
  const real = objects.filter(acts);
  const count = (level: Level) => findings.filter((each) => each.level === level).length;
  const perClass = classes.flatMap((name): [Class, number][] => {
    const number = findings.filter((each) => each.class === name).length;
    return number > 0 ? [[name, number]] : [];
  });
  const cosmetic: Record<string, number> = {};
  for (const each of objects.flatMap((change) => change.cosmetic)) cosmetic[each] = (cosmetic[each] ?? 0) + 1;
  const of = (status: ObjectChange['status']) => real.filter((each) => each.status === status).length;
  return {
    worst: [...levels].reverse().find((level) => count(level) > 0) ?? 'none',
    levels: { info: count('info'), warn: count('warn'), high: count('high'), critical: count('critical') },
    classes: Object.fromEntries(perClass),
    objects: { changed: of('changed'), added: of('added'), removed: of('removed'), renamed: of('renamed') },
    environments: [...new Set(real.map(({ environment }) => environment))].sort(),
    cosmetic,
  };
}

function objectReports(told: readonly { change: ObjectChange; drafts: readonly Classed[] }[]): ObjectReport[] {
  const groups = new Map<string, ObjectReport>();
  for (const { change, drafts } of told) {
    const { object } = subjectOf(change);
    const { kind, metadata } = object;
    const changes = contentOf(change).map(({ path, before, after, called }) => ({
      path: show(path),
      ...(before !== undefined && { before: masked(kind, path, before, called) }),
      ...(after !== undefined && { after: masked(kind, path, after, called) }),
    }));
    const elsewhere = metadata.namespace === change.environment ? '' : (metadata.namespace ?? '');
    const key = canonical([change.status, kind, nameOf(change), elsewhere, changes]);
    const known = groups.get(key);
    const rank = Math.max(
      -1,
      ...drafts.map(({ level }) => levels.indexOf(level)),
      levels.indexOf((known?.level ?? 'none') as Level),
    );
    groups.set(key, {
      status: change.status,
      level: levels[rank] ?? 'none',
      classes: classes.filter(
        (name) => drafts.some((draft) => draft.class === name) || known?.classes.includes(name),
      ),
      environments: [...new Set([...(known?.environments ?? []), change.environment])].sort(),
      kind,
      name: nameOf(change),
      namespaces: [...new Set([...(known?.namespaces ?? []), metadata.namespace ?? ''])].filter(Boolean).sort(),
      sources: [...(known?.sources ?? []), sourceOf(change)].sort((a, b) => (a.file < b.file ? -1 : 1)),
      changes,
      cosmetic: (known?.cosmetic ?? 0) + change.cosmetic.length,
    });
  }
  const rank = ({ level }: ObjectReport) => -levels.indexOf(level as Level);
  return [...groups.values()].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      compare(a.environments.join(), b.environments.join()) ||
      compare(a.kind, b.kind) ||
      compare(a.name, b.name),
  );
}

/** What differs; of what comes or goes all that it holds. */
function contentOf({ status, before, after, changes }: ObjectChange): readonly Change[] {
  if (status !== 'added' && status !== 'removed') return changes.filter(({ path: [top] }) => top !== 'planned');
  const { apiVersion, kind, metadata, ...content } = (after ?? before)?.object ?? {};
  const fields = apiVersion === terraform ? { ...content, address: undefined, planned: undefined } : content;
  return Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [{ path: [key], ...(status === 'added' ? { after: value } : { before: value }) }],
  );
}

function byRisk(a: Finding, b: Finding): number {
  return (
    levels.indexOf(b.level) - levels.indexOf(a.level) ||
    classes.indexOf(a.class) - classes.indexOf(b.class) ||
    compare(a.environments.join(), b.environments.join()) ||
    compare(a.id, b.id) ||
    compare(a.says, b.says)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
