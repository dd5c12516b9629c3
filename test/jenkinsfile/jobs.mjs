import { deepStrictEqual as same } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groovy, root, run } from './java.mjs';

/**
 * What each block of a job may hold: of Job DSL's own classes (MultibranchWorkflowJob and its contexts), and below
 * `source`, `factory` and `triggers`, where Job DSL has no method of its own, the constructors and setters of the plugins.
 */
const blocks = {
  multibranchPipelineJob: ['branchSources', 'factory', 'triggers', 'orphanedItemStrategy'],
  branchSources: ['branchSource'],
  branchSource: ['source'],
  source: ['github'],
  github: ['id', 'credentialsId', 'configuredByUrl', 'repositoryUrl', 'repoOwner', 'repository', 'traits'],
  traits: ['gitHubBranchDiscovery', 'gitHubPullRequestDiscovery'],
  gitHubBranchDiscovery: ['strategyId'],
  gitHubPullRequestDiscovery: ['strategyId'],
  factory: ['workflowBranchProjectFactory'],
  workflowBranchProjectFactory: ['scriptPath'],
  triggers: ['periodicFolderTrigger', 'cron'],
  periodicFolderTrigger: ['interval'],
  orphanedItemStrategy: ['discardOldItems'],
  discardOldItems: ['daysToKeep', 'numToKeep'],
  // WorkflowJob, BuildParametersContext, WorkflowDefinitionContext and CpsContext of job-dsl-core.
  pipelineJob: ['description', 'parameters', 'properties', 'definition'],
  // PipelineTriggersJobProperty of workflow-job, and TimerTrigger of Jenkins itself.
  properties: ['pipelineTriggers'],
  pipelineTriggers: ['triggers'],
  cron: ['spec'],
  parameters: ['choiceParam', 'stringParam'],
  definition: ['cps'],
  cps: ['script', 'sandbox'],
};

/** What a constructor, a setter or a method takes; one text where nothing stands here. */
const types = {
  configuredByUrl: ['boolean'],
  strategyId: ['number'],
  daysToKeep: ['number'],
  numToKeep: ['number'],
  sandbox: ['boolean'],
  choiceParam: ['string', 'object', 'string'],
  stringParam: ['string', 'string', 'string'],
};

/** The parameters of constructors: without one of them Job DSL makes no object. */
const required = {
  github: ['configuredByUrl', 'repositoryUrl', 'repoOwner', 'repository'],
  gitHubBranchDiscovery: ['strategyId'],
  gitHubPullRequestDiscovery: ['strategyId'],
  periodicFolderTrigger: ['interval'],
  pipelineTriggers: ['triggers'],
  cron: ['spec'],
  // Without the sandbox a person would have to approve the script by hand.
  cps: ['script', 'sandbox'],
};

/** @returns what is wrong with a Job DSL script: [] when Job DSL would make one job of it */
function problems(script) {
  const { calls } = groovy('tree.groovy', script);
  if (calls.length !== 1 || !/^(multibranchP|p)ipelineJob$/.test(calls[0].name)) return ['not one job'];
  return wrong(calls[0]);
}

function wrong(block) {
  const inside = block.inside.map(({ name }) => name);
  const missing = (required[block.name] ?? []).filter((name) => !inside.includes(name));
  return [
    ...missing.map((name) => `line ${block.line}: ${block.name} without ${name}`),
    ...block.inside.flatMap((call) => {
      if (!blocks[block.name].includes(call.name)) return [`line ${call.line}: ${call.name} in ${block.name}`];
      if (blocks[call.name]) return wrong(call);
      const type = types[call.name] ?? ['string'];
      return call.inside.length === 0 && String(call.arguments.map((each) => typeof each)) === String(type)
        ? []
        : [`line ${call.line}: ${call.name} is not of ${type}`];
    }),
  ];
}

const every = (calls) => calls.flatMap((call) => [call, ...every(call.inside)]);

/**
 * The jobs of Jenkins' configuration, by the Groovy that Job DSL runs them with.
 *
 * @param shape says what is wrong with a parsed pipeline
 */
export function testJobs(test, jobs, shape) {
  console.log('Job DSL');
  const scripts = jobs.map(({ script }) => script);
  test('has a script for each of four jobs', () => same(scripts.length, 4));
  test('the pipeline of the sweep has the right shape, and its command is that of a laptop', () => {
    const [[pipeline]] = every(groovy('tree.groovy', scripts[3]).calls)
      .filter(({ name }) => name === 'script')
      .map(({ arguments: given }) => given);
    const parsed = groovy('tree.groovy', pipeline);
    same(shape(parsed), []);
    const shells = every(parsed.calls).filter(({ name }) => name === 'sh');
    same(shells.at(-1).arguments, ['./eren preview sweep --push']);
  });
  test('the pipeline of the button has the right shape, and asks only for what its command reads', () => {
    const calls = every(groovy('tree.groovy', scripts[2]).calls);
    const of = (name) => calls.filter((call) => call.name === name).map(({ arguments: given }) => given);
    const [[pipeline]] = of('script');
    const parsed = groovy('tree.groovy', pipeline);
    same(shape(parsed), []);
    const shells = every(parsed.calls).filter(({ name }) => name === 'sh');
    same(
      shells.map(({ arguments: [text] }) => [
        /git clone|npm ci|rollback/.exec(text)[0],
        run('sh', ['-n'], { input: text }).ok,
      ]),
      [
        ['git clone', true],
        ['npm ci', true],
        ['rollback', true],
      ],
    );
    // What a person types is nowhere part of a script: it is a variable.
    same(/params\.|\$\{?(TO|COMMIT|APPS|ENVIRONMENT)/.test(pipeline), false);
    const command = readFileSync(join(root, '.ci/rollback'), 'utf8');
    const read = new Set(command.match(/\b(ENVIRONMENT|APPS|TO|COMMIT)\b/g));
    const asked = [...of('choiceParam'), ...of('stringParam')].map(([name]) => name);
    same(
      asked,
      [...asked].filter((name) => read.has(name)),
    );
    same(asked.length, read.size);
  });
  for (const script of scripts) {
    const name = /^(?:multibranchP|p)ipelineJob\('([\w-]+)'\)/.exec(script)?.[1];
    test(`that of ${name} parses, and calls only what Job DSL and the plugins have`, () =>
      same(problems(script), []));
  }

  const refused = (script) => {
    try {
      return problems(script).length > 0;
    } catch {
      return true;
    }
  };
  for (const [what, from, to, of = 0] of [
    ['a missing bracket', 'factory {', 'factory'],
    ['a text without an end', "scriptPath('Jenkinsfile')", "scriptPath('Jenkinsfile)"],
    ['a method that nobody has', 'discardOldItems', 'discardOldItem'],
    ['a setting at the wrong place', 'traits {', 'trait {'],
    ['a number that is text', 'strategyId(1)', "strategyId('1')"],
    ['no address of the repository', /repositoryUrl\('[^']*'\)/, ''],
    ['two jobs', /$/, "\nmultibranchPipelineJob('more') { }"],
    ['a choice without its list', "['production', 'staging'], ", '', 2],
    ['a script that nobody approved', 'sandbox(true)', '', 2],
    ['a trigger without its time', /spec\('[^']*'\)/, '', 3],
  ])
    test(`would be refused with ${what}`, () => {
      const changed = scripts[of].replace(from, to);
      same(changed === scripts[of], false);
      same(refused(changed), true);
    });
}
