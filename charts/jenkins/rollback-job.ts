import { appNames, apps } from '../images';
import type { Settings } from '../settings';

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
      script(${text(pipeline(cluster.delivery.repository, cluster.hosts.jenkins))})
      sandbox(true)
    }
  }
}
`;
}

function pipeline(repository: string, host: string): string {
  return `pipeline {
  agent {
    kubernetes {
      inheritFrom 'deploy'
      defaultContainer 'node'
    }
  }
  options {
    timeout(time: 20, unit: 'MINUTES')
    disableConcurrentBuilds()
  }
  environment {
    DELIVERY = '${repository}'
    GIT_AUTHOR_NAME = "Jenkins, rollback \${env.BUILD_NUMBER}"
    GIT_AUTHOR_EMAIL = 'jenkins@${host}'
    GIT_COMMITTER_NAME = "Jenkins, rollback \${env.BUILD_NUMBER}"
    GIT_COMMITTER_EMAIL = 'jenkins@${host}'
  }
  stages {
    stage('Roll back') {
      steps {
        withCredentials([usernamePassword(credentialsId: 'delivery', usernameVariable: 'DELIVERY_USER', passwordVariable: 'DELIVERY_TOKEN')]) {
          sh '''
            git clone --quiet "$DELIVERY" delivery --config \\
              credential.helper='!f() { echo "username=x-access-token"; echo "password=$DELIVERY_TOKEN"; }; f'
          '''
        }
        dir('delivery') {
          sh 'npm ci --no-audit --no-fund'
          withCredentials([usernamePassword(credentialsId: 'delivery', usernameVariable: 'DELIVERY_USER', passwordVariable: 'DELIVERY_TOKEN')]) {
            sh '.ci/rollback'
          }
        }
      }
    }
  }
}
`;
}

/** A string of Groovy over several lines, in which nothing but a backslash and its own end means anything. */
function text(value: string): string {
  return `'''${value.replaceAll('\\', '\\\\').replaceAll("'''", "\\'\\'\\'")}'''`;
}
