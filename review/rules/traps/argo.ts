import { prefix } from '../../balancer/annotations';
import { applicationsOf, deliveredBy, sourcesOf } from '../../model/applications';
import { secondsOf } from '../../model/duration';
import type { Kinds } from '../../model/kinds';
import { graceOf, templateOf } from '../../model/pods';
import { type RolloutManifest, routesOf } from '../../model/rollouts';
import { scalersOf } from '../../model/scaling';
import { hookKey, hookOf, optionsKey, syncOptions, waveKey } from '../../model/sync-options';
import { fieldAt, type Manifest, type Steps, type Tree } from '../../model/tree';
import { ofKinds, ofTree } from '../../rule-of';

/** A field that a controller writes after git has. */
interface Written {
  readonly kind: string;
  readonly group: string;
  readonly name: string;
  readonly pointer: string;
  readonly by: string;
}

export const ignoredFields = ofTree('ignored-fields', function* ({ tree }) {
  for (const rollout of tree.ofKind('Rollout'))
    for (const manifest of applicationsOf(tree, rollout)) {
      const { ignoreDifferences = [], syncPolicy } = manifest.object.spec ?? {};
      const written = [...writtenBy(tree, rollout)].filter(({ kind, name }) =>
        tree.find(kind, rollout.object.metadata.namespace, name),
      );
      for (const each of written) {
        const message = `${each.by} writes ${each.pointer} of ${each.kind} ${each.name}`;
        if (!ignoreDifferences.some((entry) => ignores(entry, each)))
          yield { manifest, path: ['spec', 'ignoreDifferences'], message };
      }
      if (written.length > 0 && !syncPolicy?.syncOptions?.includes('RespectIgnoreDifferences=true'))
        yield {
          manifest,
          path: ['spec', 'syncPolicy', 'syncOptions'],
          message:
            'has no RespectIgnoreDifferences=true: what is ignored is put back all the same at the next sync',
        };
    }
});

function* writtenBy(tree: Tree, rollout: RolloutManifest): Generator<Written> {
  const { canary } = rollout.object.spec?.strategy ?? {};
  const { rootService = canary?.stableService } = canary?.trafficRouting?.alb ?? {};
  const by = 'the Rollouts controller';
  const annotation = (key: string) => `/metadata/annotations/${key.replaceAll('/', '~1')}`;
  for (const { kind, name, path, selects } of canary?.trafficRouting ? routesOf(rollout) : []) {
    const pointers =
      path.at(-1) === 'ingress'
        ? [
            annotation(`${prefix}actions.${rootService}`),
            annotation('rollouts.argoproj.io/managed-alb-actions'),
            annotation('rollouts.argoproj.io/managed-alb-annotations'),
          ]
        : selects && path[2] === 'canary'
          ? [
              '/spec/selector/rollouts-pod-template-hash',
              annotation('argo-rollouts.argoproj.io/managed-by-rollouts'),
            ]
          : [];
    const group = kind === 'Ingress' ? 'networking.k8s.io' : '';
    for (const pointer of pointers) yield { kind, group, name, pointer, by };
  }
  const { kind, metadata } = rollout.object;
  if (scalersOf(tree, rollout).length > 0)
    yield { kind, group: 'argoproj.io', name: metadata.name, pointer: '/spec/replicas', by: 'the autoscaler' };
}

type Ignored = NonNullable<NonNullable<Kinds['Application']['spec']>['ignoreDifferences']>[number];

function ignores(
  { kind = '', group = '', name, jsonPointers = [], jqPathExpressions = [] }: Ignored,
  field: Written,
): boolean {
  const matches = (pattern: string, text: string) => pattern === '*' || pattern === text;
  if (!matches(kind, field.kind) || !matches(group, field.group) || (name && name !== field.name)) return false;
  if (jsonPointers.some((each) => field.pointer === each || field.pointer.startsWith(`${each}/`))) return true;
  const last = field.pointer.split('/').at(-1)?.replaceAll('~1', '/') ?? '';
  return jqPathExpressions.some((each) => each.includes(last));
}

