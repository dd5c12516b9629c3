// `npm run test:jenkinsfile`: what docs/rails-app brings, and what Jenkins and the API server are given in languages of
// their own, read by the programs that will read it. The Jenkinsfile and the jobs by the Groovy that Jenkins has, shell
// scripts by a shell, the admission policy by CEL, Ruby files by Ruby, configuration by Ruby's YAML.
//
// Needs a JDK, Maven (it fetches Groovy and CEL once, into a cache outside the tree) and Ruby. Exit code 2: one is missing.

import { deepStrictEqual as same } from 'node:assert';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { testAdmission } from './admission.mjs';
import { testFlow } from './flow.mjs';
import { fetchJars, groovy, needs, root, run } from './java.mjs';
import { testJobs } from './jobs.mjs';

const app = join(root, 'docs', 'rails-app');
const jenkinsfile = readFileSync(join(app, 'Jenkinsfile'), 'utf8');

needs('java', 'Jenkins runs its Groovy on it', 'default-jdk-headless');
needs('ruby', 'it reads the files of the Rails app', 'ruby');
fetchJars();

const counts = { passed: 0, failed: 0 };
function test(sentence, check) {
  try {
    check();
    counts.passed += 1;
    console.log(`  ✓ ${sentence}`);
  } catch (error) {
    counts.failed += 1;
    console.log(`  ✗ ${sentence}\n${error.message.replace(/^/gm, '      ')}`);
  }
}

/** @throws Error with what Groovy says of it */
const parse = (text) => groovy('tree.groovy', text);

const every = (calls) => calls.flatMap((call) => [call, ...every(call.inside)]);
const named = (calls, ...names) => calls.filter(({ name }) => names.includes(name));

/** What each section of a declarative pipeline may hold, as Jenkins' own validator has it. */
const sections = {
  pipeline: ['agent', 'options', 'environment', 'parameters', 'triggers', 'tools', 'libraries', 'stages', 'post'],
  stage: ['agent', 'options', 'environment', 'tools', 'input', 'when', 'steps', 'stages', 'parallel', 'post'],
  stages: ['stage'],
  post: 'always changed fixed regression aborted failure success unstable unsuccessful notBuilt cleanup'.split(
    ' ',
  ),
  when: 'beforeAgent beforeInput branch environment expression changeRequest changeset tag allOf anyOf not'.split(
    ' ',
  ),
};

/** What is wrong with the shape of a tree: [] when Jenkins would take it. */
function problems({ calls, functions }) {
  const [pipeline, ...more] = calls.filter(({ free }) => free);
  if (pipeline?.name !== 'pipeline' || more.length > 0) return ['not one pipeline { } at the top'];
  const found = [];
  const all = [pipeline, ...every(pipeline.inside)];
  for (const { name, line, inside, arguments: given } of all) {
    const may = sections[name];
    const wrong = may ? inside.filter((each) => each.name !== '=' && !may.includes(each.name)) : [];
    found.push(...wrong.map((each) => `line ${each.line}: ${each.name} in ${name}`));
    const bodies = named(inside, 'steps', 'stages', 'parallel').length;
    if (name === 'stage' && (bodies !== 1 || typeof given[0] !== 'string'))
      found.push(`line ${line}: a stage has a name and one of steps, stages, parallel`);
  }
  const top = inside(pipeline);
  for (const section of ['agent', 'stages']) if (!top.includes(section)) found.push(`pipeline has no ${section}`);
  // Declarative takes statements only in `script`.
  const known = [...steps, ...Object.keys(functions)];
  const inSteps = named(all, 'steps', 'always', 'unsuccessful', 'success', 'failure').flatMap(
    (each) => each.inside,
  );
  const called = every([...inSteps, ...Object.values(functions).flat()]).filter(({ free }) => free);
  found.push(
    ...called.filter(({ name }) => !known.includes(name)).map(({ name, line }) => `line ${line}: no step ${name}`),
  );
  return found;
}
const inside = (call) => call.inside.map(({ name }) => name);

