import { loadBalanced } from '../../charts/environments/load-balanced';
import { groupedBy } from './collections';
import { type LabelSelector, type Labels, selects } from './selection';

/** Something that manifests here may name although none of them makes it. */
export interface External {
  readonly kind: string;
  /** Absent: in every namespace, or in none. */
  readonly namespace?: string;
  readonly name?: string | RegExp;
  /** Labels of pods, which have no name to go by. */
  readonly labels?: Labels;
  /** Where the pods of a Service listen. */
  readonly targetPort?: number;
  /** Who makes it. */
  readonly why: string;
}

/** What every cluster of Kubernetes has. */
const ofKubernetes: readonly External[] = [
  { kind: 'Namespace', name: /^(default|kube-system|kube-public|kube-node-lease)$/, why: 'Kubernetes makes it' },
  { kind: 'ServiceAccount', name: 'default', why: 'Kubernetes makes one in every namespace' },
  { kind: 'ConfigMap', name: 'kube-root-ca.crt', why: 'Kubernetes makes one in every namespace' },
  { kind: 'Service', namespace: 'default', name: 'kubernetes', why: 'the API server' },
  {
    kind: 'ClusterRole',
    name: /^(cluster-admin|admin|edit|view|system:.*)$/,
    why: 'the API server makes its default roles at each start',
  },
  { kind: 'PriorityClass', name: /^system-(cluster|node)-critical$/, why: 'Kubernetes makes it' },
  { kind: 'AppProject', namespace: 'argocd', name: 'default', why: 'Argo CD makes it at its first start' },
];

/** What add-ons and controllers of this cluster make. An entry that nothing names any more is deleted. */
export const externals: readonly External[] = [
  {
    kind: 'Service',
    namespace: 'argocd',
    name: 'argocd-server',
    targetPort: loadBalanced['argocd-server'].port,
    why: 'the chart of Argo CD makes it (argocd/add-ons/Application.argo-cd.yaml)',
  },
  {
    kind: 'Pod',
    namespace: 'kube-system',
    labels: { 'k8s-app': 'kube-dns' },
    why: 'CoreDNS is an add-on of EKS, installed by Terraform',
  },
  {
    kind: 'Pod',
    namespace: 'datadog',
    labels: { 'app.kubernetes.io/name': 'datadog-operator' },
    why: 'the chart of the Datadog operator makes it (argocd/add-ons/Application.datadog-operator.yaml)',
  },
  ...(['rspec', 'deploy'] as const).map((component) => ({
    kind: 'Pod',
    namespace: 'ci-cd',
    labels: {
      'app.kubernetes.io/name': 'jenkins-agent',
      'app.kubernetes.io/part-of': 'e-ren',
      'app.kubernetes.io/component': component,
    },
    why: 'Jenkins makes a pod for each build, from the templates in ConfigMap jenkins',
  })),
  {
    kind: 'Pod',
    namespace: 'ci-build',
    labels: { 'app.kubernetes.io/name': 'jenkins-agent', 'app.kubernetes.io/part-of': 'e-ren' },
    why: 'Jenkins makes a pod for each image build, from the templates in ConfigMap jenkins',
  },
];

/** By kind: this is asked for every reference. */
const byKind = groupedBy([...ofKubernetes, ...externals], ({ kind }) => kind);

/** The entry for what is named, if there is one. */
export function external(kind: string, namespace: string | undefined, name: string): External | undefined {
  return byKind
    .get(kind)
    ?.find(
      (each) =>
        (each.namespace === undefined || each.namespace === namespace) &&
        (each.name instanceof RegExp ? each.name.test(name) : each.name === name),
    );
}

/** The entry for pods that are selected, if there is one. */
export function externalPods(namespace: string | undefined, selector: LabelSelector): External | undefined {
  return byKind
    .get('Pod')
    ?.find(({ namespace: of, labels }) => of === namespace && labels !== undefined && selects(selector, labels));
}
