import type { Budget } from '../report/report';

/** Numbers are read from the right. */
export function alignment({ columns, rows }: Budget): ('left' | 'right')[] {
  return columns.map((_, i) =>
    rows.length > 0 && rows.every((row) => typeof row[i] === 'number' || row[i] === '') ? 'right' : 'left',
  );
}