/** The steps that our plugins bring: workflow-aggregator, kubernetes, credentials-binding. */
const steps = [
  ...['script', 'sh', 'echo', 'error', 'dir', 'writeFile', 'fileExists', 'withEnv', 'timeout'],
  ...['catchError', 'archiveArtifacts', 'stash', 'unstash', 'podTemplate', 'node', 'sleep', 'checkout'],
  ...['container', 'withCredentials', 'usernamePassword', 'string'],
];

const casc = load(
  load(readFileSync(join(root, 'dist/cluster/jenkins/ConfigMap.jenkins.yaml'), 'utf8')).data['jenkins.yaml'],
);
const { templates } = casc.jenkins.clouds[0].kubernetes;

/** The credentials that are used inside a call, in the functions too that it calls. */
function credentials(call, functions, seen = []) {
  const all = every(call.inside);
  const called = Object.keys(functions).filter((name) => !seen.includes(name) && named(all, name).length > 0);
  return [
    ...named(all, 'usernamePassword', 'string').flatMap(
      ({ arguments: given }) => given.flat()[0].credentialsId ?? [],
    ),
    ...called.flatMap((name) => credentials({ inside: functions[name] }, functions, [...seen, ...called])),
  ];
}

/** What the code of a pull request could reach: the credentials used by agents that run it. */
function exposed({ calls, functions }) {
  const agents = every(calls).filter(({ name, inside }) => name === 'stage' && named(inside, 'agent').length > 0);
  return agents
    .filter(({ inside }) =>
      ['rspec', 'review', 'preview'].includes(
        named(every(named(inside, 'agent')), 'inheritFrom')[0]?.arguments[0],
      ),
    )
    .flatMap((stage) => credentials(stage, functions));
}

let tree;
console.log('Jenkinsfile');
test('parses', () => {
  tree = parse(jenkinsfile);
});
test('that of this repository parses, and has the shape of a declarative pipeline', () =>
  same(problems(parse(readFileSync(join(root, 'Jenkinsfile'), 'utf8'))), []));
