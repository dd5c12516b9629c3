import { type Danger, dangers, isEverybody, type Right, rightsOf } from '../../model/rights';
import { ofKinds } from '../../rule-of';

const say = ({ groups, resources, verbs, urls }: Right) =>
  `grants ${verbs.join(', ')} of ${[...resources, ...urls].join(', ')} in ${groups.join(', ') || 'no group'}`;

/** A role that grants something dangerous, told at the rule that does. */
export const dangerousRights = Object.entries<Danger>(dangers).map(([id, { level, of }]) => ({
  ...ofKinds(id as keyof typeof dangers, ['Role', 'ClusterRole'], function* (role) {
    for (const [i, right] of rightsOf(role).entries()) {
      const granted = `${right.verbs.join(', ')} of ${right.resources.join(', ')}`;
      if (of(right)) yield [id === 'rbac-wildcard' ? say(right) : granted, 'rules', i];
    }
  }),
  level,
}));

export const rbacBinding = ofKinds(
  'rbac-binding',
  ['RoleBinding', 'ClusterRoleBinding'],
  function* ({ roleRef, subjects = [], kind }) {
    const { name } = roleRef ?? {};
    if (name === 'cluster-admin' || (name === 'admin' && kind === 'ClusterRoleBinding'))
      yield [`binds ${name}`, 'roleRef', 'name'];
    for (const [i, subject] of subjects.entries())
      if (isEverybody(String(subject.name))) yield [`is for all of ${subject.name}`, 'subjects', i, 'name'];
  },
);
