import { argoCdNamespace } from '../../charts/environments/namespaces';
import { groupOf } from '../model/identity';
import { masked } from '../model/literals';
import { hidden } from '../model/secrets';
import { hookOf } from '../model/sync-options';
import type { KubernetesObject, Manifest } from '../model/tree';
import type { Attempt } from './attempts';
import { type Difference, differences } from './difference';
import { type Finding, nameOf, subjectOf } from './finding';
import type { Lines } from './lines';
import type { Live } from './live';
import { lastWriter, ownersOf } from './owners';
import type { Scope } from './scope';
import { fieldManager } from './server';

/** So many fields of one object are told; the others are counted. */
const most = 8;

/** What is not in the cluster, or not as it is in git, in the fields that we write. */
export async function drift(
  scope: Scope,
  live: Live,
  attempts: ReadonlyMap<Manifest, Attempt>,
  lines: Lines,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const manifest of scope.manifests) {
    const attempt = attempts.get(manifest);
    const { object, file } = manifest;
    // The reason why an object cannot be there is told once; what is rejected, or not answered, is told as that.
    if (hookOf(object) !== undefined || attempt?.outcome === 'not-served' || attempt?.outcome === 'no-namespace')
      continue;
    const now = await live.find(object);
    if (now === 'unknown') continue;
    const about = { question: 'drift', level: 'mismatch', object: subjectOf(object), file } as const;
    if (now === undefined) {
      findings.push({
        ...about,
        ...waits(scope, manifest),
        what: 'missing',
        message: 'is in git and not in the cluster',
        fix: sync(scope, manifest),
      });
      continue;
    }
    findings.push(...foreign(scope, manifest, now));
    if (attempt?.outcome !== 'accepted' && !(attempt?.outcome === 'forbidden' && attempt.usual)) continue;
    // Roles and policies have no defaults to speak of, so that the file itself can be compared.
    const [wanted, partial] = attempt.outcome === 'accepted' ? [attempt.result, false] : [object as any, true];
    const ignored = pointersOf(scope.deliverer(manifest), object);
    const all = differences(wanted, now, partial).filter(
      ({ path }) => !ignored.some((each) => covers(each, path)),
    );
    for (const each of all.slice(0, most))
      findings.push({
        ...about,
        ...lines.at(file, each.path),
        ...judge(each, now, scope, manifest),
      });
    if (all.length > most)
      findings.push({ ...about, what: 'changed', message: `and ${all.length - most} more fields differ` });
  }
  return findings;
}

function judge(difference: Difference, now: KubernetesObject, scope: Scope, manifest: Manifest) {
  const owners = ownersOf(now, difference);
  const others = owners.filter(({ manager }) => manager !== fieldManager);
  // Nobody owns what is not there; whoever wrote after Argo CD may have taken it away.
  const by = others[0] ?? (owners.length === 0 && difference.live === undefined ? lastWriter(now) : undefined);
  // An element of a list is called what it is called, so that a variable's value has its name.
  const path = difference.path.map((step) => (typeof step === 'object' ? `[${step.name}]` : step));
  const hide = (value: unknown) => masked(now.kind, path, value, difference.called);
  const message = `is ${shown(difference.live, difference, hide)} in the cluster and ${shown(difference.wanted, difference, hide)} in git`;
  const fix = sync(scope, manifest);
  if (!by)
    return {
      ...waits(scope, manifest),
      what: 'behind',
      message: `${message}; git is ahead of the last sync`,
      fix,
    };
  const when = by.time ? `, ${by.time}` : '';
  const verb = difference.live === undefined ? 'last written' : 'set';
  return {
    what: 'changed',
    message: `${message}; ${verb} by ${by.manager}${when}`,
    fix: `to keep it, change the chart; else ${fix}. Who it was is in the cluster's audit log`,
  };
}

/** An Application that a person syncs is behind until it is due. */
function waits(scope: Scope, manifest: Manifest): { readonly level?: 'note' } {
  const application = scope.deliverer(manifest);
  return application && !application.spec.syncPolicy?.automated ? { level: 'note' } : {};
}

function sync(scope: Scope, manifest: Manifest): string {
  const name = scope.deliverer(manifest)?.metadata.name;
  return name ? `let Argo CD sync ${name}` : 'apply it by hand: docs/runbooks/bootstrap.md';
}

/** What the file of another Application, or of a Helm chart, would overwrite again and again. */
function* foreign(scope: Scope, manifest: Manifest, now: KubernetesObject): Generator<Finding> {
  const [name, identity] = trackingOf(now);
  const own = scope.deliverer(manifest)?.metadata.name;
  if (identity === undefined || own === undefined || name === own) return;
  yield {
    question: 'drift',
    level: 'mismatch',
    what: 'shared',
    object: subjectOf(now),
    file: manifest.file,
    message: `belongs to the Application ${name}, and git gives it to ${own}`,
    fix: 'only one of them may have it in its folder',
  };
}

