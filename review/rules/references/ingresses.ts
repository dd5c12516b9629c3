import { balancers, openedTo } from '../../../charts/environments/load-balanced';
import { prefix, read } from '../../balancer/annotations';
import { groupsOf, type Member, memberOf, said } from '../../balancer/groups';
import { type Backend, backendsOf, type Target, targetsOf } from '../../balancer/routes';
import { external } from '../../model/externals';
import { containerPorts } from '../../model/pods';
import { selectPods, selects } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import type { ObjectOffence, Rule, TreeRule } from '../../rule';

export const ingressBackend: TreeRule = {
  id: 'ingress-backend',
  level: 'critical',
  title: 'An Ingress sends to a port of a Service that exists, or to an action that is written.',
  why: 'The load balancer controller answers with 503 where a single Service or an action is missing. A missing port, one of several Services, or an action that cannot be read makes it refuse every Ingress of the load balancer: none is updated any more.',
  fix: 'Correct the name or port of the Service, or write the annotation `alb.ingress.kubernetes.io/actions.<name>`.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Ingress'))
      for (const backend of backendsOf(manifest.object.spec)) yield* problems(tree, manifest, backend);
  },
};

function* problems(tree: Tree, manifest: Manifest, backend: Backend): Generator<ObjectOffence> {
  const { path, service, pathType = '', pattern = '' } = backend;
  const { namespace, annotations = {} } = manifest.object.metadata;
  const at = [...path, 'service', 'name'];
  if (!service?.name) {
    if (memberOf(tree, manifest))
      yield { manifest, path, message: 'the load balancer controller knows Services only' };
    return;
  }
  if (/^(Exact|Prefix)$/.test(pathType) && /[*?]/.test(pattern) && memberOf(tree, manifest))
    yield { manifest, path: [...path.slice(0, -1), 'path'], message: `${pattern}: ${pathType} takes no wildcard` };
  const used = service.port?.name === 'use-annotation';
  const key = `${prefix}actions.${service.name}`;
  if (used && annotations[key] === undefined)
    yield { manifest, path: at, message: `use-annotation: there is no annotation ${key}` };
  const all = targetsOf(annotations, backend);
  for (const { path: place, service: name, port } of all) {
    const found = tree.find('Service', namespace, name);
    const { type, ports = [] } = found?.object.spec ?? {};
    const open = type === 'ExternalName' || (port === undefined && !used);
    const message = !found
      ? !external('Service', namespace, name) &&
        `${all.length > 1 ? 'of several, ' : ''}Service ${name} does not exist`
      : !open &&
        !ports.some((each: any) => each.name === port || each.port === Number(port)) &&
        `Service ${name} has no port ${port}`;
    if (message) yield { manifest, path: place, message };
  }
  const targets = read(annotations, `actions.${service.name}`)?.forwardConfig?.targetGroups ?? [];
  if (used && targets.length > 1 && targets.some((each: any) => each?.weight === undefined))
    yield { manifest, path: ['metadata', 'annotations', key], message: 'each of several targets needs a weight' };
}

export const classAdmits: TreeRule = {
  id: 'class-admits',
  level: 'critical',
  title: 'An Ingress has a class that is complete, and is in a namespace that it admits.',
  why: 'The load balancer controller refuses an Ingress from a namespace outside of the `namespaceSelector` of its IngressClassParams, or without those: it never gets an address, and one that has been admitted before holds up its whole group.',
  fix: 'Add the namespace to the class (`loadBalancer.public` in charts/environments/cluster.ts), or use another class.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Ingress')) {
      const { metadata, spec = {} } = manifest.object;
      const { parameters } = tree.find('IngressClass', undefined, spec.ingressClassName)?.object.spec ?? {};
      const params = parameters && tree.find(parameters.kind, undefined, parameters.name)?.object.spec;
      const path = ['spec', 'ingressClassName'];
      if (parameters && !params)
        yield { manifest, path, message: `${spec.ingressClassName} has no ${parameters.kind} ${parameters.name}` };
      if (!params?.namespaceSelector || metadata.namespace === undefined) continue;
      const labels = {
        ...tree.find('Namespace', undefined, metadata.namespace)?.object.metadata.labels,
        'kubernetes.io/metadata.name': metadata.namespace,
      };
      if (!selects(params.namespaceSelector, labels))
        yield {
          manifest,
          path,
          message: `${spec.ingressClassName} does not admit namespace ${metadata.namespace}`,
        };
    }
  },
};

export const balancerPort: Rule = {
  id: 'balancer-port',
  level: 'critical',
  title: 'The security groups let a load balancer to every port that its Ingresses send it to.',
  why: 'Terraform opens ports of the nodes to the groups of the load balancers, by a list. A target on any other port never answers, is never healthy, and every request to it is a 504; no object in the cluster says so.',
  fix: 'Add the program to `charts/environments/load-balanced.ts`, let its chart take the port from there, and apply the cluster stack before the merge.',
  *check({ tree, settings: { outputs } }) {
    const groups = { alb: outputs.alb_security_group_id, 'internal-alb': outputs.internal_alb_security_group_id };
    for (const { members } of groupsOf(tree))
      for (const member of members) {
        const { manifest } = member;
        // What a chart sends to, only the chart knows.
        if (manifest.object.kind !== 'Ingress') continue;
        // All of one load balancer's Ingresses share what any of them says.
        const says = [member, ...members].flatMap((each) => said(each, 'security-groups') ?? [])[0];
        const balancer = balancers.find((each) => says?.value.includes(groups[each]));
        if (!balancer) {
          yield {
            manifest,
            path: [...member.path, `${prefix}security-groups`],
            message: `${says?.value ?? 'nothing'} is none of the groups that Terraform makes for load balancers, ${Object.values(groups).join(' and ')}`,
          };
          continue;
        }
        const open = openedTo(balancer);
        for (const [path, port] of portsOfTargets(tree, member))
          if (!open.includes(port))
            yield {
              manifest,
              path,
              message: `is sent to port ${port} of the pods, and the nodes hear ${balancer} on ${open.join(', ')} only`,
            };
      }
  },
};

/** Where in the pods requests and health checks arrive; a port that nobody has is told by other rules. */
function* portsOfTargets(
  tree: Tree,
  { manifest, annotations, spec }: Member,
): Generator<[Target['path'], number]> {
  const { namespace } = manifest.object.metadata;
  for (const { path, service, port } of backendsOf(spec).flatMap((each) => targetsOf(annotations, each))) {
    const made = external('Service', namespace, service);
    if (made?.targetPort) yield [path, made.targetPort];
    const of = tree.find('Service', namespace, service)?.object.spec ?? {};
    const matching = (of.ports ?? []).filter((each: any) => each.name === port || each.port === Number(port));
    for (const { port: own, targetPort = own } of matching) {
      const named = selectPods(tree, namespace, { matchLabels: of.selector ?? {} }).flatMap(containerPorts);
      const numbers = Number.isInteger(Number(targetPort))
        ? [Number(targetPort)]
        : named.filter(({ name }) => name === targetPort).map(({ containerPort }) => containerPort);
      for (const number of new Set<number>(numbers)) yield [path, number];
    }
  }
  const health = Number(annotations[`${prefix}healthcheck-port`]);
  if (health) yield [['metadata', 'annotations', `${prefix}healthcheck-port`], health];
}
