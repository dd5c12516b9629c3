import { port, portName, qualifiedName } from '../names';
import { atLeast, each, exactlyOne, needed, type Path, type Say } from './say';

const handlers = ['exec', 'httpGet', 'tcpSocket'];

/** The probes and hooks of a container. */
export function probes(container: any, grace: number, at: Path, say: Say): void {
  for (const field of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[field];
    if (!probe) continue;
    const path = [...at, field];
    handler(probe, [...handlers, 'grpc'], path, say);
    const counts = [
      'initialDelaySeconds',
      'timeoutSeconds',
      'periodSeconds',
      'successThreshold',
      'failureThreshold',
    ];
    atLeast(0, probe, counts, path, say);
    atLeast(1, probe, ['terminationGracePeriodSeconds'], path, say);
    if (field !== 'readinessProbe' && probe.successThreshold > 1)
      say([...path, 'successThreshold'], `is ${probe.successThreshold}, must be 1`);
    if (field === 'readinessProbe' && probe.terminationGracePeriodSeconds)
      say([...path, 'terminationGracePeriodSeconds'], 'cannot be set for a readiness probe');
  }
  for (const hook of ['postStart', 'preStop']) {
    const action = container.lifecycle?.[hook];
    if (!action) continue;
    const path = [...at, 'lifecycle', hook];
    handler(action, [...handlers, 'sleep'], path, say);
    const sleep = action.sleep?.seconds;
    if (sleep !== undefined && (sleep < 0 || sleep > grace))
      say(
        [...path, 'sleep', 'seconds'],
        `is ${sleep}, must be between 0 and terminationGracePeriodSeconds, ${grace}`,
      );
  }
}

function handler(of: any, kinds: readonly string[], at: Path, say: Say): void {
  const kind = exactlyOne(of, kinds, at, say);
  const [how, path] = [of[kind ?? ''] ?? {}, [...at, kind ?? '']];
  if (kind === 'exec' && !how.command?.length) say([...path, 'command'], 'is required');
  if (kind === 'httpGet' || kind === 'tcpSocket' || kind === 'grpc') portOf(how.port, [...path, 'port'], say);
  for (const [header, at] of each(how, 'httpHeaders', path))
    if (!/^[-A-Za-z0-9]+$/.test(header.name ?? ''))
      say([...at, 'name'], `${JSON.stringify(header.name ?? '')} is not a valid name of a header`);
}

/** A port by number or name. */
export function portOf(value: unknown, at: Path, say: Say): void {
  needed(value, at, say);
  const wrong =
    typeof value === 'number' ? port(value) : typeof value === 'string' && value ? portName(value) : undefined;
  if (wrong) say(at, `${JSON.stringify(value)} ${wrong}`);
}

/** A pod that is ready only when something else says so. */
export function readinessGates(spec: any, at: Path, say: Say): void {
  for (const [gate, path] of each(spec, 'readinessGates', at)) {
    const wrong = qualifiedName(gate.conditionType ?? '');
    if (wrong) say([...path, 'conditionType'], `${JSON.stringify(gate.conditionType)} ${wrong}`);
  }
}
