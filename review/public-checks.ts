import { checks } from './pod-security';
import type { Rule } from './rule';

/** Checks of public tools and benchmarks that manifests alone can decide, as their own lists have them. */
export const publicChecks: Readonly<Record<string, readonly string[]>> = {
  /** README_CHECKS.md at 2026-05-20. */
  'kube-score': split(`
    deployment-strategy deployment-replicas ingress-targets-service cronjob-has-deadline cronjob-restartpolicy
    container-resources container-resource-requests-equal-limits container-cpu-requests-equal-limits
    container-memory-requests-equal-limits container-image-tag container-image-pull-policy
    container-ephemeral-storage-request-and-limit container-ephemeral-storage-request-equals-limit
    container-ports-check environment-variable-key-duplication statefulset-has-poddisruptionbudget
    deployment-has-poddisruptionbudget poddisruptionbudget-has-policy pod-networkpolicy networkpolicy-targets-pod
    pod-probes pod-probes-identical container-security-context-user-group-id
    container-security-context-privileged container-security-context-readonlyrootfilesystem
    container-seccomp-profile service-targets-pod service-type stable-version deployment-has-host-podantiaffinity
    statefulset-has-host-podantiaffinity deployment-targeted-by-hpa-does-not-have-replicas-configured
    statefulset-has-servicename deployment-pod-selector-labels-match-template-metadata-labels
    statefulset-pod-selector-labels-match-template-metadata-labels label-values horizontalpodautoscaler-has-target
    horizontalpodautoscaler-replicas pod-topology-spread-constraints`),
  /** docs/generated/checks.md at 2026-08-19. */
  'kube-linter': split(`
    access-to-create-pods access-to-secrets cluster-admin-role-binding dangling-horizontalpodautoscaler
    dangling-ingress dangling-networkpolicy dangling-networkpolicypeer-podselector dangling-service
    dangling-servicemonitor default-service-account deprecated-service-account-field dnsconfig-options docker-sock
    drop-net-raw-capability duplicate-env-var env-value-from env-var-secret exposed-services host-ipc host-network
    host-pid hpa-minimum-three-replicas invalid-target-ports job-ttl-seconds-after-finished latest-tag
    liveness-port minimum-three-replicas mismatching-selector no-anti-affinity no-extensions-v1beta
    no-liveness-probe no-node-affinity no-read-only-root-fs no-readiness-probe no-rolling-update-strategy
    non-existent-service-account non-isolated-pod pdb-max-unavailable pdb-min-available
    pdb-unhealthy-pod-eviction-policy priority-class-name privilege-escalation-container privileged-container
    privileged-ports read-secret-from-env-var readiness-port required-annotation-email required-label-owner
    restart-policy run-as-non-root scc-deny-privileged-container schema-validation sensitive-host-mounts
    sorted-keys ssh-port startup-port unsafe-proc-mount unsafe-sysctls unset-cpu-requirements
    unset-memory-requirements use-namespace wildcard-in-rules writable-host-mount`),
  /** pkg/config/default.yaml. */
  Polaris: split(`
    deploymentMissingReplicas priorityClassNotSet tagNotSpecified pullPolicyNotAlways readinessProbeMissing
    livenessProbeMissing metadataAndInstanceMismatched pdbDisruptionsIsZero missingPodDisruptionBudget
    topologySpreadConstraint hpaMaxAvailability hpaMinAvailability
    pdbMinAvailableGreaterThanOrEqualToHPAMinReplicas cpuRequestsMissing cpuLimitsMissing memoryRequestsMissing
    memoryLimitsMissing automountServiceAccountToken hostIPCSet hostPathSet hostProcess hostPIDSet linuxHardening
    missingNetworkPolicy notReadOnlyRootFilesystem privilegeEscalationAllowed procMount runAsRootAllowed
    runAsPrivileged dangerousCapabilities insecureCapabilities hostNetworkSet hostPortSet tlsSettingsMissing
    sensitiveContainerEnvVar sensitiveConfigmapContent clusterrolePodExecAttach rolePodExecAttach
    clusterrolebindingPodExecAttach rolebindingClusterRolePodExecAttach rolebindingRolePodExecAttach
    clusterrolebindingClusterAdmin rolebindingClusterAdminClusterRole rolebindingClusterAdminRole`),
  /** The checks of k8s.io/pod-security-admission. */
  PSS: checks,
  /** Kubescape's framework `nsa`. */
  NSA: split(`
    C-0002 C-0012 C-0013 C-0016 C-0017 C-0030 C-0034 C-0035 C-0038 C-0041 C-0044 C-0046 C-0054 C-0055 C-0057
    C-0059 C-0068 C-0270 C-0271 C-0292`),
  /** Version 1.8.0; those of the second line kubescape asks the cluster, though files say it. */
  'CIS-EKS': split(`
    4.1.2 4.1.3 4.1.4 4.1.5 4.1.6 4.1.8 4.1.9 4.1.10 4.1.11 4.1.12 4.2.1 4.2.2 4.2.3 4.2.4 4.2.5 4.3.2 4.4.1 5.1.4
    4.1.1 4.4.2 4.5.1 4.5.2 5.2.1 5.4.5`),
  /** What Kubescape's framework `devopsbest` adds. */
  DevOps: split('C-0293 C-0295 C-0296 C-0298 C-0299 C-0300 C-0302 C-0305 C-0306 C-0307'),
};

