// Tables of what was measured, and how it stands to the targets.
import pc from 'picocolors';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function measured(row) {
  return row !== undefined && row.problem === undefined;
}

/** The median of a row's figures with their spread, or nothing where they were not measured. */
export function figures(row, of) {
  if (!measured(row)) return undefined;
  const values = row.samples.map((sample) => sample[of]).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** Each round's own ratio, and of these the median: a machine that slows down in between slows both. */
export function ratio(row, base) {
  if (!measured(row) || !measured(base)) return undefined;
  return median(row.samples.map(({ wall }, i) => wall / base.samples[i].wall));
}

export function processTable(rows) {
  const base = (name) => rows.find((row) => row.name === name);
  const heads = ['whole process', 'wall s', 'min', 'max', 'cpu s', 'MB', '× node', '× npm run synth'];
  return table(heads, rows, (row) => [
    ...common(row),
    fixed(ratio(row, base('node')), 2),
    fixed(ratio(row, base('npm')), 2),
  ]);
}

export function scaleTable(rows) {
  const heads = ['one process', 'wall s', 'min', 'max', 'cpu s', 'MB', 'files', 'ms each'];
  return table(heads, rows, (row) => [
    ...common(row),
    String(row.files),
    fixed(((figures(row, 'wall')?.median ?? 0) * 1000) / row.count, 1),
  ]);
}

function common(row) {
  const wall = figures(row, 'wall');
  return [
    fixed(wall.median, 3),
    fixed(wall.min, 3),
    fixed(wall.max, 3),
    fixed(figures(row, 'cpu')?.median, 2),
    fixed(figures(row, 'memory')?.median, 0),
  ];
}

function fixed(value, digits) {
  return value === undefined ? '–' : value.toFixed(digits);
}

function table(heads, rows, cells) {
  const filled = rows.map((row) => [row.label, ...(row.problem ? [] : cells(row))]);
  const widths = heads.map((head, i) => Math.max(head.length, ...filled.map((line) => line[i]?.length ?? 0)));
  const line = (texts) =>
    texts.map((text, i) => (i ? text.padStart(widths[i]) : text.padEnd(widths[i]))).join('  ');
  return [
    pc.bold(line(heads)),
    ...filled.map((texts, i) => {
      const { problem, failed } = rows[i];
      if (!problem) return line(texts);
      return `${line(texts)}  ${failed ? pc.red(`failed: ${problem}`) : pc.yellow(`not measured: ${problem}`)}`;
    }),
  ].join('\n');
}

/** What the design promises; timings are told here and decide nothing. */
export function targets(processes, scale) {
  const row = (name) => [...processes, ...scale].find((one) => one.name === name);
  const wall = (name) => figures(row(name), 'wall')?.median;
  const step = (from, to) => (wall(`${to}-apps`) - wall(`${from}-apps`)) / (to - from);
  return [
    {
      target: 'node commands/run.mjs charts/main.ts with every file written, against node -e 0',
      limit: 3.5,
      unit: '×',
      value: ratio(row('synth'), row('node')),
    },
    {
      target: 'npm run synth with every file written, against npx cdk8s synth with ts-node as its template has it',
      limit: 0.25,
      unit: '×',
      value: ratio(row('npm'), row('cdk8s')),
    },
    {
      target: 'the first npm run synth after a change of a source, against npm run synth',
      limit: 2,
      unit: '×',
      value: ratio(row('changed'), row('npm')),
    },
    {
      target: 'npm run diff of a promotion',
      limit: 0.5,
      unit: ' s',
      value: wall('diff-promotion'),
    },
    {
      target: 'the same, against node -e 0',
      limit: 4,
      unit: '×',
      value: ratio(row('diff-promotion'), row('node')),
    },
    { target: 'diff of 1,000 changed objects', limit: 2, unit: ' s', value: wall('diff-thousand') },
    { target: 'check, the whole process', limit: 1, unit: ' s', value: wall('check') },
    { target: 'the same, against node -e 0', limit: 7, unit: '×', value: ratio(row('check'), row('node')) },
    {
      target: 'check of 16 environments, synthesized in memory',
      limit: 1.2,
      unit: ' s',
      value: wall('16-checked'),
    },
    { target: 'the search for cheaper settings', limit: 30, unit: ' s', value: wall('cheaper') },
    {
      target: 'the search for cheaper settings, peak memory',
      limit: 500,
      unit: ' MB',
      value: figures(row('cheaper'), 'memory')?.median,
    },
    { target: '200 apps, the whole process', limit: 3, unit: ' s', value: wall('200-apps') },
    {
      target: 'linear: an app from the 101st to the 200th, against one from the 11th to the 100th',
      limit: 1.5,
      unit: '×',
      value: finite(step(100, 200) / step(10, 100)),
    },
    {
      target: '200 apps, peak memory',
      limit: 250,
      unit: ' MB',
      value: figures(row('200-apps'), 'memory')?.median,
    },
  ].map((one) => ({ ...one, met: one.value === undefined ? null : one.value <= one.limit }));
}

export function targetTable(list) {
  const number = ({ value, unit }) => (value === undefined ? '–' : `${Number(value.toPrecision(3))}${unit}`);
  const width = Math.max(...list.map((one) => number(one).length));
  const verdict = ({ met }) =>
    met === null ? pc.yellow('not measured') : met ? pc.green('ok'.padEnd(12)) : pc.red('missed'.padEnd(12));
  return [
    pc.bold('targets'),
    ...list.map((one) => {
      const limit = `≤ ${one.limit}${one.unit}`.padEnd(8);
      return `${verdict(one)}  ${number(one).padStart(width)}  ${limit}  ${one.target}`;
    }),
  ].join('\n');
}

function finite(value) {
  return Number.isFinite(value) ? value : undefined;
}
