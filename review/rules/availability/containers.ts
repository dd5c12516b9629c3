import { containersOf, podsOf } from '../../pods';
import { quantityOf } from '../../quantity';
import type { Rule } from '../../rule';
import { selectPods } from '../../selection';
import type { Manifest, Tree } from '../../tree';

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

export const livenessProbe: Rule = {
  id: 'liveness-probe',
  level: 'warn',
  title: 'A container that hangs is restarted.',
  why: 'A program that has stopped answering without ending stays as it is until a person looks.',
  fix: 'Add a `livenessProbe` that asks the program alone, never its database: an outage there must not restart every pod.',
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { container, path, stays } of containersOf(pod))
        if (stays && path.at(-2) === 'containers' && !isJob(pod.owner) && pod.owner.object.kind !== 'Pod')
          if (!container.livenessProbe)
            yield { manifest: pod.owner, path, message: `${container.name} has no livenessProbe` };
  },
};

export const resourceRequests: Rule = {
  id: 'resource-requests',
  level: 'high',
  title: 'Every container requests CPU and memory.',
  why: 'The scheduler counts requests only: a pod without them is put on a full node, and is the first that is killed there.',
  fix: 'Set `resources.requests.cpu` and `.memory` to what the program uses at rest.',
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { container, path } of containersOf(pod)) {
        const { requests = {}, limits = {} } = container.resources ?? {};
        // A limit without a request is the request too.
        const missing = ['cpu', 'memory'].filter(
          (each) => requests[each] === undefined && limits[each] === undefined,
        );
        if (missing.length > 0)
          yield {
            manifest: pod.owner,
            path: [...path, 'resources'],
            message: `${container.name} requests no ${missing.join(' and no ')}`,
          };
      }
  },
};

export const memoryLimit: Rule = {
  id: 'memory-limit',
  level: 'high',
  title: 'Every container has a limit of memory; none of CPU is demanded.',
  why: 'One leak without a limit takes the whole node, and the kernel then kills whatever it likes. CPU is shared by requests when it is short; a limit would throttle Puma while the node is idle, so none is asked for, other than by kube-score, Polaris and NSA/CISA.',
  fix: 'Set `resources.limits.memory` near what the program is seen to use at most.',
  *check({ tree }) {
    for (const pod of podsOf(tree))
      for (const { container, path } of containersOf(pod))
        if (container.resources?.limits?.memory === undefined)
          yield {
            manifest: pod.owner,
            path: [...path, 'resources'],
            message: `${container.name} has no limit of memory`,
          };
  },
};

export const limitBelowRequest: Rule = {
  id: 'limit-below-request',
  level: 'critical',
  title: 'No limit of a Rollout is below its request.',
  why: 'The API server looks into the pods of its own kinds. Those of a Rollout are refused one by one, when the canary begins.',
  fix: 'Raise the limit or lower the request.',
  *check({ tree }) {
    for (const pod of podsOf(tree).filter(({ owner }) => owner.object.kind === 'Rollout'))
      for (const { container, path } of containersOf(pod))
        for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
          const request = container.resources.requests?.[name];
          const [least, most] = [quantityOf(request), quantityOf(limit)];
          if (least !== undefined && most !== undefined && most < least)
            yield {
              manifest: pod.owner,
              path: [...path, 'resources', 'limits', name],
              message: `${limit} is below the request, ${request}`,
            };
        }
  },
};

export const duplicateVariable: Rule = {
  id: 'duplicate-variable',
  level: 'warn',
  title: 'No environment variable of a Rollout is written twice.',
  why: 'The last one wins, whatever the first was to say.',
  fix: 'Remove one of them.',
  *check({ tree }) {
    for (const pod of podsOf(tree).filter(({ owner }) => owner.object.kind === 'Rollout'))
      for (const { container, path } of containersOf(pod)) {
        const seen = new Set<string>();
        for (const [i, { name }] of (container.env ?? []).entries()) {
          if (seen.has(name))
            yield { manifest: pod.owner, path: [...path, 'env', i], message: `${name} is there already` };
          seen.add(name);
        }
      }
  },
};

export const duplicatePort: Rule = {
  id: 'duplicate-port',
  level: 'warn',
  title: 'No port of a pod is declared twice.',
  why: 'Two containers of a pod share one network: the second that listens on a port fails to start.',
  fix: 'Give one of them another port.',
  *check({ tree }) {
    for (const pod of podsOf(tree)) {
      const seen = new Set<string>();
      for (const { container, path, stays } of containersOf(pod)) {
        if (!stays) continue;
        for (const [i, { containerPort, protocol = 'TCP' }] of (container.ports ?? []).entries()) {
          const port = `${protocol} ${containerPort}`;
          if (seen.has(port))
            yield {
              manifest: pod.owner,
              path: [...path, 'ports', i, 'containerPort'],
              message: `${port} is taken already`,
            };
          seen.add(port);
        }
      }
    }
  },
};

export const priority: Rule = {
  id: 'priority',
  level: 'warn',
  title: 'Every pod names its priority.',
  why: 'When a node is lost the scheduler decides by priority who may stay. A pod that names none has 0: above staging, below production, by accident.',
  fix: 'Set `priorityClassName` (charts/constructs/hardened.ts does).',
  *check({ tree }) {
    for (const { owner, path, spec } of podsOf(tree))
      if (!spec.priorityClassName)
        yield { manifest: owner, path: [...path, 'spec'], message: 'names no priority' };
  },
};
