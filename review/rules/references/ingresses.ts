import { external } from '../../externals';
import type { Offence, Rule } from '../../rule';
import { selects } from '../../selection';
import type { Manifest, Tree } from '../../tree';

const prefix = 'alb.ingress.kubernetes.io/actions.';

export const ingressBackend: Rule = {
  id: 'ingress-backend',
  level: 'critical',
  title: 'An Ingress sends to a port of a Service that exists, or to an action that is written.',
  why: 'The load balancer controller answers such a path with 503, or gives up on the whole Ingress: with `use-annotation` and no action, nothing behind the load balancer is updated any more.',
  fix: 'Correct the name or port of the Service, or write the annotation `alb.ingress.kubernetes.io/actions.<name>`.',
  covers: ['kube-score:ingress-targets-service', 'kube-linter:dangling-ingress'],
  *check({ tree }) {
    for (const manifest of tree.ofKind('Ingress')) {
      const { spec = {} } = manifest.object;
      for (const [path, backend] of backends(spec)) {
        const { name, port = {} } = backend.service ?? {};
        if (!name) continue;
        const at = [...path, 'service', 'name'];
        if (port.name === 'use-annotation') yield* action(tree, manifest, name, at);
        else {
          const problem = judge(tree, manifest, name, port.name ?? port.number);
          if (problem) yield { manifest, path: at, message: problem };
        }
      }
    }
  },
};

export function* backends(spec: any): Generator<[(string | number)[], any]> {
  if (spec.defaultBackend) yield [['spec', 'defaultBackend'], spec.defaultBackend];
  for (const [i, rule] of (spec.rules ?? []).entries())
    for (const [j, path] of (rule?.http?.paths ?? []).entries())
      if (path?.backend) yield [['spec', 'rules', i, 'http', 'paths', j, 'backend'], path.backend];
}

function* action(tree: Tree, manifest: Manifest, name: string, path: (string | number)[]): Generator<Offence> {
  const text = manifest.object.metadata.annotations?.[`${prefix}${name}`];
  if (text === undefined) {
    yield { manifest, path, message: `use-annotation: there is no annotation ${prefix}${name}` };
    return;
  }
  const at = ['metadata', 'annotations', `${prefix}${name}`];
  let parsed: any;
  try {
    parsed = lowerKeys(JSON.parse(text));
  } catch (error) {
    yield { manifest, path: at, message: `is no JSON: ${(error as Error).message}` };
    return;
  }
  if (parsed.type === 'forward' && !parsed.forwardconfig && !parsed.targetgrouparn)
    yield { manifest, path: at, message: 'forwards to nothing' };
  for (const { servicename, serviceport } of parsed.forwardconfig?.targetgroups ?? []) {
    if (!servicename) continue;
    const problem = judge(tree, manifest, servicename, serviceport);
    if (problem) yield { manifest, path: at, message: problem };
  }
}

/** The controller takes `ServiceName` as well as `serviceName`. */
function lowerKeys(value: any): any {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toLowerCase(), lowerKeys(each)]));
}

function judge(tree: Tree, { object }: Manifest, name: string, port: unknown): string | undefined {
  const { namespace } = object.metadata;
  const service = tree.find('Service', namespace, name);
  if (!service) return external('Service', namespace, name) ? undefined : `Service ${name} does not exist`;
  const { type, ports = [] } = service.object.spec ?? {};
  if (type === 'ExternalName' || port === undefined) return undefined;
  const found = ports.some((each: any) => each.name === port || each.port === Number(port));
  return found ? undefined : `Service ${name} has no port ${port}`;
}

export const classAdmits: Rule = {
  id: 'class-admits',
  level: 'critical',
  title: 'An Ingress is in a namespace that its class admits.',
  why: 'The load balancer controller refuses an Ingress from a namespace outside of the `namespaceSelector` of its IngressClassParams: it never gets an address.',
  fix: 'Add the namespace to the class (`loadBalancer.namespaces` in charts/environments/cluster.ts), or use another class.',
  covers: [],
  *check({ tree }) {
    for (const manifest of tree.ofKind('Ingress')) {
      const { metadata, spec = {} } = manifest.object;
      const { parameters } = tree.find('IngressClass', undefined, spec.ingressClassName)?.object.spec ?? {};
      const params = parameters && tree.find(parameters.kind, undefined, parameters.name)?.object.spec;
      if (!params?.namespaceSelector || metadata.namespace === undefined) continue;
      const labels = {
        ...tree.find('Namespace', undefined, metadata.namespace)?.object.metadata.labels,
        'kubernetes.io/metadata.name': metadata.namespace,
      };
      if (!selects(params.namespaceSelector, labels))
        yield {
          manifest,
          path: ['spec', 'ingressClassName'],
          message: `${spec.ingressClassName} does not admit namespace ${metadata.namespace}`,
        };
    }
  },
};
