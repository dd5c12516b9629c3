import { canonical } from '../../model/canonical';
import type { PodSpec } from '../../model/kinds';
import type { Level } from '../../rule';
import { type Classify, subjectOf } from '../finding';
import { podsIn } from '../pods';

const words = {
  nodeSelector: {
    level: 'warn',
    says: 'the pods go to other nodes',
    fix: 'make sure that a node group has these labels, or the pods stay Pending',
  },
  affinity: {
    level: 'warn',
    says: 'which nodes they prefer or need is another rule',
    fix: 'make sure that a node matches, or the pods stay Pending',
  },
  tolerations: {
    level: 'info',
    says: 'the pods may stand on other tainted nodes',
    fix: 'compare with the taints of the node groups',
  },
  topologySpreadConstraints: {
    level: 'info',
    says: 'the pods are spread otherwise',
    fix: 'nothing, if DoNotSchedule leaves room for all of them',
  },
  priorityClassName: {
    level: 'warn',
    says: 'other pods give way to them, or they to others',
    fix: 'compare the values of the PriorityClasses',
  },
  runtimeClassName: {
    level: 'warn',
    says: 'the containers run under another runtime',
    fix: 'make sure that the nodes have it',
  },
  schedulerName: {
    level: 'warn',
    says: 'another scheduler places the pods',
    fix: 'make sure that it runs, or the pods stay Pending',
  },
} as const satisfies { readonly [F in keyof PodSpec]?: { level: Level; says: string; fix: string } };

export const scheduling: Classify = function* (change) {
  const [was, is] = [podsIn(change.before), podsIn(change.after)];
  if (was && is)
    for (const field of Object.keys(words) as (keyof typeof words)[]) {
      const { level, says, fix } = words[field];
      const inside = change.changes.filter(
        ({ path }) => path[is.path.length] === 'spec' && path[is.path.length + 1] === field,
      );
      if (inside.length === 0) continue;
      const arch = canonical([was.spec[field], is.spec[field]]).includes('kubernetes.io/arch');
      yield {
        level: arch ? 'warn' : level,
        path: [...is.path, 'spec', field],
        before: was.spec[field],
        after: is.spec[field],
        says: arch ? 'the pods go to nodes of another processor architecture' : says,
        why: arch
          ? 'An image that is not built for it ends with exec format error.'
          : 'A pod that fits no node waits, and a rollout with it.',
        fix: arch ? 'make sure that every image of the pod has a manifest for it' : fix,
      };
    }
  const { kind } = subjectOf(change).object;
  if (kind !== 'PriorityClass') return;
  for (const { path, before, after } of change.changes)
    if (path[0] === 'value' || path[0] === 'globalDefault')
      yield {
        level: 'warn',
        path,
        says: `the class stands ${Number(after) < Number(before) ? 'lower' : 'higher'} among the others`,
        why: 'When a node is lost, this decides whose pods come back.',
        fix: 'compare with the values of the other classes',
      };
};
