import { join } from 'node:path';
import * as v from 'valibot';
import { textIfThere } from '../../charts/files';
import type { Acknowledgement } from '../rule';
import { documentsIn } from './yaml';

/** Where a change is acknowledged that is wanted although it looks wrong; committed, so it is reviewed like the change. */
const acknowledgements = '.changes/ack.yaml';

const day = 'is not a valid day; write for example 2026-12-01';
/** What is wanted for longer is not an exception; in days. */
const longest = 366;
const entry = v.strictObject(
  {
    id: v.pipe(
      v.string('is not text; copy the id of the finding'),
      v.regex(
        /^[a-z-]+:[^/]+\/.+$/,
        'is not the id of a finding; copy it from the report, for example data-loss:production/PersistentVolumeClaim/uploads',
      ),
    ),
    reason: v.pipe(
      v.string('is not text; say why the change is wanted'),
      v.trim(),
      v.minLength(1, 'says nothing; say why the change is wanted'),
    ),
    // YAML reads a bare date as one.
    until: v.pipe(
      v.union([v.string(), v.date()], day),
      v.transform((value) => (typeof value === 'string' ? value : value.toISOString().slice(0, 10))),
      v.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, day),
      // 31 February is read as a day of March.
      v.check((value) => {
        const at = new Date(`${value}T00:00:00Z`);
        return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) === value;
      }, day),
    ),
  },
  'is not an entry; write id, reason and until',
);
const list = v.array(entry, 'is not a list; write - id: …');

/**
 * Those of the repository at `root`; none when there is no such file.
 *
 * @throws Error as `readAcknowledgements`
 */
export function acknowledgedIn(root: string, today: string): Acknowledgement[] {
  const text = textIfThere(join(root, acknowledgements));
  return text === undefined ? [] : readAcknowledgements(text, today);
}

/**
 * Reads the entries of `.changes/ack.yaml`.
 *
 * @param today `2026-12-01`: an entry holds for a year at the most
 * @throws Error with every mistake, one a line: which entry, which field, what to write
 */
export function readAcknowledgements(text: string, today: string): Acknowledgement[] {
  const [first = [], ...others] = parsed(text);
  if (others.length > 0)
    throw new Error(`${acknowledgements}: holds ${others.length + 1} documents; write all entries in one list`);
  const result = v.safeParse(list, first);
  if (!result.success) throw new Error(result.issues.map(problem).join('\n'));
  const ids = result.output.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice) throw new Error(`${acknowledgements}: ${twice} stands there twice; keep one of the two`);
  const end = new Date(Date.parse(today) + longest * 86_400_000).toISOString().slice(0, 10);
  const far = result.output.findIndex(({ until }) => until > end);
  if (far >= 0)
    throw new Error(
      `${acknowledgements}: entry ${far + 1}: until: ${JSON.stringify(result.output[far]?.until)} is more than ${longest} days away; write a day up to ${end}, or change the rule`,
    );
  return result.output;
}

/** An empty file holds no document. */
function parsed(text: string): unknown[] {
  try {
    return documentsIn(text);
  } catch (error) {
    throw new Error(`${acknowledgements}: ${(error as Error).message}`);
  }
}

function problem(issue: v.BaseIssue<unknown>): string {
  const [first, second] = issue.path ?? [];
  const where = [acknowledgements, first && `entry ${Number(first.key) + 1}`, second && String(second.key)];
  const place = where.filter(Boolean).join(': ');
  if (issue.expected === 'never') return `${place}: is not known; an entry has id, reason and until`;
  if (issue.received === 'undefined') return `${place}: is missing; an entry has id, reason and until`;
  const value = first ? ` ${JSON.stringify(issue.input)}` : '';
  return `${place}:${value} ${issue.message}`;
}
