import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { outputs } from '../../../charts/app';
import { settings as committed } from '../../../charts/environments';
import { render } from '../../../charts/output';
import { loadSettings, type Settings } from '../../../charts/settings';
import { judge } from '../../../review/scheduling/judge';
import { podSets } from '../../../review/scheduling/workloads';
import { parseTree } from '../../../review/tree';
import { place } from './scheduler';
import { settingsOf } from './settings';

const file = 'test/review/scheduling/verdicts.json';

interface Verdict {
  /** 0 is our own settings. */
  readonly seed: number;
  readonly moment: string;
  readonly nodes: Readonly<Record<string, number>>;
  readonly fits: boolean;
  /** Of the rounds, those in which a pod that must run had no node. */
  readonly failed: number;
  /** Sets that had none, in any round. */
  readonly pending: readonly string[];
}

new Command('record')
  .description('Lets a real kube-scheduler judge the scheduling proof, and writes its verdicts.')
  .requiredOption('--kubeconfig <file>', 'of an API server with kube-scheduler, and no controllers for nodes')
  .option('--seeds <count>', 'other settings than ours', '40')
  .option('--rounds <count>', 'placements of each moment', '20')
  .option('--only <seed>', 'writes nothing, and judges one only')
  .addHelpText(
    'after',
    `
Example: npm run test:scheduler -- --kubeconfig ~/scratch/kubeconfig
Exit codes: 0 it never contradicts a "fits", 1 it does, 2 usage or the API server`,
  )
  .action(async ({ kubeconfig, seeds, rounds, only }) => {
    const root = process.cwd();
    const ours = loadSettings(root, committed);
    const verdicts: Verdict[] = [];
    const chosen = only ? [Number(only)] : Array.from({ length: Number(seeds) + 1 }, (_, seed) => seed);
    for (const seed of chosen) {
      const settings = seed === 0 ? ours : settingsOf(ours, seed);
      const sets = podSets(treeOf(settings));
      const fits = judge(sets, settings.cluster);
      // Of the others the rest, and one of the moments that the bound alone refuses, else one in turn.
      const refused = fits.find(({ fits, pending }) => !fits && pending.length === 0);
      const judged = seed === 0 ? fits : [fits[0], refused ?? fits[1 + (seed % (fits.length - 1))]];
      for (const fit of judged) {
        if (!fit) continue;
        const mayWait = new Set(sets.flatMap(({ name, priority }) => (priority <= 0 ? [name] : [])));
        const left = (await place(kubeconfig, sets, fit, Number(rounds), seed)).map((names) =>
          names.filter((name) => !(fit.moment.nodeLost && mayWait.has(name))),
        );
        const failed = left.filter((names) => names.length > 0).length;
        const verdict = {
          seed,
          moment: fit.moment.name,
          nodes: fit.nodes,
          fits: fit.fits,
          failed,
          pending: [...new Set(left.flat())].sort(),
        };
        verdicts.push(verdict);
        process.stderr.write(
          `${seed} ${verdict.moment} ${JSON.stringify(verdict.nodes)}: says ${verdict.fits ? 'fits' : 'no'}, failed ${failed} of ${rounds} ${verdict.pending.join(' ')}\n`,
        );
      }
    }
    if (!only) {
      const text = `${JSON.stringify({ scheduler: 'v1.35.4', rounds: Number(rounds), verdicts }, undefined, 1)}\n`;
      writeFileSync(join(root, `${file}.new`), text);
      renameSync(join(root, `${file}.new`), join(root, file));
    }
    process.exitCode = verdicts.some(({ fits, failed }) => fits && failed > 0) ? 1 : 0;
  })
  .parseAsync()
  .catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });

function treeOf(settings: Settings) {
  return parseTree(render(outputs(settings)));
}
