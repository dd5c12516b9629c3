import { nameOf } from '../../model/identity';
import type { ContainerSpec } from '../../model/kinds';
import { commandOf, handlersOf, isJob, podsOf } from '../../model/pods';
import { selectedBy } from '../../model/selection';
import { ofContainers, ofTree } from '../../rule-of';

export const selectorOverlap = ofTree('selector-overlap', function* ({ tree }) {
  for (const { owner: manifest } of podsOf(tree)) {
    const other = !isJob(manifest) && selectedBy(tree, manifest).find(({ owner }) => owner !== manifest);
    const message = other && `also selects the pods of ${nameOf(other.owner.object)}`;
    if (message) yield { manifest, path: ['spec', 'selector'], message };
  }
});

/** A value of the environment or an argument in which the port is a number of its own. */
function names(port: number, container: ContainerSpec): boolean {
  const number = new RegExp(`(^|\\D)${port}(\\D|$)`);
  const values = (container.env ?? []).map(({ value = '' }) => value);
  return [...values, ...commandOf(container)].some((text) => number.test(text));
}

export const probePort = ofContainers('probe-port', function* (container) {
  const { name: of, ports = [] } = container;
  for (const { path, by, port } of handlersOf(container)) {
    if (!port) continue;
    const declared = ports.some(({ name, containerPort }) => name === port || containerPort === Number(port));
    // A number need not be declared; where it is neither declared nor told to the program, it is a guess.
    const known = !Number.isNaN(Number(port)) && (ports.length === 0 || names(Number(port), container));
    if (!declared && !known) yield [`${port} is not a port of container ${of}`, ...path, by, 'port'];
  }
});
