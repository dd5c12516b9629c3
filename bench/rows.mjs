// What is measured. A row's `command` gets a folder that does not exist yet and is not kept.
import { appendFileSync, cpSync, existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { reviews } from './changes.mjs';
import { countsOtherwise, differs, packObjects } from './lab.mjs';
import { kubernetesTools, monokleFolder, stockModules, versions } from './tools.mjs';

const synth = ['node', 'commands/run.mjs', 'charts/main.ts'];
const kubernetesNote = `helm and kubectl are those of ${versions.kubernetes}; they get the finished objects in one file, and read, order and print them`;
const npm = ['npm', 'run', 'synth', '--'];

/** Whole commands, as they are typed. */
export const processes = [
  { name: 'node', label: 'node -e 0', command: () => ({ argv: ['node', '-e', '0'] }) },
  {
    name: 'synth',
    label: 'node commands/run.mjs charts/main.ts',
    command: (out, { tree }) => ({ argv: [...synth, '--into', out], cwd: tree }),
    check: writesObjects,
  },
  {
    name: 'unchanged',
    label: '  the same, nothing to write',
    command: (_, { tree, objects }) => ({ argv: [...synth, '--into', objects], cwd: tree }),
  },
  {
    name: 'npm',
    label: 'npm run synth',
    command: (out, { tree }) => ({ argv: [...npm, '--into', out], cwd: tree }),
    check: writesObjects,
  },
  {
    name: 'changed',
    label: '  the same, first after a change',
    before: ({ edited }) => appendFileSync(join(edited, 'charts', 'main.ts'), '// changed\n'),
    command: (out, { edited }) => ({ argv: [...npm, '--into', out], cwd: edited }),
    check: writesObjects,
  },
  stock('cdk8s', 'npx ts-node'),
  stock('cdk8s-transpile', 'npx ts-node --transpile-only'),
  stock('cdk8s-tsx', 'npx tsx'),
  {
    name: 'helm',
    label: 'helm template',
    note: kubernetesNote,
    needs: kubernetes,
    command: (out, { helm, chart }) => ({
      argv: [helm, 'template', 'objects', chart],
      env: Object.fromEntries(['CACHE', 'CONFIG', 'DATA'].map((kind) => [`HELM_${kind}_HOME`, out])),
    }),
    check: printsObjects,
  },
  {
    name: 'kustomize',
    label: 'kubectl kustomize',
    note: kubernetesNote,
    needs: kubernetes,
    command: (_, { kubectl, kustomization }) => ({ argv: [kubectl, 'kustomize', kustomization] }),
    check: printsObjects,
  },
  ...reviews,
];

/** What judges the result, of the same files. */
processes.push(
  {
    name: 'check',
    label: 'node commands/run.mjs commands/check.ts',
    needs: ({ tree, objects }) => {
      for (const folder of ['dist', 'argocd'])
        cpSync(join(objects, folder), join(tree, folder), { recursive: true });
    },
    command: (_, { tree }) => ({ argv: ['node', 'commands/run.mjs', 'commands/check.ts', '--quiet'], cwd: tree }),
  },
  {
    name: 'cheaper',
    label: 'node commands/run.mjs commands/cost.ts --cheaper',
    command: (_, { tree }) => ({ argv: ['node', 'commands/run.mjs', 'commands/cost.ts', '--cheaper'], cwd: tree }),
  },
  {
    name: 'monokle',
    label: '@monokle/validation, without schemas',
    note: `${versions.monokle}: syntax, Pod Security, links, practices and metadata; its schemas and policies need the network`,
    needs: async (lab, _root, tell) => {
      lab.monokle = await monokleFolder(tell);
    },
    command: (_, { tree, objects, monokle }) => ({
      argv: ['node', join(tree, 'bench/monokle.mjs'), objects, monokle],
    }),
  },
);

/** Many apps in one process, each the web chart of production; and whole environments, with all their charts. */
export const scale = [
  ...[10, 50, 100, 200].map((count) => many('apps', count)),
  many('environments', 200),
  ...[4, 16].map(checked),
];

function many(kind, count) {
  return {
    name: `${count}-${kind}`,
    label: `${count} ${kind === 'apps' ? 'apps' : 'whole environments'}`,
    count,
    command: (out, { tree }) => ({
      argv: ['node', 'commands/run.mjs', 'bench/scale.ts', kind, `${count}`, out],
      cwd: tree,
    }),
  };
}

/** The check of as many environments, synthesized in memory: 16 are about 1,000 objects. */
function checked(count) {
  return {
    name: `${count}-checked`,
    label: `check of ${count} environments`,
    count,
    command: (_, { tree }) => ({ argv: ['node', 'commands/run.mjs', 'bench/check.ts', `${count}`], cwd: tree }),
  };
}

/** As cdk8s-cli's TypeScript template has it, less its question to the registry whether there is a newer version. */
function stock(name, runner) {
  return {
    name,
    label: `npx cdk8s synth, app: ${runner}`,
    note: `npx cdk8s runs this repository's charts with ${versions.stock}`,
    needs: async (lab, root, tell) => {
      const modules = await stockModules(root, tell);
      if (!existsSync(join(lab.stock, 'node_modules'))) symlinkSync(modules, join(lab.stock, 'node_modules'));
    },
    command: (out, lab) => ({
      argv: [
        'npx',
        'cdk8s',
        'synth',
        '--check-upgrade',
        'false',
        '--app',
        `${runner} charts/main.ts`,
        '--output',
        join(out, 'dist'),
      ],
      cwd: lab.stock,
      // TypeScript 5 knows `bundler` only with ES modules, and ts-node makes CommonJS.
      env: { TS_NODE_COMPILER_OPTIONS: '{"moduleResolution":"node10"}' },
    }),
    // cdk8s-cli names a folder for the manifests; the Applications are beside it, and it knows of none.
    check: ({ objects }, out) => differs(join(objects, 'dist'), join(out, 'dist')),
  };
}

async function kubernetes(lab, _root, tell) {
  Object.assign(lab, await kubernetesTools(tell));
  if (!lab.chart) Object.assign(lab, packObjects(lab));
}

function writesObjects({ objects }, out) {
  return differs(objects, out);
}

function printsObjects({ objects }, _out, log) {
  return countsOtherwise(objects, `${log}.out`);
}
