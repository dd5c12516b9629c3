import { deepStrictEqual as same } from 'node:assert';
import { groovy } from './java.mjs';

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
  triggers: ['periodicFolderTrigger'],
  periodicFolderTrigger: ['interval'],
  orphanedItemStrategy: ['discardOldItems'],
  discardOldItems: ['daysToKeep', 'numToKeep'],
};

/** What the constructor or setter of a value takes. */
const types = { configuredByUrl: 'boolean', strategyId: 'number', daysToKeep: 'number', numToKeep: 'number' };

/** The parameters of constructors: without one of them Job DSL makes no object. */
const required = {
  github: ['configuredByUrl', 'repositoryUrl', 'repoOwner', 'repository'],
  gitHubBranchDiscovery: ['strategyId'],
  gitHubPullRequestDiscovery: ['strategyId'],
  periodicFolderTrigger: ['interval'],
};

/** @returns what is wrong with a Job DSL script: [] when Job DSL would make one job of it */
function problems(script) {
  const { calls } = groovy('tree.groovy', script);
  if (calls.length !== 1 || calls[0].name !== 'multibranchPipelineJob') return ['not one multibranchPipelineJob'];
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
      const [value, ...more] = call.arguments;
      const type = types[call.name] ?? 'string';
      return more.length === 0 && call.inside.length === 0 && typeof value === type
        ? []
        : [`line ${call.line}: ${call.name} is not a ${type}`];
    }),
  ];
}

/** The jobs of Jenkins' configuration, by the Groovy that Job DSL runs them with. */
export function testJobs(test, jobs) {
  console.log('Job DSL');
  const scripts = jobs.map(({ script }) => script);
  test('has a script for each of two jobs', () => same(scripts.length, 2));
  for (const script of scripts) {
    const name = /^multibranchPipelineJob\('([\w-]+)'\)/.exec(script)?.[1];
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
  for (const [what, from, to] of [
    ['a missing bracket', 'factory {', 'factory'],
    ['a text without an end', "scriptPath('Jenkinsfile')", "scriptPath('Jenkinsfile)"],
    ['a method that nobody has', 'discardOldItems', 'discardOldItem'],
    ['a setting at the wrong place', 'traits {', 'trait {'],
    ['a number that is text', 'strategyId(1)', "strategyId('1')"],
    ['no address of the repository', /repositoryUrl\('[^']*'\)/, ''],
    ['two jobs', /$/, "\nmultibranchPipelineJob('more') { }"],
  ])
    test(`would be refused with ${what}`, () => {
      const changed = scripts[0].replace(from, to);
      same(changed === scripts[0], false);
      same(refused(changed), true);
    });
}
