import { externalPods } from '../../model/externals';
import { containerPorts } from '../../model/pods';
import { sayLabels, selectPods } from '../../model/selection';
import type { Rule } from '../../rule';

export const serviceSelectsPods: Rule = {
  id: 'service-selects-pods',
  level: 'high',
  title: 'A Service selects pods of its namespace.',
  why: 'A Service without pods has no endpoints: every connection is refused, and no object says so.',
  fix: "Write the labels of the pod template into the Service's selector, or remove the Service.",
  *check({ tree }) {
    for (const manifest of tree.ofKind('Service')) {
      const { metadata, spec = {} } = manifest.object;
      // Without a selector somebody else writes the endpoints.
      if (!spec.selector || Object.keys(spec.selector).length === 0) continue;
      const selector = { matchLabels: spec.selector };
      if (selectPods(tree, metadata.namespace, selector).length > 0) continue;
      if (externalPods(metadata.namespace, selector)) continue;
      yield { manifest, path: ['spec', 'selector'], message: `${sayLabels(selector)} selects no pod` };
    }
  },
};

export const serviceOneWorkload: Rule = {
  id: 'service-one-workload',
  level: 'high',
  title: 'A Service selects the pods of one workload.',
  why: 'A selector that is too wide sends requests to pods that do not serve them: Sidekiq would get every third page view and refuse it.',
  fix: 'Add the label that tells the workloads apart to the selector, for example `app.kubernetes.io/component`.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Service')) {
      const { metadata, spec = {} } = manifest.object;
      if (!spec.selector || Object.keys(spec.selector).length === 0) continue;
      const owners = selectPods(tree, metadata.namespace, { matchLabels: spec.selector })
        .filter(({ owner }) => owner.object.kind !== 'Job' && owner.object.kind !== 'CronJob')
        .map(({ owner }) => owner.object);
      const [first] = owners;
      // Two versions of one app behind a Service are on purpose when they serve the same port by the same component.
      const component = (each: any) => each.spec?.template?.metadata?.labels?.['app.kubernetes.io/component'];
      if (first && owners.some((each) => component(each) !== component(first)))
        yield {
          manifest,
          path: ['spec', 'selector'],
          message: `selects pods of ${owners.map(({ kind, metadata: { name } }) => `${kind} ${name}`).join(' and ')}`,
        };
    }
  },
};

export const servicePort: Rule = {
  id: 'service-port',
  level: 'high',
  title: 'A Service sends to a port that its pods have.',
  why: 'A target port by a name that no container has makes no endpoint; one by a number that nothing listens to refuses every connection.',
  fix: 'Name a port of the container in `targetPort`, or declare the port in the container.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('Service')) {
      const { metadata, spec = {} } = manifest.object;
      if (!spec.selector || Object.keys(spec.selector).length === 0) continue;
      const pods = selectPods(tree, metadata.namespace, { matchLabels: spec.selector });
      for (const [i, { port, targetPort = port, protocol = 'TCP' }] of (spec.ports ?? []).entries())
        for (const pod of pods) {
          const declared = containerPorts(pod);
          // A number need not be declared; where some are, one that is missing among them is a mistake.
          if (typeof targetPort === 'number' && declared.length === 0) continue;
          const found = declared.some(
            ({ name, containerPort, protocol: of = 'TCP' }: any) =>
              (typeof targetPort === 'number' ? containerPort : name) === targetPort && of === protocol,
          );
          if (found) continue;
          const { kind, metadata: owner } = pod.owner.object;
          yield {
            manifest,
            path: ['spec', 'ports', i, 'targetPort'],
            message: `${protocol} ${targetPort} is not a port of ${kind} ${owner.name}`,
          };
          break;
        }
    }
  },
};

export const statefulSetService: Rule = {
  id: 'stateful-set-service',
  level: 'high',
  title: 'The Service that a StatefulSet names exists and selects its pods.',
  why: 'The name of a pod is resolved through that Service: without it `postgres-0.postgres` has no address.',
  fix: 'Create a headless Service of that name with the selector of the StatefulSet.',
  *check({ tree }) {
    for (const manifest of tree.ofKind('StatefulSet')) {
      const { metadata, spec = {} } = manifest.object;
      const path = ['spec', 'serviceName'];
      // Optional since Kubernetes 1.33, for those whose pods nobody calls by name.
      if (!spec.serviceName) continue;
      const service = tree.find('Service', metadata.namespace, spec.serviceName);
      if (!service) yield { manifest, path, message: `Service ${spec.serviceName} does not exist` };
      else if (
        !selectPods(tree, metadata.namespace, { matchLabels: service.object.spec?.selector ?? {} }).some(
          ({ owner }) => owner === manifest,
        )
      )
        yield { manifest, path, message: `Service ${spec.serviceName} does not select its pods` };
    }
  },
};
