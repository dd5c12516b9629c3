import { nameOf } from '../../model/identity';
import type { ContainerSpec } from '../../model/kinds';
import { commandOf, handlersOf, isJob, podsOf } from '../../model/pods';
import { sayLabels, selectedBy, selects } from '../../model/selection';
import { ofContainers, ofKinds, type TreeRule } from '../../rule';

export const selectorMatchesTemplate = ofKinds(['Rollout'], {
  id: 'selector-matches-template',
  level: 'critical',
  title: 'A Rollout selects the labels of its own pods.',
  why: 'The API server refuses a Deployment whose selector does not match its template. It accepts a Rollout, but the controller then calls that invalid and deploys nothing.',
  fix: 'Write the same labels into `spec.selector.matchLabels` and `spec.template.metadata.labels`.',
  *judge({ spec }) {
    const { selector, template } = spec ?? {};
    if (selector && template?.spec && !selects(selector, template.metadata?.labels ?? {}))
      yield [`${sayLabels(selector)} does not match the labels of the template`, 'spec', 'selector'];
  },
});

export const selectorOverlap: TreeRule = {
  id: 'selector-overlap',
  level: 'high',
  title: 'No two workloads of a namespace select the same pods.',
  why: 'Each controller counts the other’s pods as its own and may end them; PodDisruptionBudgets and autoscalers count them twice.',
  fix: 'Give each workload a label of its own, in its selector and its template.',
  *check({ tree }) {
    for (const { owner: manifest } of podsOf(tree)) {
      const other = !isJob(manifest) && selectedBy(tree, manifest).find(({ owner }) => owner !== manifest);
      const message = other && `also selects the pods of ${nameOf(other.owner.object)}`;
      if (message) yield { manifest, path: ['spec', 'selector'], message };
    }
  },
};

export const volumeMount = ofContainers({
  id: 'volume-mount',
  level: 'critical',
  title: 'Everything that a container of a Rollout mounts is a volume of its pod.',
  why: 'The API server checks the pod templates of its own kinds only. It refuses a Rollout’s pods one by one, when the canary begins.',
  fix: 'Add the volume to the pod, or correct the name in the mount.',
  *judge(container, { pod: { owner, spec } }) {
    if (owner.object.kind !== 'Rollout') return;
    const volumes = (spec.volumes ?? []).map(({ name }) => name);
    for (const field of ['volumeMounts', 'volumeDevices'] as const)
      for (const [i, { name }] of (container[field] ?? []).entries())
        if (!volumes.includes(name)) yield [`${name} is not a volume of the pod`, field, i, 'name'];
  },
});

/** A value of the environment or an argument in which the port is a number of its own. */
function names(port: number, container: ContainerSpec): boolean {
  const number = new RegExp(`(^|\\D)${port}(\\D|$)`);
  const values = (container.env ?? []).map(({ value = '' }) => value);
  return [...values, ...commandOf(container)].some((text) => number.test(text));
}

export const probePort = ofContainers({
  id: 'probe-port',
  level: 'high',
  title: 'A probe asks a port of its container.',
  why: 'A probe of a port where nothing listens never succeeds: the pod never becomes ready, or is killed again and again.',
  fix: 'Name a port of the container, or declare the port there.',
  *judge(container) {
    const { name: of, ports = [] } = container;
    for (const { path, by, port } of handlersOf(container)) {
      if (!port) continue;
      const declared = ports.some(({ name, containerPort }) => name === port || containerPort === Number(port));
      // A number need not be declared; where it is neither declared nor told to the program, it is a guess.
      const known = !Number.isNaN(Number(port)) && (ports.length === 0 || names(Number(port), container));
      if (!declared && !known) yield [`${port} is not a port of container ${of}`, ...path, by, 'port'];
    }
  },
});
