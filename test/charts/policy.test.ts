import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import YAML from 'yaml';
import { entryName, secretEntries } from '../../charts/environments/secrets';
import { containers, files, isJob, manifests, ofKind, pods, settings } from '../support/manifests';
import { root } from '../support/root';

/** Paths of those that offend. */
const offenders = <T extends { path: string }>(of: T[], bad: (each: T) => boolean) =>
  of.filter(bad).map(({ path }) => path);
const where = (bad: (container: any, each: (typeof containers)[number]) => boolean) =>
  containers.filter((each) => bad(each.container, each)).map((each) => each.where);

// What npm run check asks of every object is not asked again here: root, node paths, tokens, levels of Pod Security.
describe('containers', () => {
  test('have a user of a number, which the kubelet can tell from root', () => {
    expect(where(({ securityContext }) => typeof securityContext?.runAsUser !== 'number')).toEqual([]);
  });

  test('run without privileges, capabilities and a writable root file system', () => {
    expect(
      where(({ securityContext: context }) => {
        const drop = context?.capabilities?.drop ?? [];
        return !(
          context?.allowPrivilegeEscalation === false &&
          context.readOnlyRootFilesystem === true &&
          !context.privileged &&
          drop.includes('ALL') &&
          !context.capabilities.add
        );
      }),
    ).toEqual([]);
  });

  test('ask for CPU and memory, and have a limit of memory and none of CPU', () => {
    expect(
      where(({ resources: { requests = {}, limits = {} } = {} as any }) => {
        return !requests.cpu || !requests.memory || !limits.memory || Boolean(limits.cpu);
      }),
    ).toEqual([]);
  });

  test('that stay are probed, but for those of a Job', () => {
    expect(
      where(({ readinessProbe, livenessProbe, startupProbe }, { stays, pod }) => {
        return stays && !isJob(pod.owner) && !(readinessProbe && livenessProbe && startupProbe);
      }),
    ).toEqual([]);
  });

  test('write the protocol of a port out, which the Rollout definition would fill in', () => {
    expect(where(({ ports = [] }) => ports.some((port: any) => !port.protocol))).toEqual([]);
  });
});

describe('pods', () => {
  test('have the default seccomp profile and no Service variables', () => {
    const bad = pods.filter(
      ({ spec }) =>
        spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault' || spec.enableServiceLinks !== false,
    );
    expect(bad.map(({ owner }) => owner.path)).toEqual([]);
  });

  test('name the priority of their environment; what exists once, that of the system, but for Jenkins', () => {
    const bad = pods.filter(({ owner, spec }) => {
      const [, environment, chart] = owner.path.split('/');
      const once = chart === 'jenkins' ? settings.cluster.jenkins.priority : 'system';
      return spec.priorityClassName !== (environment === 'cluster' ? once : environment);
    });
    expect(bad.map(({ owner }) => owner.path)).toEqual([]);
  });

  test('are spread over zones and nodes by the labels that select them, but for those of a Job or DaemonSet', () => {
    const bad = pods.filter(({ owner, spec }) => {
      const keys = spec.topologySpreadConstraints?.map((each: any) => each.topologyKey) ?? [];
      const selectors =
        spec.topologySpreadConstraints?.map((each: any) => JSON.stringify(each.labelSelector)) ?? [];
      return (
        !isJob(owner) &&
        owner.kind !== 'DaemonSet' &&
        !(
          keys.includes('topology.kubernetes.io/zone') &&
          keys.includes('kubernetes.io/hostname') &&
          selectors.every((each: string) => each === JSON.stringify(owner.spec.selector))
        )
      );
    });
    expect(bad.map(({ owner }) => owner.path)).toEqual([]);
  });

  test('carry the unified tags, and carry no label that is a hash of a construct path', () => {
    const tags = ['env', 'service', 'version'].map((tag) => `tags.datadoghq.com/${tag}`);
    const ours = pods.filter(({ labels }) => labels['app.kubernetes.io/name'] === 'e-ren');
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter(({ labels }) => tags.some((tag) => !labels[tag])).map(({ owner }) => owner.path)).toEqual(
      [],
    );
    expect(
      pods
        .filter(({ labels }) => Object.keys(labels).some((key) => key.startsWith('cdk8s.io/')))
        .map(({ owner }) => owner.path),
    ).toEqual([]);
  });
});

describe('namespaces', () => {
  const environments = ofKind('Namespace').filter(({ path }) => !path.startsWith('dist/cluster/'));

  test('are closed in both directions, limited and metered', () => {
    expect(environments.length).toBeGreaterThan(0);
    for (const { metadata } of environments) {
      const inside = manifests.filter((each) => each.metadata.namespace === metadata.name);
      const deny = inside.filter(
        ({ kind, spec }) => kind === 'NetworkPolicy' && JSON.stringify(spec.podSelector) === '{}',
      );
      expect(deny.find(({ spec }) => !spec.ingress && !spec.egress)?.spec.policyTypes).toEqual([
        'Ingress',
        'Egress',
      ]);
      expect(inside.map(({ kind }) => kind)).toEqual(
        expect.arrayContaining(['LimitRange', 'ResourceQuota', 'SecretStore']),
      );
    }
  });
});

