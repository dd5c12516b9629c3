import type { KubernetesObject } from './api';
import type { Manifest } from './manifests';

/** A pod as a workload would make it, and whose it is. */
export interface PodOf extends Manifest {
  readonly owner: KubernetesObject;
}

/** One pod of every workload among some objects, named after it. */
export function podTemplates(manifests: readonly Manifest[]): PodOf[] {
  return manifests.flatMap(({ path, object: owner }) => {
    const template = owner.kind === 'CronJob' ? owner.spec.jobTemplate.spec.template : owner.spec?.template;
    // An ExternalSecret has a template too, and that of a Job in an AnalysisTemplate would be a metric's.
    if (!template?.spec?.containers) return [];
    const { name, namespace } = owner.metadata;
    const metadata = { ...template.metadata, name, namespace };
    return [{ path, owner, object: { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec } }];
  });
}
