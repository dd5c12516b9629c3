import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { loadSettings } from '../../../charts/settings';
import { command } from '../../../commands/command';
import { writeResult } from '../../../commands/destination';
import { type Fit, judge } from '../../../review/scheduling/judge';
import { type PodSet, podSets } from '../../../review/scheduling/workloads';
import { frozen } from '../../support/frozen';
import { questionOf } from './question';
import { place } from './scheduler';
import { momentsJudged, settingsOf, treeOf } from './settings';

const file = 'test/review/scheduling/verdicts.json';
/** The version of the scheduler that is asked. */
const scheduler = 'v1.35.4';

interface Verdict {
  /** 0 is our own settings. */
  readonly seed: number;
  readonly moment: string;
  readonly nodes: Readonly<Record<string, number>>;
  /** What the scheduler was asked, as `questionOf` has it. */
  readonly question: string;
  readonly fits: boolean;
  /** The rounds in which a pod that must run had no node. */
  readonly failed: number;
  /** Sets that had none, in any round. */
  readonly pending: readonly string[];
}

command('test:scheduler')
  .description(
    'Lets a real kube-scheduler judge the scheduling proof, and writes its verdicts. What the file has already, of the same nodes and pods, is not asked again: remove it to begin anew.',
  )
  .requiredOption('--kubeconfig <file>', 'of an API server with kube-scheduler, and no controllers for nodes')
  .option('--seeds <count>', 'other settings than ours', whole, 31)
  .option('--rounds <count>', 'placements of each moment', whole, 20)
  .addHelpText(
    'after',
    `
Example: npm run test:scheduler -- --kubeconfig ~/scratch/kubeconfig

It needs etcd, kube-apiserver (with --disable-admission-plugins ServiceAccount) and kube-scheduler with its default
settings, nothing else, and takes all nodes there are away. A scheduler that may ask often (clientConnection: qps and
burst) is done sooner.

Exit codes: 0 it never contradicts a "fits", 1 it does, 2 usage or the API server`,
  )
  .action(async ({ kubeconfig, seeds, rounds }) => {
    const root = process.cwd();
    const ours = loadSettings(root, frozen);
    const verdicts: Verdict[] = [];
    const before = read(join(root, file), rounds);
    for (let seed = 0; seed <= seeds; seed++) {
      const settings = seed === 0 ? ours : settingsOf(ours, seed);
      const sets = podSets({ tree: treeOf(settings), settings });
      const fits = judge(sets, settings.cluster);
      for (const fit of momentsJudged(seed, fits)) {
        const { moment, nodes } = fit;
        const question = questionOf(sets, fit, seed);
        const known = before.find(
          (each) => each.seed === seed && each.moment === moment.name && each.question === question,
        );
        const asked = known ?? (await ask(kubeconfig, sets, fit, rounds, seed));
        const { failed, pending } = asked;
        verdicts.push({ seed, moment: moment.name, nodes, question, fits: fit.fits, failed, pending });
        process.stderr.write(
          `${seed} ${moment.name} ${JSON.stringify(nodes)}: says ${fit.fits ? 'fits' : 'no'}, failed ${failed} of ${rounds} ${pending.join(', ')}\n`,
        );
        const head = { scheduler, rounds };
        write(join(root, file), { ...head, verdicts });
      }
    }
    process.exitCode = verdicts.some(({ fits, failed }) => fits && failed > 0) ? 1 : 0;
  })
  .parseAsync()
  .catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  });

function whole(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError('write a whole number above 0');
  return Number(value);
}

async function ask(kubeconfig: string, sets: readonly PodSet[], fit: Fit, rounds: number, seed: number) {
  const mayWait = new Set(sets.flatMap(({ name, priority }) => (priority <= 0 ? [name] : [])));
  const left = (await place(kubeconfig, sets, fit, rounds, seed)).map((names) =>
    names.filter((name) => !(fit.moment.nodeLost && mayWait.has(name))),
  );
  return {
    failed: left.filter((names) => names.length > 0).length,
    pending: [...new Set(left.flat())].sort(),
  };
}

/** What an earlier recording of as many rounds has: it goes on where it was ended. */
function read(path: string, rounds: number): readonly Verdict[] {
  if (!existsSync(path)) return [];
  const recorded = JSON.parse(readFileSync(path, 'utf8'));
  return recorded.scheduler === scheduler && recorded.rounds === rounds ? recorded.verdicts : [];
}

function write(path: string, { verdicts, ...head }: { readonly verdicts: readonly Verdict[] }): void {
  // A verdict a line, so that a changed one is a changed line.
  const lines = verdicts.map((each) => `  ${JSON.stringify(each)}`).join(',\n');
  const text = JSON.stringify({ ...head, verdicts: [] }).replace('[]}', `[\n${lines}\n]}`);
  writeResult(`${text}\n`, path);
}
