import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloned, done, first, git, refused, removeClones, run, tomorrow } from '../support/clones';
import { root } from '../support/root';

jest.setTimeout(300_000);
afterAll(removeClones);

const service = 'dist/production/web/Service.eren-service.yaml';

/** A port of every node, which the namespace's quota lets pass. */
function exposed(clone: string): void {
  edit(clone, service, 'type: ClusterIP', 'type: NodePort');
  edit(
    clone,
    'dist/production/namespace/ResourceQuota.environment.yaml',
    "services.nodeports: '0'",
    "services.nodeports: '1'",
  );
}
const rollout = 'dist/production/web/Rollout.e-ren-rollout.yaml';

const edit = (clone: string, file: string, from: string | RegExp, to: string) =>
  writeFileSync(join(clone, file), readFileSync(join(clone, file), 'utf8').replace(from, to));
const json = async (clone: string, ...args: string[]) =>
  JSON.parse((await run(clone, ['diff', '--output', 'json', ...args])).out);

test('an unchanged tree differs in nothing', async () => {
  const { code, out } = await run(cloned(), ['diff', '--exit-code']);
  expect([code, out]).toEqual([0, expect.stringMatching(/^Nothing that the cluster would act on\n/)]);
});

test('what is committed on the branch, not committed, and not known to git is compared', async () => {
  const clone = cloned();
  edit(clone, service, 'type: ClusterIP', 'type: NodePort');
  git(clone, 'commit', '--quiet', '--all', '-m', 'change');
  edit(clone, rollout, 'progressDeadlineSeconds: 600', 'progressDeadlineSeconds: 700');
  mkdirSync(join(clone, 'dist/production/extra'));
  writeFileSync(
    join(clone, 'dist/production/extra/new.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: new, namespace: production}\n',
  );
  const all = await json(clone);
  expect(all.objects.map(({ status, name }: any) => `${status} ${name}`).sort()).toEqual([
    'added new',
    'changed e-ren-rollout',
    'changed eren-service',
  ]);
  expect(all.head.dirty).toBe(true);
  const here = await json(clone, '--base', 'HEAD');
  expect(here.objects.map(({ name }: any) => name).sort()).toEqual(['e-ren-rollout', 'new']);
});

test('what a person has set for git changes no answer, and no file counts whose date alone is another', async () => {
  const clone = cloned();
  edit(clone, service, 'type: ClusterIP', 'type: NodePort');
  const before = await json(clone);
  for (const [key, value] of Object.entries({
    'color.ui': 'always',
    'core.quotePath': 'true',
    'diff.autoRefreshIndex': 'false',
    'diff.external': 'false',
    'diff.ignoreSubmodules': 'all',
    'diff.mnemonicPrefix': 'true',
    'diff.relative': 'true',
    'diff.renames': 'copies',
    'log.follow': 'true',
    'status.showUntrackedFiles': 'no',
  }))
    git(clone, 'config', key, value);
  const then = new Date('2001-02-03');
  for (const file of ['package.json', 'charts/main.ts', rollout]) utimesSync(join(clone, file), then, then);
  expect(await json(clone)).toEqual(before);
});

test('what the base went on to change is not this branch’s', async () => {
  const clone = cloned();
  git(clone, 'checkout', '--quiet', '-b', 'branch');
  edit(clone, service, 'type: ClusterIP', 'type: NodePort');
  git(clone, 'commit', '--quiet', '--all', '-m', 'branch');
  git(clone, 'checkout', '--quiet', 'main');
  edit(clone, rollout, 'progressDeadlineSeconds: 600', 'progressDeadlineSeconds: 700');
  git(clone, 'commit', '--quiet', '--all', '-m', 'main');
  git(clone, 'checkout', '--quiet', 'branch');
  const { objects } = await json(clone, '--base', 'main');
  expect(objects.map(({ name }: any) => name)).toEqual(['eren-service']);
});

test('only what is asked for fails', async () => {
  const clone = cloned();
  edit(clone, service, 'type: ClusterIP', 'type: NodePort');
  const codes = await Promise.all(
    [
      [],
      ['--fail-on', 'critical'],
      ['--fail-on-class', 'data-loss'],
      ['--fail-on', 'high'],
      ['--fail-on-class', 'data-loss,exposes'],
      ['--exit-code'],
    ].map(async (args) => (await run(clone, ['diff', '--quiet', ...args])).code),
  );
  expect(codes).toEqual([0, 0, 0, 1, 1, 1]);
});

test('a plan of Terraform is judged by what it says: what is replaced, changed, destroyed and created', async () => {
  // Made by Terraform 1.11.4 of four resources of its own type terraform_data, and printed by terraform show -json.
  const { findings, objects } = await json(cloned(), '--plan', join(root, 'test/review/terraform/plan.json'));
  expect(findings.map((each: any) => `${each.level} ${each.class} ${each.object.name}: ${each.says}`)).toEqual([
    'high replace replaced: triggers_replace cannot be changed: it is destroyed, and then created again',
    'high unjudged destroyed: is not judged: no one has looked up what terraform_data does',
    'warn removed destroyed: is destroyed',
    'info config updated: is changed in place',
    'info config updated: is changed in place',
    'info new created: is created',
  ]);
  expect(objects.flatMap(({ changes }: any) => changes.map(({ path }: any) => path))).not.toContain('planned');
});

test('an acknowledged finding fails nothing', async () => {
  const clone = cloned();
  exposed(clone);
  mkdirSync(join(clone, '.changes'));
  writeFileSync(
    join(clone, '.changes/ack.yaml'),
    `- id: exposes:production/Service/eren-service/spec.type\n  reason: for a day, behind the VPN\n  until: ${tomorrow}\n`,
  );
  const { code, out } = await run(clone, ['diff', '--fail-on', 'high']);
  expect([code, out]).toEqual([0, expect.stringContaining('for a day, behind the VPN')]);
});

test('several outputs go where each is to go', async () => {
  const clone = cloned();
  exposed(clone);
  const { code, out } = await run(clone, [
    'diff',
    '-o',
    'github',
    '-o',
    'markdown=out/comment.md',
    '-o',
    'json=out/diff.json',
  ]);
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(
      /^::error title=verdict::Breaks a rule: [^\n]* differs from what the source makes [^\n]*\n(?:[^\n]*\n)*::error file=dist\/production\/web\/Service\.eren-service\.yaml,line=\d+,title=opens a door/,
    ),
  ]);
  expect(readFileSync(join(clone, 'out/comment.md'), 'utf8')).toMatch(
    /\| 🟠 \| \[opens a door\]\(https:\/\/github\.com\/e-ren\/delivery\/blob\/[0-9a-f]{40}\/docs\/rules\/service-exposed\.md\) \| .*Service\.eren-service\.yaml#L\d+\)/,
  );
  expect(JSON.parse(readFileSync(join(clone, 'out/diff.json'), 'utf8'))).toMatchObject({ kind: 'DiffReport' });
});

