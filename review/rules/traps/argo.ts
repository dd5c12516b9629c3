import { applicationsOf, deliveredBy, sourcesOf } from '../../model/applications';
import { secondsOf } from '../../model/duration';
import { scalersOf } from '../../model/scaling';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';

/** A field that a controller writes after git has. */
interface Written {
  readonly kind: string;
  readonly group: string;
  readonly name: string;
  readonly pointer: string;
  readonly by: string;
}

export const ignoredFields: Rule = {
  id: 'ignored-fields',
  level: 'high',
  title: 'Argo CD ignores what a controller writes, also when it syncs.',
  why: 'Self-heal puts back the weights of git in the middle of a canary: traffic goes to a version that is not there any more, and the Application is out of sync at every second deploy.',
  fix: 'List the field in `ignoreDifferences` of the Application, and set `RespectIgnoreDifferences=true`.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout'))
      for (const application of applicationsOf(tree, manifest)) {
        const { ignoreDifferences = [], syncPolicy = {} } = application.object.spec ?? {};
        const written = [...writtenBy(tree, manifest)].filter(({ kind, name }) =>
          tree.find(kind, manifest.object.metadata.namespace, name),
        );
        const open = written.filter((each) => !ignoreDifferences.some((entry: any) => ignores(entry, each)));
        for (const { kind, name, pointer, by } of open)
          yield {
            manifest: application,
            path: ['spec', 'ignoreDifferences'],
            message: `${by} writes ${pointer} of ${kind} ${name}`,
          };
        if (written.length > 0 && !syncPolicy.syncOptions?.includes('RespectIgnoreDifferences=true'))
          yield {
            manifest: application,
            path: ['spec', 'syncPolicy', 'syncOptions'],
            message:
              'has no RespectIgnoreDifferences=true: what is ignored is put back all the same at the next sync',
          };
      }
  },
};

function* writtenBy(tree: Tree, manifest: Manifest): Generator<Written> {
  const { canary = {} } = manifest.object.spec?.strategy ?? {};
  const { alb } = canary.trafficRouting ?? {};
  const by = 'the Rollouts controller';
  if (alb?.ingress) {
    const annotation = (key: string) => `/metadata/annotations/${key.replaceAll('/', '~1')}`;
    for (const key of [
      `alb.ingress.kubernetes.io/actions.${alb.rootService ?? canary.stableService}`,
      'rollouts.argoproj.io/managed-alb-actions',
      'rollouts.argoproj.io/managed-alb-annotations',
    ])
      yield { kind: 'Ingress', group: 'networking.k8s.io', name: alb.ingress, pointer: annotation(key), by };
  }
  const services = [canary.canaryService, canary.stableService, ...Object.values(canary.pingPong ?? {})];
  if (canary.trafficRouting)
    for (const name of services)
      if (typeof name === 'string')
        for (const pointer of [
          '/spec/selector/rollouts-pod-template-hash',
          '/metadata/annotations/argo-rollouts.argoproj.io~1managed-by-rollouts',
        ])
          yield { kind: 'Service', group: '', name, pointer, by };
  const [scaler] = scalersOf(tree, manifest);
  if (scaler)
    yield {
      kind: manifest.object.kind,
      group: 'argoproj.io',
      name: manifest.object.metadata.name,
      pointer: '/spec/replicas',
      by: 'the autoscaler',
    };
}

function ignores(
  { kind, group = '', name, jsonPointers = [], jqPathExpressions = [] }: any,
  field: Written,
): boolean {
  const matches = (pattern: string, text: string) => pattern === '*' || pattern === text;
  if (!matches(kind, field.kind) || !matches(group, field.group) || (name && name !== field.name)) return false;
  if (jsonPointers.some((each: string) => field.pointer === each || field.pointer.startsWith(`${each}/`)))
    return true;
  const last = field.pointer.split('/').at(-1)?.replaceAll('~1', '/') ?? '';
  return jqPathExpressions.some((each: string) => each.includes(last));
}

