import { labelValue } from '../names';
import { keyed } from './demands';
import { different, type Field, type FieldJudge } from './field';

/** What containers have in common, and what they take from their pod. */
function pod(spec: Field): void {
  const [init, rest] = [spec.at('initContainers').elements, spec.at('containers').elements];
  different(
    [...init, ...rest].map((of) => of.at('name')),
    'name',
  );
  different(spec.at('topologySpreadConstraints').elements, 'topologyKey and whenUnsatisfiable', (of) =>
    ['topologyKey', 'whenUnsatisfiable'].map((name) => of.at(name).value).join(' '),
  );
  for (const of of [...init, ...rest]) sharing(of, spec);
  mounts(spec, [...init, ...rest]);
  for (const of of init.filter((each) => each.at('restartPolicy').value !== 'Always'))
    for (const field of of.set(['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe']))
      field.refuse('can only be set for a sidecar, restartPolicy: Always');
  if (spec.at('hostPID').value && spec.at('shareProcessNamespace').value)
    spec.at('shareProcessNamespace').refuse('cannot be set together with hostPID');
  if (spec.at('dnsPolicy').value === 'None' && spec.at('dnsConfig', 'nameservers').isEmpty)
    spec.at('dnsConfig', 'nameservers').refuse('is required');
}

function sharing(of: Field, spec: Field): void {
  const grace = spec.at('terminationGracePeriodSeconds').number(30);
  for (const hook of ['postStart', 'preStop']) {
    const seconds = of.at('lifecycle', hook, 'sleep', 'seconds');
    if (seconds.number(0) < 0 || seconds.number(0) > grace)
      seconds.refuse(`is ${seconds.value}, must be between 0 and terminationGracePeriodSeconds, ${grace}`);
  }
  for (const port of spec.at('hostNetwork').value === true ? of.at('ports').elements : []) {
    const [inside, host] = [port.at('containerPort').value, port.at('hostPort')];
    if (host.value && host.value !== inside)
      host.refuse(`is ${host.value}, with hostNetwork it must be containerPort, ${inside}`);
  }
}

/** A mount names a volume of its pod, or one that a StatefulSet adds for each of its claim templates. */
function mounts(spec: Field, containers: readonly Field[]): void {
  const claims = spec.above?.above?.at('volumeClaimTemplates').elements ?? [];
  const names = [
    ...spec.at('volumes').elements.map((volume) => volume.at('name').text),
    ...claims.map((claim) => claim.at('metadata', 'name').text),
  ];
  for (const mount of containers.flatMap((of) => of.at('volumeMounts').elements)) {
    const name = mount.at('name');
    if (!name.isEmpty && !names.includes(name.text)) name.refuse(`${name.value} is not a volume of the pod`);
  }
}

function container(of: Field): void {
  for (const field of ['livenessProbe', 'startupProbe']) {
    const times = of.at(field, 'successThreshold');
    if (times.number(0) > 1) times.refuse(`is ${times.value}, must be 1`);
  }
  const grace = of.at('readinessProbe', 'terminationGracePeriodSeconds');
  if (grace.value) grace.refuse('cannot be set for a readiness probe');
  for (const spread of of.at('volumeMounts').elements.map((mount) => mount.at('mountPropagation')))
    if (spread.value === 'Bidirectional' && !of.at('securityContext', 'privileged').value)
      spread.refuse('can be Bidirectional in a privileged container only');
}

function variable(of: Field): void {
  const from = of.at('valueFrom');
  if (from.isSet && !of.at('value').isEmpty) from.refuse('cannot be set together with value');
}

const ofContainers = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;

/** What a container asks for and may take. */
function resources(of: Field): void {
  for (const each of [...of.at('requests').entries, ...of.at('limits').entries]) {
    const own = ofContainers.test(each.key);
    if (!own && !each.key.includes('/')) each.refuse('is not a resource of a container');
    else keyed(each, 'qualifiedName');
    if ((each.quantity ?? 0) < 0) each.refuse(`is ${each.value}, the least is 0`);
    if (!own && !Number.isInteger(each.quantity ?? 0)) each.refuse(`${each.value} is not whole`);
  }
  for (const request of of.at('requests').entries) {
    const limit = of.at('limits', request.key);
    if (limit.isSet && (request.quantity ?? 0) > (limit.quantity ?? 0))
      request.refuse(`${request.value} is more than the limit, ${limit.value}`);
  }
}

