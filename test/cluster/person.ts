import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Option } from 'commander';
import pc from 'picocolors';
import { command } from '../../commands/command';
import { Delivery } from './delivery';
import { Played } from './played/played';
import { Processes } from './processes';
import { binaryOf, type Minor, MissingError, minors, programs } from './programs';
import { imageOf, tell } from './story';
import { until } from './waiting';

/** By which the waiting times of a canary are divided: 5 minutes are 8 seconds. */
const factor = 40;

const started = performance.now();
let within: string | undefined;
let ending = false;

command('cluster')
  .description(
    'Starts a real control plane with simulated nodes, Argo CD and Argo Rollouts on this machine, installs argocd/ and both environments from a repository made of the working tree, and runs until Ctrl-C, which leaves nothing behind.',
  )
  .option('--once', 'play a canary, then one that fails and its rollback, and end')
  .addOption(
    new Option('--kubernetes <minor>', 'the minor version of the control plane')
      .choices(minors)
      .default(minors[0]),
  )
  .addHelpText(
    'after',
    `\nThe programs are built once, with Go, into \${XDG_CACHE_HOME:-~/.cache}/e-ren/cluster; redis-server has to be installed.

Examples:
  npm run cluster              until Ctrl-C; it prints the kubeconfig and what to try
  npm run cluster -- --once    the story by itself, in about two minutes

Exit codes: 0 ended by Ctrl-C, or the story went as it should; 1 it did not; 2 wrong usage, or something is missing on this machine`,
  )
  .action(async (options: { readonly once?: boolean; readonly kubernetes: Minor }) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => void end(options.once ? 1 : 0));
    const code = await run(options).catch(async (error: Error) => {
      // What is stopped fails, and that is not news.
      if (!ending) console.error(`${pc.red('error')} ${error.message}`);
      return error instanceof MissingError ? 2 : 1;
    });
    await end(code);
  })
  .parseAsync();

async function run({
  once,
  kubernetes,
}: {
  readonly once?: boolean;
  readonly kubernetes: Minor;
}): Promise<number> {
  const built = await programs(kubernetes, step);
  within = mkdtempSync(join(tmpdir(), 'e-ren-'));
  const delivery = await Delivery.start(built, { factor, within, say: step });
  const { cluster, repository } = delivery;
  let head = await repository.head();
  cluster.add(
    new Played("GitHub's webhook", async () => {
      const [now = ''] = (await repository.git('ls-remote', 'origin', 'refs/heads/main')).split('\t');
      if (now === head) return;
      await delivery.refresh();
      head = now;
    }),
  );
  await delivery.bootstrap();
  step('argocd/bootstrap is applied, the rest is up to Argo CD');
  await delivery.settled(['root']);
  // One that came before its project is looked at again only by and by.
  await delivery.refresh();
  await installed(delivery, once ? ['production-namespace', 'production-web'] : ['root', ...delivery.automatic()]);
  if (once) {
    await tell(delivery, console.log);
    console.log(`\n${pc.green('done')} in ${seconds()} s; the cluster is stopped and removed`);
    return 0;
  }
  await repository.git('config', 'user.name', 'E-Ren');
  await repository.git('config', 'user.email', 'e-ren@example.com');
  console.log(toTry(delivery));
  await watch(delivery);
  return 0;
}

/** Says how many Applications are there, until all are. */
async function installed(delivery: Delivery, names: readonly string[]): Promise<void> {
  let last = '';
  await until(
    'everything is Synced and Healthy',
    async () => {
      const all = new Map((await delivery.applications()).map((each) => [each.metadata.name, each]));
      const waiting = names.filter((name) => {
        const { sync, health } = all.get(name)?.status ?? {};
        return sync?.status !== 'Synced' || health?.status !== 'Healthy';
      });
      const now = `  ${names.length - waiting.length} of ${names.length} Applications are Synced and Healthy`;
      if (now !== last) step(now + (waiting.length > 0 ? `; not yet ${some(waiting)}` : ''));
      last = now;
      return waiting.length === 0;
    },
    { seconds: 600, every: 1, seen: () => last },
  );
}

/** A line whenever an Application or a Rollout changes; it ends with the cluster. */
async function watch(delivery: Delivery): Promise<void> {
  const seen = new Map<string, string>();
  while (!ending) {
    const now = await statesOf(delivery).catch(() => new Map<string, string>());
    for (const [name, state] of now)
      if (seen.get(name) !== state && !ending) {
        if (seen.has(name)) console.log(`${pc.dim(new Date().toISOString().slice(11, 19))} ${name}: ${state}`);
        seen.set(name, state);
      }
    await sleep(500);
  }
}

async function statesOf(delivery: Delivery): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const application of await delivery.applications()) {
    const { sync, health } = application.status ?? {};
    all.set(`Application ${application.metadata.name}`, `${sync?.status ?? 'new'} ${health?.status ?? ''}`);
  }
  for (const environment of ['production', 'staging']) {
    const { status } = (await delivery.rollout(environment)) ?? {};
    const weights = Object.entries(await delivery.weights(environment))
      .sort()
      .map(([service, weight]) => `${service.replace('eren-web-', '')} ${weight} %`);
    all.set(
      `Rollout of ${environment}`,
      `${status?.phase}${status?.message ? ` (${status.message})` : ''}, ${weights.join(', ')}, ${status?.readyReplicas ?? 0} pods ready`,
    );
  }
  return all;
}

function toTry({ cluster, repository, observability }: Delivery): string {
  const kubectl = binaryOf(cluster.programs, 'kubectl');
  const rollouts = binaryOf(cluster.programs, 'kubectl-argo-rollouts');
  const path = [...new Set([kubectl, rollouts].map(dirname))].join(':');
  const command = (text: string) => `     ${pc.cyan(text)}`;
  return [
    `\n${pc.green('ready')} in ${seconds()} s. In another terminal:\n`,
    command(`export KUBECONFIG=${cluster.kubeconfig} PATH=${path}:$PATH`),
    '\n  1. Look around, and at the Rollout while it moves:',
    command('kubectl get pods -A'),
    command('kubectl argo rollouts -n production get rollout e-ren-rollout --watch'),
    '\n  2. Deploy, and see the canary move (its waiting times are divided by 40):',
    command(`cd ${repository.tree}`),
    command(`npm run promote -- production web ${imageOf('4f2c9de-128', 'c')} --push`),
    '\n  3. Make the played Sentry fail, deploy another one, see it come back, and make git true again:',
    command(`curl -X PUT ${observability.address}/story -d '{"sentry": {"sessions": 100, "errored": 6}}'`),
    command(`npm run promote -- production web ${imageOf('9b1e07a-129', 'd')} --push`),
    command('npm run rollback -- production web --push'),
    `\nWhat changes is shown here. ${pc.bold('Ctrl-C')} stops everything and leaves nothing behind.\n`,
  ].join('\n');
}

/** Stops every program, removes the folder, and ends this process. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  if (Processes.alive.size > 0) console.error(pc.dim('stops everything'));
  await Promise.all([...Processes.alive].map((processes) => processes.end()));
  // A repository that is being made meanwhile may write once more.
  if (within) {
    for (let i = 0; i < 50 && readdirSync(within).length > 0; i++) await sleep(100);
    rmSync(within, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
  process.exit(code);
}

function step(what: string): void {
  console.error(pc.dim(`${seconds().padStart(4)} s  ${what}`));
}

function seconds(): string {
  return ((performance.now() - started) / 1000).toFixed(0);
}

function some(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
}
