import type { Cluster } from '../environments/environment';

/** What a job does in a clone of this repository, with the right to push to it. */
interface DeliveryJob {
  /** Its name, which its commits have too. */
  readonly job: string;
  readonly stage: string;
  /** Run at the root of the clone. */
  readonly command: string;
  /** Credentials beside, as the pipeline names them. */
  readonly credentials?: readonly string[];
}

/** The pipeline as a string of Groovy: the agent and the credential of a deploy, and a script that no branch can change. */
export function deliveryPipeline(
  { delivery, hosts }: Cluster,
  { job, stage, command, credentials = [] }: DeliveryJob,
): string {
  const { repository } = delivery;
  const push =
    "usernamePassword(credentialsId: 'delivery', usernameVariable: 'DELIVERY_USER', passwordVariable: 'DELIVERY_TOKEN')";
  const all = [push, ...credentials].join(', ');
  return text(`pipeline {
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
    GIT_AUTHOR_NAME = "Jenkins, ${job} \${env.BUILD_NUMBER}"
    GIT_AUTHOR_EMAIL = 'jenkins@${hosts.jenkins}'
    GIT_COMMITTER_NAME = "Jenkins, ${job} \${env.BUILD_NUMBER}"
    GIT_COMMITTER_EMAIL = 'jenkins@${hosts.jenkins}'
  }
  stages {
    stage('${stage}') {
      steps {
        withCredentials([${push}]) {
          sh '''
            git clone --quiet "$DELIVERY" delivery --config \\
              credential.helper='!f() { echo "username=x-access-token"; echo "password=$DELIVERY_TOKEN"; }; f'
          '''
        }
        dir('delivery') {
          sh 'npm ci --no-audit --no-fund'
          withCredentials([${all}]) {
            sh '${command}'
          }
        }
      }
    }
  }
}
`);
}

/** A string of Groovy over several lines, in which nothing but a backslash and its own end means anything. */
function text(value: string): string {
  return `'''${value.replaceAll('\\', '\\\\').replaceAll("'''", "\\'\\'\\'")}'''`;
}
