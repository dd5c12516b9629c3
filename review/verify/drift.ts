import { argoCdNamespace } from '../../charts/environments/namespaces';
import { hidden } from '../../charts/environments/secret-texts';
import { doing } from '../limit';
import { groupOf, identityOf } from '../model/identity';
import type { Kinds } from '../model/kinds';
import { masked } from '../model/literals';
import { hookOf, syncOptions } from '../model/sync-options';
import { inSystem, type KubernetesObject, type Manifest } from '../model/tree';
import type { Attempt } from './attempts';
import { type Difference, differences } from './difference';
import { about, namedSubject, nameInFull, type VerifyFinding } from './finding';
import type { Lines } from './lines';
import type { Live } from './live';
import { lastWriter, ownersOf } from './owners';
import type { Scope } from './scope';
import { fieldManager } from './server';

/** So many fields of one object are told; the others are counted. */
const most = 8;

/** Reads what is in the cluster, and returns what finds what is not there, or not as it is in git, in the fields that we write. */
export async function drift(
  scope: Scope,
  live: Live,
  attempts: ReadonlyMap<Manifest, Attempt>,
  lines: Lines,
): Promise<() => Generator<VerifyFinding>> {
  const there = new Map<Manifest, Awaited<ReturnType<Live['now']>>>();
  for (const manifest of scope.manifests) there.set(manifest, await live.now(manifest.object));
  return () => differing(scope, there, attempts, lines);
}

function* differing(
  scope: Scope,
  there: ReadonlyMap<Manifest, KubernetesObject | 'unknown' | undefined>,
  attempts: ReadonlyMap<Manifest, Attempt>,
  lines: Lines,
): Generator<VerifyFinding> {
  for (const [manifest, now] of there) {
    const attempt = attempts.get(manifest);
    const { object, file } = manifest;
    doing(`drift of ${file}`);
    // The reason why an object cannot be there is told once; what is rejected, or not answered, is told as that.
    if (hookOf(object) !== undefined || attempt?.outcome === 'not-served' || attempt?.outcome === 'no-namespace')
      continue;
    if (now === 'unknown') continue;
    const say = about('drift', object, { file });
    if (now === undefined) {
      const fix = sync(scope, manifest);
      yield say('missing', 'is in git and not in the cluster', { ...waits(scope, manifest), fix });
      continue;
    }
    yield* foreign(scope, manifest, now);
    if (attempt?.outcome !== 'accepted' && !(attempt?.outcome === 'forbidden' && attempt.usual)) continue;
    // Roles and policies have no defaults to speak of, so that the file itself can be compared.
    const [wanted, partial] = attempt.outcome === 'accepted' ? [attempt.result, false] : [object, true];
    const ignored = pointersOf(scope.deliverer(manifest), object);
    const all = differences(wanted, now, partial).filter(
      ({ path }) => !ignored.some((each) => covers(each, path)),
    );
    for (const each of all.slice(0, most))
      yield { ...say(...judged(each, now, scope, manifest)), ...lines.at(file, each.path) };
    if (all.length > most) yield say('changed', `and ${all.length - most} more fields differ`);
  }
}

/** The word, the sentence and the remedy for one field. */
function judged(
  difference: Difference,
  now: KubernetesObject,
  scope: Scope,
  manifest: Manifest,
): [what: string, message: string, own: Partial<VerifyFinding>] {
  const owners = ownersOf(now, difference);
  const others = owners.filter(({ manager }) => manager !== fieldManager);
  // Nobody owns what is not there; whoever wrote after Argo CD may have taken it away.
  const by = others[0] ?? (owners.length === 0 && difference.live === undefined ? lastWriter(now) : undefined);
  // An element of a list is called what it is called, so that a variable's value has its name.
  const path = difference.path.map((step) => (typeof step === 'object' ? `[${step.name}]` : step));
  const hide = (value: unknown) => masked(now.kind, path, value, difference.called);
  const message = `is ${shown(difference.live, difference, hide)} in the cluster and ${shown(difference.wanted, difference, hide)} in git`;
  const fix = sync(scope, manifest);
  if (!by) return ['behind', `${message}; git is ahead of the last sync`, { ...waits(scope, manifest), fix }];
  const when = by.time ? `, ${by.time}` : '';
  const verb = difference.live === undefined ? 'last written' : 'set';
  return [
    'changed',
    `${message}; ${verb} by ${by.manager}${when}`,
    { fix: `to keep it, change the chart; else ${fix}. Who it was is in the cluster's audit log` },
  ];
}