test('no network policy opens the world inwards, and outwards only HTTPS, mail for Sidekiq, packages for builds, and nothing private with it', () => {
  const rules = ofKind('NetworkPolicy').flatMap(({ path, spec }) => [
    ...(spec.ingress ?? []).map((rule: any) => ({
      path,
      spec,
      inwards: true,
      peers: rule.from,
      ports: rule.ports,
    })),
    ...(spec.egress ?? []).map((rule: any) => ({ path, spec, inwards: false, peers: rule.to, ports: rule.ports })),
  ]);
  expect(offenders(rules, ({ peers, ports }) => !peers?.length || !ports?.length)).toEqual([]);
  const open = rules.filter(({ peers }) => peers.some((peer: any) => peer.ipBlock?.cidr.endsWith('/0')));
  expect(
    offenders(open, ({ path, spec, inwards, ports, peers }) => {
      const [{ ipBlock }] = peers;
      const mails = spec.podSelector.matchLabels['app.kubernetes.io/component'] === 'sidekiq';
      // Debian's images fetch packages without TLS.
      const builds = path.startsWith('dist/cluster/builds/');
      return (
        inwards ||
        ports.some(({ port }: any) => port !== 443 && !(mails && port === 587) && !(builds && port === 80)) ||
        !ipBlock.except.includes('10.0.0.0/8') ||
        !ipBlock.except.includes('169.254.0.0/16')
      );
    }),
  ).toEqual([]);
});

