import { type Raw, sayEdit } from '../../charts/environments/edits';
import { asOf, region } from '../../review/cost/prices';
import type { Budget } from '../../review/report/report';
import type { Cheaper } from './search';

/** What was found, for a reader. */
export function tablesOf(raw: Raw, { today, savings, tooSmall, together, untried }: Cheaper): Budget[] {
  const informs = { fits: true, says: '' };
  const edits = (all: Cheaper['savings'][number]['edits']) => all.map((edit) => sayEdit(raw, edit)).join('; ');
  return [
    {
      title: `Cheaper than $${today.toFixed(0)} a month (${region}, prices of ${asOf}), each by itself`,
      columns: ['What', 'Saves', 'Gives up', 'Proofs', 'Edit in charts/environments'],
      rows: savings.map(({ name, saves, givesUp, refused, edits: all }) => [
        name,
        saves?.toFixed(2) ?? '-',
        givesUp,
        refused === undefined ? 'hold' : `refused: ${refused}`,
        edits(all),
      ]),
      verdict: informs,
    },
    {
      title: 'Together, with every proof asked once more',
      columns: ['What', 'Saves', 'A month then', 'Edits'],
      rows: together.map(({ name, saves = 0, edits: all }) => [
        name,
        saves.toFixed(2),
        (today - saves).toFixed(2),
        edits(all),
      ]),
      verdict: informs,
    },
    {
      title: 'Cheaper node groups on which a pod has no node',
      columns: ['Group', 'A month', 'The first'],
      rows: tooSmall.map(({ name, dollars, why }) => [name, dollars.toFixed(2), why]),
      verdict: informs,
    },
    {
      title: 'What has a price and was not tried',
      columns: ['What', 'Saves at most', 'Why'],
      rows: untried.map(({ name, saves, why }) => [name, saves?.toFixed(2) ?? 'not known', why]),
      verdict: informs,
    },
  ];
}
