import type * as k8s from '@kubernetes/client-node';
import type { AnalysisTemplateSpec } from '../../imports/analysis-template-argoproj.io';
import type { AppProjectSpec } from '../../imports/app-project-argoproj.io';
import type { ApplicationSpec } from '../../imports/application-argoproj.io';
import type { ExternalSecretSpec } from '../../imports/external-secret-external-secrets.io';
import type { IngressClassParamsSpec } from '../../imports/ingress-class-params-elbv2.k8s.aws';
import type { RolloutSpec } from '../../imports/rollout-argoproj.io';
import type { ScaledObjectSpec } from '../../imports/scaled-object-keda.sh';
import type { SecretStoreSpec } from '../../imports/secret-store-external-secrets.io';
import type { TriggerAuthenticationSpec } from '../../imports/trigger-authentication-keda.sh';

/** Names that a generator has changed, as they stand in a manifest. */
type Spelled<K> = K extends 'repoUrl'
  ? 'repoURL'
  : K extends 'inboundCidRs'
    ? 'inboundCIDRs'
    : K extends `_${infer Rest}`
      ? Rest
      : K;

/** What is read of a manifest that should have this type: any field may be missing, at any depth. */
export type Loose<T> = unknown extends T
  ? unknown
  : T extends string
    ? string
    : T extends number
      ? number
      : T extends boolean
        ? boolean
        : T extends Date
          ? string
          : T extends readonly (infer Element)[]
            ? readonly Loose<Element>[]
            : T extends object
              ? keyof T extends 'value'
                ? string | number
                : string extends keyof T
                  ? Readonly<Record<string, Loose<T[keyof T]>>>
                  : { readonly [K in keyof T as Spelled<K>]?: Loose<T[K]> }
              : T;

export type PodSpec = Loose<k8s.V1PodSpec>;
export type ContainerSpec = Loose<k8s.V1Container>;

/** What every object of Kubernetes has. */
export interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    /** Who made it, where a controller did; that and the times are only on a server. */
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
}
type Of<T> = Named & Omit<Loose<T>, 'apiVersion' | 'kind' | 'metadata'>;
type Custom<Spec, Status = Conditions> = Named & { readonly spec?: Loose<Spec>; readonly status?: Status };
type WithPods<Spec, Status> = Custom<Omit<Spec, 'template'> & { template: k8s.V1PodTemplateSpec }, Status>;

/** What a controller says of an object; most write it in this form. */
export interface Condition {
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface Conditions {
  readonly conditions?: readonly Condition[];
}

/** What the controller of Rollouts says of one, as far as it is read here. */
interface RolloutStatus extends Conditions {
  readonly phase?: string;
  readonly message?: string;
  readonly abort?: boolean;
  readonly currentStepIndex?: number;
  readonly pauseConditions?: readonly { readonly reason?: string }[];
  readonly canary?: { readonly weights?: { readonly canary?: { readonly weight?: number } } };
}

interface Health {
  readonly status?: string;
  readonly message?: string;
}

/** What Argo CD says of an Application, as far as it is read here. */
interface ApplicationStatus extends Conditions {
  readonly sync?: { readonly status?: string };
  readonly health?: Health;
  readonly operationState?: { readonly phase?: string; readonly message?: string };
  readonly resources?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly status?: string;
    readonly health?: Health;
  }[];
}

/** The kinds whose fields are known here; the types are those of the libraries that the charts are written with. */
export interface Kinds {
  Deployment: Of<k8s.V1Deployment>;
  StatefulSet: Of<k8s.V1StatefulSet>;
  DaemonSet: Of<k8s.V1DaemonSet>;
  ReplicaSet: Of<k8s.V1ReplicaSet>;
  Job: Of<k8s.V1Job>;
  CronJob: Of<k8s.V1CronJob>;
  Pod: Of<k8s.V1Pod>;
  Service: Of<k8s.V1Service>;
  ServiceAccount: Of<k8s.V1ServiceAccount>;
  Secret: Of<k8s.V1Secret>;
  ConfigMap: Of<k8s.V1ConfigMap>;
  Namespace: Of<k8s.V1Namespace>;
  LimitRange: Of<k8s.V1LimitRange>;
  ResourceQuota: Of<k8s.V1ResourceQuota>;
  PersistentVolumeClaim: Of<k8s.V1PersistentVolumeClaim>;
  PersistentVolume: Of<k8s.V1PersistentVolume>;
  Ingress: Of<k8s.V1Ingress>;
  IngressClass: Of<k8s.V1IngressClass>;
  NetworkPolicy: Of<k8s.V1NetworkPolicy>;
  PodDisruptionBudget: Of<k8s.V1PodDisruptionBudget>;
  HorizontalPodAutoscaler: Of<k8s.V2HorizontalPodAutoscaler>;
  PriorityClass: Of<k8s.V1PriorityClass>;
  StorageClass: Of<k8s.V1StorageClass>;
  Role: Of<k8s.V1Role>;
  ClusterRole: Of<k8s.V1ClusterRole>;
  RoleBinding: Of<k8s.V1RoleBinding>;
  ClusterRoleBinding: Of<k8s.V1ClusterRoleBinding>;
  Node: Of<k8s.V1Node>;
  ValidatingWebhookConfiguration: Of<k8s.V1ValidatingWebhookConfiguration>;
  MutatingWebhookConfiguration: Of<k8s.V1MutatingWebhookConfiguration>;
  CustomResourceDefinition: Of<k8s.V1CustomResourceDefinition>;
  Rollout: WithPods<RolloutSpec, RolloutStatus>;
  AnalysisTemplate: Custom<AnalysisTemplateSpec>;
  ClusterAnalysisTemplate: Custom<AnalysisTemplateSpec>;
  Application: Custom<ApplicationSpec, ApplicationStatus>;
  AppProject: Custom<AppProjectSpec>;
  ExternalSecret: Custom<ExternalSecretSpec>;
  SecretStore: Custom<SecretStoreSpec>;
  IngressClassParams: Custom<IngressClassParamsSpec>;
  ScaledObject: Custom<ScaledObjectSpec>;
  TriggerAuthentication: Custom<TriggerAuthenticationSpec>;
  Certificate: Named & { readonly spec?: { readonly secretName?: string } };
  DatadogGenericResource: Named & { readonly spec?: { readonly type?: string; readonly jsonSpec?: string } };
}
