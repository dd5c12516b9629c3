import { refusedOf } from './judged';

const pod = (spec: string) => `spec: { containers: [{ name: web, image: a }], ${spec} }`;
const container = (fields: string) => `spec: { containers: [{ name: web, image: a, ${fields} }] }`;
const made = (spec: string, labels = '{ a: b }', selector = '{ matchLabels: { a: b } }') =>
  `spec: { selector: ${selector}, ${spec}, template: { metadata: { labels: ${labels} }, spec: { containers: [{ name: web, image: a }] } } }`;
const rule =
  'matchConstraints: { resourceRules: [{ apiGroups: [a], apiVersions: [v1], operations: [CREATE], resources: [b] }] }';
const admission = (spec: string) => `spec: { ${rule}, ${spec} }`;
const binding = (spec: string) => `spec: { policyName: a, ${spec} }`;
const policy = (spec: string) => `spec: { podSelector: {}, ${spec} }`;
const paths = (path: string) =>
  `spec: { rules: [{ http: { paths: [{ ${path}, backend: { service: { name: a, port: { number: 80 } } } }] } }] }`;
const backend = (port: string) => `spec: { defaultBackend: { service: { name: a, port: { ${port} } } } }`;
const toleration = (fields: string) => pod(`tolerations: [{ ${fields} }]`);
const spread = (fields: string) =>
  pod(
    `topologySpreadConstraints: [{ maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, ${fields} }]`,
  );
const affinity = (term: string) =>
  pod(
    `affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: a, ${term} }] }] } } }`,
  );
const scaler = (spec: string) =>
  `spec: { scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: a }, maxReplicas: 2, ${spec} }`;
const limits = (item: string) => `spec: { limits: [{ ${item} }] }`;
const volume = 'volumes: [{ name: a, emptyDir: {} }]';
const analysis = (metric: string) =>
  `spec: { metrics: [{ name: a, provider: { web: { url: 'https://a.b' } }, ${metric} }] }`;

const [admissions, bindings] = ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'].map(
  (kind) => `admissionregistration.k8s.io/v1 ${kind}`,
) as [string, string];
const [rbac, networking, hpa] = ['rbac.authorization.k8s.io/v1', 'networking.k8s.io/v1', 'autoscaling/v2'];