export const ignoredListElements = ofKinds('ignored-list-elements', ['Application'], function* ({ spec }) {
  for (const [i, { jsonPointers = [], jqPathExpressions = [] }] of (spec?.ignoreDifferences ?? []).entries()) {
    const at = ['spec', 'ignoreDifferences', i];
    for (const [j, pointer] of jsonPointers.entries())
      if (/\/(\d+|-)(\/|$)/.test(pointer)) yield [`${pointer} is an element of a list`, ...at, 'jsonPointers', j];
    // `["key"]` is a map's key.
    for (const [j, expression] of jqPathExpressions.entries())
      if (/\[\s{0,20}\d{0,20}\s{0,20}\]|\bselect\(/.test(expression))
        yield [`${expression} selects elements of a list`, ...at, 'jqPathExpressions', j];
  }
});

const wave = ({ object }: Manifest) => Number(object.metadata.annotations?.[waveKey] || 0);
/** By which annotation Argo CD makes it anew at each sync, its own or Helm's (`pkg/sync/hook/hook.go`, `IsHook`). */
function hookKeyOf({ object }: Manifest): string | undefined {
  const { [hookKey]: own, 'helm.sh/hook': helm = 'crd-install' } = object.metadata.annotations ?? {};
  if (own !== undefined) return own.trim() === 'Skip' ? undefined : hookKey;
  return helm === 'crd-install' ? undefined : 'helm.sh/hook';
}
/** What makes a sync wait: for all that it changed, and for a person. */
const waiting = /^(PruneLast=true|Prune=confirm)$/;

/** Every Application with a Rollout, with what it delivers. */
function* besideRollouts(tree: Tree) {
  for (const application of tree.ofKind('Application')) {
    const delivered = deliveredBy(tree, application);
    for (const rollout of delivered.filter(({ object }) => object.kind === 'Rollout'))
      yield { application, delivered, rollout, name: rollout.object.metadata.name };
  }
}

export const syncWaits = ofTree('sync-waits', function* ({ tree }) {
  for (const { application, delivered, name } of besideRollouts(tree)) {
    const waits = (option: string) => `${option} lets a sync wait for Rollout ${name}, or for a person`;
    for (const [i, option] of (application.object.spec?.syncPolicy?.syncOptions ?? []).entries())
      if (waiting.test(option))
        yield {
          manifest: application,
          path: ['spec', 'syncPolicy', 'syncOptions', i],
          message: waits(option),
        };
    for (const manifest of delivered) {
      const { kind } = manifest.object;
      const hook = hookKeyOf(manifest);
      const option = [...syncOptions(manifest.object)].find((each) => waiting.test(each));
      if (hook || (kind === 'Job' && !hookOf(manifest.object)))
        yield {
          manifest,
          path: hook ? ['metadata', 'annotations', hook] : [],
          message: `${hook ? 'a hook' : `a ${kind}`}: no later commit of Rollout ${name} is synced before it has ended`,
        };
      if (option) yield { manifest, path: ['metadata', 'annotations', optionsKey], message: waits(option) };
    }
  }
});

/** What a Rollout, or its pods, cannot begin without. */
const needed = ['Service', 'Ingress', 'ServiceAccount', 'NetworkPolicy', 'ConfigMap', 'AnalysisTemplate'];
/** Healthy only when a controller, AWS or a pod has done its part: a sync would wait for that between two waves. */
const slow = [
  ...['ExternalSecret', 'SecretStore', 'Certificate', 'PersistentVolumeClaim'],
  ...['HorizontalPodAutoscaler', 'ScaledObject', 'Deployment', 'StatefulSet', 'DaemonSet'],
];

export const rolloutWave = ofTree('rollout-wave', function* ({ tree }) {
  for (const { delivered, rollout, name } of besideRollouts(tree))
    for (const manifest of delivered) {
      const { kind } = manifest.object;
      // A hook is told as one.
      if (manifest === rollout || hookOf(manifest.object) || hookKeyOf(manifest) || kind === 'Job') continue;
      const [at, of] = [wave(manifest), wave(rollout)];
      const [is, should] =
        at > of
          ? ['is after', 'before or in']
          : at === of && needed.includes(kind)
            ? ['is not before', 'before']
            : at < of && slow.includes(kind)
              ? ['is before', 'in']
              : [];
      if (is)
        yield {
          manifest,
          path: ['metadata', 'annotations', waveKey],
          message: `wave ${at} ${is} that of Rollout ${name}, ${of}; ${kind} belongs ${should} it`,
        };
    }
});

export const syncTimeout = ofTree('sync-timeout', function* ({ tree }) {
  for (const [manifest, path, value] of timeoutsOf(tree)) {
    const timeout = Number(value);
    if (!/^\d+$/.test(String(value)))
      yield { manifest, path, message: `${value} is not a whole number of seconds: Argo CD sets no limit then` };
    if (!(timeout > 0)) continue;
    for (const application of tree.ofKind('Application')) {
      const { seconds, hooks } = hookTime(deliveredBy(tree, application));
      const waits = waitsOf(application.object.spec?.syncPolicy ?? {});
      const sum = waits > 0 ? `${seconds}s after ${waits}s of attempts` : `${seconds}s`;
      if (hooks.length > 0 && seconds + waits >= timeout)
        yield {
          manifest,
          path,
          message: Number.isFinite(seconds)
            ? `${timeout}s, but in Application ${application.object.metadata.name} the hooks may take ${sum} (${hooks.join(', ')})`
            : `${timeout}s, but hook ${hooks.join(', ')} has no deadline: it is deleted when these are over`,
        };
    }
  }
});

/** The most that all annotations of an object may take together; kubectl's way of applying writes the object into one. */
const annotationBytes = 256 * 1024;

export const appliedSize = ofTree('applied-size', function* ({ tree }) {
  for (const application of tree.ofKind('Application')) {
    const { syncOptions: all = [] } = application.object.spec?.syncPolicy ?? {};
    for (const manifest of deliveredBy(tree, application)) {
      const own = [...syncOptions(manifest.object), ...all].find((each) =>
        /^(ServerSideApply|Replace)=/.test(each),
      );
      const bytes = own?.endsWith('=true') ? 0 : Buffer.byteLength(JSON.stringify(manifest.object));
      if (bytes > annotationBytes)
        yield {
          manifest,
          path: [],
          message: `is ${bytes} bytes, and its Application has no ServerSideApply=true`,
        };
    }
  }
});

const timeoutKey = 'controller.sync.timeout.seconds';

/** In the values of Argo CD's chart, or in the ConfigMap that the chart makes of them. */
function* timeoutsOf(tree: Tree): Generator<[Manifest, Steps, unknown]> {
  for (const manifest of tree.ofKind('ConfigMap')) {
    const value = manifest.object.data?.[timeoutKey];
    if (manifest.object.metadata.name === 'argocd-cmd-params-cm' && value !== undefined)
      yield [manifest, ['data', timeoutKey], value];
  }
  const steps = ['helm', 'valuesObject', 'configs', 'params', timeoutKey];
  for (const manifest of tree.ofKind('Application'))
    for (const [i, source] of sourcesOf(manifest).entries()) {
      const value = fieldAt(source, steps);
      const at = manifest.object.spec?.sources ? ['sources', i] : ['source'];
      if (source.chart === 'argo-cd' && value !== undefined) yield [manifest, ['spec', ...at, ...steps], value];
    }
}

/** Phase after phase, and wave after wave; what is in one wave runs together. */
function hookTime(delivered: readonly Manifest[]): { seconds: number; hooks: string[] } {
  const steps = new Map<string, number>();
  const hooks = delivered.filter(({ object }) => /(^|,)\s*(Pre|Post)?Sync\s*(,|$)/.test(hookOf(object) ?? ''));
  for (const manifest of hooks) {
    const step = `${hookOf(manifest.object)} ${wave(manifest)}`;
    steps.set(step, Math.max(steps.get(step) ?? 0, longest(manifest)));
  }
  const seconds = [...steps.values()].reduce((sum, each) => sum + each, 0);
  return { seconds, hooks: hooks.map(({ object }) => object.metadata.name) };
}

/** With the time that its last pod may take to end; a Job is not over before. */
function longest(hook: Manifest): number {
  const [pod] = templateOf(hook);
  const [grace, deadline = Infinity] = pod ? [graceOf(pod.spec), pod.spec.activeDeadlineSeconds] : [30];
  if (hook.object.kind !== 'Job') return deadline + grace;
  const { activeDeadlineSeconds, backoffLimit = 6 } = (hook as Manifest<'Job'>).object.spec ?? {};
  if (activeDeadlineSeconds) return activeDeadlineSeconds + grace;
  // Between attempts the Job controller waits 10 s, then twice that, at most six minutes.
  return (backoffLimit + 1) * (deadline + grace) + sumOf(backoffLimit, 10, 2, 360);
}

type SyncPolicy = NonNullable<NonNullable<Kinds['Application']['spec']>['syncPolicy']>;

/** Seconds between the attempts of a sync, whose timeout goes on; only an automated one is tried again by default. */
function waitsOf({ automated, retry }: SyncPolicy): number {
  const { limit = retry ? 0 : 5, backoff = {} } = retry ?? {};
  const { duration = '5s', factor = 2, maxDuration = '3m' } = backoff;
  return automated || retry ? sumOf(limit, secondsOf(duration) ?? 5, factor, secondsOf(maxDuration) ?? 180) : 0;
}

function sumOf(count: number, first: number, factor: number, most: number): number {
  return Array.from({ length: Math.max(0, count) }, (_, i) => Math.min(first * factor ** i, most)).reduce(
    (sum, each) => sum + each,
    0,
  );
}