const cpuLimit = 'a limit throttles Puma while the node is idle; requests share the CPU when it is short';
const equal = 'what a pod uses at rest and at most differ; memory limits are near the request where it matters';

/** Checks that no rule covers, and why: the tools disagree, or the question is another one here. */
export const heldOtherwise: Readonly<Record<string, string>> = {
  'NSA:C-0270': cpuLimit,
  'Polaris:cpuLimitsMissing': cpuLimit,
  'kube-score:container-cpu-requests-equal-limits': cpuLimit,
  'kube-score:container-resource-requests-equal-limits': equal,
  'kube-score:container-memory-requests-equal-limits': equal,
  'kube-score:container-ephemeral-storage-request-and-limit':
    'optional: the kubelet evicts what fills the disk, and the scratch volumes of the app have a size limit',
  'kube-score:container-ephemeral-storage-request-equals-limit': equal,
  'kube-score:pod-probes-identical':
    '`/health` asks no database: what differs between the probes is how long it is waited for',
  'kube-linter:no-node-affinity':
    'the node groups choose by labels and taints; the scheduling proof tries all pods',
  'kube-linter:privileged-ports':
    'without a capability no program of ours can open one, and `restricted` allows the one',
  'kube-linter:dnsconfig-options': 'the resolver’s defaults do, with names that end in the cluster’s domain',
  'kube-linter:dangling-servicemonitor': 'there is no Prometheus operator',
  'kube-linter:scc-deny-privileged-container': 'a SecurityContextConstraint is OpenShift’s',
  'kube-linter:required-annotation-email': 'who owns what is in CODEOWNERS',
  'kube-linter:required-label-owner': 'who owns what is in CODEOWNERS',
  'kube-linter:sorted-keys': 'synth writes the keys, always in one order',
  'kube-linter:env-value-from': 'which ConfigMaps and Secrets exist is `config-map-exists` and `secret-exists`',
  'Polaris:metadataAndInstanceMismatched':
    'nothing of ours has app.kubernetes.io/instance, which is a Helm release',
  'CIS-EKS:5.2.1': 'identities of service accounts are Pod Identity associations, in Terraform',
  'DevOps:C-0298': 'every Ingress goes to an internal Service of a workload: `ingress-backend`',
  'DevOps:C-0302': 'there is no Gateway',
};

/** One check of a public tool, and by what it is held. */
export interface Covered {
  /** `kube-score:pod-probes` */
  readonly id: string;
  readonly rules: readonly string[];
  /** Why no rule covers it. */
  readonly otherwise?: string;
}

/** Every public check, in the order of its list. */
export function coverage(rules: readonly Rule[]): readonly Covered[] {
  const by = new Map<string, string[]>();
  for (const { id, covers } of rules) for (const each of covers) by.set(each, [...(by.get(each) ?? []), id]);
  return Object.entries(publicChecks).flatMap(([tool, ids]) =>
    ids.map((check) => {
      const id = `${tool}:${check}`;
      const otherwise = heldOtherwise[id];
      return { id, rules: by.get(id) ?? [], ...(otherwise && { otherwise }) };
    }),
  );
}

function split(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

const names: Readonly<Record<string, string>> = {
  PSS: 'Pod Security Standards',
  NSA: 'NSA/CISA hardening (Kubescape `nsa`)',
  'CIS-EKS': 'CIS EKS 1.8.0',
  DevOps: 'Kubescape `devopsbest`',
};

/** For docs/rules/README.md: how much of each list the rules hold, and why not the rest. */
export function coverageTables(rules: readonly Rule[]): string {
  const all = coverage(rules);
  const of = (tool: string) => all.filter(({ id }) => id.startsWith(`${tool}:`));
  const shares = Object.keys(publicChecks).map((tool) => {
    const held = of(tool).filter((each) => each.rules.length > 0);
    return `| ${names[tool] ?? tool} | ${held.length} of ${of(tool).length} |`;
  });
  const rest = all.flatMap(({ id, otherwise }) => (otherwise ? [`| \`${id}\` | ${otherwise} |`] : []));
  return [
    '## What public tools and benchmarks ask',
    '',
    'Only what manifests can decide; each page names the checks that its rule covers.',
    '',
    '| List | Held by a rule here |',
    '| --- | --- |',
    ...shares,
    '',
    '| Held otherwise | Because |',
    '| --- | --- |',
    ...rest,
    '',
  ].join('\n');
}
