import { oncePer } from '../../model/collections';
import type { Shape } from '../table';

/** A type of Kubernetes' own, which the definitions of custom kinds copy without what the API server's code checks of it. */
export interface Part {
  /** Its type in the tables. */
  readonly type: string;
  /** Fields that nothing else has together. */
  readonly marks: readonly string[];
  /** Its types are judged, and not what they ask of each other: a probe there may have no handler of its own. */
  readonly typesOnly?: true;
}

const parts: readonly Part[] = [
  { type: '#batch.v1/JobSpec', marks: ['template', 'backoffLimit', 'completions'] },
  { type: '#core.v1/PodSpec', marks: ['containers', 'initContainers', 'restartPolicy'] },
  { type: '#core.v1/PersistentVolumeClaimSpec', marks: ['accessModes', 'resources', 'storageClassName'] },
  { type: '#meta.v1/LabelSelector', marks: ['matchLabels', 'matchExpressions'] },
  { type: '#meta.v1/ObjectMeta', marks: ['labels', 'annotations'] },
  { type: '#core.v1/Affinity', marks: ['nodeAffinity', 'podAntiAffinity'] },
  { type: '#core.v1/Toleration', marks: ['effect', 'tolerationSeconds'], typesOnly: true },
  { type: '#core.v1/Probe', marks: ['httpGet', 'tcpSocket', 'periodSeconds'], typesOnly: true },
  { type: '#core.v1/ResourceRequirements', marks: ['requests', 'limits'] },
  { type: '#core.v1/PodSecurityContext', marks: ['runAsUser', 'fsGroup', 'supplementalGroups'] },
  { type: '#core.v1/SecurityContext', marks: ['runAsUser', 'allowPrivilegeEscalation', 'capabilities'] },
  { type: '#autoscaling.v2/HorizontalPodAutoscalerBehavior', marks: ['scaleUp', 'scaleDown'] },
];

/** What a shape of a custom kind copies; undefined for what is its own. */
export const partOf = oncePer((shape: Shape): Part | undefined =>
  parts.find(({ marks }) => marks.every((name) => has(shape, name))),
);

function has({ fields = {} }: Shape, name: string): boolean {
  return name in fields || `${name}!` in fields;
}