function escalation(of: Field): void {
  if (of.at('allowPrivilegeEscalation').value !== false) return;
  const why = 'while allowPrivilegeEscalation is false';
  if (of.at('privileged').value) of.at('privileged').refuse(`cannot be true ${why}`);
  for (const capability of of.at('capabilities', 'add').elements)
    if (capability.value === 'CAP_SYS_ADMIN') capability.refuse(`cannot be added ${why}`);
}

function profile(of: Field): void {
  const [local, file] = [of.at('type').value === 'Localhost', of.at('localhostProfile')];
  if (local && file.isEmpty) file.refuse('is required');
  if (!local && file.isSet) file.refuse('can only be set with Localhost');
}

function toleration(of: Field): void {
  const [key, operator, value] = [of.at('key'), of.at('operator'), of.at('value')];
  const exists = operator.value === 'Exists';
  if (key.isEmpty && !exists) operator.refuse('must be Exists where no key is given');
  if (exists && !value.isEmpty) value.refuse('cannot be set with Exists');
  const wrong = exists ? undefined : labelValue(value.text);
  if (wrong) value.refuse(`${JSON.stringify(value.value)} ${wrong}`);
  if (of.at('tolerationSeconds').isSet && of.at('effect').value !== 'NoExecute')
    of.at('effect').refuse('must be NoExecute with tolerationSeconds');
}

/** How many values a requirement has. */
function requirement(of: Field): void {
  const [operator, values] = [of.at('operator').text, of.at('values')];
  const count = values.elements.length;
  if (/^(Not)?In$/.test(operator) && count === 0) of.refuse(`has no values, which ${operator} needs`);
  if (/Exist/.test(operator) && count > 0) values.refuse(`cannot be set with ${operator}`);
  if (/^[GL]t$/.test(operator) && count !== 1) values.refuse(`must be one with ${operator}`);
}

/** Keys that narrow a selector further. */
function matchKeys(of: Field): void {
  const [keys, within] = [of.at('matchLabelKeys'), of.at('labelSelector')];
  if (!keys.isEmpty && !within.isSet) keys.refuse('cannot be set without labelSelector');
  const asked = within.at('matchExpressions').elements.map((term) => term.at('key').text);
  const used = new Set([...within.at('matchLabels').keys, ...asked]);
  for (const key of keys.elements) if (used.has(key.text)) key.refuse(`${key.value} is in labelSelector already`);
}

function spread(of: Field): void {
  matchKeys(of);
  const least = of.at('minDomains');
  if (least.isSet && of.at('whenUnsatisfiable').value !== 'DoNotSchedule')
    least.refuse('can only be set with DoNotSchedule');
}

const annotationBytes = 256 * 1024;

function annotationsSize(of: Field): void {
  const sizes = of.at('annotations').entries.map(({ key, value }) => Buffer.byteLength(`${key}${value ?? ''}`));
  const size = sizes.reduce((sum, each) => sum + each, 0);
  if (size > annotationBytes)
    of.at('annotations').refuse(`are ${size} bytes together, the most is ${annotationBytes}`);
}

/** Pods, and what selects them. */
export const podsJudges: Readonly<Record<string, FieldJudge>> = {
  'core/AppArmorProfile': profile,
  'core/Container': container,
  'core/EnvVar': variable,
  'core/NodeSelectorRequirement': requirement,
  'core/PodAffinityTerm': matchKeys,
  'core/PodSpec': pod,
  'core/ResourceRequirements': resources,
  'core/SeccompProfile': profile,
  'core/SecurityContext': escalation,
  'core/Toleration': toleration,
  'core/TopologySpreadConstraint': spread,
  'meta/LabelSelectorRequirement': requirement,
  'meta/ObjectMeta': annotationsSize,
};
