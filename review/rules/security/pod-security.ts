import { enforcedOn, levelLabel, versionLabel } from '../../model/namespace-level';
import { isLevel, podSecurityLevels, type Violation, violationsOf } from '../../model/pod-security';
import { podsOf } from '../../model/pods';
import type { Manifest, Steps } from '../../model/tree';
import { type Offence, ofKinds, type Rule, type Subject } from '../../rule';

interface Found extends Violation {
  readonly manifest: Manifest;
  /** What the namespace enforces refuses it. */
  readonly refused: boolean;
  /** Where the field stands in the object. */
  readonly at: Steps;
}

const known = new WeakMap<object, readonly Found[]>();

/** Every violation of `restricted` in the pods of a subject, computed once for all rules of this file. */
function violations(subject: Subject): readonly Found[] {
  const found = known.get(subject.tree) ?? [...compute(subject)];
  known.set(subject.tree, found);
  return found;
}

function* compute({ tree, settings }: Subject): Generator<Found> {
  for (const pod of podsOf(tree)) {
    const { level, version } = enforcedOn(tree, pod.owner, settings.cluster.kubernetes);
    for (const violation of violationsOf(pod, version))
      yield {
        ...violation,
        manifest: pod.owner,
        refused: level === 'restricted' || level === violation.level,
        at: [...pod.path, 'spec', ...violation.path],
      };
  }
}

export const podSecurity: Rule = {
  id: 'pod-security',
  level: 'critical',
  title: 'Every pod meets the Pod Security level that its namespace enforces.',
  why: 'Admission refuses the pod when a controller creates it: the sync succeeds, the workload has no pods, and only an event of its ReplicaSet says why.',
  fix: 'Set the field as the level demands; charts/constructs/restricted.ts has all of `restricted`. Only what cannot run that way belongs in a namespace of a lower level.',
  *check(subject) {
    // A path of the node has a rule of its own.
    for (const { manifest, refused, check, level, at, message } of violations(subject))
      if (refused && check !== 'hostPathVolumes')
        yield {
          manifest,
          path: at,
          message: `${message}; namespace ${manifest.object.metadata.namespace} refuses it (${level}: ${check})`,
        };
  },
};

/** Where the namespace does not refuse it, the same table says what is dangerous. */
function dangerous(rule: Omit<Rule, 'check'>, checks: readonly string[]): Rule {
  return {
    ...rule,
    *check(subject): Generator<Offence> {
      for (const { manifest, refused, check, at, message } of violations(subject))
        if (!refused && checks.includes(check)) yield { manifest, path: at, message };
    },
  };
}

export const privileged = dangerous(
  {
    id: 'privileged',
    level: 'critical',
    title: 'No container is privileged or runs as a process of its node.',
    why: 'Whoever breaks into it is root on the node, with every pod, volume and credential there.',
    fix: 'Remove `privileged`, `hostProcess` and `procMount`, and give the program the one device or capability that it needs.',
  },
  ['privileged', 'windowsHostProcess', 'procMount'],
);

export const hostNamespaces = dangerous(
  {
    id: 'host-namespaces',
    level: 'critical',
    title: 'No pod shares the network, processes or ports of its node.',
    why: 'It can read the traffic and the memory of every other pod there, and no NetworkPolicy applies to it.',
    fix: 'Remove `hostNetwork`, `hostPID`, `hostIPC`, `hostPort` and `host`; reach the pod through a Service.',
  },
  ['hostNamespaces', 'hostPorts', 'hostProbesAndHostLifecycle'],
);

export const hostPath = dangerous(
  {
    id: 'host-path',
    level: 'high',
    title: 'No pod mounts a path of its node.',
    why: 'A path of the node outlives the pod and is shared with whatever else runs there; a writable one, or a socket of the container runtime, gives control of the node.',
    fix: 'Use an emptyDir, a claim or a ConfigMap; if it must be the node, mount only the path that is needed, and read-only.',
  },
  ['hostPathVolumes'],
);

export const capabilitiesKept = dangerous(
  {
    id: 'capabilities',
    level: 'high',
    title: 'Every container drops all capabilities, and adds at most NET_BIND_SERVICE.',
    why: 'A container keeps fourteen of root’s powers by default, raw network packets among them.',
    fix: 'Set `capabilities.drop: [ALL]`, and add only what the program turns out to need.',
  },
  ['capabilities_baseline', 'capabilities_restricted'],
);

export const runsAsRoot = dangerous(
  {
    id: 'run-as-root',
    level: 'high',
    title: 'No container runs as root, and the kubelet enforces it.',
    why: 'Root in the container is root for the node’s kernel, so little is left to break out of.',
    fix: 'Set `runAsNonRoot: true` and a `runAsUser` that the image knows.',
  },
  ['runAsNonRoot', 'runAsUser'],
);

export const escalation = dangerous(
  {
    id: 'privilege-escalation',
    level: 'high',
    title: 'No process gains more privileges than it was started with.',
    why: 'A setuid program in the image makes any user root.',
    fix: 'Set `allowPrivilegeEscalation: false`.',
  },
  ['allowPrivilegeEscalation'],
);

export const systemCalls = dangerous(
  {
    id: 'system-calls',
    level: 'high',
    title: 'Every container has the default seccomp profile, and weakens no other guard of the kernel.',
    why: 'Most ways out of a container begin with a system call that ordinary programs never make.',
    fix: 'Set `seccompProfile.type: RuntimeDefault`, and leave AppArmor, SELinux and sysctls as they are.',
  },
  [
    'seccompProfile_baseline',
    'seccompProfile_restricted',
    'appArmorProfile',
    'seLinuxOptions',
    'sysctls',
    'restrictedVolumes',
  ],
);

export const podSecurityLabel = ofKinds(['Namespace'], {
  id: 'pod-security-label',
  level: 'high',
  title: 'Every Namespace enforces a Pod Security level of a pinned version.',
  why: 'Without the label the cluster’s default applies, which allows everything; with `latest`, an upgrade of the cluster may refuse pods that ran the day before.',
  fix: `Label it ${levelLabel}: restricted and ${versionLabel}: v1.35 (charts/constructs/pod-security.ts).`,
  *judge({ metadata: { labels = {} } }) {
    const { [levelLabel]: level, [versionLabel]: version = 'latest' } = labels;
    if (!isLevel(level)) yield [`enforces ${level ?? 'nothing'}`, 'metadata', 'labels', levelLabel];
    else if (!/^v1\.\d+$/.test(version))
      yield [`${level} of version ${version}, which moves`, 'metadata', 'labels', versionLabel];
  },
});

export const podSecurityTooLow: Rule = {
  id: 'pod-security-too-low',
  level: 'high',
  title: 'No Namespace enforces a lower level than its pods need.',
  why: 'The label is what stops a dangerous pod. Where all pods are `restricted` already, a lower level only invites a mistake.',
  fix: 'Raise the label to the level that the message names.',
  *check(subject) {
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
  },
};
