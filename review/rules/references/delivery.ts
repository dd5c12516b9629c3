import { backendsOf } from '../../balancer/routes';
import { analysesOf } from '../../model/analyses';
import { selectPods } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import type { Offence, Rule } from '../../rule';

export const rolloutServices: Rule = {
  id: 'rollout-services',
  level: 'critical',
  title: 'The Services and the Ingress of a Rollout exist, select its pods, and have its port.',
  why: 'The controller sets the Rollout to `InvalidSpec`: nothing is deployed any more, and the old version stays.',
  fix: 'Correct the names, or create the Services with the selector of the Rollout and the Ingress with a path to the root Service.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout')) {
      const { canary = {}, blueGreen = {} } = manifest.object.spec?.strategy ?? {};
      const { alb } = canary.trafficRouting ?? {};
      const strategy = ['spec', 'strategy'];
      const routed = [...strategy, 'canary', 'trafficRouting', 'alb'];
      for (const [path, name] of [
        [[...strategy, 'canary', 'canaryService'], canary.canaryService],
        [[...strategy, 'canary', 'stableService'], canary.stableService],
        [[...strategy, 'canary', 'pingPong', 'pingService'], canary.pingPong?.pingService],
        [[...strategy, 'canary', 'pingPong', 'pongService'], canary.pingPong?.pongService],
        [[...strategy, 'blueGreen', 'activeService'], blueGreen.activeService],
        [[...strategy, 'blueGreen', 'previewService'], blueGreen.previewService],
        [[...routed, 'rootService'], alb?.rootService],
      ] as const)
        if (name) yield* service(tree, manifest, path, name, alb?.servicePort);
      const root = alb?.rootService ?? canary.stableService;
      for (const [path, name] of [
        [[...routed, 'ingress'], alb?.ingress],
        ...(alb?.ingresses ?? []).map((each: string, i: number) => [[...routed, 'ingresses', i], each]),
      ] as [string[], string | undefined][])
        if (name) yield* ingress(tree, manifest, path, name, root);
    }
  },
};

function* service(
  tree: Tree,
  manifest: Manifest,
  path: readonly string[],
  name: string,
  port: unknown,
): Generator<Offence> {
  const { namespace } = manifest.object.metadata;
  const found = tree.find('Service', namespace, name);
  if (!found) yield { manifest, path, message: `Service ${name} does not exist` };
  else if (
    !selectPods(tree, namespace, { matchLabels: found.object.spec?.selector ?? {} }).some(
      ({ owner }) => owner === manifest,
    )
  )
    yield { manifest, path, message: `Service ${name} does not select its pods` };
  else if (port !== undefined && !found.object.spec?.ports?.some((each: any) => each.port === port))
    yield { manifest, path, message: `Service ${name} has no port ${port}, which is \`servicePort\`` };
}

function* ingress(
  tree: Tree,
  manifest: Manifest,
  path: readonly string[],
  name: string,
  root: string,
): Generator<Offence> {
  const found = tree.find('Ingress', manifest.object.metadata.namespace, name);
  if (!found) yield { manifest, path, message: `Ingress ${name} does not exist` };
  // The controller looks at the rules only: a default backend is not seen.
  else if (
    !backendsOf(found.object.spec).some(
      ({ path: at, service }) =>
        at[1] === 'rules' && service?.name === root && service?.port?.name === 'use-annotation',
    )
  )
    yield { manifest, path, message: `Ingress ${name} has no path to ${root} with port \`use-annotation\`` };
}

export const analysisTemplate: Rule = {
  id: 'analysis-template',
  level: 'critical',
  title: 'The analysis of a Rollout names templates that exist, and gives them their arguments.',
  why: 'The Rollout is invalid, or its first canary ends in an error: nothing can be deployed.',
  fix: 'Correct the name of the template, or give the argument a value.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Rollout'))
      for (const [path, analysis] of analysesOf(manifest))
        for (const [i, { templateName, clusterScope }] of (analysis.templates ?? []).entries()) {
          const [kind, namespace] = clusterScope
            ? ['ClusterAnalysisTemplate', undefined]
            : ['AnalysisTemplate', manifest.object.metadata.namespace];
          const template = tree.find(kind as string, namespace, templateName);
          const at = [...path, 'templates', i, 'templateName'];
          if (!template) {
            yield { manifest, path: at, message: `${kind} ${templateName} does not exist` };
            continue;
          }
          const given = new Set((analysis.args ?? []).map(({ name }: any) => name));
          const open = (template.object.spec?.args ?? []).filter(
            ({ name, value, valueFrom }: any) => value === undefined && !valueFrom && !given.has(name),
          );
          if (open.length > 0)
            yield {
              manifest,
              path: at,
              message: `${templateName} is not given ${open.map(({ name }: any) => name).join(', ')}`,
            };
        }
  },
};

export const secretStore: Rule = {
  id: 'secret-store',
  level: 'critical',
  title: 'The store that an ExternalSecret reads exists.',
  why: 'The Secret is never made, and every pod that needs it waits.',
  fix: 'Create the SecretStore in the same namespace, or correct its kind and name.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('ExternalSecret')) {
      const { kind = 'SecretStore', name } = manifest.object.spec?.secretStoreRef ?? {};
      if (!name) continue;
      const namespace = kind === 'ClusterSecretStore' ? undefined : manifest.object.metadata.namespace;
      if (!tree.find(kind, namespace, name))
        yield { manifest, path: ['spec', 'secretStoreRef', 'name'], message: `${kind} ${name} does not exist` };
    }
  },
};

export const triggerAuthentication: Rule = {
  id: 'trigger-authentication',
  level: 'high',
  title: 'What a ScaledObject authenticates by exists.',
  why: 'KEDA cannot ask the queue: the workload stays at its fallback, or at none.',
  fix: 'Create the TriggerAuthentication in the same namespace, or correct its name.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('ScaledObject', 'ScaledJob'))
      for (const [i, { authenticationRef }] of (manifest.object.spec?.triggers ?? []).entries()) {
        if (!authenticationRef?.name) continue;
        const { kind = 'TriggerAuthentication', name } = authenticationRef;
        const namespace = kind.startsWith('Cluster') ? undefined : manifest.object.metadata.namespace;
        if (!tree.find(kind, namespace, name))
          yield {
            manifest,
            path: ['spec', 'triggers', i, 'authenticationRef', 'name'],
            message: `${kind} ${name} does not exist`,
          };
      }
  },
};
