import { externalPods } from '../../model/externals';
import { nameOf } from '../../model/identity';
import { isJob, portsOf } from '../../model/pods';
import { sayLabels, selectedBy, selectorOf } from '../../model/selection';
import { ofKinds } from '../../rule';

export const serviceSelectsPods = ofKinds(['Service'], {
  id: 'service-selects-pods',
  level: 'high',
  title: 'A Service selects pods of its namespace.',
  why: 'A Service without pods has no endpoints: every connection is refused, and no object says so.',
  fix: "Write the labels of the pod template into the Service's selector, or remove the Service.",
  *judge({ metadata }, manifest, tree) {
    const selector = selectorOf(manifest);
    if (!selector || selectedBy(tree, manifest).length > 0 || externalPods(metadata.namespace, selector)) return;
    yield [`${sayLabels(selector)} selects no pod`, 'spec', 'selector'];
  },
});

export const serviceOneWorkload = ofKinds(['Service'], {
  id: 'service-one-workload',
  level: 'high',
  title: 'A Service selects the pods of one workload.',
  why: 'When the selector is too wide, requests go to pods that do not serve them: Sidekiq would get, and refuse, every third page view.',
  fix: 'Add the label that tells the workloads apart to the selector, for example `app.kubernetes.io/component`.',
  *judge(_, manifest, tree) {
    const pods = selectedBy(tree, manifest).filter(({ owner }) => !isJob(owner));
    // Two versions of one app behind a Service are on purpose when they serve the same port by the same component.
    const components = new Set(pods.map(({ labels }) => labels['app.kubernetes.io/component']));
    if (components.size > 1)
      yield [`selects pods of ${pods.map(({ owner }) => nameOf(owner.object)).join(' and ')}`, 'spec', 'selector'];
  },
});

export const servicePort = ofKinds(['Service'], {
  id: 'service-port',
  level: 'high',
  title: 'A Service sends to a port that its pods have.',
  why: 'With a port name that no container has, there is no endpoint; with a port number on which nothing listens, every connection is refused.',
  fix: 'Name a port of the container in `targetPort`, or declare the port in the container.',
  *judge({ spec }, manifest, tree) {
    for (const [i, { port, targetPort = port, protocol = 'TCP' }] of (spec?.ports ?? []).entries()) {
      const without = selectedBy(tree, manifest).find((pod) => {
        const declared = portsOf(pod);
        // A number need not be declared; where some are, one that is missing among them is a mistake.
        if (typeof targetPort === 'number' && declared.length === 0) return false;
        return !declared.some(
          ({ name, containerPort, protocol: of = 'TCP' }) =>
            (typeof targetPort === 'number' ? containerPort : name) === targetPort && of === protocol,
        );
      });
      if (without)
        yield [
          `${protocol} ${targetPort} is not a port of ${nameOf(without.owner.object)}`,
          ...['spec', 'ports', i, 'targetPort'],
        ];
    }
  },
});

export const statefulSetService = ofKinds(['StatefulSet'], {
  id: 'stateful-set-service',
  level: 'high',
  title: 'The Service that a StatefulSet names exists and selects its pods.',
  why: 'DNS finds a pod’s name through that Service: without it `postgres-0.postgres` has no address.',
  fix: 'Create a headless Service of that name with the selector of the StatefulSet.',
  *judge({ metadata, spec }, manifest, tree) {
    // Optional since Kubernetes 1.33, for those whose pods nobody calls by name.
    if (!spec?.serviceName) return;
    const service = tree.find('Service', metadata.namespace, spec.serviceName);
    if (!service) yield [`Service ${spec.serviceName} does not exist`, 'spec', 'serviceName'];
    else if (selectorOf(service) && !selectedBy(tree, service).some(({ owner }) => owner === manifest))
      yield [`Service ${spec.serviceName} does not select its pods`, 'spec', 'serviceName'];
  },
});
