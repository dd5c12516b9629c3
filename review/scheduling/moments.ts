import type { Replicas } from '../model/scaling';
import type { PodSet } from './workloads';

/** A moment that the nodes must hold. */
export interface Moment {
  readonly name: string;
  /** How many pods a set has in it. */
  readonly pods: (set: PodSet) => number;
  /** The nodes that are there: the least of each group, or as many as the autoscaler may add. */
  readonly nodes: 'min' | 'max';
  /**
   * Each group that has more than one node has lost one. Pods below every PriorityClass that matters, which is 0 and less
   * (staging, builds), may wait for the next one.
   */
  readonly nodeLost: boolean;
}

/**
 * At rest; all autoscalers at their maximum; and then each environment's release, well and badly ended. Environments are
 * released one after another, as the pipeline does it.
 */
export function momentsOf(sets: readonly PodSet[]): Moment[] {
  const released = [
    ...new Set(sets.filter(({ kind }) => kind === 'Rollout').map(({ environment }) => environment)),
  ];
  const during = (which: 'release' | 'abort', environment: string) => (set: PodSet) =>
    set.replicas[set.environment === environment || set.kind === 'Job' ? which : 'maximum'];
  const whole = (name: string, pods: Moment['pods']): Moment => ({ name, pods, nodes: 'max', nodeLost: false });
  const at = (which: keyof Replicas) => (set: PodSet) => set.replicas[which];
  return [
    { name: 'at rest', pods: at('rest'), nodes: 'min', nodeLost: false },
    { name: 'at rest, a node lost', pods: at('rest'), nodes: 'min', nodeLost: true },
    whole('at HPA maximum', at('maximum')),
    ...released.flatMap((environment) => [
      whole(`canary of ${environment} at HPA maximum`, during('release', environment)),
      whole(`abort of ${environment} at HPA maximum`, during('abort', environment)),
    ]),
    ...released.slice(0, 1).map((environment) => ({
      name: `canary of ${environment} at HPA maximum, a node lost`,
      pods: during('release', environment),
      nodes: 'max' as const,
      nodeLost: true,
    })),
  ];
}
