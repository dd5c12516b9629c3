// Changes to review: repositories in which something differs from the last commit, and what others say of the same files.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { differs, versions } from './tools.mjs';

const rollout = 'dist/production/web/Rollout.e-ren-rollout.yaml';
const diff = ['node', 'commands/run.mjs', 'commands/diff.ts', '--base', 'HEAD'];
const counted = 'changes are counted for a sidecar that is put first in the pods of the web: ';
const genericNote = `jsondiffpatch and deep-diff as they come (${versions.differs}), of YAML that js-yaml has read, file by file`;

/** Writes into a copy of the objects what a pull request would. */
const changes = {
  // Not the zeros of an identifier, such as a certificate's.
  promotion: (folder) =>
    rewrite(folder, 'dist', (text) => text.replaceAll(/(?<![0-9a-f])0000000-0(?![0-9a-f])/g, '4f2c9de-128')),
  sidecar: (folder) =>
    writeFileSync(
      join(folder, rollout),
      readFileSync(join(folder, rollout), 'utf8').replace(
        '\n      containers:\n',
        '\n      containers:\n        - image: docker.io/library/proxy:1.0.0\n          name: proxy\n',
      ),
    ),
  thousand: (folder) =>
    rewrite(folder, 'dist/production/many', (text) =>
      text.replaceAll('1.0.0', '1.1.0').replaceAll('8080', '8081'),
    ),
};

export const reviews = [
  ours('diff-promotion', 'npm run diff of a promotion', 'promotion'),
  ours('diff-sidecar', '  of a sidecar put first', 'sidecar', ['--output', 'json'], countOurs),
  ours('diff-thousand', '  of 1,000 changed objects', 'thousand'),
  others('unified-sidecar', 'diff -ru, the sidecar', 'sidecar', unified, countLines),
  others('unified-thousand', '  1,000 changed objects', 'thousand', unified),
  others('jsondiffpatch-sidecar', 'jsondiffpatch, the sidecar', 'sidecar', generic('jsondiffpatch'), countPrinted),
  others('jsondiffpatch-thousand', '  1,000 changed objects', 'thousand', generic('jsondiffpatch')),
  others('deep-diff-sidecar', 'deep-diff, the sidecar', 'sidecar', generic('deep-diff'), countPrinted),
  others('deep-diff-thousand', '  1,000 changed objects', 'thousand', generic('deep-diff')),
];

function ours(name, label, change, args = [], count) {
  return {
    name,
    label,
    needs: async (lab) => prepare(lab, change),
    command: (_, lab) => ({ argv: [...diff, ...args], cwd: lab.changes[change].repository }),
    check: count && noting('npm run diff', count),
  };
}

function others(name, label, change, argv, count) {
  return {
    name,
    label,
    note: genericNote,
    needs: async (lab, _root, tell) => {
      prepare(lab, change);
      lab.differs ??= await differs(tell);
    },
    command: (_, lab) => ({ argv: argv(lab, lab.changes[change]), cwd: lab.folder }),
    check: count && noting(label.split(',')[0], count),
  };
}

/** The number is told below the table. */
function noting(tool, count) {
  return function (_lab, _out, log) {
    this.note = [this.note ?? [], `${counted}${tool} ${count(readFileSync(`${log}.out`, 'utf8'))}`].flat();
  };
}

function unified(_, { before, after }) {
  return ['sh', '-c', 'diff -ru "$0" "$1"; [ $? -le 1 ]', before, after];
}

function generic(tool) {
  return (lab, { before, after }) => [
    'node',
    join(lab.tree, 'bench/generic.mjs'),
    tool,
    lab.differs,
    before,
    after,
  ];
}

function countOurs(text) {
  const { objects } = JSON.parse(text);
  return objects.reduce((sum, { changes }) => sum + Math.max(1, changes.length), 0);
}

function countLines(text) {
  return `${text.match(/^[-+](?![-+]{2} )/gm)?.length ?? 0} lines`;
}

function countPrinted(text) {
  return Number(text);
}

/** A folder before, one after, and a repository whose last commit is the one and whose work tree is the other. */
function prepare(lab, change) {
  lab.changes ??= {};
  if (lab.changes[change]) return;
  const [before, after, repository] = ['before', 'after', 'repository'].map((each) =>
    join(lab.folder, `${change}-${each}`),
  );
  cpSync(lab.objects, before, { recursive: true });
  if (change === 'thousand') many(before);
  cpSync(before, after, { recursive: true });
  changes[change](after);
  cpSync(lab.tree, repository, { recursive: true, filter: (path) => path !== join(lab.tree, 'node_modules') });
  symlinkSync(join(lab.tree, 'node_modules'), join(repository, 'node_modules'));
  cpSync(before, repository, { recursive: true });
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=bench', '-c', 'user.email=bench@example.com', ...args], {
      cwd: repository,
    });
  git('init', '--quiet');
  // All of it: what the commit lacks, such as a stack, would count as new.
  git('add', '--all', '--', '.', ':!node_modules', ':!terraform-bridge/node_modules');
  git('commit', '--quiet', '--message', 'before');
  cpSync(after, repository, { recursive: true });
  lab.changes[change] = { before, after, repository };
}

/** 250 programs of four objects each. */
function many(folder) {
  const chart = join(folder, 'dist/production/many');
  mkdirSync(chart);
  for (let i = 0; i < 250; i++)
    for (const [kind, text] of Object.entries(program(`program-${i}`)))
      writeFileSync(join(chart, `${kind}.program-${i}.yaml`), text);
}

function program(name) {
  const head = (apiVersion, kind) =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n  namespace: production\n`;
  return {
    Deployment: `${head('apps/v1', 'Deployment')}spec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app: ${name}\n  template:\n    metadata:\n      labels:\n        app: ${name}\n    spec:\n      containers:\n        - image: docker.io/library/${name}:1.0.0\n          name: main\n          env:\n            - name: PORT\n              value: '8080'\n          resources:\n            requests:\n              cpu: 10m\n              memory: 16Mi\n`,
    Service: `${head('v1', 'Service')}spec:\n  ports:\n    - name: http\n      port: 80\n      targetPort: 8080\n  selector:\n    app: ${name}\n`,
    ConfigMap: `${head('v1', 'ConfigMap')}data:\n  version: 1.0.0\n`,
    NetworkPolicy: `${head('networking.k8s.io/v1', 'NetworkPolicy')}spec:\n  ingress:\n    - from:\n        - podSelector:\n            matchLabels:\n              app: proxy\n      ports:\n        - port: 8080\n          protocol: TCP\n  podSelector:\n    matchLabels:\n      app: ${name}\n  policyTypes:\n    - Ingress\n`,
  };
}

function rewrite(folder, under, edit) {
  for (const name of readdirSync(join(folder, under), { recursive: true })) {
    const file = join(folder, under, name);
    if (!name.endsWith('.yaml') || !existsSync(file)) continue;
    const text = readFileSync(file, 'utf8');
    if (edit(text) !== text) writeFileSync(file, edit(text));
  }
}