test('no agent that runs the code of a pull request is given a token of GitHub', () => {
  // A notice of main, whose code has been merged.
  same([...new Set(exposed(tree))], ['slack-token']);
  const own = readFileSync(join(root, 'Jenkinsfile'), 'utf8');
  same(exposed(parse(own)), []);
  const careless = own.replace("sh 'npm ci'", "sh 'npm ci'\n            script { comment() }");
  same(exposed(parse(careless)), ['github-comment']);
});
if (tree) {
  const all = every([...tree.calls, ...Object.values(tree.functions).flat()]);
  const stages = (call) =>
    named(call.inside, 'stage', 'stages').flatMap((each) =>
      each.name === 'stage' ? [each, ...stages(each)] : stages(each),
    );
  const order = stages(tree.calls[0]).map((stage) => stage.arguments[0]);

  test('has the shape of a declarative pipeline, and calls only steps that a plugin or the file itself has', () =>
    same(problems(tree), []));
  test('goes from Lint over Test and Build & Push to Deploy, staging before production', () =>
    same(
      order.filter((name) => !['Check', 'Prepare', 'Propose production'].includes(name)),
      [
        ...['Lint', 'Test', 'Build & Push', 'Build preview', 'Preview', 'Deploy', 'Staging', 'Production'],
        ...['Migrations of production', 'Production, migrated'],
      ],
    ));
  test('builds and deploys main only, and starts no agent before it knows', () => {
    for (const stage of stages(tree.calls[0]).filter(({ arguments: [name] }) =>
      ['Build & Push', 'Deploy'].includes(name),
    ))
      same(
        named(stage.inside, 'when')[0]?.inside.map(({ name, arguments: given }) => [name, ...given]),
        [
          ['beforeAgent', true],
          ['branch', 'main'],
        ],
      );
  });

  test('inherits from templates that Jenkins has, and steps run in containers of theirs', () => {
    const asked = [
      ...named(all, 'kubernetes').map((agent) => [
        agent.line,
        ...['inheritFrom', 'defaultContainer'].map((each) => named(agent.inside, each)[0]?.arguments[0]),
      ]),
      ...named(all, 'podTemplate').map((agent) => [
        agent.line,
        agent.arguments.flat()[0].inheritFrom,
        named(every(agent.inside), 'container')[0]?.arguments[0],
      ]),
    ];
    const bad = asked.filter(([, name, container]) => {
      const template = templates.find((each) => each.name === name);
      return !template || !load(template.yaml).spec.containers.some((each) => each.name === container);
    });
    same(
      bad.map(([line]) => `line ${line}`),
      [],
    );
    same(asked.length, 8);
  });
  test('a preview is of a pull request, by an agent that checks nothing of it out, with scripts of the branch that it goes to', () => {
    const [build, open] = stages(tree.calls[0]).filter(({ arguments: [name] }) => /preview/i.test(name));
    for (const stage of [build, open])
      same(
        named(stage.inside, 'when')[0].inside.map(({ name }) => name),
        ['beforeAgent', 'changeRequest'],
      );
    same(named(every(open.inside), 'skipDefaultCheckout').length, 1);
    same([exposed({ ...tree, calls: [build] }), named(every(build.inside), 'build').length], [[], 1]);
    const scripts = named(every(['openPreview', 'comment'].flatMap((name) => tree.functions[name])), 'sh');
    const own = scripts.flatMap(
      ({ arguments: given }) => String(given.flat()[0].script).match(/\S*ci\/\S+/g) ?? [],
    );
    same(own, ['target/ci/await-preview.mjs', 'target/ci/comment.mjs']);
    same(
      own.filter((path) => !existsSync(join(app, path.replace('target/', '')))),
      [],
    );
  });
  test('names only credentials that Jenkins has', () => {
    const ids = casc.credentials.system.domainCredentials[0].credentials.map((each) => Object.values(each)[0].id);
    const used = named(all, 'usernamePassword', 'string').map((each) => each.arguments.flat()[0].credentialsId);
    same(
      [...new Set(used)].filter((id) => !ids.includes(id)),
      [],
    );
    same(used.length > 0, true);
  });

  const scripts = named(all, 'sh').map(({ line, arguments: given }) => ({
    line,
    text: typeof given.flat()[0] === 'string' ? given.flat()[0] : given.flat()[0].script,
  }));
  test('every shell script is one', () => {
    const bad = scripts.filter(({ text }) => !run('sh', ['-n'], { input: text }).ok);
    same(
      bad.map(({ line, text }) => `line ${line}: ${run('sh', ['-n'], { input: text }).said}`),
      [],
    );
    same(scripts.length > 10, true);
  });
  for (const command of ['promote', 'rollback'])
    test(`gives npm run ${command} only options that it has`, () => {
      const help = run('node', ['commands/run.mjs', `commands/${command}.ts`, '--help']).stdout;
      const uses = scripts.filter(({ text }) => text.includes(`npm run ${command}`));
      // The options may be in a variable, which a function was given.
      const how = named(all, 'promote').flatMap(
        ({ arguments: given }) => (given[2] ?? '').match(/--[a-z-]{2,}/g) ?? [],
      );
      const flags = [
        ...uses.flatMap(({ text }) => text.match(/(?<=\s)--[a-z-]{2,}/g) ?? []),
        ...(command === 'promote' ? how : []),
      ];
      // Options of `git show`, in the same script.
      const foreign = ['--no-patch', '--format'];
      same(
        flags.filter((flag) => !foreign.includes(flag) && !help.includes(`${flag} `)),
        [],
      );
      same(uses.length > 0 && flags.includes('--push'), true);
    });

  const refused = (text) => {
    try {
      return problems(parse(text)).length > 0;
    } catch {
      return true;
    }
  };
  for (const [what, from, to] of [
    ['a missing bracket', "stage('Test') {", "stage('Test')"],
    ['a text without an end', "branch 'main'", "branch 'main"],
    ['a stage without steps', 'steps {', 'stepz {'],
    ['a section that is none', 'agent none', 'agents none'],
    ['a step that no plugin has', 'echo "pushed', 'ecco "pushed'],
  ])
    test(`would be refused with ${what}`, () => {
      same(jenkinsfile.includes(from), true);
      same(refused(jenkinsfile.replace(from, to)), true);
    });
}

