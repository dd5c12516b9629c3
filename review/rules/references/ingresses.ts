import { loadBalanced } from '../../../charts/environments/load-balanced';
import { systemFacts } from '../../../charts/facts';
import { prefix } from '../../balancer/annotations';
import { classOf, groupsOf, type Member, memberOf, said } from '../../balancer/groups';
import { type Backend, backendsOf, forwardedTo, type Target, targetsOf } from '../../balancer/routes';
import { external } from '../../model/externals';
import { containerPorts } from '../../model/pods';
import { selectedBy, selects } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import { ofKinds, rule, type Said } from '../../rule-of';

export const ingressBackend = ofKinds('ingress-backend', ['Ingress'], function* ({ spec }, manifest, tree) {
  for (const backend of backendsOf(spec)) yield* problems(tree, manifest, backend);
});

function* problems(tree: Tree, manifest: Manifest, backend: Backend): Generator<Said> {
  const { path, service, pathType = '', pattern = '' } = backend;
  const { namespace, annotations = {} } = manifest.object.metadata;
  const ofController = memberOf(tree, manifest) !== undefined;
  if (!service?.name) {
    if (ofController) yield ['the load balancer controller knows Services only', ...path];
    return;
  }
  if (/^(Exact|Prefix)$/.test(pathType) && /[*?]/.test(pattern) && ofController)
    yield [`${pattern}: ${pathType} takes no wildcard`, ...path.slice(0, -1), 'path'];
  const used = service.port?.name === 'use-annotation';
  const key = `${prefix}actions.${service.name}`;
  if (used && annotations[key] === undefined)
    yield [`use-annotation: there is no annotation ${key}`, ...path, 'service', 'name'];
  const all = targetsOf(annotations, backend);
  for (const { path: place, service: name, port } of all) {
    const found = tree.find('Service', namespace, name);
    const { type, ports = [] } = found?.object.spec ?? {};
    const open = type === 'ExternalName' || (port === undefined && !used);
    if (found && !open && !ports.some((each) => each.name === port || each.port === Number(port)))
      yield [`Service ${name} has no port ${port}`, ...place];
    if (!found && !external('Service', namespace, name))
      yield [`${all.length > 1 ? 'of several, ' : ''}Service ${name} does not exist`, ...place];
  }
  const targets = forwardedTo(annotations, service.name);
  if (used && targets.length > 1 && targets.some(({ weight }) => weight === undefined))
    yield ['each of several targets needs a weight', 'metadata', 'annotations', key];
}

export const classAdmits = ofKinds(
  'class-admits',
  ['Ingress'],
  function* ({ metadata: { namespace }, spec }, _, tree) {
    const { ingressClassName = '' } = spec ?? {};
    const { parameters, params } = classOf(tree, ingressClassName);
    const path = ['spec', 'ingressClassName'];
    if (parameters && !params) yield [`${ingressClassName} has no ${parameters.kind} ${parameters.name}`, ...path];
    const { namespaceSelector } = params?.object.spec ?? {};
    if (!namespaceSelector || namespace === undefined) return;
    const labels = {
      ...tree.find('Namespace', undefined, namespace)?.object.metadata.labels,
      'kubernetes.io/metadata.name': namespace,
    };
    if (!selects(namespaceSelector, labels))
      yield [`${ingressClassName} does not admit namespace ${namespace}`, ...path];
  },
);

export const balancerPort = rule('balancer-port', function* ({ tree, settings }) {
  const { balancers } = systemFacts(settings);
  for (const { members } of groupsOf(tree))
    for (const member of members) {
      const { manifest } = member;
      // What a chart sends to, only the chart knows.
      if (manifest.object.kind !== 'Ingress') continue;
      // All of one load balancer's Ingresses share what any of them says.
      const says = [member, ...members].flatMap((each) => said(each, 'security-groups') ?? [])[0];
      const balancer = balancers.find(({ group }) => [says?.value].flat().includes(group));
      if (!balancer) {
        yield {
          manifest,
          path: [...member.path, `${prefix}security-groups`],
          message: `${says?.value ?? 'nothing'} is none of the groups that Terraform makes for load balancers, ${balancers.map(({ group }) => group).join(' and ')}`,
        };
        continue;
      }
      const { name, ports: open } = balancer;
      for (const [path, port] of portsOfTargets(tree, member))
        if (!open.includes(port))
          yield {
            manifest,
            path,
            message: `is sent to port ${port} of the pods, and the nodes hear ${name} on ${open.join(', ')} only`,
          };
    }
});

/** Where in the pods requests and health checks arrive; a port that nobody has is told by other rules. */
function* portsOfTargets(
  tree: Tree,
  { manifest, annotations, spec }: Member,
): Generator<[Target['path'], number]> {
  const { namespace } = manifest.object.metadata;
  for (const { path, service, port } of backendsOf(spec).flatMap((each) => targetsOf(annotations, each))) {
    const { opened } = external('Service', namespace, service) ?? {};
    if (opened) yield [path, loadBalanced[opened].port];
    const of = tree.find('Service', namespace, service);
    const matching = (of?.object.spec?.ports ?? []).filter(
      ({ name, port: own }) => name === port || own === Number(port),
    );
    for (const { port: own, targetPort = own } of matching) {
      const named = of ? selectedBy(tree, of).flatMap(containerPorts) : [];
      const numbers = Number.isInteger(Number(targetPort))
        ? [Number(targetPort)]
        : named.flatMap(({ name, containerPort }) =>
            name === targetPort && containerPort ? [containerPort] : [],
          );
      for (const number of new Set(numbers)) yield [path, number];
    }
  }
  const health = Number(annotations[`${prefix}healthcheck-port`]);
  if (health) yield [['metadata', 'annotations', `${prefix}healthcheck-port`], health];
}
