import { ofContainers } from '../../rule-of';

export const resourceRequests = ofContainers('resource-requests', function* ({ name, resources }) {
  // A limit without a request is the request too.
  const said: Readonly<Record<string, string>> = { ...resources?.limits, ...resources?.requests };
  const missing = ['cpu', 'memory'].filter((each) => said[each] === undefined);
  if (missing.length > 0) yield [`${name} requests no ${missing.join(' and no ')}`, 'resources'];
});

export const memoryLimit = ofContainers('memory-limit', function* ({ name, resources }) {
  if (resources?.limits?.memory === undefined) yield [`${name} has no limit of memory`, 'resources'];
});