testFlow(test, jenkinsfile);
testJobs(test, casc.jobs, problems);
testAdmission(
  test,
  load(readFileSync(join(root, 'dist/cluster/builds/ValidatingAdmissionPolicy.ci-build.yaml'), 'utf8')),
  templates.map(({ yaml }) => load(yaml)).find(({ metadata }) => metadata.namespace === 'ci-build'),
);

console.log(`Ruby files (${run('ruby', ['--version']).stdout.trim()})`);
const ruby = readdirSync(app, { recursive: true }).filter((file) => /\.(rb|rake)$/.test(file));
test(`all ${ruby.length} parse, without a warning`, () => {
  same(ruby.length > 15, true);
  const said = ruby.map((file) => [file, run('ruby', ['-wc', join(app, file)])]);
  same(
    said
      .filter(([, { stdout, said }]) => stdout.trim() !== 'Syntax OK' || said.trim() !== 'Syntax OK')
      .map(([file, { said }]) => `${file}: ${said}`),
    [],
  );
});

/** As Rails and Sidekiq read it: ERB, then YAML. */
function configuration(file, env = {}) {
  const program = `require 'erb'; require 'yaml'; require 'json'; require 'pathname'
    module Rails
      def self.root = Pathname(${JSON.stringify(app)})
      def self.env = Struct.new(:production?).new(true)
    end
    text = ERB.new(File.read(Rails.root.join(${JSON.stringify(file)})), trim_mode: '-').result
    puts JSON.generate(YAML.safe_load(text, permitted_classes: [Symbol], aliases: true))`;
  const { ok, stdout, said } = run('ruby', ['-e', program], { env: { PATH: process.env.PATH, ...env } });
  if (!ok) throw new Error(said);
  return JSON.parse(stdout);
}
const pooled = 'postgresql://app@127.0.0.1:6432/eren';
test('config/database.yml takes advisory locks straight at the database and not through the pool', () => {
  const locks = (url) => configuration('config/database.yml', { DATABASE_URL: url }).production.advisory_locks;
  same(
    [locks(pooled), locks('postgresql://db.example:5432/eren'), locks('postgresql://postgres@127.0.0.1/eren')],
    [false, true, true],
  );
});
test('config/database.yml has a connection for each thread, and prepared statements', () => {
  const { pool, prepared_statements, url } = configuration('config/database.yml', {
    DATABASE_URL: pooled,
    RAILS_MAX_THREADS: '3',
  }).production;
  same([pool, prepared_statements, url], [3, true, pooled]);
});
test('config/storage.yml names the bucket and no key', () => {
  const { amazon } = configuration('config/storage.yml', { UPLOADS_BUCKET: 'uploads', AWS_REGION: 'us-east-1' });
  same(amazon, { service: 'S3', bucket: 'uploads', region: 'us-east-1', public: false });
});
test('config/sidekiq.yml has queues with weights', () => {
  const { queues } = configuration('config/sidekiq.yml');
  same(
    queues.every(([name, weight]) => typeof name === 'string' && weight > 0),
    true,
  );
});

const { passed, failed } = counts;
console.log(`Tests:       ${failed ? `${failed} failed, ` : ''}${passed} passed, ${passed + failed} total`);
process.exit(failed ? 1 : 0);
