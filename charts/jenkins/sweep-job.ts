import program from '../program.json';
import type { Settings } from '../settings';
import { deliveryPipeline } from './delivery-pipeline';

/** Closes the previews whose time is over, or whose pull request is; also at night, when nobody pushes. */
export function sweepJob({ cluster }: Settings): string {
  const github =
    "usernamePassword(credentialsId: 'application', usernameVariable: 'GITHUB_USER', passwordVariable: 'GITHUB_TOKEN')";
  const pipeline = deliveryPipeline(cluster, {
    job: 'sweep-previews',
    stage: 'Sweep',
    command: `${program.command} preview sweep --push`,
    credentials: [github],
  });
  return `pipelineJob('sweep-previews') {
  description('Closes previews whose time is over, or whose pull request is closed.')
  properties {
    pipelineTriggers {
      triggers {
        cron {
          spec('H * * * *')
        }
      }
    }
  }
  definition {
    cps {
      script(${pipeline})
      sandbox(true)
    }
  }
}
`;
}
