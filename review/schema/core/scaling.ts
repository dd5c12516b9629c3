import { quantityOf } from '../../model/quantity';
import { type Check, pathSegment, qualifiedName, subdomain } from '../names';
import { selector } from './labels';
import { notNegative } from './resources';
import { atLeast, countOrPercent, each, exactlyOne, form, needed, type Path, type Say, set } from './say';

const sources: Readonly<Record<string, string>> = {
  Resource: 'resource',
  ContainerResource: 'containerResource',
  Pods: 'pods',
  Object: 'object',
  External: 'external',
};

export function autoscaler({ spec = {} }: any, say: Say): void {
  const { minReplicas = 1, maxReplicas = 0 } = spec;
  for (const field of ['kind', 'name'])
    form(spec.scaleTargetRef?.[field], ['spec', 'scaleTargetRef', field], say, pathSegment, 'needed');
  const { apiVersion = '', kind } = spec.scaleTargetRef ?? {};
  if (kind !== 'ReplicationController' && (!apiVersion.includes('/') || subdomain(apiVersion.split('/')[0])))
    say(
      ['spec', 'scaleTargetRef', 'apiVersion'],
      `${JSON.stringify(apiVersion)} has no API group, for example apps/v1`,
    );
  if (minReplicas < 1) say(['spec', 'minReplicas'], `is ${minReplicas}, the least is 1`);
  if (maxReplicas < 1) say(['spec', 'maxReplicas'], `is ${maxReplicas}, the least is 1`);
  if (maxReplicas < minReplicas)
    say(['spec', 'maxReplicas'], `is ${maxReplicas}, less than minReplicas, ${minReplicas}`);
  for (const [metric, path] of each(spec, 'metrics', ['spec'])) metricOf(metric, path, say);
  for (const direction of ['scaleUp', 'scaleDown'])
    behavior(spec.behavior?.[direction], ['spec', 'behavior', direction], say);
}

function metricOf(metric: any, at: Path, say: Say): void {
  const source = sources[metric.type];
  if (!source) {
    say([...at, 'type'], `${JSON.stringify(metric.type ?? '')} is none of ${Object.keys(sources).join(', ')}`);
    return;
  }
  needed(metric[source], [...at, source], say);
  for (const other of set(metric, Object.values(sources)))
    if (other !== source) say([...at, other], `cannot be set with type ${metric.type}`);
  const of = metric[source];
  if (!of) return;
  if (source === 'resource' || source === 'containerResource') needed(of.name, [...at, source, 'name'], say);
  if (source === 'containerResource') needed(of.container, [...at, source, 'container'], say);
  const { target = {} } = of;
  const path = [...at, source, 'target'];
  if (!['Utilization', 'Value', 'AverageValue'].includes(target.type))
    say([...path, 'type'], `${JSON.stringify(target.type ?? '')} is none of Utilization, Value, AverageValue`);
  const allowed = /resource$/i.test(source) ? ['averageUtilization', 'averageValue'] : ['value', 'averageValue'];
  exactlyOne(target, allowed, path, say);
  atLeast(1, target, ['averageUtilization'], path, say);
  for (const field of ['value', 'averageValue'])
    if (target[field] !== undefined && (quantityOf(target[field]) ?? 1) <= 0)
      say([...path, field], `is ${target[field]}, must be more than 0`);
}

/** How an autoscaler may scale in one direction. */
export function behavior(of: any, at: Path, say: Say): void {
  if (!of) return;
  const window = of.stabilizationWindowSeconds;
  if (window !== undefined && (window < 0 || window > 3600))
    say([...at, 'stabilizationWindowSeconds'], `is ${window}, must be between 0 and 3600`);
  const select = of.selectPolicy;
  if (select !== undefined && !['Max', 'Min', 'Disabled'].includes(select))
    say([...at, 'selectPolicy'], `${JSON.stringify(select)} is none of Max, Min, Disabled`);
  if (of.policies?.length === 0) say([...at, 'policies'], 'is empty');
  for (const [policy, path] of each(of, 'policies', at)) {
    if (!['Pods', 'Percent'].includes(policy.type))
      say([...path, 'type'], `${JSON.stringify(policy.type ?? '')} is none of Pods, Percent`);
    atLeast(1, { value: 0, periodSeconds: 0, ...policy }, ['value', 'periodSeconds'], path, say);
    if (policy.periodSeconds > 1800)
      say([...path, 'periodSeconds'], `is ${policy.periodSeconds}, the most is 1800`);
  }
}

