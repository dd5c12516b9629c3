import { pathSegment, subdomain } from '../names';
import { each, form, needed, type Path, type Say } from './say';

const rbac = 'rbac.authorization.k8s.io';

export function role(object: any, say: Say): void {
  const clusterWide = object.kind === 'ClusterRole';
  for (const [rule, path] of each(object, 'rules', [])) {
    if (!rule.verbs?.length) say([...path, 'verbs'], 'is required');
    if (rule.nonResourceURLs?.length) {
      if (!clusterWide) say([...path, 'nonResourceURLs'], 'can only be in a ClusterRole');
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length)
        say([...path, 'nonResourceURLs'], 'cannot be set together with resources');
    } else
      for (const field of ['apiGroups', 'resources'])
        if (!rule[field]?.length) say([...path, field], 'is required');
  }
}

export function binding(object: any, say: Say): void {
  const { roleRef = {} } = object;
  const kinds = object.kind === 'ClusterRoleBinding' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
  if (![undefined, '', rbac].includes(roleRef.apiGroup))
    say(['roleRef', 'apiGroup'], `is ${roleRef.apiGroup}, must be ${rbac}`);
  if (!kinds.includes(roleRef.kind))
    say(['roleRef', 'kind'], `${JSON.stringify(roleRef.kind ?? '')} is none of ${kinds.join(', ')}`);
  form(roleRef.name, ['roleRef', 'name'], say, pathSegment, 'needed');
  for (const [subject, path] of each(object, 'subjects', []))
    subjectOf(subject, object.kind === 'ClusterRoleBinding', path, say);
}

function subjectOf({ kind, name, namespace, apiGroup }: any, everywhere: boolean, at: Path, say: Say): void {
  needed(name, [...at, 'name'], say);
  if (kind === 'ServiceAccount') {
    form(name, [...at, 'name'], say, subdomain);
    if (everywhere) needed(namespace, [...at, 'namespace'], say);
    if (apiGroup) say([...at, 'apiGroup'], `is ${apiGroup}, must be empty for a ServiceAccount`);
  } else if (kind === 'User' || kind === 'Group') {
    if (![undefined, '', rbac].includes(apiGroup)) say([...at, 'apiGroup'], `is ${apiGroup}, must be ${rbac}`);
  } else say([...at, 'kind'], `${JSON.stringify(kind ?? '')} is none of ServiceAccount, User, Group`);
}
