import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pc from 'picocolors';
import { SettingsError } from '../charts/settings';
import { stackTexts } from '../systems/stacks';
import { command, quotable, say, warn } from './command';
import { patiently } from './git';
import { chosen } from './system';

/** Thrown where nothing was proven: there is no program, or no registry. */
class Unproven extends Error {}

command('terraform:validate')
  .description(
    'Has Terraform or OpenTofu judge the stacks as they would be written now: init without the state, validate, and a plan where there are credentials of AWS. Nothing is applied, and nothing is left behind.',
  )
  .addHelpText(
    'after',
    `
Examples:
  npm run terraform:validate                     init and validate; a plan when AWS_PROFILE or keys are set
  AWS_PROFILE=<profile> npm run terraform:validate    the plan too, of everything anew; it reads AWS and changes nothing

The production stack is planned only where the cluster stack was applied: it looks up what that made.

Exit codes: 0 valid, 1 something is wrong with a stack, 2 not proven (no program, or its registry cannot be reached)`,
  )
  .action(async () => {
    const place = mkdtempSync(join(tmpdir(), 'stacks-'));
    try {
      const program = await found();
      for (const [path, text] of await stackTexts(chosen())) await judge(program, place, path, text);
    } catch (error) {
      process.exitCode = error instanceof Unproven || error instanceof SettingsError ? 2 : 1;
      warn(`${pc.red(error instanceof Unproven ? 'not proven' : 'error')} ${quotable((error as Error).message)}`);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  })
  .parseAsync();

async function judge(program: string, place: string, path: string, text: string): Promise<void> {
  const name = path.split('/').at(-2) as string;
  const folder = join(place, name);
  mkdirSync(folder);
  // The state stays where it is: a plan here is of everything anew, into nothing.
  const { terraform, ...rest } = JSON.parse(text);
  const { backend: _, ...requirements } = terraform;
  writeFileSync(join(folder, 'cdk.tf.json'), JSON.stringify({ ...rest, terraform: requirements }));

  const run = (...args: string[]) => ask(program, folder, args);
  const init = await patiently(`fetching the provider of ${name}`, run('init', '-input=false', '-no-color'));
  if (init.code !== 0) {
    if (/could not connect|failed to (request|query)|no such host|timeout|Could not retrieve/i.test(init.said))
      throw new Unproven(
        `${name}: ${program} could not fetch the provider, so its arguments are only checked by our own tests; run this where registry.terraform.io is reached:\n${firstProblem(init.said)}`,
      );
    throw new Error(`${name}: ${firstProblem(init.said)}`);
  }
  const validated = await patiently(`validating ${name}`, run('validate', '-no-color'));
  if (validated.code !== 0) throw new Error(`${name}: ${validated.said}`);
  say(`${pc.green('valid')}   ${name}`);

  const credentials = ['AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_WEB_IDENTITY_TOKEN_FILE'].some(
    (variable) => process.env[variable],
  );
  if (!credentials) {
    say(`${pc.yellow('no plan')} ${name}: AWS credentials are missing; set AWS_PROFILE`);
    return;
  }
  const plan = await patiently(`planning ${name}`, run('plan', '-input=false', '-lock=false', '-no-color'));
  if (plan.code !== 0) throw new Error(`${name}: ${plan.said}`);
  say(`${pc.green('planned')} ${name}: ${/Plan: .*/.exec(plan.said)?.[0] ?? 'no changes'}`);
}

/** Terraform where it is installed, else OpenTofu. */
async function found(): Promise<string> {
  for (const program of ['terraform', 'tofu']) {
    const { code } = await ask(program, tmpdir(), ['version']);
    if (code === 0) return program;
  }
  throw new Unproven('neither terraform nor tofu is installed; install one of 1.11 or newer');
}

async function ask(program: string, cwd: string, args: string[]): Promise<{ code: number; said: string }> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd, maxBuffer: 2 ** 26 });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : 127, said: `${stderr ?? ''}${stdout ?? ''}`.trim() };
  }
}

/** From the first line that says error on, without the frame around it. */
function firstProblem(said: string): string {
  const lines = said.split('\n').map((line) => line.replace(/^[│╷╵]\s?/, ''));
  const start = lines.findIndex((line) => line.startsWith('Error:'));
  return lines
    .slice(Math.max(start, 0), Math.max(start, 0) + 6)
    .filter((line) => line.trim() !== '')
    .join('\n');
}