/** An Application that a person syncs is behind until it is due. */
function waits(scope: Scope, manifest: Manifest): { readonly level?: 'note' } {
  const application = scope.deliverer(manifest);
  return application && !application.spec?.syncPolicy?.automated ? { level: 'note' } : {};
}

function sync(scope: Scope, manifest: Manifest): string {
  const name = scope.deliverer(manifest)?.metadata.name;
  return name ? `let Argo CD sync ${name}` : 'apply it by hand: docs/runbooks/bootstrap.md';
}

/** What the file of another Application, or of a Helm chart, would overwrite again and again. */
function* foreign(scope: Scope, manifest: Manifest, now: KubernetesObject): Generator<VerifyFinding> {
  const [name, identity] = trackingOf(now);
  const own = scope.deliverer(manifest)?.metadata.name;
  if (identity === undefined || own === undefined || name === own) return;
  yield about('drift', now)('shared', `belongs to the Application ${name}, and git gives it to ${own}`, {
    file: manifest.file,
    fix: 'only one of them may have it in its folder',
  });
}

/** JSON pointers that an Application does not compare, for one object. */
export function pointersOf(application: Kinds['Application'] | undefined, object: KubernetesObject): string[][] {
  return (application?.spec?.ignoreDifferences ?? [])
    .filter(
      ({ group = '', kind, name, namespace }) =>
        (group === '*' || group === groupOf(object.apiVersion)) &&
        (kind === '*' || kind === object.kind) &&
        (name === undefined || name === object.metadata.name) &&
        (namespace === undefined || namespace === object.metadata.namespace),
    )
    .flatMap(({ jsonPointers = [] }) => jsonPointers)
    .map((pointer) =>
      pointer
        .split('/')
        .slice(1)
        .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')),
    );
}

function covers(pointer: readonly string[], path: Difference['path']): boolean {
  return pointer.every((part, i) => part === String(path[i]));
}

/** Reads all objects of some kinds, and returns what finds those that Argo CD once applied for us and git no longer has. */
export async function leftovers(scope: Scope, live: Live, kinds: readonly (readonly [string, string])[]) {
  const judges: (() => VerifyFinding[])[] = [];
  for (const [apiVersion, kind] of kinds) {
    const served = live.kinds.find(apiVersion, kind);
    if (!served) continue;
    const places = isArgoCds(kind) ? [argoCdNamespace] : scope.namespaces;
    const asked = served.namespaced ? places : [undefined];
    await Promise.all(asked.map((namespace) => live.read('drift', apiVersion, kind, namespace)));
    judges.push(() => live.ofKind(kind).flatMap(({ object }) => leftover(scope, object as KubernetesObject)));
  }
  return () => judges.flatMap((judge) => judge());
}

/** They are in its namespace and nowhere else. */
export function isArgoCds(kind: string): boolean {
  return kind === 'Application' || kind === 'AppProject';
}

function leftover(scope: Scope, object: KubernetesObject): VerifyFinding[] {
  const { kind, metadata } = object;
  const [application, identity] = trackingOf(object);
  if (application === undefined || !belongs(scope, application, object)) return [];
  const group = groupOf(object.apiVersion);
  if (scope.all.has(identityOf(object))) return [];
  // A controller copies the annotation to what it makes of an object; that is not the object.
  if (identity !== undefined && !identity.endsWith(`/${metadata.name}`)) return [];
  if (identity !== undefined && !identity.startsWith(`${group}/${kind}:`)) return [];
  if ((metadata.ownerReferences ?? []).length > 0) return [];
  const kept = syncOptions(object).has('Prune=false');
  const place = metadata.namespace ? `-n ${metadata.namespace} ` : '';
  const say = about('drift', object, {
    fix: kept
      ? `when nobody needs what it holds: kubectl delete ${kind.toLowerCase()} ${place}${metadata.name}`
      : `let Argo CD prune it, or look at why ${application} does not; ${nameInFull(namedSubject(object))} is its name`,
  });
  const leaving = metadata.deletionTimestamp;
  return [
    leaving
      ? say('extra', `is no longer in git, and its deletion began at ${leaving}`, { level: 'note' })
      : say(
          'extra',
          `was applied by ${application} and is no longer in git${kept ? '; Prune=false keeps it' : ''}`,
        ),
  ];
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
  const path = /^dist\/([^/]+)\//.exec(inSystem(spec?.source?.path ?? ''))?.[1];
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
