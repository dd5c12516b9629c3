import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planted, random, textOf } from '../review/planted';

const hex = (length: number) => random(7, length, '0123456789abcdef');
const upper = (length: number) => random(8, length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');
/** Secrets as people write them into a line: by form, and by the name before them. */
export const secrets = {
  github: `ghp_${random(1, 36)}`,
  aws: `AKIA${upper(16)}`,
  stripe: `sk_live_${random(2, 24)}`,
  slack: `xoxb-1234567890-${random(3, 24)}`,
  jwt: `eyJhbGciOiJIUzI1NiJ9.eyJ${random(4, 30)}.${random(5, 43)}`,
  random: random(6, 44),
  password: 'hunter-aa11bb',
  login: 'hunter-cc22dd',
  query: 'hunter-ee33ff',
  flag: 'hunter-gg44hh',
  bearer: 'hunter-ii55jj',
  sentry: hex(32),
};
/** All of them in one line. */
export const line = [
  ...[secrets.github, secrets.aws, secrets.stripe, secrets.slack, secrets.jwt, secrets.random],
  `DB_PASSWORD=${secrets.password} https://bot:${secrets.login}@git.example/x https://e.example/h?token=${secrets.query}`,
  `--password ${secrets.flag} Authorization: Bearer ${secrets.bearer} https://${secrets.sentry}@o1.ingest.sentry.io/1`,
].join(' ');
const image = '000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren';
const digest = `sha256:${'3'.repeat(64)}`;

/** Something that holds secrets, and the commands that come by it. */
export interface Place {
  readonly name: string;
  /** @returns what is planted beside the secrets of `line` */
  readonly plant: (clone: Clone) => readonly string[] | undefined;
  readonly commands: readonly (readonly string[])[];
}

/** A clone to plant secrets in. */
export interface Clone {
  readonly folder: string;
  readonly api: string;
  write(file: string, text: string): void;
  git(...words: string[]): string;
  commit(message: string): void;
  committed(file: string, text: string): undefined;
}

/** All formats of a command in one run: files that are read as well. */
const formats = (command: readonly string[], ...names: string[]) => [
  ...command,
  ...['text', ...names].flatMap((each) => ['-o', each === 'text' ? each : `${each}=said/${each}`]),
];
const all = ['json', 'markdown', 'github', 'html'];
const push = ['--push', '--timeout', '5s', '--attempts', '1'];
/** Every command that only needs the tree. */
const everyone: readonly (readonly string[])[] = [
  ['../charts/main'],
  ['../terraform-bridge/main'],
  formats(['status', '--no-live'], 'json'),
  formats(['cost'], 'json', 'markdown'),
  formats(['cost', '--cheaper'], 'json', 'markdown'),
  formats(['cost', '--pilot'], 'json', 'markdown'),
  ['preview', 'list'],
  ['preview', 'open', '7', `${image}:3333333-3@${digest}`],
  ['preview', 'sweep', ...push],
  ['promote', 'staging', `${image}:3333333-3@${digest}`],
  ['promote', 'production', '--from', 'staging', '--commit'],
  ['rollback', 'production', 'web'],
  ['rollback', 'production', 'web', ...push],
  ['revert', 'HEAD'],
  ['revert', 'HEAD', ...push],
  ['freeze', 'production'],
  ['freeze', 'production', '--end'],
  ['bridge', 'production', '--from', 'terraform-bridge/outputs/production.json'],
  formats(['check'], ...all, 'sarif'),
  formats(['diff', '--base', 'HEAD~1'], ...all),
];

/** The planted table as files of the tree. */
function table(clone: Clone, n: number): string[] {
  return Object.values(planted).map((plant, i) => {
    const { object, secret } = plant(n + i);
    const { kind, metadata } = object as { kind: string; metadata: { name: string } };
    const folder = kind === 'Application' ? 'argocd/applications' : 'dist/production/web';
    clone.write(`${folder}/${kind}.p${i}.yaml`, textOf({ ...object, metadata: { ...metadata, name: `p${i}` } }));
    return secret;
  });
}

const web = 'charts/environments/images/production/web.txt';
const outputs = 'terraform-bridge/outputs/production.json';

/** Everywhere that a secret may be. */
export const places: readonly Place[] = [
  {
    name: 'manifests',
    plant: (clone) => {
      const was = table(clone, 1);
      clone.commit('plant');
      return [...was, ...table(clone, 4_000)];
    },
    commands: [...everyone, ['ready', '--no-tests']],
  },
  {
    name: 'a commit, its author and its message',
    plant: (clone) => {
      clone.git('config', 'user.name', `Ann ${line}`);
      clone.write(web, `${image}:2222222-2@sha256:${'2'.repeat(64)}\n`);
      clone.commit(`change ${line}\n\n${line}`);
      clone.write('charts/environments/x.md', line);
      clone.commit(`add ${line}`);
    },
    commands: [
      ...everyone,
      ['revert', 'HEAD~1'],
      ['freeze', 'production', '--until', soon(), '--reason', 'x'],
      ['promote', 'production', `${image}:3333333-3@${digest}`, ...push],
    ],
  },
  {
    name: 'a freeze',
    plant: (clone) => {
      clone.write('charts/environments/freezes/production.txt', `${soon()} Ann ${line}: ${line}\n`);
      clone.write('charts/environments/freezes/staging.txt', `${soon()} Ann: ${line}\n`);
      clone.commit('freeze');
    },
    commands: [...everyone, ['freeze', 'production', '--until', soon(), '--reason', 'x'], ['freeze', 'staging']],
  },
  {
    name: 'a reason',
    plant: () => undefined,
    commands: Object.values(secrets).map((each) => [
      ...['freeze', 'production', '--until', soon(), '--reason', `password=${each}`],
    ]),
  },
  {
    name: 'a file of images',
    plant: (clone) => clone.committed(web, `${line}\n`),
    commands: everyone,
  },
  {
    name: 'a tag',
    plant: (clone) => clone.committed(web, `${image}:${secrets.github}@${digest}\n`),
    commands: [
      ...everyone,
      ['promote', 'staging', `${image}:${secrets.github}@${digest}`],
      ['rollback', 'production', 'web', '--to', secrets.github],
    ],
  },
  {
    name: 'the file of a preview',
    plant: (clone) => {
      const preview = { image: `${image}:3333333-3@${digest}`, opened: line, pushed: secrets.github };
      clone.write('charts/environments/previews/7.json', JSON.stringify(preview));
      clone.write(
        'charts/environments/previews/8.json',
        `{"image": "${line}", "password": "${secrets.password}"}`,
      );
      clone.write('charts/environments/previews/9.json', line);
      return clone.committed(`charts/environments/previews/${secrets.aws}.json`, '{}');
    },
    commands: [
      ...everyone,
      ['preview', 'open', '8', `${image}:${secrets.github}@${digest}`],
      ['preview', 'close', '7'],
    ],
  },
  {
    name: 'a setting',
    plant: (clone) => {
      const file = 'charts/environments/production.ts';
      const text = readFileSync(join(clone.folder, file), 'utf8');
      clone.write(file, text.replace(/host: '[^']*'/, `host: ${JSON.stringify(line)}`));
      clone.commit('x');
    },
    commands: everyone,
  },
  {
    name: 'a chart that is written in another style, and has a mistake',
    plant: (clone) => {
      clone.write(
        'charts/x.ts',
        `export const a = ${JSON.stringify(line)} ;\nexport const b: number = ${JSON.stringify(line)}\n`,
      );
      clone.commit('x');
    },
    commands: [['ready', '--no-tests']],
  },
  {
    name: 'outputs',
    plant: (clone) => {
      const text = JSON.parse(readFileSync(join(clone.folder, outputs), 'utf8'));
      text.database_host.value = line;
      text.db_password = { sensitive: false, type: 'string', value: secrets.password };
      text.nested = { sensitive: false, type: 'string', value: { api_key: secrets.login } };
      clone.write('given.json', JSON.stringify(text));
      clone.write(outputs, JSON.stringify(text));
    },
    commands: [
      ...everyone,
      ['bridge', 'production', '--from', 'given.json'],
      ['bridge', 'production', '--from', 'good.json', '--restarted'],
    ],
  },
  {
    name: 'outputs before',
    plant: (clone) => {
      clone.write('good.json', readFileSync(join(clone.folder, outputs), 'utf8'));
      clone.write(
        outputs,
        JSON.stringify({
          db_password: { value: secrets.password },
          nested: { value: { api_key: secrets.login, x: line } },
        }),
      );
    },
    commands: [['bridge', 'production', '--from', 'good.json', '--restarted']],
  },
  {
    name: 'the name of a file',
    plant: (clone) => {
      clone.write(`dist/production/web/ConfigMap.${secrets.github}.yaml`, 'x: [\n');
      clone.write(`dist/production/${secrets.aws}/ConfigMap.x.yaml`, 'a: 1\n');
      clone.write(`charts/${secrets.stripe}.ts`, 'const a = [ ;\n');
      clone.write(`charts/environments/images/staging/${secrets.slack}.txt`, 'x');
      clone.git('add', '--all');
    },
    commands: everyone,
  },
  {
    name: 'a remote',
    plant: (clone) => {
      clone.git('remote', 'set-url', 'origin', `http://bot:${secrets.login}@127.0.0.1:9/${secrets.github}`);
      clone.git('branch', '-m', `b-${secrets.aws}`);
    },
    commands: [...everyone, ['promote', 'staging', `${image}:3333333-3@${digest}`, ...push]],
  },
  {
    name: 'arguments',
    plant: () => undefined,
    commands: [
      ...[['status'], ['check', '--explain'], ['check', '--base'], ['diff', '--base'], ['diff', '--plan']],
      ...[['verify'], ['verify', 'production', '--context'], ['verify', 'production', '--kubeconfig']],
      ...[['status', '--kubeconfig'], ['freeze'], ['freeze', 'production', '--until'], ['revert'], ['bridge']],
      ...[['bridge', 'cluster', '--from'], ['promote', 'staging'], ['promote'], ['rollback', 'production']],
      ...[
        ['rollback', 'production', 'web', '--to'],
        ['ready', '--base'],
        ['preview', 'open'],
        ['preview', 'open', '7'],
        ['preview', 'close'],
        ['tunnel', '--port'],
        ['load-test'],
      ],
      ...[['digests'], ['cost', '--output'], ['check', '-o'], ['verify', 'production', '--only']],
      ...[
        ['promote', 'staging', '--from'],
        ['promote', 'staging', 'web=x', '--schema'],
      ],
      ...[
        ['promote', 'staging', 'web=x', '--stable'],
        ['promote', 'staging', 'web=x', '--allow-registry'],
      ],
      ...[
        ['promote', 'staging', 'web=x', '--resume'],
        ['promote', 'staging', 'web=x', '--reference-author'],
      ],
      ...[['promote', 'staging', 'web=x', '--reference-repourl'], ['validate']],
    ]
      .flatMap((words) => [
        [...words, line],
        [...words, `https://bot:${secrets.login}@127.0.0.1:9/${secrets.github}`],
        [...words, secrets.aws],
      ])
      .concat(
        [
          ['promote', 'staging', `${image}:3333333-3@${digest}`],
          ['rollback', 'production', 'web'],
          ['revert', 'HEAD'],
          ['freeze', 'production', '--end'],
        ].map((words) => [
          ...[...words, ...push, '--remote', `http://bot:${secrets.login}@127.0.0.1:9/${secrets.github}`],
          ...['--branch', 'main'],
        ]),
      ),
  },
  {
    name: 'what is accepted',
    plant: (clone) => {
      clone.write('.changes/ack.yaml', textOf([{ id: 'x', reason: line, until: soon() }]));
      clone.write(
        'dist/production/web/ConfigMap.x.yaml',
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, annotations: {allow.e-ren/x: ${JSON.stringify(line)}}}\n`,
      );
    },
    commands: everyone,
  },
  {
    name: 'a plan',
    plant: (clone) => {
      const values = (n: number) => ({
        ...Object.fromEntries(Object.values(planted).map((plant, i) => [`a${i}`, textOf(plant(n + i).object)])),
        ...{ password: secrets.password, name: line, tags: { token: secrets.login } },
      });
      clone.write(
        'plan.json',
        JSON.stringify({
          format_version: '1.2',
          terraform_version: '1.9.0',
          resource_changes: [
            {
              ...{
                address: `aws_db_instance.${secrets.aws}`,
                mode: 'managed',
                type: 'aws_db_instance',
                name: 'x',
              },
              provider_name: 'registry.terraform.io/hashicorp/aws',
              change: { actions: ['delete', 'create'], before: values(1), after: values(500), after_unknown: {} },
            },
          ],
        }),
      );
      return [1, 500].flatMap((n) => Object.values(planted).map((plant, i) => plant(n + i).secret));
    },
    commands: [formats(['diff', '--base', 'HEAD', '--plan', 'plan.json'], ...all)],
  },
  {
    name: 'what a cluster says',
    plant: (clone) => {
      clone.write(
        'kubeconfig',
        JSON.stringify({
          ...{ apiVersion: 'v1', kind: 'Config', 'current-context': `c ${secrets.github}` },
          clusters: [{ name: 'c', cluster: { server: clone.api } }],
          users: [{ name: 'u', user: { token: secrets.jwt } }],
          contexts: [{ name: `c ${secrets.github}`, context: { cluster: 'c', user: 'u' } }],
        }),
      );
    },
    commands: [
      formats(['status', '--kubeconfig', 'kubeconfig'], 'json'),
      formats(['verify', 'production', '--kubeconfig', 'kubeconfig'], 'json', 'markdown', 'github'),
    ],
  },
];

function soon(): string {
  return new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
}
