import { memberOf } from '../../balancer/groups';
import { backendsOf } from '../../balancer/routes';
import { deliveredBy } from '../../model/applications';
import { secretNameOf } from '../../model/configuration';
import { nameOf } from '../../model/identity';
import { routesOf } from '../../model/rollouts';
import { replicated, scalersOf, targetOf } from '../../model/scaling';
import { selectedBy } from '../../model/selection';
import type { Manifest, Steps, Tree } from '../../model/tree';
import type { ObjectOffence } from '../../rule';
import { ofKinds, ofTree } from '../../rule-of';

/** One thing that somebody writes, and where the writer says so. */
interface Claim {
  readonly of: string;
  readonly manifest: Manifest;
  readonly path: Steps;
}

export const twoWriters = ofTree('two-writers', function* ({ tree }) {
  const claims = new Map<string, Claim>();
  for (const claim of claimsOf(tree)) {
    const first = claims.get(claim.of);
    if (!first) claims.set(claim.of, claim);
    else if (first.manifest !== claim.manifest) {
      const { object, file } = first.manifest;
      yield { ...claim, message: `${claim.of} is ${nameOf(object)}'s already (${file})` };
    }
  }
  yield* budgets(tree);
});

function* claimsOf(tree: Tree): Generator<Claim> {
  for (const application of tree.ofKind('Application'))
    for (const { object } of deliveredBy(tree, application))
      yield {
        of: `${object.kind} ${object.metadata.namespace ?? ''}/${object.metadata.name}${clusterOf(application)}`,
        manifest: application,
        path: ['spec', 'source', 'path'],
      };
  for (const manifest of tree.ofKind('ExternalSecret')) {
    const { creationPolicy = 'Owner' } = manifest.object.spec?.target ?? {};
    const of = `Secret ${manifest.object.metadata.namespace}/${secretNameOf(manifest)}`;
    if (creationPolicy === 'Owner' || creationPolicy === 'Orphan')
      yield { of, manifest, path: ['spec', 'target'] };
  }
  for (const manifest of tree.ofKind('Secret')) {
    const { namespace, name } = manifest.object.metadata;
    yield { of: `Secret ${namespace}/${name}`, manifest, path: ['metadata', 'name'] };
  }
  for (const manifest of tree.ofKind('HorizontalPodAutoscaler', 'ScaledObject')) {
    const { kind, name } = targetOf(manifest);
    const of = `the number of pods of ${kind} ${manifest.object.metadata.namespace}/${name}`;
    yield { of, manifest, path: ['spec', 'scaleTargetRef'] };
  }
  for (const manifest of tree.ofKind('Rollout')) {
    const { namespace } = manifest.object.metadata;
    const { canary } = manifest.object.spec?.strategy ?? {};
    const { rootService = canary?.stableService } = canary?.trafficRouting?.alb ?? {};
    const path = ['spec', 'strategy'];
    for (const { kind, name, selects, path: at } of routesOf(manifest))
      if (selects) yield { of: `the selector of Service ${namespace}/${name}`, manifest, path };
      else if (kind === 'Ingress' && at.at(-1) === 'ingress')
        yield { of: `the action ${rootService} of Ingress ${namespace}/${name}`, manifest, path };
  }
  // The rule group-paths knows who comes first behind a load balancer of AWS.
  for (const manifest of tree.ofKind('Ingress'))
    for (const { path, host = '*', pattern = '/', pathType } of memberOf(tree, manifest)
      ? []
      : backendsOf(manifest.object.spec))
      if (path[1] === 'rules')
        yield {
          of: `${pathType} ${host}${pattern} of class ${manifest.object.spec?.ingressClassName}`,
          manifest,
          path: path.slice(0, -1),
        };
}

/** The same object may be delivered to two clusters. */
function clusterOf({ object }: Manifest<'Application'>): string {
  const { server, name = '' } = object.spec?.destination ?? {};
  return server === 'https://kubernetes.default.svc' ? '' : ` of cluster ${server ?? name}`;
}

/** Two budgets of one pod: the eviction API answers 500 to every drain. */
function* budgets(tree: Tree): Generator<ObjectOffence> {
  const first = new Map<Manifest, Manifest>();
  for (const manifest of tree.ofKind('PodDisruptionBudget')) {
    for (const { owner } of selectedBy(tree, manifest)) {
      const other = first.get(owner);
      if (other && other !== manifest)
        yield {
          manifest,
          path: ['spec', 'selector'],
          message: `the pods of ${owner.object.metadata.name} have the budget ${other.object.metadata.name} already`,
        };
      else first.set(owner, manifest);
    }
  }
}

export const scalerAndReplicas = ofKinds(
  'scaler-and-replicas',
  [...replicated, 'ReplicaSet'],
  function* ({ spec: { replicas } = {} }, manifest, tree) {
    const [scaler] = scalersOf(tree, manifest);
    if (scaler && replicas !== undefined)
      yield [`${replicas} is undone by ${nameOf(scaler.manifest.object)}`, 'spec', 'replicas'];
  },
);
