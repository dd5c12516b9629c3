import { nameOf } from '../../model/identity';
import type { ContainerSpec } from '../../model/kinds';
import { commandOf, handlersOf, isJob, podsOf } from '../../model/pods';
import { sayLabels, selectedBy, selects } from '../../model/selection';
import { ofContainers, ofKinds, type TreeRule } from '../../rule';
import { ruleWords } from '../../rule-words';

export const selectorMatchesTemplate = ofKinds(
  ruleWords['selector-matches-template'],
  ['Rollout'],
  function* ({ spec }) {
    const { selector, template } = spec ?? {};
    if (selector && template?.spec && !selects(selector, template.metadata?.labels ?? {}))
      yield [`${sayLabels(selector)} does not match the labels of the template`, 'spec', 'selector'];
  },
);

export const selectorOverlap: TreeRule = {
  ...ruleWords['selector-overlap'],
  *check({ tree }) {
    for (const { owner: manifest } of podsOf(tree)) {
      const other = !isJob(manifest) && selectedBy(tree, manifest).find(({ owner }) => owner !== manifest);
      const message = other && `also selects the pods of ${nameOf(other.owner.object)}`;
      if (message) yield { manifest, path: ['spec', 'selector'], message };
    }
  },
};

export const volumeMount = ofContainers(
  ruleWords['volume-mount'],
  function* (container, { pod: { owner, spec } }) {
    if (owner.object.kind !== 'Rollout') return;
    const volumes = (spec.volumes ?? []).map(({ name }) => name);
    for (const field of ['volumeMounts', 'volumeDevices'] as const)
      for (const [i, { name }] of (container[field] ?? []).entries())
        if (!volumes.includes(name)) yield [`${name} is not a volume of the pod`, field, i, 'name'];
  },
);

/** A value of the environment or an argument in which the port is a number of its own. */
function names(port: number, container: ContainerSpec): boolean {
  const number = new RegExp(`(^|\\D)${port}(\\D|$)`);
  const values = (container.env ?? []).map(({ value = '' }) => value);
  return [...values, ...commandOf(container)].some((text) => number.test(text));
}

export const probePort = ofContainers(ruleWords['probe-port'], function* (container) {
  const { name: of, ports = [] } = container;
  for (const { path, by, port } of handlersOf(container)) {
    if (!port) continue;
    const declared = ports.some(({ name, containerPort }) => name === port || containerPort === Number(port));
    // A number need not be declared; where it is neither declared nor told to the program, it is a guess.
    const known = !Number.isNaN(Number(port)) && (ports.length === 0 || names(Number(port), container));
    if (!declared && !known) yield [`${port} is not a port of container ${of}`, ...path, by, 'port'];
  }
});
