import { dump } from 'js-yaml';
import { parseTree, type Tree } from '../../review/model/tree';

/** A tree of these objects (of `v1` where they do not say it), each in a file of its namespace's environment. */
export function treeOf(...objects: readonly any[]): Tree {
  return parseTree(
    new Map(
      objects.map((object) => {
        const { kind, metadata } = object;
        return [
          `dist/${metadata.namespace ?? 'cluster'}/test/${kind}.${metadata.name}.yaml`,
          dump({ apiVersion: 'v1', ...object }),
        ];
      }),
    ),
  );
}

/** A workload of one container. */
export function workload(kind: string, name: string, spec: any, pod: any = {}): any {
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'main', resources: pod.resources, ...pod.container }], ...pod.spec },
  };
  return {
    apiVersion: kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1',
    kind,
    metadata: { name, namespace: 'production' },
    spec: kind === 'CronJob' ? { ...spec, jobTemplate: { spec: { template } } } : { ...spec, template },
  };
}

export function autoscaler(kind: string, name: string, minReplicas: number, maxReplicas: number): any {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'production' },
    spec: { minReplicas, maxReplicas, scaleTargetRef: { kind, name } },
  };
}
