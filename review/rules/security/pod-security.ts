import { systemFacts } from '../../../charts/facts';
import { oncePer } from '../../model/collections';
import { enforcedOn, levelLabel, versionLabel } from '../../model/namespace-level';
import { isLevel, podSecurityLevels, type Violation, violationsOf } from '../../model/pod-security';
import { podsOf } from '../../model/pods';
import type { Manifest, Steps } from '../../model/tree';
import type { Subject } from '../../rule';
import { ofKinds, rule } from '../../rule-of';

interface Found extends Violation {
  readonly manifest: Manifest;
  /** What the namespace enforces refuses it. */
  readonly refused: boolean;
  /** Where the field stands in the object. */
  readonly at: Steps;
}

/** Every violation of `restricted` in the pods of a subject, computed once for all rules of this file. */
const violations = oncePer(({ tree, settings }: Subject): readonly Found[] =>
  podsOf(tree).flatMap((pod) => {
    const { level, version } = enforcedOn(tree, pod.owner, systemFacts(settings).cluster.kubernetes);
    return [...violationsOf(pod, version)].map((violation) => ({
      ...violation,
      manifest: pod.owner,
      refused: level === 'restricted' || level === violation.level,
      at: [...pod.path, 'spec', ...violation.path],
    }));
  }),
);

export const podSecurity = rule('pod-security', function* (subject) {
  // A path of the node has a rule of its own.
  for (const { manifest, refused, check, level, at, message } of violations(subject))
    if (refused && check !== 'hostPathVolumes')
      yield {
        manifest,
        path: at,
        message: `${message}; namespace ${manifest.object.metadata.namespace} refuses it (${level}: ${check})`,
      };
});

/** Where the namespace does not refuse it, the same table says what is dangerous. */
const checks = {
  privileged: ['privileged', 'windowsHostProcess', 'procMount'],
  'host-namespaces': ['hostNamespaces', 'hostPorts', 'hostProbesAndHostLifecycle'],
  'host-path': ['hostPathVolumes'],
  capabilities: ['capabilities_baseline', 'capabilities_restricted'],
  'run-as-root': ['runAsNonRoot', 'runAsUser'],
  'privilege-escalation': ['allowPrivilegeEscalation'],
  'system-calls': [
    ...['seccompProfile_baseline', 'seccompProfile_restricted', 'appArmorProfile'],
    ...['seLinuxOptions', 'sysctls', 'restrictedVolumes'],
  ],
};

export const dangerousPods = Object.entries(checks).map(([id, own]) =>
  rule(id as keyof typeof checks, function* (subject) {
    for (const { manifest, refused, check, at, message } of violations(subject))
      if (!refused && own.includes(check)) yield { manifest, path: at, message };
  }),
);

export const podSecurityLabel = ofKinds(
  'pod-security-label',
  ['Namespace'],
  function* ({ metadata: { labels = {} } }) {
    const { [levelLabel]: level, [versionLabel]: version = 'latest' } = labels;
    if (!isLevel(level)) yield [`enforces ${level ?? 'nothing'}`, 'metadata', 'labels', levelLabel];
    else if (!/^v1\.\d+$/.test(version))
      yield [`${level} of version ${version}, which moves`, 'metadata', 'labels', versionLabel];
  },
);

export const podSecurityTooLow = rule('pod-security-too-low', function* (subject) {
  const forbidden = new Set(
    violations(subject).map(({ manifest, level }) => `${manifest.object.metadata.namespace} ${level}`),
  );
  for (const manifest of subject.tree.ofKind('Namespace')) {
    const { name, labels } = manifest.object.metadata;
    const level = labels?.[levelLabel];
    const need = forbidden.has(`${name} baseline`)
      ? 'privileged'
      : forbidden.has(`${name} restricted`)
        ? 'baseline'
        : 'restricted';
    if (isLevel(level) && podSecurityLevels.indexOf(level) < podSecurityLevels.indexOf(need))
      yield {
        manifest,
        path: ['metadata', 'labels', levelLabel],
        message: `${level}, while its pods here keep to ${need}`,
      };
  }
});
