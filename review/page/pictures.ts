import type { Facts } from '../rule';
import { judgedOnce } from '../scheduling/budget';
import { billTable } from './bill';
import { canaries } from './canary';
import { connectionBars } from './connections';
import type { Markup } from './markup';
import { momentsShown, packing } from './packing';
import { type Both, both, pair } from './pair';
import type { Section } from './shell';
import { topologies } from './topology';
import { topologyPictures } from './topology-picture';

/** The pictures of an environment, which `diff` shows as it was and as it will be. */
export function pictures(facts: Both<Facts>): Section[] {
  const comparing = facts.before !== undefined;
  // The same of both states, so that they can be compared.
  const moments = momentsShown(judgedOnce(facts.after).fits);
  const section = (id: string, title: string, draw: (of: Facts) => Markup): Section => {
    const { before, after } = both(facts, draw);
    return { id, title, body: pair(before, after, comparing) };
  };
  return [
    { id: 'topology', title: 'What a request passes', body: topologyPictures(both(facts, topologies), comparing) },
    section('nodes', 'Nodes and their pods', (of) => packing(judgedOnce(of).fits, moments)),
    section('connections', 'Database connections', connectionBars),
    section('canary', 'The canary', ({ tree }) => canaries(tree)),
    section('bill', 'The bill', billTable),
  ];
}
