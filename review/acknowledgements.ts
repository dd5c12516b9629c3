import { loadAll } from 'js-yaml';
import type { Acknowledgement } from './rule';

/** Where a change is acknowledged that is wanted although it looks wrong. */
export const acknowledgements = '.changes/ack.yaml';

/**
 * Reads the entries of `.changes/ack.yaml`.
 *
 * @throws Error that names the entry and what it lacks
 */
export function readAcknowledgements(text: string): Acknowledgement[] {
  const [entries = []] = parsed(text);
  if (!Array.isArray(entries)) throw new Error(`${acknowledgements}: is no list; write - id: …`);
  return entries.map((entry, i) => {
    const where = `${acknowledgements}: entry ${i + 1}`;
    if (typeof entry?.id !== 'string') throw new Error(`${where}: has no id; copy it from the finding`);
    if (typeof entry.reason !== 'string' || entry.reason.trim() === '')
      throw new Error(`${where} (${entry.id}): has no reason; say why the change is wanted`);
    // YAML reads a bare date as one.
    const until = entry.until instanceof Date ? entry.until.toISOString().slice(0, 10) : entry.until;
    if (until !== undefined && !/^\d{4}-\d\d-\d\d$/.test(String(until)))
      throw new Error(
        `${where} (${entry.id}): until: ${JSON.stringify(until)} is no day; write for example 2026-12-01`,
      );
    return { id: entry.id, reason: entry.reason, ...(until !== undefined && { until: String(until) }) };
  });
}

function parsed(text: string): unknown[] {
  try {
    return loadAll(text);
  } catch (error) {
    throw new Error(`${acknowledgements}: ${(error as Error).message}`);
  }
}
