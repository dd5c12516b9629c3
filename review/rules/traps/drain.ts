import { prefix, type Row, read, rows } from '../../balancer/annotations';
import { inParams } from '../../balancer/groups';
import { targetGroupsOf } from '../../balancer/routes';
import { containersOf, podsOf } from '../../model/pods';
import { replicasAtRest } from '../../model/scaling';
import { selectPods } from '../../model/selection';
import type { Manifest } from '../../model/tree';
import type { Rule } from '../../rule';

/** Seconds that a hook takes before TERM: its own sleep, or that of the shell it starts. */
export function preStopOf(container: any): number {
  const { sleep, exec } = container?.lifecycle?.preStop ?? {};
  if (sleep?.seconds !== undefined) return Number(sleep.seconds);
  const text = (exec?.command ?? []).join(' ');
  return [...text.matchAll(/\bsleep\s+(\d+)/g)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

export const preStopGrace: Rule = {
  id: 'pre-stop-grace',
  level: 'high',
  title: 'The grace period of a pod is longer than its preStop hooks.',
  why: 'The hook counts against the grace period: the program is killed in the middle of the sleep, without ever being told to end.',
  fix: 'Lengthen `terminationGracePeriodSeconds` (30 by default), or shorten the hook.',
  *check({ tree }) {
    for (const pod of podsOf(tree)) {
      const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
      for (const { container, path, stays } of containersOf(pod)) {
        const sleeps = stays ? preStopOf(container) : 0;
        if (sleeps > 0 && sleeps >= grace)
          yield {
            manifest: pod.owner,
            path: [...path, 'lifecycle', 'preStop'],
            message: `${sleeps}s is not below the grace period, ${grace}s`,
          };
      }
    }
  },
};

export const drainOrder: Rule = {
  id: 'drain-order',
  level: 'high',
  title: 'A pod behind the load balancer outlives its target: deregistration delay < preStop < grace period.',
  why: 'The load balancer still sends to a target that is being deregistered. A pod that ends before that answers 502 at every deploy and every drain.',
  fix: 'Set `deregistration_delay.timeout_seconds` in `alb.ingress.kubernetes.io/target-group-attributes` (300 by default) below the sleep of `preStop`.',
  *check({ tree }) {
    const told = new Set<string>();
    for (const { member, service, annotations } of targetGroupsOf(tree)) {
      const attributes = read(annotations, 'target-group-attributes');
      const delay = Number(attributes?.['deregistration_delay.timeout_seconds'] ?? 300);
      const { namespace } = service.object.metadata;
      for (const pod of selectPods(tree, namespace, { matchLabels: service.object.spec?.selector ?? {} })) {
        const sleeps = Math.max(0, ...(pod.spec.containers ?? []).map(preStopOf));
        const pair = `${member.name} ${pod.owner.file}`;
        // While the only pod is replaced there is no other that could answer.
        if (delay < sleeps || told.has(pair) || replicasAtRest(tree, pod.owner) < 2) continue;
        told.add(pair);
        yield {
          manifest: pod.owner,
          path: [...pod.path, 'spec', 'containers', 0, 'lifecycle', 'preStop'],
          message: `sleeps ${sleeps}s, but Ingress ${member.manifest.object.metadata.name} deregisters for ${delay}s`,
        };
      }
    }
  },
};

export const sidekiqTimeout: Rule = {
  id: 'sidekiq-timeout',
  level: 'high',
  title: 'Sidekiq has ended its jobs before the pod is killed.',
  why: 'A job that is killed is not pushed back to Redis: without Sidekiq Pro it is lost.',
  fix: 'Let `-t` (25 by default) and the preStop hook together stay below `terminationGracePeriodSeconds` (30 by default).',
  *check({ tree }) {
    for (const pod of podsOf(tree)) {
      const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
      for (const { container, path, stays } of containersOf(pod)) {
        const words = [...(container.command ?? []), ...(container.args ?? [])].map(String);
        if (!stays || !words.some((word) => /(^|[/\s])sidekiq(\s|$)/.test(word))) continue;
        const text = words.join(' ');
        const timeout = Number(/\s(?:-t|--timeout)[\s=]*(\d+)/.exec(text)?.[1] ?? 25);
        const sleeps = preStopOf(container);
        if (timeout + sleeps >= grace)
          yield {
            manifest: pod.owner,
            path: [...path, container.command ? 'command' : 'args'],
            message: `takes ${sleeps + timeout}s to end (preStop ${sleeps}s, -t ${timeout}s), the grace period is ${grace}s`,
          };
      }
    }
  },
};

export const albTargetType: Rule = {
  id: 'alb-target-type',
  level: 'critical',
  title: 'The load balancer reaches pods by their address: `target-type: ip`.',
  why: 'The default is `instance`, which needs a NodePort: the controller refuses a ClusterIP Service, and readiness gates are never set.',
  fix: 'Set `alb.ingress.kubernetes.io/target-type: ip`, or `targetType: ip` in the IngressClassParams.',
  *check({ tree }) {
    for (const { member, service, annotations } of targetGroupsOf(tree)) {
      const key = `${prefix}target-type`;
      const type = inParams(member, rows.get('target-type') as Row)?.value ?? annotations[key] ?? 'instance';
      if (type !== 'ip' && (service.object.spec?.type ?? 'ClusterIP') === 'ClusterIP')
        yield {
          manifest: member.manifest,
          path: [...member.path, key],
          message: `${type} cannot reach Service ${service.object.metadata.name}, which is a ClusterIP`,
        };
    }
  },
};

const gate = 'elbv2.k8s.aws/pod-readiness-gate-inject';

export const readinessGate: Rule = {
  id: 'readiness-gate',
  level: 'high',
  title: 'A pod of a Rollout behind the load balancer is ready only when its target is.',
  why: 'Without the gate the Rollout believes in pods that the load balancer has not yet found healthy, and takes the old ones away.',
  fix: `Label the Namespace ${gate}: enabled.`,
  *check({ tree }) {
    const told = new Set<Manifest>();
    for (const { object } of tree.ofKind('Rollout')) {
      const { canary = {} } = object.spec?.strategy ?? {};
      if (!canary.trafficRouting?.alb) continue;
      const manifest = tree.find('Namespace', undefined, object.metadata.namespace ?? '');
      if (!manifest || told.has(manifest)) continue;
      told.add(manifest);
      if (manifest.object.metadata.labels?.[gate] !== 'enabled')
        yield {
          manifest,
          path: ['metadata', 'labels'],
          message: `has no ${gate}: enabled, and Rollout ${object.metadata.name} is behind a load balancer`,
        };
    }
  },
};
