import { appNames, apps } from '../images';
import type { Settings } from '../settings';
import { deliveryPipeline } from './delivery-pipeline';

/** What a person types or chooses; `.ci/rollback` reads each as a variable of that name. */
const parameters = {
  environment: 'ENVIRONMENT',
  apps: 'APPS',
  to: 'TO',
  commit: 'COMMIT',
} as const;

/**
 * The button: the same command as on a laptop. It has the agent and the credential of a deploy, and its script is written
 * here, so a branch cannot change what it does.
 */
export function rollbackJob({ cluster, sites }: Settings): string {
  const back = appNames.filter((app) => !('forward' in apps[app]));
  const environments = sites.map(({ environment }) => environment.name);
  const list = (words: readonly string[]) => `[${words.map((word) => `'${word}'`).join(', ')}]`;
  return `pipelineJob('rollback') {
  description('Goes back to the last image that a canary has passed, or takes back the commit of a setting.')
  parameters {
    choiceParam('${parameters.environment}', ${list(environments)}, 'where')
    choiceParam('${parameters.apps}', ${list([...back, back.join(' ')])}, 'what goes back')
    stringParam('${parameters.to}', '', 'optional: to this image, by tag or digest')
    stringParam('${parameters.commit}', '', 'instead of an image: the commit of a setting to take back')
  }
  definition {
    cps {
      script(${deliveryPipeline(cluster, { job: 'rollback', stage: 'Roll back', command: '.ci/rollback' })})
      sandbox(true)
    }
  }
}
`;
}
