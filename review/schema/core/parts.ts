import type { Shape } from '../table';
import { annotations, labels, selector } from './labels';
import { placement } from './placement';
import { podSpec } from './pod';
import { resources } from './resources';
import type { Path, Say } from './say';
import { behavior } from './scaling';
import { podSecurityContext, securityContext } from './security-context';
import { claimSpec } from './storage';
import { jobSpec } from './workloads';

/** A type of Kubernetes' own, which the definitions of custom kinds copy without what the API server's code checks of it. */
export interface Part {
  /** Its type in the tables. */
  readonly type: string;
  /** Fields that nothing else has together. */
  readonly marks: readonly string[];
  readonly judge?: (value: any, at: Path, say: Say) => void;
}

const parts: readonly Part[] = [
  { type: '#batch.v1/JobSpec', marks: ['template', 'backoffLimit', 'completions'], judge: jobSpec },
  {
    type: '#core.v1/PodSpec',
    marks: ['containers', 'initContainers', 'restartPolicy'],
    judge: (spec, at, say) => podSpec(spec, at, say, ['Always', 'OnFailure', 'Never']),
  },
  {
    type: '#core.v1/PersistentVolumeClaimSpec',
    marks: ['accessModes', 'resources', 'storageClassName'],
    judge: claimSpec,
  },
  { type: '#meta.v1/LabelSelector', marks: ['matchLabels', 'matchExpressions'], judge: selector },
  {
    type: '#meta.v1/ObjectMeta',
    marks: ['labels', 'annotations'],
    judge: (of, at, say) => {
      labels(of.labels, [...at, 'labels'], say);
      annotations(of.annotations, [...at, 'annotations'], say);
    },
  },
  {
    type: '#core.v1/Affinity',
    marks: ['nodeAffinity', 'podAntiAffinity'],
    judge: (affinity, at, say) => placement({ affinity }, at.slice(0, -1), say),
  },
  { type: '#core.v1/Toleration', marks: ['effect', 'tolerationSeconds'] },
  { type: '#core.v1/Probe', marks: ['httpGet', 'tcpSocket', 'periodSeconds'] },
  { type: '#core.v1/ResourceRequirements', marks: ['requests', 'limits'], judge: resources },
  {
    type: '#core.v1/PodSecurityContext',
    marks: ['runAsUser', 'fsGroup', 'supplementalGroups'],
    judge: podSecurityContext,
  },
  {
    type: '#core.v1/SecurityContext',
    marks: ['runAsUser', 'allowPrivilegeEscalation', 'capabilities'],
    judge: securityContext,
  },
  {
    type: '#autoscaling.v2/HorizontalPodAutoscalerBehavior',
    marks: ['scaleUp', 'scaleDown'],
    judge: (of, at, say) => {
      for (const way of ['scaleUp', 'scaleDown']) behavior(of[way], [...at, way], say);
    },
  },
];
const known = new WeakMap<Shape, Part | false>();

/** What a shape of a custom kind copies; undefined for what is its own. */
export function partOf(shape: Shape): Part | undefined {
  const found = known.get(shape) ?? parts.find(({ marks }) => marks.every((name) => has(shape, name))) ?? false;
  known.set(shape, found);
  return found || undefined;
}

function has({ fields = {} }: Shape, name: string): boolean {
  return name in fields || `${name}!` in fields;
}
