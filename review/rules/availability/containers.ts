import { containersOf, podsOf } from '../../model/pods';
import { quantityOf } from '../../model/quantity';
import { selectPods } from '../../model/selection';
import type { Manifest, Tree } from '../../model/tree';
import type { Rule } from '../../rule';
import { ofContainers, ofPods } from '../per-pod';

const isJob = ({ object: { kind } }: Manifest) => kind === 'Job' || kind === 'CronJob';

/** Workloads to whose pods some Service sends. */
function serving(tree: Tree): ReadonlySet<Manifest> {
  const owners = tree
    .ofKind('Service')
    .filter(({ object }) => Object.keys(object.spec?.selector ?? {}).length > 0)
    .flatMap(({ object }) => selectPods(tree, object.metadata.namespace, { matchLabels: object.spec.selector }))
    .map(({ owner }) => owner);
  return new Set(owners);
}

export const readinessProbe: Rule = {
  id: 'readiness-probe',
  level: 'high',
  title: 'A container that serves says when it is ready.',
  why: 'Without a probe a pod gets requests before the program listens, and a deploy goes on while the new pods answer nothing.',
  fix: 'Add a `readinessProbe` to the container whose port the Service names.',
  *check({ tree }) {
    const served = serving(tree);
    for (const pod of podsOf(tree)) {
      if (!served.has(pod.owner) || isJob(pod.owner)) continue;
      const open = containersOf(pod).filter(({ stays }) => stays);
      // A pod is ready when all of its containers are: one that opens no port may leave it to the others.
      for (const { container, path } of open)
        if (!container.readinessProbe && ((container.ports ?? []).length > 0 || open.length === 1))
          yield { manifest: pod.owner, path, message: `${container.name} has no readinessProbe` };
    }
  },
};

export const livenessProbe = ofContainers(
  {
    id: 'liveness-probe',
    level: 'warn',
    title: 'A container that hangs is restarted.',
    why: 'A program that has stopped answering without ending stays as it is until a person looks.',
    fix: 'Add a `livenessProbe` that asks the program alone, never its database: an outage there must not restart every pod.',
  },
  function* (container, { pod: { owner }, path, stays }) {
    const serves = stays && path.at(-2) === 'containers' && !isJob(owner) && owner.object.kind !== 'Pod';
    if (serves && !container.livenessProbe) yield [`${container.name} has no livenessProbe`];
  },
);

export const resourceRequests = ofContainers(
  {
    id: 'resource-requests',
    level: 'high',
    title: 'Every container requests CPU and memory.',
    why: 'The scheduler counts requests only: a pod without them is put on a full node, and is the first that is killed there.',
    fix: 'Set `resources.requests.cpu` and `.memory` to what the program uses at rest.',
  },
  function* ({ name, resources }) {
    // A limit without a request is the request too.
    const said = { ...resources?.limits, ...resources?.requests };
    const missing = ['cpu', 'memory'].filter((each) => said[each] === undefined);
    if (missing.length > 0) yield [`${name} requests no ${missing.join(' and no ')}`, 'resources'];
  },
);

export const memoryLimit = ofContainers(
  {
    id: 'memory-limit',
    level: 'high',
    title: 'Every container has a limit of memory; none of CPU is demanded.',
    why: 'One leak without a limit takes the whole node, and the kernel then kills whatever it likes. CPU is shared by requests when it is short; a limit would throttle Puma while the node is idle, so none is asked for, other than by kube-score, Polaris and NSA/CISA.',
    fix: 'Set `resources.limits.memory` near what the program is seen to use at most.',
  },
  function* ({ name, resources }) {
    if (resources?.limits?.memory === undefined) yield [`${name} has no limit of memory`, 'resources'];
  },
);

export const limitBelowRequest = ofContainers(
  {
    id: 'limit-below-request',
    level: 'critical',
    title: 'No limit of a Rollout is below its request.',
    why: 'The API server looks into the pods of its own kinds. Those of a Rollout are refused one by one, when the canary begins.',
    fix: 'Raise the limit or lower the request.',
  },
  function* ({ resources }, { pod }) {
    if (pod.owner.object.kind !== 'Rollout') return;
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      const request = resources.requests?.[name];
      if ((quantityOf(limit) ?? Infinity) < (quantityOf(request) ?? 0))
        yield [`${limit} is below the request, ${request}`, 'resources', 'limits', name];
    }
  },
);

export const duplicateVariable = ofContainers(
  {
    id: 'duplicate-variable',
    level: 'warn',
    title: 'No environment variable of a Rollout is written twice.',
    why: 'The last one wins, whatever the first was to say.',
    fix: 'Remove one of them.',
  },
  function* ({ env = [] }, { pod }) {
    if (pod.owner.object.kind !== 'Rollout') return;
    const names = env.map(({ name }: any) => name);
    for (const [i, name] of names.entries())
      if (names.indexOf(name) < i) yield [`${name} is there already`, 'env', i];
  },
);

export const duplicatePort = ofPods(
  {
    id: 'duplicate-port',
    level: 'warn',
    title: 'No port of a pod is declared twice.',
    why: 'Two containers of a pod share one network: the second that listens on a port fails to start.',
    fix: 'Give one of them another port.',
  },
  function* (pod) {
    const seen = new Set<string>();
    for (const { container, path } of containersOf(pod).filter(({ stays }) => stays))
      for (const [i, { containerPort, protocol = 'TCP' }] of (container.ports ?? []).entries()) {
        const port = `${protocol} ${containerPort}`;
        if (seen.has(port))
          yield [`${port} is taken already`, ...path.slice(pod.path.length), 'ports', i, 'containerPort'];
        seen.add(port);
      }
  },
);

export const priority = ofPods(
  {
    id: 'priority',
    level: 'warn',
    title: 'Every pod names its priority.',
    why: 'When a node is lost the scheduler decides by priority who may stay. A pod that names none has 0: above staging, below production, by accident.',
    fix: 'Set `priorityClassName` (charts/constructs/hardened.ts does).',
  },
  function* ({ spec }) {
    if (!spec.priorityClassName) yield ['names no priority', 'spec'];
  },
);
