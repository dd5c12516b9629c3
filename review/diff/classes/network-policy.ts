import { canonical } from '../../model/canonical';
import { listOf } from '../../model/pods';
import { selects } from '../../model/selection';
import type { Manifest } from '../../model/tree';
import type { Context, Draft } from '../finding';
import type { ObjectChange } from '../objects';
import { templateIn } from '../pods';

const why = 'Policies only add up: what one of them allows, no other one can forbid.';

/** What may flow after the change and could not before, and what is no longer held back at all. */
export function* networkPolicy(change: ObjectChange, { after: side, before: old }: Context): Iterable<Draft> {
  const { before, after } = change;
  if (before && (!after || change.status === 'renamed') && !after) {
    if (selectsPods(before, side))
      yield {
        level: 'high',
        path: [],
        says: others(before, side)
          ? 'the policy goes; the pods it selects are held by the other policies of the namespace only'
          : 'the policy goes, and with it the last one for these pods: everything may reach them',
        why: 'Pods that no policy selects accept and open every connection.',
        fix: 'keep a default-deny policy in the namespace, and one that allows what is needed',
      };
    return;
  }
  if (!after) return;
  const was = before ? flows(before.object.spec) : new Map<string, string>();
  const known = new Set(was.keys());
  for (const [flow, says] of flows(after.object.spec)) {
    const open = /from everywhere|to every address/.test(says);
    // A new policy that allows something is how a new program gets its rules; one that lets everybody in is not.
    if (known.has(flow) || covered(flow, known) || (!before && !(open && says.includes('from everywhere'))))
      continue;
    if (!before && !selectsPods(after, old)) continue;
    const ingress = says.startsWith('lets in');
    yield {
      // Named pods on a named port are how a program is let in; anything wider is a door.
      level: open || (ingress && !narrow(flow)) ? 'high' : 'warn',
      path: ['spec', ingress ? 'ingress' : 'egress'],
      after: says,
      says,
      why,
      fix: 'name the peer as narrowly as it can be (pod and namespace labels, one port), or confirm it',
      covers: [['spec', ingress ? 'ingress' : 'egress']],
    };
  }
  if (!before) return;
  for (const type of policyTypes(before.object.spec).filter(
    (each) => !policyTypes(after.object.spec).includes(each),
  ))
    yield {
      level: 'high',
      path: ['spec', 'policyTypes'],
      before: policyTypes(before.object.spec),
      after: policyTypes(after.object.spec),
      says: `the policy no longer speaks of ${type}: it holds back no ${type.toLowerCase()} traffic any more`,
      why: 'Pods without a policy for a direction are open in that direction.',
      fix: `keep ${type} in policyTypes; an empty list of rules then means none`,
      covers: [['spec', type.toLowerCase()]],
    };
  if (canonical(before.object.spec?.podSelector) !== canonical(after.object.spec?.podSelector))
    yield {
      level: 'high',
      path: ['spec', 'podSelector'],
      before: selector(before.object.spec?.podSelector),
      after: selector(after.object.spec?.podSelector),
      says: 'the policy selects other pods: those it leaves lose its protection, those it gains may lose connections',
      why,
      fix: 'compare the labels with those of the pods that are to be protected',
      covers: [['spec', 'podSelector']],
    };
}

/** Every allowed direction, peer and port, with the words for it. */
function flows(spec: any): Map<string, string> {
  const found = new Map<string, string>();
  for (const [direction, peersOf, verb] of [
    ['ingress', 'from', 'lets in'],
    ['egress', 'to', 'lets out'],
  ] as const)
    for (const rule of listOf(spec?.[direction])) {
      const peers = listOf(rule[peersOf]);
      const ports = listOf(rule.ports);
      for (const peer of peers.length > 0 ? peers : [undefined])
        for (const port of ports.length > 0 ? ports : [undefined])
          found.set(
            canonical([direction, peer ?? '*', port ? { protocol: 'TCP', ...port } : '*']),
            `${verb} ${portText(port)} ${peerText(direction, peer)}`,
          );
    }
  return found;
}

/** Pods of the same namespace, by their labels, on one port. */
function narrow(flow: string): boolean {
  const [, peer, port] = JSON.parse(flow);
  const { podSelector, namespaceSelector, ipBlock } = peer;
  return Boolean(podSelector?.matchLabels && !namespaceSelector && !ipBlock && port.port !== undefined);
}

/** Whether an earlier flow with any peer or any port allowed this one already. */
function covered(flow: string, known: ReadonlySet<string>): boolean {
  const [direction, peer, port] = JSON.parse(flow);
  return [
    [direction, '*', port],
    [direction, peer, '*'],
    [direction, '*', '*'],
  ].some((wider) => known.has(canonical(wider)));
}

function portText(port: any): string {
  if (!port) return 'all ports';
  const end = port.endPort ? `-${port.endPort}` : '';
  return `port ${port.port ?? '*'}${end}/${port.protocol ?? 'TCP'}`;
}

function peerText(direction: 'ingress' | 'egress', peer: any): string {
  const way = direction === 'ingress' ? 'from' : 'to';
  const every = direction === 'ingress' ? 'from everywhere' : 'to every address';
  if (!peer) return every;
  const { ipBlock, namespaceSelector, podSelector } = peer;
  if (ipBlock) {
    const except = ipBlock.except?.length ? ` except ${ipBlock.except.join(', ')}` : '';
    return /^(0\.0\.0\.0|::)\/0$/.test(ipBlock.cidr) ? `${every}${except}` : `${way} ${ipBlock.cidr}${except}`;
  }
  const pods = podSelector ? `pods ${selector(podSelector)}` : 'all pods';
  return `${way} ${pods}${namespaceSelector ? ` of namespaces ${selector(namespaceSelector)}` : ''}`;
}

function selector({ matchLabels = {}, matchExpressions = [] }: any = {}): string {
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }: any) =>
      `${key} ${operator} ${values.join(',')}`.trim(),
    ),
  ];
  return terms.join(', ') || '(any)';
}

function policyTypes(spec: any): string[] {
  return spec?.policyTypes ?? ['Ingress', ...(spec?.egress ? ['Egress'] : [])];
}

function selectsPods(policy: Manifest, side: Context['after']): boolean {
  const { podSelector = {} } = policy.object.spec ?? {};
  return side
    .ofKind('Rollout', 'Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job', 'Pod')
    .some(
      (workload) =>
        workload.object.metadata.namespace === policy.object.metadata.namespace &&
        selects(podSelector, templateIn(workload)?.labels ?? {}),
    );
}

function others(policy: Manifest, side: Context['after']): boolean {
  return side
    .ofKind('NetworkPolicy')
    .some(
      ({ object }) =>
        object.metadata.namespace === policy.object.metadata.namespace &&
        Object.keys(object.spec?.podSelector?.matchLabels ?? {}).length === 0,
    );
}
