import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { placeholderAccount } from '../../charts/terraform-outputs/declared';
import { changed, cloned, done, refused, removeClones, text } from '../support/clones';
import { root } from '../support/root';

jest.setTimeout(300_000);
afterAll(removeClones);

const account = '123456789012';
const file = 'terraform-bridge/outputs/cluster.json';
const committed = readFileSync(join(root, file), 'utf8');
const applied = committed.replaceAll(placeholderAccount, account);

/** What `terraform output -json` prints is in no order of ours. */
const unsorted = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(applied)).reverse()));

/** @returns a clone, with an answer of Terraform beside it that the test has changed */
function withAnswer(change: (outputs: any) => void): { clone: string; answer: string } {
  const clone = cloned();
  const answer = join(dirname(clone), `answer-of-${clone.split('-').at(-1)}.json`);
  const outputs = JSON.parse(applied);
  change(outputs);
  writeFileSync(answer, JSON.stringify(outputs));
  return { clone, answer };
}

async function untouched(clone: string): Promise<void> {
  expect(changed(clone)).toEqual([]);
}

test.concurrent('bridge writes the outputs sorted, and every manifest that changes with them', async () => {
  const { clone, answer } = withAnswer(() => {});
  writeFileSync(answer, unsorted);
  const { out } = await done(clone, 'bridge', 'cluster', '--from', answer);
  expect(text(clone, file)).toBe(applied);
  expect(out).toContain(`account_id: "${placeholderAccount}" → "${account}"`);

  const manifests = changed(clone).filter((path) => path !== file);
  expect(manifests.length).toBeGreaterThan(0);
  expect(out).toContain(`${manifests.length} manifests changed`);
  await done(clone, '../charts/main');
  expect(changed(clone).filter((path) => path !== file)).toEqual(manifests);

  // And again: there is nothing left to do.
  const again = await done(clone, 'bridge', 'cluster', '--from', answer);
  expect(again.out).toContain('says so already; 0 manifests changed');
});

test.concurrent('bridge reads standard input', async () => {
  const clone = cloned();
  const { code } = await piped(clone, ['cluster', '--from', '-'], { input: applied });
  expect(code).toBe(0);
  expect(text(clone, file)).toBe(applied);
});

test.concurrent('bridge asks tofu in the folder of the stack where there is no terraform', async () => {
  const clone = cloned();
  const programs = join(dirname(clone), `programs-${clone.split('-').at(-1)}`);
  mkdirSync(programs);
  mkdirSync(join(clone, 'terraform-bridge/stacks/cluster'), { recursive: true });
  writeFileSync(join(programs, 'answer.json'), applied);
  // The other program stands for a machine that has only this one.
  writeFileSync(
    join(programs, 'tofu'),
    `#!/bin/sh\n[ "$1 $2" = "output -json" ] && [ "$(basename "$PWD")" = cluster ] && cat "${programs}/answer.json"\n`,
    { mode: 0o755 },
  );
  const path = [programs, '/usr/bin', '/bin'].join(delimiter);
  const { code } = await piped(clone, ['cluster'], { env: { ...process.env, PATH: path } });
  expect(code).toBe(0);
  expect(text(clone, file)).toBe(applied);
});

const wrong: Record<string, { change: (outputs: any) => void; says: string }> = {
  'a sensitive output': {
    change: (outputs) => {
      outputs.vpc_id.sensitive = true;
    },
    says: 'vpc_id: is sensitive and must not be in git',
  },
  'a missing output': {
    change: (outputs) => {
      delete outputs.vpc_id;
    },
    says: 'vpc_id: is missing; apply the cluster stack and run `npm run bridge -- cluster`',
  },
  'an output that is not declared': {
    change: (outputs) => {
      outputs.vpc_name = { sensitive: false, type: 'string', value: 'eren' };
    },
    says: 'vpc_name: is not declared',
  },
  'two accounts in one answer': {
    change: (outputs) => {
      outputs.certificate_arn.value = outputs.certificate_arn.value.replace(account, '999999999999');
    },
    says: 'is of account 999999999999, the cluster is in 123456789012',
  },
  'another cluster': {
    change: (outputs) => {
      outputs.cluster_name.value = 'other';
    },
    says: 'cluster_name: "other" is not that of charts/environments/cluster.ts',
  },
};
for (const [name, { change, says }] of Object.entries(wrong))
  test.concurrent(`bridge refuses ${name}, and nothing is written`, async () => {
    const { clone, answer } = withAnswer(change);
    await refused(2, says, clone, 'bridge', 'cluster', '--from', answer);
    await untouched(clone);
  });

