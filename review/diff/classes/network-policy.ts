import { holds } from '../../../charts/environments/ranges';
import { canonical } from '../../model/canonical';
import { identityOf, nameOf } from '../../model/identity';
import { type Flow, flowsOf, isAnywhere, policyTypesOf } from '../../model/network';
import type { Objects } from '../../model/objects';
import { type PodTemplate, podsOf } from '../../model/pods';
import { isEmpty, type LabelSelector, sayLabels, selectedBy, selectorOf, selects } from '../../model/selection';
import { asKind, type Manifest } from '../../model/tree';
import { few } from '../../report/finding';
import type { Classify, Context, Draft } from '../finding';
import type { ObjectChange } from '../objects';
import { risk } from './risk-words';

type Policy = Manifest<'NetworkPolicy'>;

/** What may flow after the change and could not before, and what is no longer held back at all. */
export function* networkPolicy(change: ObjectChange, { after: side, before: state }: Context): Iterable<Draft> {
  const [before, after] = [change.before, change.after].map((each) => asKind(each, 'NetworkPolicy'));
  const open = before ? openBy(before, side) : [];
  if (before && (!after || canonical(selectorOf(before)) !== canonical(selectorOf(after))) && open.length > 0) {
    const [was, is] = [before, after].map((each) => after && selector(each?.object.spec?.podSelector));
    const path = after ? ['spec', 'podSelector'] : [];
    yield risk('no-policy', path, { open: few(open), before: was, after: is, covers: after ? [path] : [] });
  }
  if (!after) return;
  const was = before ? flows(before) : new Map<string, string>();
  const known = new Set(was.keys());
  for (const [flow, says] of flows(after)) {
    const open = /from everywhere|to every address/.test(says);
    // A new policy that allows something is how a new program gets its rules; one that lets everybody in is not.
    if (known.has(flow) || covered(flow, known) || (!before && !(open && says.includes('from everywhere'))))
      continue;
    if (!before && selectedBy(state, after).length === 0) continue;
    const ingress = says.startsWith('lets in');
    const path = ['spec', ingress ? 'ingress' : 'egress'];
    // Named pods on a named port are how a program is let in; anything wider is a door.
    const level = open || (ingress && !narrow(flow)) ? 'high' : 'warn';
    yield risk('new-flow', path, { level, after: says, says, covers: [path] });
  }
  if (!before) return;
  const [old, now] = [policyTypesOf(before.object.spec), policyTypesOf(after.object.spec)];
  for (const type of old.filter((each) => !now.includes(each))) {
    const direction = type.toLowerCase();
    const values = { before: old, after: now, type, direction, covers: [['spec', direction]] };
    yield risk('no-direction', ['spec', 'policyTypes'], values);
  }
}

type Direction = 'Ingress' | 'Egress';
const directions: readonly Direction[] = ['Ingress', 'Egress'];

/** What pods that stay could reach, or what could reach them, and no longer can. */
export const cutOff: Classify = function* (change, { before: old, after: side }) {
  const [before, after] = [change.before, change.after].map((each) => asKind(each, 'NetworkPolicy'));
  const touched = [before, after].flatMap((each) => (each ? selectedBy(side, each) : []));
  for (const direction of directions) {
    const [lost, whose] = [new Set<string>(), new Set<string>()];
    for (const pod of new Set(touched)) {
      const twin = podsOf(old).find(({ owner }) => identityOf(owner.object) === identityOf(pod.owner.object));
      const now = allowed(side, pod, direction);
      if (!twin || !now) continue;
      const was = allowed(old, twin, direction);
      const said = was
        ? [...(before && selectedBy(old, before).includes(twin) ? flows(before) : [])].flatMap(([flow, says]) =>
            flow.includes(`"${direction.toLowerCase()}"`) && !within(flow, now)
              ? [says.replace(/^lets (in|out) /, '')]
              : [],
          )
        : ['all that no policy allows'];
      for (const each of said) lost.add(each);
      if (said.length > 0) whose.add(nameOf(pod.owner.object));
    }
    const of = direction.toLowerCase();
    const covers = [of, 'podSelector'].map((each) => ['spec', each]);
    if (lost.size > 0)
      yield risk('cut-off', after ? ['spec', of] : [], { whose: few([...whose]), lost: few([...lost]), covers });
  }
};

/** Everything that policies let a pod do in a direction; undefined where none speaks of it, and all is open. */
function allowed(side: Objects, pod: PodTemplate, direction: Direction): ReadonlySet<string> | undefined {
  const policies = side
    .ofKind('NetworkPolicy')
    .filter((each) => policyTypesOf(each.object.spec).includes(direction) && selectedBy(side, each).includes(pod));
  return policies.length > 0 ? new Set(policies.flatMap((each) => [...flows(each).keys()])) : undefined;
}

/** Whose pods it held back, and nothing holds back now. */
function openBy(policy: Policy, side: Objects): string[] {
  const open = selectedBy(side, policy).filter((pod) =>
    policyTypesOf(policy.object.spec).some((each) => !allowed(side, pod, each as Direction)),
  );
  return open.map(({ owner }) => nameOf(owner.object));
}

/** Whether another flow has all of this one: its very words, wider ones, or a range around it. */
function within(flow: string, flows: ReadonlySet<string>): boolean {
  if (flows.has(flow) || covered(flow, flows)) return true;
  const [direction, peer, port] = JSON.parse(flow);
  return [...flows].some((each) => {
    const [way, wide, at] = JSON.parse(each);
    const same = way === direction && (at === '*' || canonical(at) === canonical(port));
    const range =
      wide.ipBlock && !wide.ipBlock.except && peer.ipBlock && holds(wide.ipBlock.cidr, peer.ipBlock.cidr);
    const pods =
      wide.podSelector &&
      canonical(wide.namespaceSelector ?? '') === canonical(peer.namespaceSelector ?? '') &&
      selects(wide.podSelector, peer.podSelector?.matchLabels ?? {});
    return Boolean(same && (range || pods));
  });
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
