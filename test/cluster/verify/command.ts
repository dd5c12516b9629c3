import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { VerifyFinding, VerifyReport } from '../../../review/verify/finding';

export interface Run {
  readonly status: number;
  readonly report?: VerifyReport;
  readonly stderr: string;
  /** Seconds, and MB at most, of the process. */
  readonly seconds: number;
  readonly memory: number;
}

/** `npm run verify` in a tree, as a process of its own. */
export function verify(tree: string, kubeconfig: string, ...args: string[]): Promise<Run> {
  const all = ['commands/run.mjs', 'commands/verify.ts', ...args, '--kubeconfig', kubeconfig, '--output', 'json'];
  // What is looked at is not how fast a busy machine answers.
  const patient = args.includes('--timeout') ? all : [...all, '--timeout', '5m'];
  const env = { ...process.env, NO_COLOR: '1', NODE_OPTIONS: `--require ${meter(tree)}` };
  const begin = performance.now();
  return new Promise((resolve) => {
    execFile(process.execPath, patient, { cwd: tree, env, maxBuffer: 2 ** 26 }, (error, stdout, all) => {
      const status = error ? Number(error.code ?? 255) : 0;
      const [, kilobytes = ''] = /^maxRSS (\d+)$/m.exec(all) ?? [];
      resolve({
        status,
        stderr: all.replace(/^maxRSS .*\n|^.* …\n/gm, ''),
        ...(stdout && { report: JSON.parse(stdout) }),
        seconds: (performance.now() - begin) / 1000,
        memory: Number(kilobytes) / 1000,
      });
    });
  });
}

/** What tells, when a process ends, how much memory it had. */
function meter(tree: string): string {
  const file = join(dirname(tree), 'meter.cjs');
  const tell = 'process.stderr.write(`maxRSS ${process.resourceUsage().maxRSS}\\n`)';
  writeFileSync(file, `process.once('exit', () => ${tell});\n`);
  return file;
}

/** Each in a line: `drift missing NetworkPolicy production/dns: is in git …`. */
export function lines(findings: readonly VerifyFinding[] = [], ...levels: VerifyFinding['level'][]): string[] {
  return findings
    .filter(({ level }) => levels.includes(level))
    .map(({ question, what, object, path, message }) => {
      const about = object && `${object.kind} ${object.namespace ? `${object.namespace}/` : ''}${object.name}:`;
      return [question, what, about, path, message].filter(Boolean).join(' ');
    });
}

/** A kubeconfig for a server with another token, or another address. */
export function writeKubeconfig(file: string, server: string, token: string): string {
  const name = 'other';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