test.concurrent('bridge says what it was given instead of outputs, and nothing is written', async () => {
  const { clone, answer } = withAnswer(() => {});
  writeFileSync(answer, 'No outputs found');
  await refused(2, 'must be what `terraform output -json` prints', clone, 'bridge', 'cluster', '--from', answer);
  await refused(2, 'give the file', clone, 'bridge', 'cluster', '--from', `${answer}.gone`);
  await refused(2, 'Allowed choices are cluster, production', clone, 'bridge', 'network');
  await untouched(clone);
});

describe('a parameter that the database reads only at its start', () => {
  const production = 'terraform-bridge/outputs/production.json';
  const started = readFileSync(join(root, production), 'utf8').replaceAll(placeholderAccount, account);

  /** A clone beside a database that runs with 45, an answer of Terraform that says 60, and what `aws` says to whom. */
  function raised(status: string | undefined, max = '60') {
    const clone = cloned();
    const programs = join(dirname(clone), `aws-${clone.split('-').at(-1)}`);
    mkdirSync(programs);
    writeFileSync(join(clone, file), applied);
    writeFileSync(join(clone, production), started);
    const outputs = JSON.parse(started);
    outputs.database_static_parameters.value.max_connections = max;
    const answer = join(programs, 'answer.json');
    writeFileSync(answer, JSON.stringify(outputs));
    if (status !== undefined)
      writeFileSync(join(programs, 'aws'), `#!/bin/sh\necho "$*" > "${programs}/asked"\n${status}\n`, {
        mode: 0o755,
      });
    const path = [programs, '/usr/bin', '/bin'].join(delimiter);
    const bridge = (...more: string[]) =>
      piped(clone, ['production', '--from', answer, ...more], { env: { ...process.env, PATH: path } });
    const inForce = () => JSON.parse(text(clone, production)).database_static_parameters.value.max_connections;
    return { bridge, inForce, asked: () => readFileSync(join(programs, 'asked'), 'utf8') };
  }

  test.concurrent('is not taken while AWS says that a restart is missing', async () => {
    const { bridge, inForce, asked } = raised('echo \'["pending-reboot"]\'');
    const { code, err } = await bridge();
    expect([code, inForce()]).toEqual([2, '45']);
    expect(err).toContain('eren-production still runs with the old ones (pending-reboot); restart it');
    expect(asked()).toContain('--db-instance-identifier eren-production --region us-east-1');
  });

  test.concurrent('is taken when AWS says that it has restarted', async () => {
    const { bridge, inForce } = raised('echo \'["in-sync"]\'');
    expect([(await bridge()).code, inForce()]).toEqual([0, '60']);
  });

  test.concurrent.each([
    ['aws is not here', undefined],
    ['Unable to locate credentials', 'echo "Unable to locate credentials" >&2; exit 253'],
    ['still runs with the old ones (unknown)', "echo '[]'"],
  ])('is not taken where nobody can be asked: %s', async (says, status) => {
    const { bridge, inForce } = raised(status);
    const { code, err } = await bridge();
    expect([code, inForce()]).toEqual([2, '45']);
    expect(err).toContain(says);
    expect([(await bridge('--restarted')).code, inForce()]).toEqual([0, '60']);
  });

  test.concurrent('is not asked about where it is what it was', async () => {
    const { bridge } = raised('exit 1', '45');
    expect((await bridge()).code).toBe(0);
  });
});

function piped(cwd: string, args: string[], { input = '', env = process.env }: { input?: string; env?: object }) {
  return new Promise<{ code: number; err: string }>((resolve) => {
    const command = ['commands/run.mjs', 'commands/bridge.ts', ...args];
    const options = { cwd, env: env as NodeJS.ProcessEnv };
    const child = execFile(process.execPath, command, options, (error, _, err) =>
      resolve({ code: error ? Number(error.code) : 0, err }),
    );
    child.stdin?.end(input);
  });
}