test('a report that others read says where files are not what the charts make; a terminal says that nobody asked', async () => {
  const clone = cloned();
  edit(clone, rollout, 'progressDeadlineSeconds: 600', 'progressDeadlineSeconds: 700');
  writeFileSync(
    join(clone, 'dist/production/web/ConfigMap.stray.yaml'),
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stray, namespace: production}\n',
  );
  const { remade, findings } = await json(clone);
  expect(remade).toBe(true);
  expect(
    findings.flatMap(({ rule }: any) => (/^(stale|stray-file|repeatable)$/.test(rule) ? [rule] : [])),
  ).toEqual(['stale', 'stray-file']);
  expect((await run(clone, ['diff', '-o', 'markdown'])).out).toContain('[stale]');
  const { out } = await run(clone, ['diff']);
  expect(out.replaceAll('\n', ' ')).toContain(
    'not whether the charts make these very files (stale, stray-file, repeatable): npm run check tells.',
  );
});

test('a change of what a pod asks for is counted in cores and GiB', async () => {
  const clone = cloned();
  edit(clone, rollout, /cpu: 300m/g, 'cpu: 600m');
  const { deltas } = await json(clone);
  expect(deltas.map(({ environment, what }: any) => `${environment} ${what}`)).toContain(
    'production CPU requests',
  );
});

test('a promotion is three lines: what rolls, where it ran and what runs beside it, and whether migrations are pending', async () => {
  const clone = cloned();
  const image = (build: string, digit: string) =>
    `000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren:${build}@sha256:${digit.repeat(64)}`;
  const [old, next] = [image('4f2c9de-128', 'a'), image('9b1e07a-129', 'b')];
  const promote = async (...args: string[]) =>
    expect(await run(clone, ['promote', ...args])).toMatchObject({ code: 0 });
  const commit = () => {
    git(clone, 'add', '--all');
    git(clone, 'commit', '--quiet', '-m', 'promote');
  };
  const lines = async () =>
    (await run(clone, ['diff', '--base', 'HEAD', '--color', 'never'])).out.trim().split(/\n(?=- )/);
  await promote('staging', old);
  await promote('production', old);
  commit();
  await promote('production', `web=${next}`);
  const never = await lines();
  expect(never.slice(1).map((each) => each.replace(/\s+/g, ' '))).toEqual([
    '- production web 4f2c9de-128 → 9b1e07a-129: it has never run in staging; sidekiq stays at 4f2c9de-128 https://github.com/e-ren/e-ren/compare/4f2c9de...9b1e07a',
    expect.stringContaining('whether a migration is pending is not known'),
  ]);
  git(clone, 'checkout', '--quiet', '.');
  await promote('staging', next);
  commit();
  await promote('production', `web=${next}`);
  const pending = await lines();
  expect(pending[0]?.replace(/\s+/g, ' ')).toMatch(
    /^Production web goes through a canary, .*, at least 10 minutes \(image 4f2c9de-128 → 9b1e07a-129\); nothing is lost$/,
  );
  expect(pending[1]?.replace(/\s+/g, ' ')).toMatch(
    /has run in staging since \d{4}-\d\d-\d\d \d\d:\d\d UTC \(today\); sidekiq stays at/,
  );
  expect(pending[2]).toContain('migrations are pending');
  git(clone, 'checkout', '--quiet', '.');
  await promote('production', '--from', 'staging');
  const all = await lines();
  expect(all.length).toBe(3);
  expect(all[2]).toContain('its migrations are promoted with it');
});

