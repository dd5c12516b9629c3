import { prefix, type Row, read, rows } from '../../balancer/annotations';
import { inParams } from '../../balancer/groups';
import { targetGroupsOf } from '../../balancer/routes';
import { preStopOf } from '../../model/pods';
import { scaleOf } from '../../model/scaling';
import { selectedBy } from '../../model/selection';
import { fieldAt, type Manifest } from '../../model/tree';
import { ofTree } from '../../rule-of';

export const drainOrder = ofTree('drain-order', function* ({ tree }) {
  const told = new Set<string>();
  for (const { member, service, annotations } of targetGroupsOf(tree)) {
    const attributes = read(annotations, 'target-group-attributes');
    const delay = Number(fieldAt(attributes, ['deregistration_delay.timeout_seconds']) ?? 300);
    for (const pod of selectedBy(tree, service)) {
      const sleeps = Math.max(0, ...(pod.spec.containers ?? []).map(preStopOf));
      const pair = `${member.name} ${pod.owner.file}`;
      // While the only pod is replaced there is no other that could answer.
      if (delay < sleeps || told.has(pair) || scaleOf(tree, pod.owner).min < 2) continue;
      told.add(pair);
      yield {
        manifest: pod.owner,
        path: [...pod.path, 'spec', 'containers', 0, 'lifecycle', 'preStop'],
        message: `sleeps ${sleeps}s, but Ingress ${member.manifest.object.metadata.name} deregisters for ${delay}s`,
      };
    }
  }
});

export const albTargetType = ofTree('alb-target-type', function* ({ tree }) {
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
});

const gate = 'elbv2.k8s.aws/pod-readiness-gate-inject';

export const readinessGate = ofTree('readiness-gate', function* ({ tree }) {
  const told = new Set<Manifest>();
  for (const { object } of tree.ofKind('Rollout')) {
    const manifest = tree.find('Namespace', undefined, object.metadata.namespace ?? '');
    if (!object.spec?.strategy?.canary?.trafficRouting?.alb || !manifest || told.has(manifest)) continue;
    told.add(manifest);
    const message = `has no ${gate}: enabled, and Rollout ${object.metadata.name} is behind a load balancer`;
    if (manifest.object.metadata.labels?.[gate] !== 'enabled')
      yield { manifest, path: ['metadata', 'labels'], message };
  }
});
