import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { asCalled } from '../commands/table.cjs';
import { systemNamed, systemOption } from '../systems';
import { sayable } from './environments/visible';
import { type Changes, problemsIn } from './output';
import { type SynthTarget, synth } from './synth';

const root = dirname(__dirname);

interface Options {
  readonly into?: string;
  readonly watch?: boolean;
  readonly system: string;
}

new Command(asCalled('npm run synth --'))
  .description(
    'Writes dist/ and argocd/: the manifests of the cluster and of every environment, and their Applications.',
  )
  .option('--into <folder>', 'write dist/ and argocd/ into this folder instead')
  .addOption(systemOption())
  .option('--watch', 'again after each save of a chart or a setting, with what that save changed')
  .addHelpText(
    'after',
    '\nExamples:\n  npm run synth                      after a change of charts or settings\n  npm run synth -- --into /tmp/preview  to look at the result without touching the committed one\n  npm run synth -- --watch           while you edit a chart\n\nExit codes: 0 written, 2 wrong settings or charts (nothing is written)',
  )
  .action(async ({ into, watch, system }: Options, command: Command) => {
    if (watch && into !== undefined) command.error('error: --watch writes into the repository; leave --into out');
    try {
      if (watch) return (await import('./watch')).watchSources(root, systemNamed(system));
      const changes = await synth(systemNamed(system), root, placeOf(into));
      report(changes);
      for (const note of changes.notYet) console.error(`${pc.yellow('note')} ${note}`);
      if (changes.placeholders)
        console.error(
          `${pc.yellow('note')} terraform-bridge/outputs holds placeholders (account 000000000000) until the first terraform apply`,
        );
      for (const { environment, parameter, wanted, inForce } of changes.awaited)
        console.error(
          `${pc.yellow('note')} the database of ${environment} runs with ${parameter} ${inForce ?? 'of its own'} until it is applied and restarted for ${wanted}; until then that is what is counted on`,
        );
    } catch (error) {
      // Anything else is a mistake in a chart, and where it was made is what matters.
      const problems = problemsIn(error);
      if (!problems) throw error;
      for (const problem of problems) console.error(`${pc.red('error')} ${problem}`);
      console.error(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; nothing was written`);
      process.exitCode = 2;
    }
  })
  .showHelpAfterError(asCalled('(npm run synth -- --help shows examples)'))
  // Commander's own is 1, which says elsewhere that a gate failed.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .configureOutput({
    writeOut: (text) => void process.stdout.write(asCalled(text)),
    outputError: (text, write) => write(asCalled(sayable(text))),
  })
  .parseAsync();

/** `cdk8s synth` empties the folder it then names by this variable; it decides where files go and nothing else. */
function placeOf(into: string | undefined): SynthTarget {
  const { CDK8S_OUTDIR: folder } = process.env;
  if (into !== undefined) return { folder: resolve(into) };
  if (folder === undefined || resolve(folder) === resolve(root, 'dist')) return { folder: root };
  return { folder: resolve(folder), manifestsOnly: true };
}

function report({ total, written, removed }: Changes): void {
  const shown = 20;
  for (const path of written.slice(0, shown)) console.log(`${pc.green('wrote')}   ${sayable(path)}`);
  for (const path of removed.slice(0, shown)) console.log(`${pc.red('removed')} ${sayable(path)}`);
  const more = Math.max(0, written.length - shown) + Math.max(0, removed.length - shown);
  if (more > 0) console.log(`and ${more} more`);
  console.log(`${total} files, ${written.length} written, ${removed.length} removed`);
}
