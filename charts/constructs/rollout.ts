import { ApiObject, Lazy } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import type { Construct } from 'constructs';
import {
  Rollout as Resource,
  type RolloutSpecStrategy,
  toJson_RolloutSpecStrategy,
} from '../../imports/rollout-argoproj.io';

export interface RolloutProps extends kplus.WorkloadProps {
  /** How a new version replaces the old one. */
  readonly strategy: RolloutSpecStrategy;
  /** Old ReplicaSets, each a way back; Argo Rollouts keeps ten when nothing is said. */
  readonly revisionHistoryLimit: number;
  /** The image has passed a canary before: on the way back to it the steps are skipped, because the bad one must go. */
  readonly isJudged: boolean;
  /** Seconds until a revision that is not ready is aborted. */
  readonly progressDeadlineSeconds: number;
  /** Seconds the container named first sleeps before TERM, by the kubelet itself: no shell is needed. */
  readonly preStopSeconds: number;
}

/**
 * An Argo Rollout that is a Workload: a Service selects it, an autoscaler scales it, a NetworkPolicy isolates it.
 *
 * The pod template is rendered by the Kubernetes types, not by the imported CRD's, which drop keys whose casing differs
 * and turn quantities into objects; so the object is a raw one and nothing is rendered twice.
 */
export class Rollout extends kplus.Workload implements kplus.IScalable {
  public readonly resourceType = 'rollouts';
  public hasAutoscaler = false;
  protected readonly apiObject: ApiObject;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RolloutProps,
  ) {
    super(scope, id, props);
    const spec = Lazy.any({ produce: () => this.spec() });
    this.apiObject = new ApiObject(this, 'Resource', { ...Resource.GVK, metadata: props.metadata, spec });
  }

  public markHasAutoscaler(): void {
    this.hasAutoscaler = true;
  }

  public toScalingTarget(): kplus.ScalingTarget {
    return { ...Resource.GVK, name: this.name, containers: this.containers };
  }

  private spec() {
    const steps = this.props.strategy.canary?.steps ?? [];
    return {
      revisionHistoryLimit: this.props.revisionHistoryLimit,
      // What judged each of those: one beside the steps, and one for each step that is an analysis.
      analysis: {
        successfulRunHistoryLimit:
          this.props.revisionHistoryLimit * (1 + steps.filter(({ analysis }) => analysis).length),
      },
      // Argo Rollouts 1.9.1 takes any older ReplicaSet for one that has been judged (rollout/sync.go, isRollbackWithinWindow),
      // also one that another replaced in its canary. In between there may be as many as are kept, and fewer count.
      ...(this.props.isJudged && { rollbackWindow: { revisions: this.props.revisionHistoryLimit + 1 } }),
      progressDeadlineSeconds: this.props.progressDeadlineSeconds,
      progressDeadlineAbort: true,
      selector: this._toLabelSelector(),
      strategy: toJson_RolloutSpecStrategy(this.props.strategy),
      template: { metadata: this.podMetadata.toJson(), spec: this.podSpec() },
    };
  }

  private podSpec() {
    const pod = kplus.k8s.toJson_PodSpec(this._toPodSpec()) as Record<string, any>;
    // cdk8s-plus-28 knows no `sleep`, which the kubelet has had since 1.29.
    pod.containers[0].lifecycle = { preStop: { sleep: { seconds: this.props.preStopSeconds } } };
    return pod;
  }
}
