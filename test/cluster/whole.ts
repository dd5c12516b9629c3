import type { KubernetesObject } from './api';
import type { Delivery } from './delivery';
import type { Elb } from './played/elb';

/** What nobody keeps: elections, what was told, and what is reckoned from others. */
const passing = ['events', 'leases', 'endpoints', 'componentstatuses'];

/**
 * Everything that a cluster and its load balancers hold, by name: what a person or a controller wrote, without its state.
 * What CronJobs start meanwhile is left out.
 */
export async function whole({ api, loadBalancer }: Delivery): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const path of await collections(api)) {
    const { items = [], kind } = await api.done('GET', path);
    for (const item of items as KubernetesObject[])
      if (!isOfCron(item)) all[`${kind.replace(/List$/, '')} ${keyOf(item)}`] = written(item);
  }
  return { ...all, ...(await balanced(loadBalancer.elb)) };
}

/** The names that only one of two moments has, and those that differ. */
export function differing(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const said = (name: string) => {
    if (!(name in before)) return [`more: ${name}`];
    if (!(name in after)) return [`gone: ${name}`];
    const [was, is] = [before, after].map((of) => JSON.stringify(of[name]));
    return was === is ? [] : [`other: ${name}: ${was} → ${is}`];
  };
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap(said);
}

async function collections(api: Delivery['api']): Promise<string[]> {
  const { groups } = await api.done('GET', '/apis');
  const bases = ['/api/v1', ...groups.map((each: any) => `/apis/${each.preferredVersion.groupVersion}`)];
  const found: string[] = [];
  for (const base of bases.filter((each) => !/metrics\.k8s\.io/.test(each))) {
    const { resources } = await api.done('GET', base);
    for (const { name, verbs } of resources)
      if (verbs.includes('list') && !name.includes('/') && !passing.includes(name)) found.push(`${base}/${name}`);
  }
  return found;
}

function keyOf({ metadata: { namespace = '', name, uid } }: KubernetesObject): string {
  return `${namespace}/${name} ${uid}`;
}

function isOfCron({ metadata }: KubernetesObject): boolean {
  const owners = (metadata.ownerReferences ?? []) as { kind: string }[];
  return owners.some(
    ({ kind }) => kind === 'CronJob' || (kind === 'Job' && !/^preview-/.test(metadata.namespace ?? '')),
  );
}

function written({ status: _, operation: __, metadata, ...object }: KubernetesObject): object {
  const { resourceVersion: ___, managedFields: ____, generation: _____, annotations, ...rest } = metadata;
  const {
    'argocd.argoproj.io/refresh': ______,
    // Whom Argo CD has told of what.
    'notified.notifications.argoproj.io': _______,
    ...kept
  } = annotations ?? {};
  return { ...object, metadata: { ...rest, annotations: kept } };
}

/** What AWS holds of load balancers, each under a name of its own. */
async function balanced(elb: Elb): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  const { TargetGroups } = await elb.ask('DescribeTargetGroups');
  const names = new Map<string, string>();
  for (const { TargetGroupArn, TargetGroupName } of TargetGroups as any[]) {
    names.set(TargetGroupArn, TargetGroupName);
    all[`target group ${TargetGroupName}`] = true;
  }
  const { LoadBalancers } = await elb.ask('DescribeLoadBalancers');
  for (const { LoadBalancerArn, LoadBalancerName } of LoadBalancers as any[]) {
    const { Listeners } = await elb.ask('DescribeListeners', { LoadBalancerArn });
    for (const { ListenerArn, Port } of Listeners as any[]) {
      const { Rules } = await elb.ask('DescribeRules', { ListenerArn });
      for (const { Priority, Conditions, Actions } of Rules as any[])
        all[`rule ${LoadBalancerName}:${Port} ${Priority}`] = JSON.stringify([Conditions, Actions]).replaceAll(
          /arn:aws:elasticloadbalancing:[^"]*:targetgroup[^"]*/g,
          (arn) => names.get(arn) ?? 'a target group that is gone',
        );
    }
  }
  return all;
}
