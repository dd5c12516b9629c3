import { edited, type Raw, sayEdit } from '../../charts/environments/edits';
import { type PilotRow, pilot } from '../../charts/environments/pilot';
import { asOf, region } from '../../review/cost/prices';
import type { Budget } from '../../review/report/report';
import { prover, shapeOf } from './proofs';

/** A row of the pilot with all before it. */
export interface PilotStep extends PilotRow {
  /** Dollars a month, of what is expected. */
  readonly dollars: number;
  /** The first proof that does not hold. Only the last row is asked: those before it need not hold by themselves. */
  readonly refused?: string;
}

/**
 * The pilot's rows, each on top of those before.
 *
 * @throws Error when synth refuses one of them
 */
export function stepsOf(root: string, raw: Raw): PilotStep[] {
  const shape = (rows: readonly PilotRow[]) => {
    const found = shapeOf(
      root,
      edited(
        raw,
        rows.flatMap(({ edits }) => edits),
      ),
    );
    if ('refused' in found) throw new Error(`charts/environments/pilot.ts: ${found.refused}`);
    return found;
  };
  const prove = prover(root, shape([]));
  return pilot.map((row, i): PilotStep => {
    const found = shape(pilot.slice(0, i + 1));
    const refused = i === pilot.length - 1 ? prove(found) : undefined;
    return { ...row, dollars: found.dollars, ...(refused !== undefined && { refused }) };
  });
}

/** What was found, for a reader. */
export function pilotTables(raw: Raw, steps: readonly PilotStep[]): Budget[] {
  const { dollars = 0, refused } = steps.at(-1) ?? {};
  return [
    {
      title: `The pilot: $${dollars.toFixed(0)} a month (${region}, prices of ${asOf}), each row on top of those before`,
      columns: ['What', 'A month then', 'Gives up', 'Edits in charts/environments'],
      rows: steps.map(({ what, edits, givesUp, ...step }) => [
        what,
        step.dollars.toFixed(2),
        givesUp,
        edits.map((edit) => sayEdit(raw, edit)).join('; '),
      ]),
      verdict: {
        fits: refused === undefined,
        says: refused ?? 'every proof holds, a lost node under the rule of lostNode: waits',
      },
    },
  ];
}
