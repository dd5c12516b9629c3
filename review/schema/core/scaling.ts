import { subdomain } from '../names';
import { keyed } from './demands';
import type { Field, FieldJudge } from './field';

/** The field that goes with each type of a metric. */
const sources: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

function metric(of: Field): void {
  const type = of.at('type').text;
  const source = Object.hasOwn(sources, type) ? sources[type] : undefined;
  if (source === undefined) return;
  if (of.at(source).isEmpty) of.at(source).refuse('is required');
  for (const other of of.set(Object.values(sources)))
    if (other.key !== source) other.refuse(`cannot be set with type ${type}`);
}

function autoscaler(spec: Field): void {
  const [least, most] = [spec.at('minReplicas').number(1), spec.at('maxReplicas').number(0)];
  if (most < least) spec.at('maxReplicas').refuse(`is ${most}, less than minReplicas, ${least}`);
  const [target, version] = [spec.at('scaleTargetRef'), spec.at('scaleTargetRef', 'apiVersion')];
  const [group = '', ...rest] = version.text.split('/');
  if (target.at('kind').value !== 'ReplicationController' && (rest.length === 0 || subdomain(group)))
    version.refuse(`${JSON.stringify(version.text)} has no API group, for example apps/v1`);
}

function behavior(of: Field): void {
  const policies = of.at('policies');
  if (policies.isSet && policies.isEmpty) policies.refuse('is empty');
}

const measured =
  /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|^requests\.storage$|^(requests\.)?hugepages-/;
const counted =
  /^(pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|services\.(nodeports|loadbalancers))$/;

function quota(spec: Field): void {
  for (const of of spec.at('hard').entries) {
    if (!measured.test(of.key) && !counted.test(of.key) && !of.key.includes('/'))
      of.refuse('is nothing that a quota counts');
    else keyed(of, 'qualifiedName');
    if ((of.quantity ?? 0) < 0) of.refuse(`is ${of.value}, the least is 0`);
    if (counted.test(of.key) && !Number.isInteger(of.quantity ?? 0)) of.refuse(`is ${of.value}, must be whole`);
  }
}

/** Each must not be more than the next. */
const order = ['min', 'defaultRequest', 'default', 'max'];

function limit(of: Field): void {
  const type = of.at('type').text;
  const names = type === 'PersistentVolumeClaim' ? /^storage$/ : /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;
  for (const name of [...order, 'maxLimitRequestRatio'].flatMap((side) => of.at(side).entries))
    if (names.test(name.key) || name.key.includes('/')) keyed(name, 'qualifiedName');
    else name.refuse(`${JSON.stringify(name.key)} is not a resource of a ${type}`);
  for (const field of type === 'Pod' ? of.set(['default', 'defaultRequest']) : [])
    field.refuse('cannot be set for Pod');
  for (const [i, lower] of order.entries())
    for (const value of of.at(lower).entries)
      for (const higher of order.slice(i + 1)) {
        const other = of.at(higher, value.key);
        if (other.isSet && (value.quantity ?? 0) > (other.quantity ?? 0))
          value.refuse(`is ${value.value}, more than ${higher}, ${other.value}`);
      }
}

function priorityClass(object: Field): void {
  const name = object.at('metadata', 'name');
  if (name.text.startsWith('system-')) name.refuse('must not start with system-, which is for Kubernetes itself');
}

/** How many, how much, and who goes first. */
export const scalingJudges: Readonly<Record<string, FieldJudge>> = {
  'autoscaling/HorizontalPodAutoscalerSpec': autoscaler,
  'autoscaling/HPAScalingRules': behavior,
  'autoscaling/MetricSpec': metric,
  'core/LimitRangeItem': limit,
  'core/ResourceQuotaSpec': quota,
  'scheduling/PriorityClass': priorityClass,
};
