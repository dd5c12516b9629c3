import { dirname, join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { settings } from '../charts/environments';
import { sayable } from '../charts/environments/visible';
import { problemsIn, publish } from '../charts/output';
import { renderStacks, stackFolder } from './synth/stacks';

const root = dirname(__dirname);

new Command('npm run terraform --')
  .description(
    'Writes the Terraform stacks, cluster and production, of charts/environments/: what Terraform or OpenTofu then applies.',
  )
  .option('--into <folder>', `write <stack>/cdk.tf.json into this folder instead of ${stackFolder}`)
  .addHelpText(
    'after',
    '\nExamples:\n  npm run terraform                      after a change of settings or stacks\n  npm run terraform -- --into /tmp/preview  to look at the result without touching the committed one\n\nExit codes: 0 written, 2 wrong settings (nothing is written)',
  )
  .action(({ into }: { into?: string }) => {
    try {
      const files = renderStacks(settings);
      const place = into === undefined ? root : resolve(into);
      const placed = into === undefined ? files : inside(files);
      const { written } = publish(place, [], placed);
      for (const path of written) console.log(`${pc.green('wrote')}   ${path}`);
      console.log(`${files.size} stacks, ${written.length} written`);
      console.log('\nThen, cluster first (docs/runbooks/first-deploy.md):');
      for (const path of placed.keys()) {
        const stack = relative(process.cwd(), dirname(join(place, path))) || '.';
        console.log(
          `  terraform -chdir=${stack} init -backend-config=<your bucket>.hcl && terraform -chdir=${stack} plan`,
        );
      }
    } catch (error) {
      const problems = problemsIn(error);
      if (!problems) throw error;
      for (const problem of problems) console.error(`${pc.red('error')} ${problem}`);
      console.error(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; nothing was written`);
      process.exitCode = 2;
    }
  })
  .showHelpAfterError('(npm run terraform -- --help shows examples)')
  // Commander's own is 1, which says elsewhere that a gate failed.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
  .configureOutput({ outputError: (text, write) => write(sayable(text)) })
  .parse();

function inside(files: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...files].map(([path, text]) => [path.slice(stackFolder.length + 1), text]));
}
