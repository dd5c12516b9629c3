import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from '../support/root';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const text = read('.github/workflows/pull-request.yaml');
const workflow = parse(text, { strict: true });
const jenkinsfile = read('Jenkinsfile');
const { scripts } = JSON.parse(read('package.json'));
const jobs: [string, any][] = Object.entries(workflow.jobs);
const steps: any[] = jobs.flatMap(([, job]) => job.steps);

/** `npm run …` and `npm test` of a text, without what a continued line adds. */
const commandsOf = (source: string) => [
  ...new Set(source.replaceAll(/\\\n\s*/g, ' ').match(/npm (?:run [\w:-]+|ci|test)/g) ?? []),
];
const usesOf = (source: string, script: string) =>
  source
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .flatMap((line) => line.split(`npm run ${script} -- `).slice(1));

const helps = new Map<string, string>();
function helpOf(script: string): string {
  const known = helps.get(script);
  if (known !== undefined) return known;
  const [command = '', ...args] = scripts[script].split(' ');
  const { stdout } = spawnSync(command, [...args, '--help'], { cwd: root, encoding: 'utf8' });
  helps.set(script, stdout);
  return stdout;
}

describe('the workflow of a pull request', () => {
  test('runs on pull requests only, and never with the secrets of the base', () => {
    expect(Object.keys(workflow.on)).toEqual(['pull_request']);
    expect(text).not.toMatch(/secrets\./);
  });

  test('may do nothing but what a job asks for, and only the one that runs nothing of the pull request may write', () => {
    expect(workflow.permissions).toEqual({});
    expect(Object.fromEntries(jobs.map(([name, job]) => [name, job.permissions]))).toEqual({
      plan: { contents: 'read', 'id-token': 'write' },
      review: { contents: 'read' },
      comment: { contents: 'read', 'pull-requests': 'write' },
    });
    const [, { steps: written }] = jobs.find(([name]) => name === 'comment') as [string, any];
    const [checkout, ...others] = written;
    expect(checkout.with.ref).toBe('${{ github.event.pull_request.base.sha }}');
    expect(others.flatMap(({ run }: any) => commandsOf(run ?? ''))).toEqual(['npm run comment']);
  });

  test('plans only where a role is set, with nothing of npm beside its token, and hands on what the review reads', () => {
    const { plan, review } = workflow.jobs;
    expect(plan.if).toContain("vars.PLAN_ROLE != ''");
    expect(plan.if).toContain('github.event.pull_request.head.repo.full_name == github.repository');
    expect(JSON.stringify(plan.steps)).not.toMatch(/npm|node/);
    expect([review.needs, review.if]).toEqual(['plan', '${{ !cancelled() }}']);
    expect(plan.strategy.matrix.stack).toEqual(readdirSync(join(root, 'terraform-bridge/stacks')).sort());
    expect(review.steps.find(({ run }: any) => run?.includes('npm run diff')).run).toContain('--plan "$plan"');
  });

  test('gives a token that may write to no fork', () => {
    expect(workflow.jobs.comment.if).toContain(
      'github.event.pull_request.head.repo.full_name == github.repository',
    );
  });

  test('pins every action by its commit, and says which release that is', () => {
    const used = text.match(/^.*uses:.*$/gm) ?? [];
    expect(used).toHaveLength(9);
    expect(
      used.filter((line) => !/uses: (?:actions|hashicorp)\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line)),
    ).toEqual([]);
  });

  test('runs actions of a generation that has Node 24, which is what runners have', () => {
    // By each action.yml at that release: `using: node24`.
    const first = { checkout: 5, 'setup-node': 5, 'upload-artifact': 6, 'download-artifact': 7 };
    const used = [...text.matchAll(/uses: actions\/([\w-]+)@\S+ # v(\d+)/g)];
    const old = used.filter(([, name, major]) => !(Number(major) >= first[name as keyof typeof first]));
    expect(old.map(([line]) => line)).toEqual([]);
    const [setup] = steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(setup.with['node-version-file']).toBe('.nvmrc');
    expect(readFileSync(join(root, '.nvmrc'), 'utf8')).toBe('24\n');
  });

  test('leaves no token in the checkout', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.map((step) => step.with['persist-credentials'])).toEqual([false, false, false]);
  });

  test('has the history that a merge-base needs', () => {
    const [checkout] = workflow.jobs.review.steps;
    expect(checkout.with).toMatchObject({
      'fetch-depth': 0,
      ref: 'refs/pull/${{ github.event.pull_request.number }}/head',
    });
  });

  test('stops the runs before a push', () => {
    expect(workflow.concurrency).toEqual({
      group: 'pull-request-${{ github.event.pull_request.number }}',
      'cancel-in-progress': true,
    });
  });

  test('puts no text that a person chooses into a shell script', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  test('tells how the diff is when a test fails', () => {
    const diff = workflow.jobs.review.steps.find(({ run }: any) => run?.includes('npm run diff'));
    expect(diff.if).toContain('!cancelled()');
  });

  test('has shell scripts that are such', () => {
    const bad = steps.flatMap(({ run }) => (run ? [spawnSync('bash', ['-n'], { input: run }).status] : []));
    expect(bad.length).toBeGreaterThan(6);
    expect(bad.filter((status) => status !== 0)).toEqual([]);
  });
});

