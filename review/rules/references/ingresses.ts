import { balancers, openedTo } from '../../../charts/environments/load-balanced';
import { external } from '../../externals';
import { annotationOf, balancerOf, isAlb, paramsOf, type Target, targetsOf } from '../../ingresses';
import type { Rule } from '../../rule';
import { selectPods, selects } from '../../selection';
import type { Manifest, Tree } from '../../tree';
import { portsOf } from './services';

export const ingressBackend: Rule = {
  id: 'ingress-backend',
  level: 'critical',
  title: 'An Ingress sends to a port of a Service that exists, or to an action that is written.',
  why: 'The load balancer controller answers such a path with 503, or gives up on the whole Ingress: with `use-annotation` and no action, nothing behind the load balancer is updated any more.',
  fix: 'Correct the name or port of the Service, or write the annotation `alb.ingress.kubernetes.io/actions.<name>`.',
  covers: ['kube-score:ingress-targets-service', 'kube-linter:dangling-ingress'],
  *check({ tree }) {
    for (const manifest of tree.ofKind('Ingress'))
      for (const { path, service, port, problem } of targetsOf(manifest)) {
        const message = problem ?? (service && judge(tree, manifest, service, port));
        if (message) yield { manifest, path, message };
      }
  },
};

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
      const params = paramsOf(tree, manifest);
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

export const balancerPort: Rule = {
  id: 'balancer-port',
  level: 'critical',
  title: 'The security groups let a load balancer to every port that its Ingresses send it to.',
  why: 'Terraform opens ports of the nodes to the groups of the load balancers, by a list. A target on any other port never answers, is never healthy, and every request to it is a 504; no object in the cluster says so.',
  fix: 'Add the program to `charts/environments/load-balanced.ts`, let its chart take the port from there, and apply the cluster stack before the merge.',
  covers: [],
  *check({ tree, settings: { outputs } }) {
    const groups = { alb: outputs.alb_security_group_id, 'internal-alb': outputs.internal_alb_security_group_id };
    const ingresses = tree.ofKind('Ingress').filter((each) => isAlb(tree, each));
    const key = 'security-groups';
    for (const manifest of ingresses) {
      const { shared } = balancerOf(tree, manifest);
      // All of one load balancer's Ingresses share what any of them says.
      const said = [manifest, ...ingresses.filter((each) => shared && balancerOf(tree, each).shared === shared)]
        .map((each) => annotationOf(each, key))
        .find((value) => value !== undefined);
      const balancer = balancers.find((each) => said?.split(',').some((group) => group.trim() === groups[each]));
      if (!balancer) {
        yield {
          manifest,
          path: ['metadata', 'annotations', `alb.ingress.kubernetes.io/${key}`],
          message: `${said ?? 'nothing'} is none of the groups that Terraform makes for load balancers, ${Object.values(groups).join(' and ')}`,
        };
        continue;
      }
      const open = openedTo(balancer);
      for (const [path, port] of portsOfTargets(tree, manifest))
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
function* portsOfTargets(tree: Tree, manifest: Manifest): Generator<[Target['path'], number]> {
  const { namespace } = manifest.object.metadata;
  for (const { path, service, port } of targetsOf(manifest)) {
    if (!service) continue;
    const made = external('Service', namespace, service);
    if (made?.targetPort) yield [path, made.targetPort];
    const spec = tree.find('Service', namespace, service)?.object.spec ?? {};
    const matching = (spec.ports ?? []).filter((each: any) => each.name === port || each.port === Number(port));
    for (const { port: own, targetPort = own } of matching) {
      const named = selectPods(tree, namespace, { matchLabels: spec.selector ?? {} }).flatMap(portsOf);
      const numbers = Number.isInteger(Number(targetPort))
        ? [Number(targetPort)]
        : named.filter(({ name }) => name === targetPort).map(({ containerPort }) => containerPort);
      for (const number of new Set<number>(numbers)) yield [path, number];
    }
  }
  const health = Number(annotationOf(manifest, 'healthcheck-port'));
  if (health) yield [['metadata', 'annotations', 'alb.ingress.kubernetes.io/healthcheck-port'], health];
}
