import { quantityOf } from '../../model/quantity';
import { ofContainers } from '../../rule';
import { ruleWords } from '../../rule-words';

export const resourceRequests = ofContainers(ruleWords['resource-requests'], function* ({ name, resources }) {
  // A limit without a request is the request too.
  const said: Readonly<Record<string, string>> = { ...resources?.limits, ...resources?.requests };
  const missing = ['cpu', 'memory'].filter((each) => said[each] === undefined);
  if (missing.length > 0) yield [`${name} requests no ${missing.join(' and no ')}`, 'resources'];
});

export const memoryLimit = ofContainers(ruleWords['memory-limit'], function* ({ name, resources }) {
  if (resources?.limits?.memory === undefined) yield [`${name} has no limit of memory`, 'resources'];
});

export const limitBelowRequest = ofContainers(
  ruleWords['limit-below-request'],
  function* ({ resources }, { pod }) {
    if (pod.owner.object.kind !== 'Rollout') return;
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      const request = resources?.requests?.[name];
      if ((quantityOf(limit) ?? Infinity) < (quantityOf(request) ?? 0))
        yield [`${limit} is below the request, ${request}`, 'resources', 'limits', name];
    }
  },
);
