import { dirname, join, relative, resolve } from 'node:path';
import { Command, type Option } from 'commander';
import pc from 'picocolors';
import { sayable } from '../../charts/environments/visible';
import { problemsIn, publish } from '../../charts/output';
import { asCalled } from '../../commands/table.cjs';

export interface StackProgram {
  /** As a person types it, for example `npm run terraform --`. */
  readonly name: string;
  readonly description: string;
  /** The repository. */
  readonly root: string;
  /** Chooses whose stacks it writes; absent for a program of one system. */
  readonly system?: Option;
  /** Where the stacks of one system are committed, what to read before an apply, and their texts by path. */
  readonly of: (system: string) => {
    readonly folder: string;
    readonly page: string;
    /** The stack that the others need. Absent: any of them may come first. */
    readonly first?: string;
    /** @throws SettingsError with every problem */
    readonly render: () => Promise<ReadonlyMap<string, string>>;
  };
}

/** A command that writes the stacks of a system: 0 written, 2 wrong settings, and then nothing is. */
export function stackProgram({ name, description, root, system: option, of }: StackProgram): void {
  const made = new Command(asCalled(name));
  if (option) made.addOption(option);
  made
    .description(description)
    .option('--into <folder>', 'write <stack>/cdk.tf.json into this folder instead of that of the stacks')
    .addHelpText(
      'after',
      `\nExamples:\n  ${name.replace(/ --$/, '').padEnd(39)}after a change of settings or stacks\n  ${name} --into /tmp/preview  to look at the result without touching the committed one\n\nExit codes: 0 written, 2 wrong settings (nothing is written)`,
    )
    .action(async ({ into, system }: { into?: string; system?: string }) => {
      try {
        const { folder, page, first, render } = of(system ?? '');
        const files = await render();
        const place = into === undefined ? root : resolve(into);
        const placed =
          into === undefined
            ? files
            : new Map([...files].map(([path, text]) => [path.slice(folder.length + 1), text]));
        const { written } = publish(place, [], placed);
        for (const path of written) console.log(`${pc.green('wrote')}   ${path}`);
        console.log(`${files.size} stacks, ${written.length} written`);
        if (files.size > 0) console.log(`\nThen${first ? `, ${first} first` : ''} (${page}):`);
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
    .showHelpAfterError(asCalled(`(${name} --help shows examples)`))
    // Commander's own is 1, which says elsewhere that a gate failed.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .configureOutput({
      writeOut: (text) => void process.stdout.write(asCalled(text)),
      outputError: (text, write) => write(asCalled(sayable(text))),
    })
    .parseAsync();
}