export const ignoredListElements: Rule = {
  id: 'ignored-list-elements',
  level: 'critical',
  title: 'Argo CD is told to ignore fields of maps, never elements of lists.',
  why: 'A list with an ignored element is taken from the cluster as a whole when it syncs: a new image in `containers` is never deployed, and the Application says Synced.',
  fix: 'Point at a key of a map, or leave the field out of git.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Application', 'ApplicationSet')) {
      const spec = manifest.object.spec ?? {};
      const [base, ignored] = spec.template
        ? [['spec', 'template', 'spec', 'ignoreDifferences'], spec.template.spec?.ignoreDifferences]
        : [['spec', 'ignoreDifferences'], spec.ignoreDifferences];
      for (const [i, { jsonPointers = [], jqPathExpressions = [] }] of (ignored ?? []).entries()) {
        for (const [j, pointer] of jsonPointers.entries())
          if (/\/(\d+|-)(\/|$)/.test(pointer))
            yield {
              manifest,
              path: [...base, i, 'jsonPointers', j],
              message: `${pointer} is an element of a list`,
            };
        // `["key"]` is a map's key.
        for (const [j, expression] of jqPathExpressions.entries())
          if (/\[\s*(\d+)?\s*\]|\bselect\(/.test(expression))
            yield {
              manifest,
              path: [...base, i, 'jqPathExpressions', j],
              message: `${expression} selects elements of a list`,
            };
      }
    }
  },
};

const prefix = 'argocd.argoproj.io/';
const annotation = ({ object }: Manifest, name: string): string =>
  object.metadata.annotations?.[prefix + name] ?? '';
const wave = (manifest: Manifest) => Number(annotation(manifest, 'sync-wave') || 0);
const phases = (manifest: Manifest) =>
  annotation(manifest, 'hook')
    .split(',')
    .map((each) => each.trim());
/** By which annotation Argo CD makes it anew at each sync, its own or Helm's (`pkg/sync/hook/hook.go`, `IsHook`). */
function hookKeyOf({ object }: Manifest): string | undefined {
  const { [`${prefix}hook`]: own, 'helm.sh/hook': helm = 'crd-install' } = object.metadata.annotations ?? {};
  if (own !== undefined) return own.trim() === 'Skip' ? undefined : `${prefix}hook`;
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

export const syncWaits: Rule = {
  id: 'sync-waits',
  level: 'high',
  title:
    'In an Application with a Rollout nothing makes a sync wait: no hook, no Job, no PruneLast, no confirmation.',
  why: 'While a sync waits, no later commit reaches the cluster, a rollback neither. A hook that fails, or that has no node, no image or no AWS, stands before it; PruneLast and PostSync wait until the canary has ended; a confirmation waits for a person.',
  fix: 'Move what runs into an Application of its own (`charts/assets.ts`), and let the pods wait for its outcome. Leave the sync options out.',
  *check({ tree }) {
    for (const { application, delivered, name } of besideRollouts(tree)) {
      for (const [i, option] of (application.object.spec.syncPolicy?.syncOptions ?? []).entries())
        if (waiting.test(option))
          yield {
            manifest: application,
            path: ['spec', 'syncPolicy', 'syncOptions', i],
            message: `${option} lets a sync wait for Rollout ${name}, or for a person`,
          };
      for (const manifest of delivered) {
        const { kind } = manifest.object;
        const hook = hookKeyOf(manifest);
        const option = annotation(manifest, 'sync-options')
          .split(',')
          .find((each) => waiting.test(each.trim()));
        if (hook || (kind === 'Job' && !annotation(manifest, 'hook')))
          yield {
            manifest,
            path: hook ? ['metadata', 'annotations', hook] : [],
            message: `${hook ? 'a hook' : `a ${kind}`}: no later commit of Rollout ${name} is synced before it has ended`,
          };
        if (option)
          yield {
            manifest,
            path: ['metadata', 'annotations', `${prefix}sync-options`],
            message: `${option.trim()} lets a sync wait for Rollout ${name}, or for a person`,
          };
      }
    }
  },
};

/** What a Rollout, or its pods, cannot begin without. */
const needed = ['Service', 'Ingress', 'ServiceAccount', 'NetworkPolicy', 'ConfigMap', 'AnalysisTemplate'];
/** Healthy only when a controller, AWS or a pod has done its part: a sync would wait for that between two waves. */
const slow = [
  ...['ExternalSecret', 'SecretStore', 'Certificate', 'PersistentVolumeClaim'],
  ...['HorizontalPodAutoscaler', 'ScaledObject', 'Deployment', 'StatefulSet', 'DaemonSet'],
];

export const rolloutWave: Rule = {
  id: 'rollout-wave',
  level: 'high',
  title: 'A Rollout is in the last wave of its Application, after what it needs and beside what may be slow.',
  why: 'A later wave waits for the end of the canary. An earlier one waits for the health of what it has: for External Secrets and AWS, or for an autoscaler whose Rollout is not there yet. And a pod that is created before its Ingress gets no readiness gate: the load balancer is not asked whether it is well.',
  fix: 'Give the Rollout the highest `argocd.argoproj.io/sync-wave`; Services, Ingress, ServiceAccounts, NetworkPolicies, ConfigMaps and AnalysisTemplates a lower one, and all else the same.',
  *check({ tree }) {
    for (const { delivered, rollout, name } of besideRollouts(tree))
      for (const manifest of delivered) {
        const { kind } = manifest.object;
        // A hook is told as one.
        if (manifest === rollout || annotation(manifest, 'hook') || hookKeyOf(manifest) || kind === 'Job')
          continue;
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
            path: ['metadata', 'annotations', `${prefix}sync-wave`],
            message: `wave ${at} ${is} that of Rollout ${name}, ${of}; ${kind} belongs ${should} it`,
          };
      }
  },
};

