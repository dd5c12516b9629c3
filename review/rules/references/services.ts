import { externalPods } from '../../model/externals';
import { nameOf } from '../../model/identity';
import { containerPorts, isJob } from '../../model/pods';
import { sayLabels, selectedBy, selectorOf } from '../../model/selection';
import { ofKinds } from '../../rule-of';

export const serviceSelectsPods = ofKinds(
  'service-selects-pods',
  ['Service'],
  function* ({ metadata }, manifest, tree) {
    const selector = selectorOf(manifest);
    if (!selector || selectedBy(tree, manifest).length > 0 || externalPods(tree, metadata.namespace, selector))
      return;
    yield [`${sayLabels(selector)} selects no pod`, 'spec', 'selector'];
  },
);

export const serviceOneWorkload = ofKinds('service-one-workload', ['Service'], function* (_, manifest, tree) {
  const pods = selectedBy(tree, manifest).filter(({ owner }) => !isJob(owner));
  // Two versions of one app behind a Service are on purpose when they serve the same port by the same component.
  const components = new Set(pods.map(({ labels }) => labels['app.kubernetes.io/component']));
  if (components.size > 1)
    yield [`selects pods of ${pods.map(({ owner }) => nameOf(owner.object)).join(' and ')}`, 'spec', 'selector'];
});

export const servicePort = ofKinds('service-port', ['Service'], function* ({ spec }, manifest, tree) {
  for (const [i, { port, targetPort = port, protocol = 'TCP' }] of (spec?.ports ?? []).entries()) {
    const without = selectedBy(tree, manifest).find((pod) => {
      const declared = containerPorts(pod);
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
});

export const statefulSetService = ofKinds(
  'stateful-set-service',
  ['StatefulSet'],
  function* ({ metadata, spec }, manifest, tree) {
    // Optional since Kubernetes 1.33, for those whose pods nobody calls by name.
    if (!spec?.serviceName) return;
    const service = tree.find('Service', metadata.namespace, spec.serviceName);
    if (!service) yield [`Service ${spec.serviceName} does not exist`, 'spec', 'serviceName'];
    else if (selectorOf(service) && !selectedBy(tree, service).some(({ owner }) => owner === manifest))
      yield [`Service ${spec.serviceName} does not select its pods`, 'spec', 'serviceName'];
  },
);
