// `npm run bench`: the synth side by side with what one would use instead, and with many apps. Every round runs every
// command once, so that a machine that is busy for a while is so for all of them.
import { readFileSync, rmSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { makeLab, synthesizeObjects } from './lab.mjs';
import { hasTime, measure, stop } from './measure.mjs';
import { figures, processTable, ratio, scaleTable, targets, targetTable } from './report.mjs';
import { processes, scale } from './rows.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const names = [...processes, ...scale].map((row) => row.name);

const program = new Command('npm run bench --')
  .description(
    'Measures the synth beside cdk8s-cli, Helm and Kustomize, and with up to 200 apps; and the diff beside differs that know nothing of Kubernetes.',
  )
  .option('--rounds <number>', 'how often every command runs; the tables show medians', count, 9)
  .option('--only <names>', `only these, separated by commas: ${names.join(', ')}`, rowNames, names)
  .option('--folder <folder>', 'measure in this folder; default: in memory where Linux has room there')
  .addOption(
    new Option('--output <format>', 'json: the figures on stdout, the tables on stderr')
      .choices(['text', 'json'])
      .default('text'),
  )
  .addHelpText(
    'after',
    `
Examples:
  npm run bench                                  everything, a few minutes
  npm run bench -- --rounds 3                    the same, sooner and less exact
  npm run bench -- --only node,synth,npm,cdk8s   what was changed in the synth, and what it is compared with
  npm run bench -- --only node,diff-promotion,diff-thousand,unified-thousand,jsondiffpatch-thousand
  npm run bench -- --only 10-apps,100-apps,200-apps
  npm run bench -- --output json > bench.json

Exit codes: 0 measured (also when a target is missed), 1 a command failed, 2 wrong arguments`,
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .allowExcessArguments(false)
  .parse();

const { rounds, only, folder, output } = program.opts();
const tell = progress();
process.once('exit', stop);
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 }))
  process.once(signal, () => {
    tell();
    process.exit(code);
  });

const lab = prepare();
const log = join(lab.folder, 'log');
let runs = 0;
try {
  tell('node commands/run.mjs charts/main.ts');
  await synthesizeObjects(lab);
} catch (error) {
  tell();
  console.error(`${pc.red('error')} the synth itself fails, so there is nothing to measure\n  ${error.message}`);
  process.exit(1);
}
const [compared, many] = [processes, scale].map((rows) => rows.filter((row) => only.includes(row.name)));
await measureAll(compared);
await measureAll(many);
tell();
report();
process.exitCode = [...compared, ...many].some((row) => row.failed) ? 1 : 0;

function prepare() {
  try {
    return makeLab(root, folder && resolve(folder));
  } catch (error) {
    console.error(`${pc.red('error')} cannot copy the working tree: ${error.message}`);
    process.exit(2);
  }
}

/** Sets `samples` of every row, or `problem`; what could not be installed is only left out, what fails has `failed`. */
async function measureAll(rows) {
  for (const row of rows) {
    row.samples = [];
    try {
      await row.needs?.(lab, root, tell);
    } catch (error) {
      row.problem = error.message;
    }
  }
  // The first time is not counted: caches fill, and what was written is compared.
  for (let round = 0; round <= rounds; round++)
    for (const row of rows.filter((row) => !row.problem)) {
      tell(`${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}: ${row.label.trim()}`);
      try {
        const sample = await once(row, round === 0);
        if (round > 0) row.samples.push(sample);
      } catch (error) {
        Object.assign(row, { problem: error.message, failed: true });
      }
    }
}

async function once(row, first) {
  const out = join(lab.folder, `out-${runs++}`);
  try {
    row.before?.(lab);
    const sample = await measure({ cwd: lab.folder, ...row.command(out, lab) }, log);
    const wrong = first && row.check?.(lab, out, log);
    if (wrong) throw new Error(wrong);
    if (row.count) row.files = Number(readFileSync(`${log}.out`, 'utf8'));
    return sample;
  } finally {
    // On a disk only at the very end: ext4 makes files many times slower for minutes after thousands were removed.
    if (lab.inMemory) rmSync(out, { recursive: true, force: true });
  }
}

function report() {
  const [{ model }] = cpus();
  const machine = `${cpus().length} × ${model.trim()}, ${Math.round(totalmem() / 1e9)} GB, Node ${process.version}`;
  const judged = targets(compared, many);
  const say = output === 'json' ? console.error : console.log;
  const place = lab.inMemory ? 'in memory; --folder takes a disk' : `below ${dirname(lab.folder)}`;
  say(`${machine}; medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, files written ${place}`);
  say(
    hasTime
      ? 'cpu: user and system of all processes of the command; MB: peak of its largest process'
      : `${pc.yellow('note')} CPU and memory are not measured: Node cannot ask what a child used; install GNU time`,
  );
  if (compared.length > 0) say(`\n${processTable(compared)}`);
  for (const note of new Set(compared.flatMap((row) => row.note ?? []))) say(note);
  if (many.length > 0) say(`\n${scaleTable(many)}`);
  say(`\n${targetTable(judged)}`);
  if (output === 'json') console.log(JSON.stringify(results(machine, judged), null, 2));
}

function results(machine, judged) {
  const result = (row) => ({
    name: row.name,
    command: row.label.trim(),
    ...(row.problem
      ? { [row.failed ? 'failed' : 'notMeasured']: row.problem }
      : { wall: figures(row, 'wall'), cpu: figures(row, 'cpu'), memory: figures(row, 'memory') }),
  });
  const against = (name) => {
    const base = compared.find((row) => row.name === name);
    return Object.fromEntries(compared.map((row) => [row.name, ratio(row, base)]));
  };
  return {
    machine,
    rounds,
    units: { wall: 's', cpu: 's', memory: 'MB' },
    processes: compared.map(result),
    ratios: { node: against('node'), npm: against('npm') },
    scale: many.map((row) => ({ ...result(row), count: row.count, files: row.files })),
    targets: judged,
  };
}

/** A line that changes on a terminal; elsewhere a new line now and then. */
function progress() {
  let last = 0;
  return (text) => {
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K${(text ?? '').slice(0, (process.stderr.columns || 80) - 1)}`);
    else if (text && Date.now() - last > 5000) {
      last = Date.now();
      console.error(text);
    }
  };
}

function count(text) {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('It has to be a number from 1 to 99.');
  return Number(text);
}

function rowNames(text) {
  const wanted = text.split(',');
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`There is no ${unknown}; there are ${names.join(', ')}.`);
  return wanted;
}