export const syncTimeout: Rule = {
  id: 'sync-timeout',
  level: 'high',
  title: 'Argo CD lets a sync run as long as its hooks may.',
  why: 'When `controller.sync.timeout.seconds` are over, counted from the first attempt with all waits between, Argo CD ends the operation and deletes the hooks that run: a migration is killed in the middle of a statement, before its own deadline.',
  fix: 'Set it above what the hooks of one Application may take together (`delivery.syncTimeout` in charts/environments/cluster.ts); 0 means no limit.',
  *check({ tree }) {
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
  },
};

const timeoutKey = 'controller.sync.timeout.seconds';

/** In the values of Argo CD's chart, or in the ConfigMap that the chart makes of them. */
function* timeoutsOf(tree: Tree): Generator<[Manifest, (string | number)[], unknown]> {
  for (const manifest of tree.ofKind('ConfigMap')) {
    const value = manifest.object.data?.[timeoutKey];
    if (manifest.object.metadata.name === 'argocd-cmd-params-cm' && value !== undefined)
      yield [manifest, ['data', timeoutKey], value];
  }
  for (const manifest of tree.ofKind('Application'))
    for (const [i, { chart, helm }] of sourcesOf(manifest).entries()) {
      const value = helm?.valuesObject?.configs?.params?.[timeoutKey];
      const source = manifest.object.spec.sources ? ['sources', i] : ['source'];
      const path = ['spec', ...source, 'helm', 'valuesObject', 'configs', 'params', timeoutKey];
      if (chart === 'argo-cd' && value !== undefined) yield [manifest, path, value];
    }
}

/** Phase after phase, and wave after wave; what is in one wave runs together. */
function hookTime(delivered: readonly Manifest[]): { seconds: number; hooks: string[] } {
  const steps = new Map<string, number>();
  const hooks = delivered.filter((each) => phases(each).some((phase) => /^(Pre|Post)?Sync$/.test(phase)));
  for (const manifest of hooks) {
    const step = `${annotation(manifest, 'hook')} ${wave(manifest)}`;
    steps.set(step, Math.max(steps.get(step) ?? 0, longest(manifest)));
  }
  const seconds = [...steps.values()].reduce((sum, each) => sum + each, 0);
  return { seconds, hooks: hooks.map(({ object }) => object.metadata.name) };
}

/** With the time that its last pod may take to end; a Job is not over before. */
function longest({ object: { kind, spec = {} } }: Manifest): number {
  const pod = kind === 'Job' ? (spec.template?.spec ?? {}) : spec;
  const { activeDeadlineSeconds, terminationGracePeriodSeconds: grace = 30 } = pod;
  const own = kind === 'Job' && spec.activeDeadlineSeconds;
  if (own) return own + grace;
  const attempts = kind === 'Job' ? (spec.backoffLimit ?? 6) + 1 : 1;
  // Between attempts the Job controller waits 10 s, then twice that, at most six minutes.
  return (
    attempts * ((activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) + grace) + sumOf(attempts - 1, 10, 2, 360)
  );
}

/** Seconds between the attempts of a sync, whose timeout goes on; only an automated one is tried again by default. */
function waitsOf({ automated, retry }: any): number {
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