describe.each([
  ['the workflow', text],
  ['the Jenkinsfile', jenkinsfile],
])('%s', (_, source) => {
  test('asks in order: fresh, right, tested, checked, compared, told', () => {
    expect(commandsOf(source)).toEqual([
      'npm ci',
      'npm run synth',
      'npm run terraform',
      'npm run lint',
      'npm test',
      'npm run test:commands',
      'npm run check',
      'npm run diff',
      'npm run comment',
    ]);
  });

  test('runs scripts that there are', () => {
    const names = commandsOf(source).flatMap((each) => /^npm run (.+)$/.exec(each)?.[1] ?? []);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('finds new files in what is generated, too', () => {
    const [, after = ''] = source.split('npm run terraform');
    expect(after.trim()).toMatch(/^git add --intent-to-add --all\s+git diff --exit-code/);
  });

  test('checks and compares what is committed, not what synth made of it', () => {
    const [before = '', after = ''] = source.split('npm run synth');
    expect(before).toMatch(/trap 'git reset --quiet --hard' EXIT\s+$/);
    expect(after.indexOf('npm run check')).toBeGreaterThan(after.indexOf('git diff --exit-code'));
  });

  test.each(['check', 'diff', 'comment'])('gives npm run %s only options and forms that it has', (script) => {
    const uses = usesOf(source, script);
    const options = uses.flatMap((use) => use.match(/(?<=\s|^)--[a-z-]+/g) ?? []);
    const forms = uses.flatMap((use) => use.match(/(?<=--output )[a-z]+/g) ?? []);
    const help = helpOf(script);
    expect(options.length).toBeGreaterThan(1);
    expect(options.filter((option) => !help.includes(`${option} `))).toEqual([]);
    expect(forms.filter((form) => !new RegExp(`\\b${form}\\b[,;]`).test(help))).toEqual([]);
  });

  test('fails on what loses data or cannot apply, unless it is acknowledged', () => {
    expect(
      usesOf(source, 'diff').filter((use) => use.includes('--fail-on-class data-loss,immutable')),
    ).toHaveLength(1);
    expect(usesOf(source, 'check').filter((use) => use.includes('--only-new'))).toHaveLength(1);
  });
});

test('what CI writes is not in git, and no source of ours is in that folder', () => {
  const ignored = (path: string) => spawnSync('git', ['check-ignore', '-q', path], { cwd: root }).status === 0;
  expect(ignored('report/diff.md')).toBe(true);
  expect(ignored('review/report/text.ts')).toBe(false);
});

test('what judges a pull request is changed with the operators, and so is who they are', () => {
  const lines = read('CODEOWNERS')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(/\s+/));
  // GitHub takes the last line that matches.
  const owners = (path: string) =>
    lines.findLast(([pattern = '']) => pattern === '*' || `/${path}`.startsWith(pattern))?.slice(1);
  const judging = spawnSync('git', ['ls-files', 'commands', 'review', '.github', '.changes', '.ci'], {
    cwd: root,
    encoding: 'utf8',
  })
    .stdout.trim()
    .split('\n');
  expect(judging.length).toBeGreaterThan(100);
  const more = ['Jenkinsfile', 'CODEOWNERS', 'package.json', 'package-lock.json', '.changes/ack.yaml'];
  expect([...judging, ...more].filter((path) => !owners(path)?.includes('@e-ren/operators'))).toEqual([]);
  // A promotion is a file of one line, which a pipeline commits.
  expect(owners('charts/environments/images/staging/web.txt')).toEqual([]);
});
