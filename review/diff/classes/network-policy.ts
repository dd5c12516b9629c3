import { canonical } from '../../model/canonical';
import { type Flow, flowsOf, isAnywhere, policyTypesOf } from '../../model/network';
import { isEmpty, type LabelSelector, sayLabels, selectedBy } from '../../model/selection';
import { asKind, type Manifest } from '../../model/tree';
import type { Context, Draft } from '../finding';
import type { ObjectChange } from '../objects';

type Policy = Manifest<'NetworkPolicy'>;

const why = 'Policies only add up: what one of them allows, no other one can forbid.';

/** What may flow after the change and could not before, and what is no longer held back at all. */
export function* networkPolicy(change: ObjectChange, { after: side, before: old }: Context): Iterable<Draft> {
  const [before, after] = [change.before, change.after].map((each) => asKind(each, 'NetworkPolicy'));
  if (before && (!after || change.status === 'renamed') && !after) {
    if (selectedBy(side, before).length > 0)
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
  const was = before ? flows(before) : new Map<string, string>();
  const known = new Set(was.keys());
  for (const [flow, says] of flows(after)) {
    const open = /from everywhere|to every address/.test(says);
    // A new policy that allows something is how a new program gets its rules; one that lets everybody in is not.
    if (known.has(flow) || covered(flow, known) || (!before && !(open && says.includes('from everywhere'))))
      continue;
    if (!before && selectedBy(old, after).length === 0) continue;
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
  for (const type of policyTypesOf(before.object.spec).filter(
    (each) => !policyTypesOf(after.object.spec).includes(each),
  ))
    yield {
      level: 'high',
      path: ['spec', 'policyTypes'],
      before: policyTypesOf(before.object.spec),
      after: policyTypesOf(after.object.spec),
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
function flows(policy: Policy): Map<string, string> {
  const found = new Map<string, string>();
  for (const { direction, peers, ports } of flowsOf(policy.object.spec))
    for (const peer of peers.length > 0 ? peers : [undefined])
      for (const port of ports.length > 0 ? ports : [undefined])
        found.set(
          canonical([direction, peer ?? '*', port ? { protocol: 'TCP', ...port } : '*']),
          `lets ${direction === 'ingress' ? 'in' : 'out'} ${portText(port)} ${peerText(direction, peer)}`,
        );
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

function portText(port: Flow['ports'][number] | undefined): string {
  if (!port) return 'all ports';
  const end = port.endPort ? `-${port.endPort}` : '';
  return `port ${port.port ?? '*'}${end}/${port.protocol ?? 'TCP'}`;
}

function peerText(direction: Flow['direction'], peer: Flow['peers'][number] | undefined): string {
  const way = direction === 'ingress' ? 'from' : 'to';
  const every = direction === 'ingress' ? 'from everywhere' : 'to every address';
  if (!peer) return every;
  const { ipBlock, namespaceSelector, podSelector } = peer;
  if (ipBlock) {
    const except = ipBlock.except?.length ? ` except ${ipBlock.except.join(', ')}` : '';
    return isAnywhere(ipBlock.cidr) ? `${every}${except}` : `${way} ${ipBlock.cidr}${except}`;
  }
  const pods = podSelector ? `pods ${selector(podSelector)}` : 'all pods';
  return `${way} ${pods}${namespaceSelector ? ` of namespaces ${selector(namespaceSelector)}` : ''}`;
}

function selector(of: LabelSelector = {}): string {
  return isEmpty(of) ? '(any)' : sayLabels(of).replaceAll(',', ', ');
}

function others(policy: Policy, side: Context['after']): boolean {
  return side
    .ofKind('NetworkPolicy')
    .some(
      ({ object }) =>
        object.metadata.namespace === policy.object.metadata.namespace &&
        Object.keys(object.spec?.podSelector?.matchLabels ?? {}).length === 0,
    );
}