test('no ConfigMap and no generated file holds a password or a key', () => {
  const literal =
    /-----BEGIN [A-Z ]*PRIVATE KEY|password\s*[=:]\s*["']?(?!password)[A-Za-z0-9+/]{8,}|AKIA[0-9A-Z]{16}|xox[bp]-|ghp_\w{20}/;
  expect([...files].filter(([, text]) => literal.test(text)).map(([path]) => path)).toEqual([]);
  expect(offenders(manifests, ({ kind }) => kind === 'Secret')).toEqual([]);
});

test('an ExternalSecret writes out what the webhook would fill in, and gives its Secret labels of its own', () => {
  expect(
    offenders(ofKind('ExternalSecret'), ({ spec }) => {
      const { creationPolicy, deletionPolicy, template } = spec.target;
      return !(
        spec.refreshInterval &&
        spec.secretStoreRef.kind &&
        creationPolicy &&
        deletionPolicy &&
        template.engineVersion &&
        template.mergePolicy &&
        template.metadata?.labels &&
        spec.data.every(
          ({ remoteRef: ref }: any) => ref.conversionStrategy && ref.decodingStrategy && ref.metadataPolicy,
        )
      );
    }),
  ).toEqual([]);
});

test('an ExternalSecret reads the prefix of its own namespace, and of others what they share with it', () => {
  const shared = secretEntries(
    settings.cluster.system,
    settings.sites.map(({ environment }) => environment),
  );
  expect(
    offenders(ofKind('ExternalSecret'), ({ spec, metadata }) =>
      spec.data.some(
        ({ remoteRef: { key } }: any) =>
          !key.startsWith(`eren/${metadata.namespace}/`) &&
          !shared.some(
            (each) =>
              entryName(settings.cluster.system, each) === key && each.readBy.includes(metadata.namespace ?? ''),
          ),
      ),
    ),
  ).toEqual([]);
});

const analysisMetrics = ofKind('AnalysisTemplate').flatMap(({ path, spec }) =>
  (spec.metrics as any[]).map((metric) => ({ path, ...metric })),
);

test('an analysis never judges without limits', () => {
  expect(
    offenders(
      analysisMetrics,
      (metric) => metric.failureLimit === undefined || metric.consecutiveErrorLimit === undefined,
    ),
  ).toEqual([]);
});

test('no answer that a provider can give makes an analysis inconclusive', () => {
  // What does not meet the only condition has failed: EvaluateResult of Argo Rollouts 1.9.1, utils/evaluate/evaluate.go.
  expect(
    offenders(
      analysisMetrics,
      ({ successCondition, failureCondition, inconclusiveLimit }) =>
        !successCondition || failureCondition !== undefined || inconclusiveLimit !== undefined,
    ),
  ).toEqual([]);
  const gates = analysisMetrics.filter(({ count }) => count !== undefined);
  expect(gates.length).toBeGreaterThan(0);
  for (const gate of gates)
    for (let answers = 0; answers < 2 ** gate.count; answers++) {
      const good = Array.from({ length: gate.count }, (_, i) => ((answers >> i) & 1) === 1);
      expect(outcome(gate, good)).toBe(good.includes(true) ? 'Successful' : 'Failed');
    }
});

/** How a metric that is asked `count` times ends: `assessMetricStatus` of Argo Rollouts 1.9.1, analysis/analysis.go. */
function outcome({ count, failureLimit, consecutiveSuccessLimit }: any, answers: readonly boolean[]): string {
  let [failed, inARow] = [0, 0];
  for (const [i, good] of answers.entries()) {
    if (good) inARow++;
    else [failed, inARow] = [failed + 1, 0];
    if (failed > failureLimit) return 'Failed';
    if (inARow >= consecutiveSuccessLimit) return 'Successful';
    if (i + 1 >= count) return 'Inconclusive';
  }
  return 'Running';
}

test('a condition of an analysis names nothing what the expression language names already', () => {
  // The builtins of expr 1.17.8, which Argo Rollouts 1.9.1 is built with, and the functions it adds; "cannot redeclare
  // builtin" would end every canary.
  const builtins =
    'all none any one filter map find findIndex findLast findLastIndex count sum groupBy sortBy reduce len type abs ceil floor round int float string trim trimPrefix trimSuffix upper lower split splitAfter replace repeat join indexOf lastIndexOf hasPrefix hasSuffix max min mean median toJSON fromJSON now duration date timezone first last get take keys values toPairs fromPairs reverse uniq concat flatten sort bitnot result default isNaN isInf isNil asInt asFloat';
  const names = analysisMetrics.flatMap(({ path, successCondition }) =>
    [...successCondition.matchAll(/\blet (\w+)/g)].map(([, name]) => ({ path, name })),
  );
  expect(names.length).toBeGreaterThan(0);
  expect(offenders(names, ({ name }) => builtins.split(' ').includes(name))).toEqual([]);
});

test("a condition on Datadog's answer also compiles when there is none", () => {
  const datadog = analysisMetrics.filter(({ provider }) => provider.datadog);
  expect(datadog.length).toBeGreaterThan(0);
  const guarded = /^(!isNil\(result\) &&|isNil\(result\) \|\|) asFloat\(result\) <= [\d.]+$/;
  expect(offenders(datadog, ({ successCondition }) => !guarded.test(successCondition))).toEqual([]);
});

test('a Job is a hook that is made anew, never an object that cannot be updated', () => {
  expect(
    offenders(ofKind('Job'), ({ metadata: { annotations = {} }, spec }) => {
      const policy = annotations['argocd.argoproj.io/hook-delete-policy'];
      return policy !== 'BeforeHookCreation' || !spec.activeDeadlineSeconds || spec.backoffLimit === undefined;
    }),
  ).toEqual([]);
});

test('a file that a pod mounts out of its annotations is there, and each such annotation is mounted', () => {
  const wrong = pods.flatMap(({ owner, annotations, spec }) => {
    const items = (spec.volumes ?? []).flatMap(({ downwardAPI }: any) => downwardAPI?.items ?? []);
    const mounted = items.map(
      ({ fieldRef }: any) => /^metadata\.annotations\['(.+)'\]$/.exec(fieldRef.fieldPath)?.[1],
    );
    const held = Object.keys(annotations).filter((key) => key.includes('.files.eren.washu.edu/'));
    // The kubelet makes an empty file of an annotation that is not there.
    return [
      ...mounted.filter((key: string) => !annotations[key]),
      ...held.filter((key) => !mounted.includes(key)),
    ].map((key) => `${owner.path} ${key}`);
  });
  expect(wrong).toEqual([]);
});

test('no file of an annotation comes near the 256 KiB that all of an object may have', () => {
  const sizes = pods.map(({ owner, annotations }) => ({
    path: owner.path,
    size: JSON.stringify(annotations).length,
  }));
  expect(offenders(sizes, ({ size }) => size > 64 * 1024)).toEqual([]);
});

test('every string is a string to a YAML 1.1 parser too, as Kubernetes reads it', () => {
  const bad: string[] = [];
  const compare = (path: string, a: unknown, b: unknown): void => {
    if (typeof a !== 'object' || a === null) {
      if (a !== b) bad.push(path);
      return;
    }
    for (const key of Object.keys(a)) compare(`${path}.${key}`, (a as any)[key], (b as any)?.[key]);
  };
  for (const [path, text] of files) compare(path, YAML.parse(text), YAML.parse(text, { version: '1.1' }));
  expect(bad).toEqual([]);
});

test('no file of ours is longer than 400 lines', () => {
  const { execFileSync } = require('node:child_process');
  const ours = execFileSync('git', ['ls-files', '*.ts', '*.mjs', '*.md', '*.yaml', '*.json'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(
      (file: string) =>
        file &&
        !/^(imports|dist|argocd|terraform-bridge\/stacks|examples\/[^/]+\/(dist|argocd|stacks))\/|package-lock|datadog-reference\.json/.test(
          file,
        ),
    );
  const long = ours.filter((file: string) => readFileSync(join(root, file), 'utf8').split('\n').length > 401);
  expect(long).toEqual([]);
});
