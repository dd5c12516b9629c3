import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { InvalidArgumentError, Option } from 'commander';
import program from '../charts/program.json';
import { command, fail, say, warn } from './command';
import { chosen } from './system';

/** How long the tunnel may take to open, in milliseconds; Session Manager needs some seconds. */
const patience = 30_000;
const programs = {
  aws: 'the AWS CLI, https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  'session-manager-plugin':
    'https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-working-with-install-plugin.html',
  kubectl: 'https://kubernetes.io/docs/tasks/tools/',
};

interface Options {
  readonly port: number;
  readonly check?: boolean;
}

command('tunnel')
  .description(
    'Opens the way to the cluster: its API has a private address, so a session of AWS goes through a node. A context of kubectl then leads there, until this ends.',
  )
  .addOption(new Option('--port <number>', 'of this machine').default(8443).argParser(port))
  .option('--check', 'whether programs and rights suffice, and nothing more')
  .addHelpText(
    'after',
    `
Examples:
  ${program.command} tunnel              leave it open, and use kubectl in another shell
  ${program.command} tunnel --check      before your shift

Exit codes: 0 it was open and you ended it, or all is there; 1 it could not be opened, or broke; 2 a program or right is missing`,
  )
  .action((options: Options) => run(options).catch((error) => fail(error, error instanceof Broken ? 1 : 2)))
  .parseAsync();

/** AWS or the session did not do it, though nothing is wrong here. */
class Broken extends Error {}

async function run({ port: local, check }: Options): Promise<void> {
  const settings = await (chosen().host ?? chosen()).basis();
  const { name, region, system } = settings.cluster;
  // The context of kubectl, as the runbooks call it.
  const context = system.prefix;
  await needPrograms();
  const aws = (...args: string[]) => asked('aws', [...args, '--region', region, '--output', 'text']);
  const who = await aws('sts', 'get-caller-identity', '--query', 'Arn');
  const endpoint = await aws('eks', 'describe-cluster', '--name', name, '--query', 'cluster.endpoint');
  // It becomes a part of what the session is asked, between commas; AWS says None while a cluster is being made.
  const [, host] = /^https:\/\/([\w.-]+)$/.exec(endpoint) ?? [];
  if (host === undefined)
    throw new Broken(`${name} has no address yet: AWS says ${JSON.stringify(endpoint)}; look at its state in EKS`);
  const running = await aws(
    ...['ec2', 'describe-instances', '--query', 'Reservations[].Instances[].InstanceId', '--filters'],
    ...[`Name=tag:eks:cluster-name,Values=${name}`, 'Name=instance-state-name,Values=running'],
  );
  const nodes = running.split(/\s+/).filter((id) => /^i-[0-9a-f]+$/.test(id));
  if (nodes.length === 0)
    throw new Broken(
      `${name} has no running node, and only a node reaches its API; see docs/runbooks/alerts/node-group-full.md`,
    );
  say(`you are ${who}; ${name} has ${nodes.length} running ${nodes.length === 1 ? 'node' : 'nodes'}`);
  if (check) return say(`all is there: ${program.command} tunnel opens the way`);
  if (await answers(local))
    throw new Error(
      `port ${local} is taken: a tunnel is open already (kubectl --context ${context} get nodes), or another program has it; use --port <number>`,
    );

  await asked('aws', ['eks', 'update-kubeconfig', '--name', name, '--alias', context, '--region', region]);
  const config = await asked('kubectl', [
    'config',
    'view',
    '-o',
    `jsonpath={.contexts[?(@.name=="${context}")].context.cluster}`,
  ]);
  await asked('kubectl', [
    'config',
    'set-cluster',
    config,
    `--server=https://127.0.0.1:${local}`,
    `--tls-server-name=${host}`,
  ]);
  await through(nodes, host, region, local, context);
}

/** The first node whose agent answers: one that has just started has none yet. */
async function through(
  nodes: readonly string[],
  host: string,
  region: string,
  local: number,
  context: string,
): Promise<void> {
  for (const node of nodes) {
    const session = spawn(
      'aws',
      [
        ...['ssm', 'start-session', '--region', region, '--target', node],
        ...['--document-name', 'AWS-StartPortForwardingSessionToRemoteHost'],
        ...['--parameters', `host=${host},portNumber=443,localPortNumber=${local}`],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    session.stderr?.on('data', (part) => {
      said += part;
    });
    const end = new Promise<number | null>((resolve) => session.once('exit', resolve));
    if (!(await opened(local, end))) {
      session.kill();
      warn(`${node} does not open a session: ${said.trim().split('\n').at(-1) || 'no answer'}`);
      continue;
    }
    say(`open through ${node}, until Ctrl-C. In another shell: kubectl --context ${context} get nodes`);
    return held(session, end);
  }
  throw new Broken(
    `none of ${nodes.length} nodes opens a session; look at Systems Manager, Fleet Manager, in AWS' console`,
  );
}

async function opened(local: number, end: Promise<unknown>): Promise<boolean> {
  let ended = false;
  end.then(() => {
    ended = true;
  });
  for (const limit = Date.now() + patience; Date.now() < limit && !ended; await sleep(200))
    if (await answers(local)) return true;
  return false;
}

async function held(session: ChildProcess, end: Promise<number | null>): Promise<void> {
  let wanted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      wanted = true;
      session.kill();
    });
  await end;
  if (wanted) return say('closed');
  throw new Broken('the session ended: AWS ends one that nobody uses for 20 minutes; run this again');
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    const done = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => done(true));
    socket.once('timeout', () => done(false));
    socket.once('error', () => done(false));
  });
}

async function needPrograms(): Promise<void> {
  const missing: string[] = [];
  for (const [program, where] of Object.entries(programs))
    await promisify(execFile)(program, ['--version']).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') missing.push(`${program} is not installed; see ${where}`);
    });
  if (missing.length > 0) throw new Error(missing.join('\n'));
}

async function asked(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { timeout: 60_000 })).stdout.trim();
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const said = (stderr || message).trim().split('\n').filter(Boolean).at(-1);
    const login = /expired|credentials|token|SSO/i.test(said ?? '') ? '; log in: aws sso login' : '';
    throw new Error(`${program} ${args.slice(0, 2).join(' ')}: ${said}${login}`);
  }
}

function port(value: string): number {
  const number = Number(value);
  if (Number.isInteger(number) && number > 1023 && number < 65_536) return number;
  throw new InvalidArgumentError('Write a port from 1024 to 65535.');
}
