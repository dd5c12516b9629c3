import type { Manifest, Tree } from './tree';

type Path = (string | number)[];

const prefix = 'alb.ingress.kubernetes.io/';

/** What an Ingress tells the AWS Load Balancer Controller by an annotation, `target-type` for example. */
export function annotationOf({ object }: Manifest, name: string): string | undefined {
  return object.metadata.annotations?.[`${prefix}${name}`];
}

/** By its class, or by the name that the controller takes when nobody says which classes are its own. */
export function isAlb(tree: Tree, { object }: Manifest): boolean {
  const name = object.spec?.ingressClassName ?? object.metadata.annotations?.['kubernetes.io/ingress.class'] ?? '';
  const known = tree.find('IngressClass', undefined, name);
  return known ? known.object.spec?.controller === 'ingress.k8s.aws/alb' : name === 'alb';
}

/** What the class of an Ingress sets for all of its Ingresses; it goes before their annotations. */
export function paramsOf(tree: Tree, { object }: Manifest): any {
  const { parameters } =
    tree.find('IngressClass', undefined, object.spec?.ingressClassName ?? '')?.object.spec ?? {};
  return parameters && tree.find(parameters.kind, undefined, parameters.name)?.object.spec;
}

/** The load balancer that the controller makes: one for a group, and one for each Ingress that is in none. */
export function balancerOf(tree: Tree, ingress: Manifest): { shared: string | undefined; reach: string } {
  const params = paramsOf(tree, ingress);
  return {
    shared: params?.group?.name ?? annotationOf(ingress, 'group.name'),
    reach: params?.scheme ?? annotationOf(ingress, 'scheme') ?? 'internal',
  };
}

export function* backends(spec: any): Generator<[Path, any]> {
  if (spec.defaultBackend) yield [['spec', 'defaultBackend'], spec.defaultBackend];
  for (const [i, rule] of (spec.rules ?? []).entries())
    for (const [j, path] of (rule?.http?.paths ?? []).entries())
      if (path?.backend) yield [['spec', 'rules', i, 'http', 'paths', j, 'backend'], path.backend];
}

/** What requests are sent to: a Service and its port by name or number; or why there is no such thing. */
export interface Target {
  readonly path: Path;
  readonly service?: string;
  readonly port?: unknown;
  readonly problem?: string;
}

/** Every target of an Ingress, in a rule or in an action that a rule names. */
export function* targetsOf(ingress: Manifest): Generator<Target> {
  for (const [path, backend] of backends(ingress.object.spec ?? {})) {
    const { name, port = {} } = backend.service ?? {};
    const at = [...path, 'service', 'name'];
    if (name && port.name === 'use-annotation') yield* action(ingress, name, at);
    else if (name) yield { path: at, service: name, port: port.name ?? port.number };
  }
}

/** Names of Services: those of rules, where one may stand for an action, and those that actions send to. */
export function servicesOf(ingress: Manifest): Set<string> {
  const named = [...backends(ingress.object.spec ?? {})].map(([, { service }]) => service?.name);
  return new Set([...named, ...[...targetsOf(ingress)].map(({ service }) => service)].filter((name) => name));
}

function* action(ingress: Manifest, name: string, path: Path): Generator<Target> {
  const key = `actions.${name}`;
  const text = annotationOf(ingress, key);
  if (text === undefined) {
    yield { path, problem: `use-annotation: there is no annotation ${prefix}${key}` };
    return;
  }
  const at = ['metadata', 'annotations', `${prefix}${key}`];
  let parsed: any;
  try {
    parsed = lowerKeys(JSON.parse(text));
  } catch (error) {
    yield { path: at, problem: `is no JSON: ${(error as Error).message}` };
    return;
  }
  if (parsed.type === 'forward' && !parsed.forwardconfig && !parsed.targetgrouparn)
    yield { path: at, problem: 'forwards to nothing' };
  for (const { servicename, serviceport } of parsed.forwardconfig?.targetgroups ?? [])
    if (servicename) yield { path: at, service: servicename, port: serviceport };
}

/** The controller takes `ServiceName` as well as `serviceName`. */
function lowerKeys(value: any): any {
  if (Array.isArray(value)) return value.map(lowerKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key.toLowerCase(), lowerKeys(each)]));
}