test('settings of then are reckoned with for the state of then', async () => {
  const clone = cloned();
  edit(clone, 'charts/environments/production.ts', 'connections: { max: 45', 'connections: { max: 60');
  edit(clone, 'charts/environments/cluster.ts', 'min: 3,', 'min: 4,');
  const { deltas, notes } = await json(clone);
  expect(notes).toEqual([expect.stringContaining('settings; what they make is compared')]);
  expect(
    deltas.map(({ environment, what, before, after }: any) => [environment, what, before.of, after.of]),
  ).toEqual([
    ['production', 'Database connections', 40, 55],
    ['cluster', 'Nodes', 9, 9],
    ['cluster', 'Cost', 600, 600],
  ]);
});

test('a commit from before there were previews is compared, and so is one with other previews', async () => {
  const clone = cloned();
  const file = 'charts/settings.ts';
  const now = readFileSync(join(clone, file), 'utf8');
  writeFileSync(join(clone, file), now.replace('    previews: previews.map(', '    formerly: previews.map('));
  git(clone, 'commit', '--quiet', '--all', '-m', 'then');
  writeFileSync(join(clone, file), now);
  edit(clone, 'charts/environments/cluster.ts', 'monthly: 600', 'monthly: 620');
  const costs = ({ deltas }: any) => deltas.find(({ what }: any) => what === 'Cost');
  expect(costs(await json(clone, '--base', 'HEAD')).before.of).toBe(600);

  git(clone, 'reset', '--quiet', '--hard', 'HEAD^');
  await done(clone, 'preview', 'open', '12', first);
  git(clone, 'add', '--all');
  git(clone, 'commit', '--quiet', '-m', 'open');
  await done(clone, 'preview', 'close', '12');
  // The room was reckoned with before, and is after.
  expect(costs(await json(clone, '--base', 'HEAD'))).toBeUndefined();
});

test('settings of then that cannot be read are told, and stop nothing', async () => {
  const clone = cloned();
  const good = readFileSync(join(clone, 'charts/environments/production.ts'), 'utf8');
  writeFileSync(join(clone, 'charts/environments/production.ts'), "import 'a-package-of-then';\n");
  git(clone, 'commit', '--quiet', '--all', '-m', 'then');
  writeFileSync(join(clone, 'charts/environments/production.ts'), good);
  edit(clone, service, 'type: ClusterIP', 'type: NodePort');
  const { notes, objects } = await json(clone, '--base', 'HEAD');
  expect([notes, objects.length]).toEqual([
    [
      expect.stringContaining('settings; what they make is compared'),
      expect.stringContaining('cannot be read with what is installed now'),
    ],
    1,
  ]);
});

test('wrong arguments and files are refused with what to do', async () => {
  const clone = cloned();
  await refused(2, '--base nowhere: is not a ref', clone, 'diff', '--base', 'nowhere');
  await refused(2, '"pdf" is none of text, json, markdown, github', clone, 'diff', '--output', 'pdf');
  await refused(2, 'Name a file after =', clone, 'diff', '--output', 'json=');
  await refused(
    2,
    `'json=dist' is invalid. dist is a folder; name a file in it`,
    clone,
    'diff',
    '-o',
    'json=dist',
  );
  await refused(2, '"danger" is none of data-loss,', clone, 'diff', '--fail-on-class', 'danger');
  await refused(2, "argument 'bad' is invalid", clone, 'diff', '--fail-on', 'bad');
  mkdirSync(join(clone, '.changes'));
  writeFileSync(join(clone, '.changes/ack.yaml'), '- id: uploads\n');
  await refused(2, '.changes/ack.yaml: entry 1: reason: is missing', clone, 'diff');
});

test('a folder that is not a repository is refused', async () => {
  const clone = cloned();
  rmSync(join(clone, '.git'), { recursive: true });
  await refused(2, 'fatal: not a git repository', clone, 'diff');
});

test('a clone without the common commit is told to fetch more', async () => {
  const clone = cloned();
  git(clone, 'checkout', '--quiet', '--orphan', 'other');
  git(clone, 'commit', '--quiet', '-m', 'other');
  await refused(2, 'git fetch --unshallow in a shallow clone', clone, 'diff', '--base', 'main');
});

test('nothing is left of a report that could not be written', async () => {
  const clone = cloned();
  const folder = mkdtempSync(join(tmpdir(), 'diff-'));
  writeFileSync(join(folder, 'file'), '');
  await refused(2, /ENOTDIR|EEXIST/, clone, 'diff', '--output', `json=${join(folder, 'file/diff.json')}`);
  rmSync(folder, { recursive: true });
});
