import { memberOf } from '../../balancer/groups';
import { deliveredBy } from '../../model/applications';
import { secretNameOf } from '../../model/configuration';
import { scalersOf, targetOf } from '../../model/scaling';
import { selectPods } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import type { Offence, Rule } from '../../rule';

/** One thing that somebody writes, and where the writer says so. */
interface Claim {
  readonly of: string;
  readonly manifest: Manifest;
  readonly path: readonly (string | number)[];
}

export const twoWriters: Rule = {
  id: 'two-writers',
  level: 'critical',
  title: 'Nothing has two writers.',
  why: 'Two controllers, or two Applications, write the same thing. Each undoes what the other wrote, without end, and the last to write wins.',
  fix: 'Leave it to one of them, and remove the other.',
  *check({ tree }) {
    const claims = new Map<string, Claim>();
    for (const claim of claimsOf(tree)) {
      const first = claims.get(claim.of);
      if (!first) claims.set(claim.of, claim);
      else if (first.manifest !== claim.manifest) {
        const { kind, metadata } = first.manifest.object;
        yield {
          manifest: claim.manifest,
          path: claim.path,
          message: `${claim.of} is ${kind} ${metadata.name}'s already (${first.manifest.file})`,
        };
      }
    }
    yield* budgets(tree);
  },
};

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
    const { namespace } = manifest.object.metadata;
    if (creationPolicy === 'Owner' || creationPolicy === 'Orphan')
      yield { of: `Secret ${namespace}/${secretNameOf(manifest)}`, manifest, path: ['spec', 'target'] };
  }
  for (const manifest of tree.ofKind('Secret')) {
    const { namespace, name } = manifest.object.metadata;
    yield { of: `Secret ${namespace}/${name}`, manifest, path: ['metadata', 'name'] };
  }
  for (const manifest of tree.ofKind('HorizontalPodAutoscaler', 'ScaledObject')) {
    const { kind, name } = targetOf(manifest);
    yield {
      of: `the number of pods of ${kind} ${manifest.object.metadata.namespace}/${name}`,
      manifest,
      path: ['spec', 'scaleTargetRef'],
    };
  }
  for (const manifest of tree.ofKind('Rollout')) {
    const { canary = {}, blueGreen = {} } = manifest.object.spec?.strategy ?? {};
    const { namespace } = manifest.object.metadata;
    const { canaryService, stableService, pingPong = {} } = canary;
    for (const name of [canaryService, stableService, ...Object.values(pingPong), ...Object.values(blueGreen)])
      if (typeof name === 'string')
        yield { of: `the selector of Service ${namespace}/${name}`, manifest, path: ['spec', 'strategy'] };
    const root = canary.trafficRouting?.alb?.rootService;
    const ingress = canary.trafficRouting?.alb?.ingress;
    if (ingress)
      yield {
        of: `the action ${root ?? stableService} of Ingress ${namespace}/${ingress}`,
        manifest,
        path: ['spec', 'strategy'],
      };
  }
  for (const manifest of tree.ofKind('Ingress')) {
    const { spec = {} } = manifest.object;
    // The rule group-paths knows who comes first behind a load balancer of AWS.
    if (memberOf(tree, manifest)) continue;
    for (const [i, { host = '*', http }] of (spec.rules ?? []).entries())
      for (const [j, { path = '/', pathType }] of (http?.paths ?? []).entries())
        yield {
          of: `${pathType} ${host}${path} of class ${spec.ingressClassName}`,
          manifest,
          path: ['spec', 'rules', i, 'http', 'paths', j],
        };
  }
}

/** The same object may be delivered to two clusters. */
function clusterOf({ object }: Manifest): string {
  const { server, name = '' } = object.spec?.destination ?? {};
  return server === 'https://kubernetes.default.svc' ? '' : ` of cluster ${server ?? name}`;
}

/** Two budgets of one pod: the eviction API answers 500 to every drain. */
function* budgets(tree: Tree): Generator<Offence> {
  const first = new Map<Manifest, Manifest>();
  for (const manifest of tree.ofKind('PodDisruptionBudget')) {
    const { metadata, spec = {} } = manifest.object;
    for (const { owner } of selectPods(tree, metadata.namespace, spec.selector)) {
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

export const scalerAndReplicas: Rule = {
  id: 'scaler-and-replicas',
  level: 'high',
  title: 'A workload with an autoscaler has no `replicas` in git.',
  why: 'At every sync Argo CD sets the number of git, and the autoscaler its own again: pods are ended in the middle of the day.',
  fix: 'Remove `replicas`: the autoscaler starts at its minimum.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Deployment', 'StatefulSet', 'Rollout', 'ReplicaSet')) {
      const [scaler] = scalersOf(tree, manifest);
      if (scaler && manifest.object.spec?.replicas !== undefined)
        yield {
          manifest,
          path: ['spec', 'replicas'],
          message: `${manifest.object.spec.replicas} is undone by ${scaler.manifest.object.kind} ${scaler.manifest.object.metadata.name}`,
        };
    }
  },
};
