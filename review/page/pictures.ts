import { systemFacts } from '../../charts/facts';
import { canonical } from '../model/canonical';
import type { Facts } from '../rule';
import { judgedOnce } from '../scheduling/budget';
import { setsOf } from '../scheduling/workloads';
import { billTable, loadBars } from './bill';
import { canaries } from './canary';
import { connectionBars } from './connections';
import { type Both, html, type Markup } from './markup';
import { momentsShown, packing } from './packing';
import type { Section } from './shell';
import { topologies } from './topology';
import { topologyPictures } from './topology-picture';

/**
 * The pictures of an environment: of one state all of them, of two only what differs.
 *
 * @param changed objects that differ, as `production Rollout/web`
 */
export function pictures({ before, after }: Both<Facts>, changed?: ReadonlySet<string>): Section[] {
  const both = <To>(make: (of: Facts) => To): Both<To> => ({
    ...(before && { before: make(before) }),
    after: make(after),
  });
  const drawn: readonly (readonly [id: string, title: string, body: Markup | undefined])[] = [
    ['topology', 'What a request passes', topologyPictures(both(topologies), changed)],
    ['connections', 'Database connections', connectionBars(both((of) => of))],
    ['canary', 'The canary', canaries(both(({ tree }) => tree))],
    ['bill', 'The bill', billTable(both((of) => of))],
    ['load', 'What gives out when there is more traffic', loadBars(both((of) => of))],
    ['nodes', 'Nodes and their pods', nodesOf({ before, after })],
  ];
  return drawn.flatMap(([id, title, body]) => (body && body.text !== '' ? [{ id, title, body }] : []));
}

function nodesOf({
  before,
  after,
}: {
  readonly before: Facts | undefined;
  readonly after: Facts;
}): Markup | undefined {
  const sets = (facts: Facts) => canonical([setsOf(facts), systemFacts(facts.settings).cluster.nodeGroups]);
  if (before && sets(before) === sets(after)) return undefined;
  // The same moments of both states, so that they can be compared.
  const moments = momentsShown(judgedOnce(after).fits);
  const [was, is] = [before, after].map((of) => of && packing(judgedOnce(of).fits, moments));
  if (!was) return is;
  return html`<div class="pair"><div><h3>Before</h3>${was}</div><div><h3>After</h3>${is}</div></div>`;
}