/** JSON pointers that an Application does not compare, for one object. */
export function pointersOf(application: KubernetesObject | undefined, object: KubernetesObject): string[][] {
  const all: any[] = application?.spec.ignoreDifferences ?? [];
  return all
    .filter(
      ({ group = '', kind, name, namespace }) =>
        (group === '*' || group === groupOf(object.apiVersion)) &&
        (kind === '*' || kind === object.kind) &&
        (name === undefined || name === object.metadata.name) &&
        (namespace === undefined || namespace === object.metadata.namespace),
    )
    .flatMap(({ jsonPointers = [] }) => jsonPointers)
    .map((pointer: string) =>
      pointer
        .split('/')
        .slice(1)
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
    );
}

function covers(pointer: readonly string[], path: Difference['path']): boolean {
  return pointer.every((part, i) => part === String(path[i]));
}

/** What Argo CD once applied for us and git no longer has. */
export async function leftovers(scope: Scope, live: Live, kinds: readonly (readonly [string, string])[]) {
  const findings: Finding[] = [];
  for (const [apiVersion, kind] of kinds) {
    const served = live.kinds.find(apiVersion, kind);
    if (!served) continue;
    const places = isArgoCds(kind) ? [argoCdNamespace] : scope.namespaces;
    for (const namespace of served.namespaced ? places : [undefined])
      for (const object of (await live.list('drift', apiVersion, kind, namespace)) ?? []) {
        const left = leftover(scope, object);
        if (left) findings.push(left);
      }
  }
  return findings;
}

/** They are in its namespace and nowhere else. */
export function isArgoCds(kind: string): boolean {
  return kind === 'Application' || kind === 'AppProject';
}

function leftover(scope: Scope, object: KubernetesObject): Finding | undefined {
  const { kind, metadata } = object;
  const [application, identity] = trackingOf(object);
  if (application === undefined || !belongs(scope, application, object)) return undefined;
  const group = groupOf(object.apiVersion);
  const key = `${group}/${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
  if (scope.all.has(key)) return undefined;
  // A controller copies the annotation to what it makes of an object; that is not the object.
  if (identity !== undefined && !identity.endsWith(`/${metadata.name}`)) return undefined;
  if (identity !== undefined && !identity.startsWith(`${group}/${kind}:`)) return undefined;
  if ((metadata as any).ownerReferences?.length > 0) return undefined;
  const { annotations = {} } = metadata;
  const subject = subjectOf(object);
  const kept = annotations['argocd.argoproj.io/sync-options']?.includes('Prune=false');
  const leaving = (metadata as any).deletionTimestamp;
  return {
    question: 'drift',
    level: leaving ? 'note' : 'mismatch',
    what: 'extra',
    object: subject,
    message: leaving
      ? `is no longer in git and being deleted since ${leaving}`
      : `was applied by ${application} and is no longer in git${kept ? '; Prune=false keeps it' : ''}`,
    fix: kept
      ? `when nobody needs what it holds: kubectl delete ${kind.toLowerCase()} ${metadata.namespace ? `-n ${metadata.namespace} ` : ''}${metadata.name}`
      : `let Argo CD prune it, or look at why ${application} does not; ${nameOf(subject)} is its name`,
  };
}

/** Application and identity, by annotation; by label where an older Argo CD applied it. */
function trackingOf({ metadata }: KubernetesObject): [string?, string?] {
  const mark = metadata.annotations?.['argocd.argoproj.io/tracking-id'];
  const at = mark?.indexOf(':') ?? -1;
  if (mark && at > 0) return [mark.slice(0, at), mark.slice(at + 1)];
  const label = metadata.labels?.['app.kubernetes.io/instance'];
  return [label];
}

/** Also an Application that is gone from git with its folder: its name begins with the environment. */
function belongs({ applications, environment }: Scope, application: string, object: KubernetesObject): boolean {
  if (application === 'root') return environmentOfApplication(object) === environment;
  return applications.has(application) || application.startsWith(`${environment}-`);
}

/** An Application or AppProject that was delivered by `root`: whose it was is in its path or name. */
function environmentOfApplication({ kind, metadata, spec }: KubernetesObject): string {
  const path = /^dist\/([^/]+)\//.exec(spec?.source?.path ?? '')?.[1];
  return path ?? (kind === 'AppProject' ? metadata.name : 'cluster');
}

/** Short, and without what could be a secret. */
function shown(value: unknown, { wanted, live }: Difference, hide: (value: unknown) => unknown): string {
  if (value === undefined) return 'absent';
  const [a, b] = [wanted, live].map(hide);
  const own = hide(value);
  if (typeof a === 'string' && typeof b === 'string' && (a.includes('\n') || b.includes('\n'))) {
    const [wantedLines, liveLines] = [a.split('\n'), b.split('\n')];
    const at = wantedLines.findIndex((line, i) => line !== liveLines[i]);
    const line = (value === wanted ? wantedLines : liveLines)[Math.max(at, 0)];
    if (a === b) return hidden;
    return line === undefined ? 'shorter' : `${JSON.stringify(short(line))} (line ${Math.max(at, 0) + 1})`;
  }
  return own === hidden ? hidden : short(JSON.stringify(own));
}

function short(text: string): string {
  return text.length > 90 ? `${text.slice(0, 87)}…` : text;
}
