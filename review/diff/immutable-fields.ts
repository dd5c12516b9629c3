import { listOf } from '../model/pods';

/** Fields of a kind that an update may not change. */
export interface Immutable {
  readonly fields: readonly string[];
  /** Fields below those that may. */
  readonly except?: readonly string[];
  /** Where the API server lets a change pass after all. */
  readonly unless?: (before: any, after: any, field: string) => boolean;
  readonly fix: string;
}

const recreate = 'delete it and let Argo CD create it (a short gap), or give it a new name';
const newName = 'give the new one a new name, and move to it what refers to the old one';

const schedulable = ['nodeSelector', 'affinity.nodeAffinity', 'tolerations', 'schedulingGates'].map(
  (field) => `spec.template.spec.${field}`,
);
const described = ['spec.template.metadata.labels', 'spec.template.metadata.annotations'];

/** Validation and strategy code of Kubernetes 1.34; `<group>/<Kind>`, the core group is empty. */
export const immutableFields: Readonly<Record<string, readonly Immutable[]>> = {
  'apps/Deployment': selector(),
  'apps/ReplicaSet': selector(),
  'apps/DaemonSet': selector(),
  'apps/StatefulSet': [
    {
      fields: ['spec'],
      except: [
        'spec.replicas',
        'spec.ordinals',
        'spec.template',
        'spec.updateStrategy',
        'spec.revisionHistoryLimit',
        'spec.persistentVolumeClaimRetentionPolicy',
        'spec.minReadySeconds',
      ],
      fix: 'kubectl delete statefulset NAME --cascade=orphan, then sync: the pods stay; grow claims by hand first',
    },
  ],
  'batch/Job': [
    {
      fields: [
        'spec.selector',
        'spec.template',
        'spec.completionMode',
        'spec.podFailurePolicy',
        'spec.successPolicy',
        'spec.backoffLimitPerIndex',
        'spec.managedBy',
        'spec.completions',
      ],
      unless: (before, after, field) =>
        // An Indexed Job may be resized, a Job that never started may be placed elsewhere.
        (field === 'spec.completions' &&
          after.spec.completionMode === 'Indexed' &&
          after.spec.completions === after.spec.parallelism) ||
        (before.spec.suspend === true && [...schedulable, ...described].some((each) => field.startsWith(each))),
      fix: 'make it a hook with hook-delete-policy BeforeHookCreation, or put a hash of its content into its name',
    },
  ],
  '/Pod': [
    {
      fields: ['spec'],
      except: [
        'spec.containers[].image',
        'spec.initContainers[].image',
        'spec.activeDeadlineSeconds',
        'spec.tolerations',
        'spec.schedulingGates',
      ],
      unless: (before, after, field) =>
        field === 'spec.terminationGracePeriodSeconds' &&
        before.spec.terminationGracePeriodSeconds < 0 &&
        after.spec.terminationGracePeriodSeconds === 1,
      fix: recreate,
    },
    {
      fields: ['spec.activeDeadlineSeconds'],
      unless: (before, after) => !(after.spec.activeDeadlineSeconds > before.spec.activeDeadlineSeconds),
      fix: recreate,
    },
    {
      // Tolerations may only be added, gates only removed.
      fields: ['spec.tolerations', 'spec.schedulingGates'],
      unless: (before, after, field) => {
        const list = field.startsWith('spec.tolerations') ? 'tolerations' : 'schedulingGates';
        const texts = (object: any) => listOf(object.spec[list]).map((each) => JSON.stringify(each));
        const [smaller, larger] = list === 'tolerations' ? [before, after] : [after, before];
        return texts(smaller).every((each) => texts(larger).includes(each));
      },
      fix: recreate,
    },
  ],
  '/Service': [
    {
      fields: ['spec.clusterIP', 'spec.clusterIPs', 'spec.ipFamilies'],
      unless: (before, after, field) =>
        [before, after].some(({ spec }) => spec.type === 'ExternalName') ||
        (field.startsWith('spec.ipFamilies') && before.spec.ipFamilies?.[0] === after.spec.ipFamilies?.[0]),
      fix: 'delete the Service and let Argo CD create it: its name does not resolve in between',
    },
    {
      fields: ['spec.healthCheckNodePort'],
      unless: (before, after) =>
        ![before, after].every(
          ({ spec }) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local',
        ),
      fix: recreate,
    },
    {
      fields: ['spec.loadBalancerClass'],
      unless: (before, after) => ![before, after].every(({ spec }) => spec.type === 'LoadBalancer'),
      fix: 'change the type to ClusterIP first, or give it a new name: the load balancer is another one either way',
    },
  ],
  '/PersistentVolumeClaim': [
    {
      fields: ['spec'],
      except: ['spec.resources.requests.storage', 'spec.volumeAttributesClassName'],
      unless: (before, _, field) =>
        ['spec.storageClassName', 'spec.volumeName'].includes(field) &&
        field.split('.').reduce((v, k) => v?.[k], before) === undefined,
      fix: 'make a new claim, copy the data to it, and move the pods over; recreating this one loses its data',
    },
  ],
  '/PersistentVolume': [
    {
      fields: ['spec'],
      except: [
        'spec.capacity',
        'spec.accessModes',
        'spec.persistentVolumeReclaimPolicy',
        'spec.storageClassName',
        'spec.mountOptions',
        'spec.claimRef',
        'spec.volumeAttributesClassName',
      ],
      unless: (before, _, field) =>
        field.startsWith('spec.nodeAffinity') && before.spec.nodeAffinity === undefined,
      fix: 'make a new PersistentVolume with another name',
    },
  ],
  '/Secret': [{ fields: ['type'], fix: newName }, ...frozen(['data', 'stringData'])],
  '/ConfigMap': frozen(['data', 'binaryData']),
  'rbac.authorization.k8s.io/RoleBinding': [binding()],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [binding()],
  'storage.k8s.io/StorageClass': [
    {
      fields: ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'],
      fix: 'make a class with a new name; claims keep the one they were made with',
    },
  ],
  'storage.k8s.io/VolumeAttributesClass': [{ fields: ['driverName', 'parameters'], fix: newName }],
  'storage.k8s.io/CSIDriver': [{ fields: ['spec.attachRequired', 'spec.volumeLifecycleModes'], fix: recreate }],
  'node.k8s.io/RuntimeClass': [{ fields: ['handler'], fix: newName }],
  'scheduling.k8s.io/PriorityClass': [{ fields: ['value', 'preemptionPolicy'], fix: newName }],
  'networking.k8s.io/IngressClass': [{ fields: ['spec.controller'], fix: newName }],
  'gateway.networking.k8s.io/GatewayClass': [{ fields: ['spec.controllerName'], fix: newName }],
  '/ResourceQuota': [{ fields: ['spec.scopes'], fix: newName }],
  'apiextensions.k8s.io/CustomResourceDefinition': [
    {
      fields: ['spec.group', 'spec.names.plural', 'spec.scope', 'spec.names.kind'],
      fix: 'make a second definition and move the objects over; deleting this one deletes every object of the kind',
    },
  ],
  'apps/ControllerRevision': [{ fields: ['data'], fix: newName }],
};

function selector(): Immutable[] {
  return [
    {
      fields: ['spec.selector'],
      fix: 'give the workload a new name and move the Service over, or sync with Force=true,Replace=true and a gap',
    },
  ];
}

function frozen(fields: readonly string[]): Immutable[] {
  return [
    {
      fields: [...fields, 'immutable'],
      unless: (before) => before.immutable !== true,
      fix: 'put a hash of the content into the name, so that another content is another object',
    },
  ];
}

function binding(): Immutable {
  return {
    fields: ['roleRef'],
    fix: 'delete the binding and let Argo CD create it (a short loss of access), or give it a new name',
  };
}