test.each<[kind: string, bad: string, told: string]>([
  [admissions, admission('variables: []'), 'spec.validations is required without auditAnnotations'],
  [
    admissions,
    admission("validations: [{ expression: 'variables.a' }]"),
    'names variables.a, which is not declared before it',
  ],
  [
    admissions,
    admission("variables: [{ name: 2a, expression: 'true' }], validations: [{ expression: 'true' }]"),
    '"2a" is not a valid identifier',
  ],
  [bindings, binding('validationActions: [Deny, Deny]'), 'spec.validationActions holds an action twice'],
  [bindings, binding('validationActions: [Deny, Warn]'), 'cannot hold both Deny and Warn'],
  [
    `${rbac} ClusterRoleBinding`,
    'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: a }',
    'roleRef.kind "Role" is none of ClusterRole',
  ],
  [
    `${rbac} ClusterRoleBinding`,
    'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a }\nsubjects: [{ kind: Group, name: a, apiGroup: apps }]',
    'subjects.0.apiGroup is apps, must be rbac.authorization.k8s.io',
  ],
  [
    'Namespace',
    'metadata: { labels: { pod-security.kubernetes.io/enforce: strict } }',
    '"strict" is none of privileged, baseline, restricted',
  ],
  ['Service', 'spec: { type: ExternalName, externalName: A_b }', 'spec.externalName "A_b" must be lower-case'],
  [`${networking} Ingress`, backend('name: a, number: 80'), 'number cannot be set together with name'],
  [`${networking} Ingress`, backend(''), 'port needs a name or a number'],
  [`${networking} Ingress`, paths('path: a, pathType: Prefix'), 'path "a" must start with /'],
  [`${networking} Ingress`, paths('path: /a/../b, pathType: Prefix'), 'path /a/../b must not hold /../'],
  [
    `${networking} Ingress`,
    `metadata: { annotations: { kubernetes.io/ingress.class: a } }\nspec: { ingressClassName: b, defaultBackend: { service: { name: a, port: { number: 80 } } } }`,
    'cannot be set together with ingressClassName',
  ],
  [`${networking} Ingress`, 'spec: { ingressClassName: a }', 'spec has neither rules nor defaultBackend'],
  [
    `${networking} IngressClass`,
    'spec: { controller: a.b/c, parameters: { kind: A, name: a, namespace: b } }',
    'namespace cannot be set with scope Cluster',
  ],
  [
    `${networking} NetworkPolicy`,
    policy('policyTypes: [Ingress, Egress, Ingress]'),
    'spec.policyTypes are more than two',
  ],
  [
    `${networking} NetworkPolicy`,
    policy('ingress: [{ ports: [{ port: 80, endPort: 65536 }] }]'),
    'endPort is 65536, the most is 65535',
  ],
  [
    `${networking} NetworkPolicy`,
    policy('ingress: [{ from: [{}] }]'),
    'has none of podSelector, namespaceSelector, ipBlock; one is required',
  ],
  [
    'Pod',
    pod('initContainers: [{ name: a, image: a, livenessProbe: { exec: { command: [a] } } }]'),
    'livenessProbe can only be set for a sidecar, restartPolicy: Always',
  ],
  [
    'Pod',
    pod('hostPID: true, shareProcessNamespace: true'),
    'shareProcessNamespace cannot be set together with hostPID',
  ],
  [
    'Pod',
    container('readinessProbe: { exec: { command: [a] }, terminationGracePeriodSeconds: 5 }'),
    'cannot be set for a readiness probe',
  ],
  [
    'Pod',
    `spec: { ${volume}, containers: [{ name: web, image: a, volumeMounts: [{ name: a, mountPath: /a, mountPropagation: Bidirectional }] }] }`,
    'can be Bidirectional in a privileged container only',
  ],
  ['Pod', container("resources: { requests: { disk: '1' } }"), 'disk is not a resource of a container'],
  ['Pod', container("resources: { requests: { cpu: '-1' } }"), 'cpu is -1, the least is 0'],
  [
    'Pod',
    container("resources: { requests: { a.b/gpu: '0.5' }, limits: { a.b/gpu: '0.5' } }"),
    '0.5 is not whole',
  ],
  [
    'Pod',
    container('securityContext: { allowPrivilegeEscalation: false, capabilities: { add: [CAP_SYS_ADMIN] } }'),
    'cannot be added while allowPrivilegeEscalation is false',
  ],
  ['Pod', container('securityContext: { seccompProfile: { type: Localhost } }'), 'localhostProfile is required'],
  ['Pod', toleration('key: a, operator: Exists, value: b'), 'value cannot be set with Exists'],
  [
    'Pod',
    toleration('key: a, operator: Exists, tolerationSeconds: 5, effect: NoSchedule'),
    'effect must be NoExecute with tolerationSeconds',
  ],
  ['Pod', affinity('operator: In'), 'has no values, which In needs'],
  ['Pod', affinity("operator: Gt, values: ['1', '2']"), 'values must be one with Gt'],
  ['Pod', spread('matchLabelKeys: [a]'), 'matchLabelKeys cannot be set without labelSelector'],
  [
    'Pod',
    spread('labelSelector: { matchLabels: { a: b } }, matchLabelKeys: [a]'),
    'a is in labelSelector already',
  ],
  [
    `${hpa} HorizontalPodAutoscaler`,
    scaler(
      'metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 50 } }, pods: { metric: { name: a }, target: { type: AverageValue, averageValue: 1 } } }]',
    ),
    'pods cannot be set with type Resource',
  ],
  [
    `${hpa} HorizontalPodAutoscaler`,
    'spec: { scaleTargetRef: { apiVersion: v1, kind: Deployment, name: a }, maxReplicas: 2 }',
    '"v1" has no API group, for example apps/v1',
  ],
  [`${hpa} HorizontalPodAutoscaler`, scaler('behavior: { scaleUp: { policies: [] } }'), 'policies is empty'],
  ['ResourceQuota', "spec: { hard: { disks: '1' } }", 'disks is nothing that a quota counts'],
  ['ResourceQuota', "spec: { hard: { pods: '-1' } }", 'pods is -1, the least is 0'],
  ['ResourceQuota', "spec: { hard: { pods: '1.5' } }", 'pods is 1.5, must be whole'],
  ['LimitRange', limits("type: Container, max: { storage: '1' }"), '"storage" is not a resource of a Container'],
  ['LimitRange', limits("type: Pod, default: { cpu: '1' }"), 'default cannot be set for Pod'],
  [
    'scheduling.k8s.io/v1 PriorityClass',
    'metadata: { name: system-web }\nvalue: 1',
    'must not start with system-',
  ],
  [
    'Secret',
    'type: kubernetes.io/tls\ndata: { tls.crt: YQ== }',
    'data has no tls.key, which type kubernetes.io/tls needs',
  ],
  [
    'apps/v1 Deployment',
    made('replicas: 1', '{ a: c }'),
    'spec.selector does not select the labels of the template',
  ],
  ['apps/v1 Deployment', made('replicas: 1', '{ a: b }', '{}'), 'spec.selector is empty'],
  [
    'apps/v1 Deployment',
    made('strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } }'),
    'cannot be 0 while maxSurge is 0',
  ],
  [
    'apps/v1 StatefulSet',
    made('serviceName: a, updateStrategy: { type: OnDelete, rollingUpdate: { partition: 1 } }'),
    'rollingUpdate cannot be set with OnDelete',
  ],
  [
    'batch/v1 Job',
    'spec: { template: { spec: { containers: [{ name: web, image: a }] } } }',
    'restartPolicy is Always, must be OnFailure or Never',
  ],
  ['argoproj.io/v1alpha1 AnalysisTemplate', analysis('count: 3'), 'interval is required: count is 3'],
  [
    'argoproj.io/v1alpha1 AnalysisTemplate',
    analysis('interval: 10s, count: 1, failureLimit: 3'),
    'count is 1, the limits need 3',
  ],
  [
    'argoproj.io/v1alpha1 AnalysisTemplate',
    analysis("successCondition: 'result < {{args.most}}'"),
    '{{args.most}} is not one of its args',
  ],
  ['ConfigMap', 'data: [a]', 'must be an object'],
  ['Pod', 'spec: { containers: web }', 'must be a list'],
  ['apps/v1 Deployment', made('replicas: 1.5'), 'spec.replicas is 1.5, must be a whole number'],
  ['Secret', "data: { a: '!' }", 'data.a is not base64'],
  [
    'Pod',
    pod('volumes: [{ name: a, emptyDir: {} }, { name: a, emptyDir: {} }]'),
    '"a" is the name of another one too',
  ],
  [
    'Service',
    'spec: { ports: [{ name: a, port: 80 }, { name: a, port: 81 }] }',
    '"a" is the name of another one too',
  ],
])('a %s with %s is refused: %s', (kind, bad, message) => {
  expect(refusedOf(kind, bad).join('\n')).toContain(message);
});