export function disruptionBudget({ spec = {} }: any, say: Say): void {
  const both = set(spec, ['minAvailable', 'maxUnavailable']);
  if (both.length > 1) say(['spec', 'maxUnavailable'], 'cannot be set together with minAvailable');
  for (const field of both) countOrPercent(spec[field], ['spec', field], say, 100);
  selector(spec.selector, ['spec', 'selector'], say);
  const policy = spec.unhealthyPodEvictionPolicy;
  if (policy !== undefined && !['IfHealthyBudget', 'AlwaysAllow'].includes(policy))
    say(
      ['spec', 'unhealthyPodEvictionPolicy'],
      `${JSON.stringify(policy)} is none of IfHealthyBudget, AlwaysAllow`,
    );
}

const measured =
  /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|^requests\.storage$|^(requests\.)?hugepages-/;
const counted =
  /^(pods|services|replicationcontrollers|resourcequotas|secrets|configmaps|persistentvolumeclaims|services\.(nodeports|loadbalancers))$/;

export function resourceQuota({ spec = {} }: any, say: Say): void {
  for (const [name, value] of Object.entries(spec.hard ?? {})) {
    const at = ['spec', 'hard', name];
    if (!measured.test(name) && !counted.test(name) && !name.includes('/'))
      say(at, 'is nothing that a quota counts');
    else form(name, at, say, qualifiedName);
    notNegative(value, at, say);
    if (counted.test(name) && !Number.isInteger(quantityOf(value) ?? 0)) say(at, `is ${value}, must be whole`);
  }
}

const limitType: Check = (text) =>
  ['Pod', 'Container', 'PersistentVolumeClaim'].includes(text) || text.includes('/')
    ? qualifiedName(text)
    : 'is none of Pod, Container, PersistentVolumeClaim';

function resourceOf(type: string): Check {
  const names = type === 'PersistentVolumeClaim' ? /^storage$/ : /^(cpu|memory|ephemeral-storage|hugepages-.+)$/;
  return (text) =>
    names.test(text) || text.includes('/') ? qualifiedName(text) : `is not a resource of a ${type}`;
}

export function limitRange({ spec = {} }: any, say: Say): void {
  const seen = new Set<string>();
  for (const [limit, path] of each(spec, 'limits', ['spec'])) {
    form(limit.type, [...path, 'type'], say, limitType, 'needed');
    if (seen.has(limit.type)) say([...path, 'type'], `${limit.type} is there twice`);
    seen.add(limit.type);
    for (const side of ['min', 'defaultRequest', 'default', 'max', 'maxLimitRequestRatio'])
      for (const name of Object.keys(limit[side] ?? {}))
        form(name, [...path, side, name], say, resourceOf(limit.type), 'needed');
    if (limit.type === 'Pod')
      for (const field of set(limit, ['default', 'defaultRequest']))
        say([...path, field], 'cannot be set for Pod');
    // Each must not be more than the next.
    const order = ['min', 'defaultRequest', 'default', 'max'];
    for (const [i, lower] of order.entries())
      for (const higher of order.slice(i + 1))
        for (const [name, value] of Object.entries<any>(limit[lower] ?? {})) {
          const other = limit[higher]?.[name];
          if (other !== undefined && (quantityOf(value) ?? 0) > (quantityOf(other) ?? 0))
            say([...path, lower, name], `is ${value}, more than ${higher}, ${other}`);
        }
  }
}

export function priorityClass(object: any, say: Say): void {
  if (object.metadata.name.startsWith('system-'))
    say(['metadata', 'name'], 'must not start with system-, which is for Kubernetes itself');
  if (object.value > 1_000_000_000) say(['value'], `is ${object.value}, the most is 1000000000`);
  const policy = object.preemptionPolicy;
  if (policy !== undefined && !['Never', 'PreemptLowerPriority'].includes(policy))
    say(['preemptionPolicy'], `${policy} is none of Never, PreemptLowerPriority`);
}
