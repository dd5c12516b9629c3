import { refusedOf } from './judged';

const pod = (spec: string) =>
  `spec: { containers: [{ name: web, image: a, ports: [{ containerPort: 80 }] }], ${spec} }`;
const container = (fields: string) => `spec: { containers: [{ name: web, image: a, ${fields} }] }`;
const workload = (spec: string, restart = 'Always') =>
  `spec: { selector: { matchLabels: { a: b } }, ${spec}, template: { metadata: { labels: { a: b } }, spec: { restartPolicy: ${restart}, containers: [{ name: web, image: a }] } } }`;
const job = (spec: string) =>
  `spec: { ${spec}, template: { spec: { restartPolicy: OnFailure, containers: [{ name: web, image: a }] } } }`;
const service = (spec: string) => `spec: { ${spec} }`;
const policy = (peer: string) => `spec: { podSelector: {}, ingress: [{ ${peer} }] }`;

test.each<[kind: string, good: string, bad: string, told: string]>([
  ['Service', service('ports: [{ port: 80 }]'), service('ports: []'), 'spec.ports is required'],
  [
    'Service',
    service('clusterIP: None'),
    service('clusterIP: here, ports: [{ port: 80 }]'),
    'spec.clusterIP here is neither',
  ],
  [
    'Service',
    service('type: NodePort, ports: [{ port: 80, nodePort: 30000 }]'),
    service('type: NodePort, ports: [{ port: 80, nodePort: 29999 }]'),
    'nodePort 29999 must be',
  ],
  [
    'Service',
    service('type: NodePort, ports: [{ port: 80, nodePort: 32767 }]'),
    service('ports: [{ port: 80, nodePort: 30000 }]'),
    'nodePort can only be set with NodePort or LoadBalancer',
  ],
  [
    'Service',
    service('type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.0/8], ports: [{ port: 80 }]'),
    service('type: NodePort, loadBalancerSourceRanges: [10.0.0.0/8], ports: [{ port: 80 }]'),
    'loadBalancerSourceRanges can only be set with LoadBalancer',
  ],
  [
    'Service',
    service(
      'sessionAffinity: ClientIP, sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } }, ports: [{ port: 80 }]',
    ),
    service('sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } }, ports: [{ port: 80 }]'),
    'sessionAffinityConfig can only be set with ClientIP',
  ],
  [
    'Service',
    service('ports: [{ name: a, port: 80 }, { name: b, port: 81 }]'),
    service('ports: [{ name: a, port: 80 }, { port: 81 }]'),
    'spec.ports.1.name is required where there is more than one port',
  ],
  [
    'networking.k8s.io/v1 NetworkPolicy',
    policy('ports: [{ port: 80, endPort: 80 }]'),
    policy('ports: [{ port: 80, endPort: 79 }]'),
    'endPort is 79, must not be below port, 80',
  ],
  [
    'networking.k8s.io/v1 NetworkPolicy',
    policy('ports: [{ port: 80, endPort: 65535 }]'),
    policy('ports: [{ port: web, endPort: 81 }]'),
    'endPort needs a port that is a number',
  ],
  [
    'networking.k8s.io/v1 NetworkPolicy',
    policy('from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.1.0.0/16] } }]'),
    policy('from: [{ ipBlock: { cidr: 10.0.0.0/8, except: [10.0.0.0/8] } }]'),
    'except.0 10.0.0.0/8 is not inside 10.0.0.0/8',
  ],
  [
    'networking.k8s.io/v1 NetworkPolicy',
    policy('from: [{ podSelector: {}, namespaceSelector: {} }]'),
    policy('from: [{ podSelector: {}, ipBlock: { cidr: 10.0.0.0/8 } }]'),
    'ipBlock cannot be set together with podSelector',
  ],
  [
    'apps/v1 Deployment',
    workload('strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } }'),
    workload('strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0% } }'),
    'maxUnavailable cannot be 0 while maxSurge is 0',
  ],
  [
    'apps/v1 Deployment',
    workload('minReadySeconds: 599'),
    workload('minReadySeconds: 600'),
    'progressDeadlineSeconds is 600, must be greater than minReadySeconds, 600',
  ],
  [
    'apps/v1 Deployment',
    workload('strategy: { type: Recreate }'),
    workload('strategy: { type: Recreate, rollingUpdate: { maxSurge: 1 } }'),
    'rollingUpdate cannot be set with Recreate',
  ],
  [
    'apps/v1 Deployment',
    workload('replicas: 0'),
    workload('replicas: 1', 'Never'),
    'restartPolicy is Never, must be Always',
  ],
  [
    'apps/v1 DaemonSet',
    workload('updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }'),
    workload('updateStrategy: { rollingUpdate: { maxSurge: 1 } }'),
    'maxSurge cannot be set while maxUnavailable is not 0',
  ],
  [
    'batch/v1 Job',
    job('completionMode: Indexed, completions: 2'),
    job('completionMode: Indexed'),
    'spec.completions is required',
  ],
  ['batch/v1 Job', job('backoffLimit: 0'), job('podFailurePolicy: { rules: [] }'), 'needs restartPolicy: Never'],
  [
    'Pod',
    pod('hostNetwork: false'),
    `spec: { hostNetwork: true, containers: [{ name: web, image: a, ports: [{ containerPort: 80, hostPort: 81 }] }] }`,
    'hostPort is 81, with hostNetwork it must be containerPort, 80',
  ],
  [
    'Pod',
    pod(
      'initContainers: [{ name: a, image: a, restartPolicy: Always, startupProbe: { tcpSocket: { port: 1 } } }]',
    ),
    pod('initContainers: [{ name: a, image: a, startupProbe: { tcpSocket: { port: 1 } } }]'),
    'startupProbe can only be set for a sidecar',
  ],
  [
    'Pod',
    pod('initContainers: [{ name: a, image: a }]'),
    pod('initContainers: [{ name: web, image: a }]'),
    '"web" is the name of another one too',
  ],
  [
    'Pod',
    pod('tolerations: [{ operator: Exists }]'),
    pod('tolerations: [{ value: a }]'),
    'tolerations.0.operator must be Exists where no key is given',
  ],
  [
    'Pod',
    pod(
      'topologySpreadConstraints: [{ maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, minDomains: 2 }]',
    ),
    pod(
      'topologySpreadConstraints: [{ maxSkew: 1, topologyKey: a, whenUnsatisfiable: ScheduleAnyway, minDomains: 2 }]',
    ),
    'minDomains can only be set with DoNotSchedule',
  ],
  [
    'Pod',
    pod('volumes: [{ name: a, emptyDir: {} }]'),
    pod('volumes: [{ name: a, emptyDir: {}, hostPath: { path: /a } }]'),
    'hostPath cannot be set together with emptyDir',
  ],
  [
    'Pod',
    container('env: [{ name: A, value: a }]'),
    container('volumeMounts: [{ name: a, mountPath: /a }]'),
    'a is not a volume of the pod',
  ],
  [
    'Pod',
    container('env: [{ name: A, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]'),
    container('env: [{ name: A, value: a, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]'),
    'valueFrom cannot be set together with value',
  ],
  [
    'Pod',
    container('resources: { requests: { cpu: 1 }, limits: { cpu: 1 } }'),
    container('resources: { requests: { cpu: 1001m }, limits: { cpu: 1 } }'),
    'cpu 1001m is more than the limit, 1',
  ],
  [
    'Pod',
    container('lifecycle: { preStop: { sleep: { seconds: 30 } } }'),
    container('lifecycle: { preStop: { sleep: { seconds: 31 } } }'),
    'seconds is 31, must be between 0 and terminationGracePeriodSeconds, 30',
  ],
  [
    'Pod',
    container('readinessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 }'),
    container('livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 }'),
    'successThreshold is 2, must be 1',
  ],
  [
    'Pod',
    container('securityContext: { allowPrivilegeEscalation: true, privileged: true }'),
    container('securityContext: { allowPrivilegeEscalation: false, privileged: true }'),
    'privileged cannot be true while allowPrivilegeEscalation is false',
  ],
  [
    'Pod',
    container('securityContext: { seccompProfile: { type: Localhost, localhostProfile: a } }'),
    container('securityContext: { seccompProfile: { type: RuntimeDefault, localhostProfile: a } }'),
    'localhostProfile can only be set with Localhost',
  ],
  [
    'Pod',
    container('securityContext: { seccompProfile: { type: RuntimeDefault } }'),
    container('securityContext: { seccompProfile: { type: Localhost } }'),
    'localhostProfile is required',
  ],
  [
    'PersistentVolumeClaim',
    'spec: { accessModes: [ReadWriteOncePod], resources: { requests: { storage: 1Gi } } }',
    'spec: { accessModes: [ReadWriteOncePod, ReadWriteOnce], resources: { requests: { storage: 1Gi } } }',
    'accessModes cannot hold ReadWriteOncePod beside others',
  ],
  [
    'Secret',
    'type: kubernetes.io/tls\ndata: { tls.crt: "", tls.key: "" }',
    'type: kubernetes.io/tls\ndata: { tls.crt: "" }',
    'data has no tls.key',
  ],
  ['ConfigMap', 'data: { a: b }', 'data: { a: b }\nbinaryData: { a: "" }', 'binaryData.a is in data too'],
  [
    'LimitRange',
    'spec: { limits: [{ type: Container, min: { cpu: 1 }, max: { cpu: 1 } }] }',
    'spec: { limits: [{ type: Container, min: { cpu: 2 }, max: { cpu: 1 } }] }',
    'min.cpu is 2, more than max, 1',
  ],
  [
    'autoscaling/v2 HorizontalPodAutoscaler',
    'spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: a }, minReplicas: 2, maxReplicas: 2 }',
    'spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: a }, minReplicas: 3, maxReplicas: 2 }',
    'maxReplicas is 2, less than minReplicas, 3',
  ],
  [
    'rbac.authorization.k8s.io/v1 ClusterRole',
    'rules: [{ verbs: [get], nonResourceURLs: [/healthz] }]',
    'rules: [{ verbs: [get], nonResourceURLs: [/healthz], apiGroups: [""], resources: [pods] }]',
    'nonResourceURLs cannot be set together with resources',
  ],
  [
    'rbac.authorization.k8s.io/v1 Role',
    'rules: [{ verbs: [get], apiGroups: [""], resources: [pods] }]',
    'rules: [{ verbs: [get], nonResourceURLs: [/healthz] }]',
    'nonResourceURLs can only be in a ClusterRole',
  ],
  [
    'networking.k8s.io/v1 Ingress',
    'spec: { rules: [{ http: { paths: [{ path: /a, pathType: Prefix, backend: { service: { name: a, port: { number: 80 } } } }] } }] }',
    'spec: { rules: [{ http: { paths: [{ path: /a/../b, pathType: Prefix, backend: { service: { name: a, port: { number: 80 } } } }] } }] }',
    'path /a/../b must not hold /../',
  ],
])('%s: what is right passes, and what is wrong beside it is refused: %#', (kind, good, bad, expected) => {
  expect(refusedOf(kind, good)).toEqual([]);
  expect(refusedOf(kind, bad).join('\n')).toContain(expected);
});
