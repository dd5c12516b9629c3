import { quantityOf } from '../../model/quantity';
import { ofContainers } from '../../rule';

export const resourceRequests = ofContainers({
  id: 'resource-requests',
  level: 'high',
  title: 'Every container requests CPU and memory.',
  why: 'The scheduler counts requests only: it puts a pod without them on a full node, where it is the first to be killed.',
  fix: 'Set `resources.requests.cpu` and `.memory` to what the program uses at rest.',
  *judge({ name, resources }) {
    // A limit without a request is the request too.
    const said: Readonly<Record<string, string>> = { ...resources?.limits, ...resources?.requests };
    const missing = ['cpu', 'memory'].filter((each) => said[each] === undefined);
    if (missing.length > 0) yield [`${name} requests no ${missing.join(' and no ')}`, 'resources'];
  },
});

export const memoryLimit = ofContainers({
  id: 'memory-limit',
  level: 'high',
  title: 'Every container has a memory limit; it needs no CPU limit.',
  why: 'One leak without a limit takes the whole node, and the kernel then kills whatever it likes. When CPU is short, it is shared by requests. A limit would throttle Puma while the node is idle, so this rule demands none; kube-score, Polaris and NSA/CISA do.',
  fix: 'Set `resources.limits.memory` a little above the most that the program uses.',
  *judge({ name, resources }) {
    if (resources?.limits?.memory === undefined) yield [`${name} has no limit of memory`, 'resources'];
  },
});

export const limitBelowRequest = ofContainers({
  id: 'limit-below-request',
  level: 'critical',
  title: 'No limit of a Rollout is below its request.',
  why: 'The API server checks the pod templates of its own kinds only. It refuses a Rollout’s pods one by one, when the canary begins.',
  fix: 'Raise the limit or lower the request.',
  *judge({ resources }, { pod }) {
    if (pod.owner.object.kind !== 'Rollout') return;
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      const request = resources?.requests?.[name];
      if ((quantityOf(limit) ?? Infinity) < (quantityOf(request) ?? 0))
        yield [`${limit} is below the request, ${request}`, 'resources', 'limits', name];
    }
  },
});
