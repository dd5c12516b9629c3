import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PodSecurityLevel, violationsOf } from '../../../review/model/pod-security';
import { quantityOf } from '../../../review/model/quantity';
import { addPreviews } from '../../support/preview';
import { root } from '../../support/root';
import { stack } from '../../support/stacks';
import { type AgentPod, podOf, type Step, stepsOf } from './agent-pods';
import { cloud, configuration } from './agents';
import { type Manifest, manifests, matches, ofKind, one, settings } from './manifests';

const pipelines = ['Jenkinsfile', 'docs/rails-app/Jenkinsfile'];
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const steps = pipelines.flatMap((file) => stepsOf(read(file)).map((step) => ({ file, step })));
const controller = one('cluster', 'StatefulSet', 'jenkins').spec.template;
const associations = Object.values(
  stack('cluster', addPreviews).ofType('aws_eks_pod_identity_association'),
) as any[];
const { most } = settings.cluster.jenkins.agents;

/** The link-local address where Pod Identity's agent answers. */
const podIdentity = '169.254.170.23/32';

const named = (kind: string, name: string, namespace?: string) =>
  ofKind(kind).find((each) => each.metadata.name === name && each.metadata.namespace === namespace);
const here = (kind: string, namespace: string) =>
  ofKind(kind).filter(({ metadata }) => metadata.namespace === namespace);
const policiesOf = ({ metadata }: AgentPod): Manifest[] =>
  here('NetworkPolicy', metadata.namespace).filter(({ spec }) =>
    matches(spec.podSelector.matchLabels ?? {}, metadata.labels),
  );

/** Why the pod of an agent would not be made, would not start or could do nothing where it lands: [] when it could. */
function refusals(pod: AgentPod): string[] {
  const { namespace, labels } = pod.metadata;
  const found = named('Namespace', namespace);
  if (!found) return [`${namespace} is not a namespace of ours`];
  const level = found.metadata.labels?.['pod-security.kubernetes.io/enforce'] as PodSecurityLevel;
  const order = ['privileged', 'baseline', 'restricted'];
  const refused = [
    ...violationsOf({ spec: pod.spec, annotations: {} }, Number(settings.cluster.kubernetes.split('.')[1])),
  ].filter((violation) => order.indexOf(violation.level) <= order.indexOf(level));
  const account = pod.spec.serviceAccountName ?? 'default';
  const asksAws = pod.spec.initContainers?.some(({ image }: any) => image === settings.cluster.images.awsCli);
  const open = policiesOf(pod).flatMap(({ spec }) => spec.egress ?? []);
  const to = (test: (peer: any) => boolean, port: number) =>
    open.some((rule: any) => rule.to.some(test) && rule.ports.some((each: any) => each.port === port));
  const admitted = one('cluster', 'NetworkPolicy', 'jenkins').spec.ingress.flatMap((rule: any) =>
    rule.from.some(
      ({ podSelector, namespaceSelector }: any) =>
        podSelector &&
        matches(podSelector.matchLabels, labels) &&
        (namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] ?? 'ci-cd') === namespace,
    )
      ? rule.ports.map(({ port }: any) => port)
      : [],
  );
  const toController = ({ podSelector, namespaceSelector }: any) =>
    podSelector !== undefined &&
    matches(podSelector.matchLabels, controller.metadata.labels) &&
    (namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] ?? namespace) === 'ci-cd';
  const mayMake = here('RoleBinding', namespace).some(({ subjects, roleRef }: any) => {
    const role: any = named('Role', roleRef.name, namespace);
    return (
      subjects.some((each: any) => each.name === 'jenkins' && each.namespace === 'ci-cd') &&
      role.rules.some(({ resources, verbs }: any) => resources.includes('pods') && verbs.includes('create')) &&
      role.rules.some(({ resources, verbs }: any) => resources.includes('pods/exec') && verbs.includes('create'))
    );
  });
  const requests = (resource: string) =>
    pod.spec.containers.reduce(
      (total: number, { resources }: any) => total + (quantityOf(resources?.requests?.[resource]) ?? 0),
      0,
    );
  const asked: Record<string, number> = {
    pods: 1,
    'requests.cpu': requests('cpu'),
    'requests.memory': requests('memory'),
  };
  const quotas = here('ResourceQuota', namespace).flatMap(({ spec }) =>
    Object.entries(spec.hard).flatMap(([resource, hard]) => {
      const each = asked[resource];
      if (each === undefined) return /services\./.test(resource) ? [] : [`quota ${resource} is not judged here`];
      return each * most <= (quantityOf(hard) ?? 0) ? [] : [`quota ${resource}: ${most} × ${each} of ${hard}`];
    }),
  );
  return [
    ...refused.map(({ level: of, check }) => `${of}: ${check}`),
    ...(account === 'default' || named('ServiceAccount', account, namespace) ? [] : [`no account ${account}`]),
    ...(!asksAws || associations.some((each) => each.namespace === namespace && each.service_account === account)
      ? []
      : [`no role at AWS for ${namespace}/${account}`]),
    ...(!asksAws || to(({ ipBlock }) => ipBlock?.cidr === podIdentity, 80) ? [] : ['no way to Pod Identity']),
    ...quotas,
    ...(mayMake ? [] : ['the controller may not make it or run its steps']),
    ...[8080, 50000].filter((port) => !to(toController, port)).map((port) => `no way to the controller, ${port}`),
    ...[8080, 50000]
      .filter((port) => !admitted.includes(port))
      .map((port) => `not admitted by the controller, ${port}`),
    ...(cloud.garbageCollection.namespaces.split('\n').includes(namespace) ? [] : ['never cleared away']),
  ];
}

describe('an agent of a pipeline', () => {
  test('inherits from a template, and its steps run in a container of it', () => {
    const bad = steps.filter(({ step }) => {
      const { spec } = podOf(step, cloud);
      return (
        !cloud.templates.some(({ name }: any) => name === step.inheritFrom) ||
        !spec.containers.some(({ name }: any) => name === (step.defaultContainer ?? 'jnlp'))
      );
    });
    expect(bad).toEqual([]);
    expect(steps.map(({ file, step }) => `${file}: ${step.inheritFrom}`)).toEqual([
      'Jenkinsfile: review',
      'Jenkinsfile: deploy',
      'docs/rails-app/Jenkinsfile: rspec',
      'docs/rails-app/Jenkinsfile: docker',
      'docs/rails-app/Jenkinsfile: preview',
      'docs/rails-app/Jenkinsfile: deploy',
      'docs/rails-app/Jenkinsfile: deploy',
      'docs/rails-app/Jenkinsfile: deploy',
      'docs/rails-app/Jenkinsfile: deploy',
      'docs/rails-app/Jenkinsfile: deploy',
    ]);
  });

  test('lands where its pod is admitted, has its account, and reaches what it must', () => {
    const placed = steps.map(({ step }) => ({ inheritFrom: step.inheritFrom, pod: podOf(step, cloud) }));
    expect(placed.flatMap(({ pod, ...step }) => refusals(pod).map((why) => ({ ...step, why })))).toEqual([]);
    expect(
      placed.filter(({ pod }) => pod.metadata.namespace === 'ci-build').map((each) => each.inheritFrom),
    ).toEqual(['docker', 'preview']);
  });

  test('lands there too when a pipeline asks for its label, or another agent is around it', () => {
    for (const { name } of cloud.templates)
      for (const enclosing of [undefined, 'ci-cd', 'ci-build'])
        expect({ name, enclosing, why: refusals(podOf({ inheritFrom: name }, cloud, enclosing)) }).toEqual({
          name,
          enclosing,
          why: [],
        });
  });

  test.each<[string, (cloud: any) => void, Step, string[]]>([
    [
      'a template that says its namespace beside the YAML',
      ({ templates }) => {
        for (const each of templates) {
          each.yaml = each.yaml.replace(/^ {2}namespace: .*\n/m, '');
          if (each.name === 'docker') each.namespace = 'ci-build';
        }
      },
      { inheritFrom: 'docker' },
      ['no account eren-builder', 'restricted: allowPrivilegeEscalation', 'no way to Pod Identity'],
    ],
    [
      'a cloud of the other namespace',
      (of) => {
        of.namespace = 'ci-build';
        for (const each of of.templates) each.yaml = each.yaml.replace(/^ {2}namespace: .*\n/m, '');
      },
      { inheritFrom: 'deploy' },
      ['no account eren-deployer'],
    ],
    [
      'a pipeline with a pod of its own',
      () => undefined,
      { inheritFrom: 'docker', yaml: '{spec: {containers: [{name: buildkit, image: x}]}}' },
      ['restricted: runAsNonRoot'],
    ],
    ['a pipeline that inherits from nothing', () => undefined, {}, ['restricted: runAsNonRoot']],
    [
      'a namespace that nobody made',
      ({ templates }) => {
        for (const each of templates) each.yaml = each.yaml.replace(/^ {2}namespace: .*$/m, '  namespace: builds');
      },
      { inheritFrom: 'rspec' },
      ['builds is not a namespace of ours'],
    ],
  ])('%s would be refused', (_, change, step, expected) => {
    const changed = structuredClone(cloud);
    change(changed);
    expect(refusals(podOf(step, changed))).toEqual(expect.arrayContaining(expected));
  });

  test('is deleted after its build, and has the times of its template', () => {
    for (const { step } of steps) {
      const { retention, spec } = podOf(step, cloud);
      expect([retention, spec.activeDeadlineSeconds]).toEqual(['never', 7200]);
    }
    // What a template says of it is never asked.
    const templates = cloud.templates.map((each: any) => ({ ...each, podRetention: 'always' }));
    expect(podOf({ inheritFrom: 'deploy' }, { ...cloud, templates }).retention).toBe('never');
    expect(cloud.templates.filter((each: any) => 'podRetention' in each || 'namespace' in each)).toEqual([]);
  });
});

describe('a token that may write', () => {
  const strategies = Object.fromEntries(
    configuration.credentials.system.domainCredentials[0].credentials
      .flatMap(Object.values)
      .map(({ id, defaultPermissionsStrategy }: any) => [id, defaultPermissionsStrategy]),
  );

  test('is never that with which the code of a pull request is fetched', () => {
    const scripts: string[] = configuration.jobs.map(({ script }: any) => script);
    const fetching = scripts
      .filter((script) => script.startsWith('multibranch'))
      .map((script) => /credentialsId\('([^']+)'\)/.exec(script)?.[1] as string);
    expect(fetching.map((id) => strategies[id])).toEqual(['CONTENTS_READ', 'CONTENTS_READ']);
  });

  // By Groovy's own tree the same is asked in `npm run test:jenkinsfile`.
  test.each(pipelines)('is asked for in %s by an agent that runs no code of a pull request', (file) => {
    const text = read(file);
    const stages = text.slice(0, text.indexOf('\n}\n'));
    const parts = stages
      .split(/(?=^ {4}stage\()/m)
      .filter((part) => /inheritFrom '(rspec|review|preview)'/.test(part));
    const judged = parts.join('');
    expect(parts).toHaveLength(file === 'Jenkinsfile' ? 1 : 2);
    expect(judged.replaceAll(/^.*slack\(.*$/gm, '')).not.toMatch(/withCredentials|delivery\(\)|sentry\(/);
    const [, comment = ''] = /^def comment\(\) \{\n([\s\S]*?)^\}/m.exec(text) ?? [];
    expect(comment.trim()).toMatch(/^podTemplate\(inheritFrom: 'deploy'\) \{\s+node\(POD_LABEL\) \{/);
    expect(comment).toContain("credentialsId: 'github-comment'");
    expect(comment).not.toMatch(/checkout|npm (ci|install|test)|bundle/);
    // Nothing else has that credential.
    expect(text.split("'github-comment'")).toHaveLength(2);
  });

  test('of the API server is in no pod that runs the code of a pull request', () => {
    const judging = steps.filter(({ step }) => ['review', 'rspec', 'preview'].includes(step.inheritFrom ?? ''));
    const accounts = judging.map(({ step }) => {
      const { spec } = podOf(step, cloud);
      return [spec.automountServiceAccountToken, spec.serviceAccountName];
    });
    // That of the builder is known at AWS alone: no Role of ours names it.
    expect(accounts).toEqual([
      [false, undefined],
      [false, undefined],
      [false, 'eren-preview-builder'],
    ]);
    const bound = ofKind('RoleBinding', 'ClusterRoleBinding').flatMap(({ subjects }: any) => subjects);
    expect(bound.filter(({ name }) => name === 'eren-preview-builder')).toEqual([]);
  });
});

/** Every pod of ours, and every agent of Jenkins. */
const workloads = [
  ...manifests.flatMap((owner) => {
    const template = owner.spec?.jobTemplate?.spec?.template ?? owner.spec?.template;
    return template?.spec?.containers
      ? [{ owner, labels: template.metadata?.labels ?? {}, spec: template.spec }]
      : [];
  }),
  ...cloud.templates.map(({ name }: any) => {
    const { metadata, spec } = podOf({ inheritFrom: name }, cloud);
    return { owner: { path: `agent ${name}`, metadata }, labels: metadata.labels, spec };
  }),
];

test('the address of Pod Identity is open to pods that have a role at AWS, and to no other', () => {
  const open = ofKind('NetworkPolicy').filter(({ spec }) =>
    JSON.stringify(spec.egress ?? []).includes(podIdentity),
  );
  const opened = (pod: any) =>
    open.some(
      ({ metadata, spec }) =>
        metadata.namespace === pod.owner.metadata.namespace &&
        matches(spec.podSelector.matchLabels ?? {}, pod.labels),
    );
  const has = (pod: any) =>
    associations.some(
      ({ namespace, service_account }) =>
        namespace === pod.owner.metadata.namespace && service_account === pod.spec.serviceAccountName,
    );
  const wrong = workloads.filter((pod) => opened(pod) !== has(pod)).map(({ owner }) => owner.path);
  expect(wrong).toEqual([]);
  expect(workloads.filter(has).length).toBeGreaterThan(5);
});

test('the agents of Datadog are open to the pods that send to them: of the app, and the controller of Jenkins', () => {
  const { metadata, spec } = one('cluster', 'NetworkPolicy', 'datadog-agent');
  const selector = { 'app.kubernetes.io/name': 'datadog-agent' };
  const sends = (pod: any) =>
    here('NetworkPolicy', pod.owner.metadata.namespace).some(
      (policy) =>
        matches(policy.spec.podSelector.matchLabels ?? {}, pod.labels) &&
        policy.spec.egress?.some((rule: any) =>
          rule.to.some(
            ({ podSelector, namespaceSelector }: any) =>
              JSON.stringify(podSelector?.matchLabels) === JSON.stringify(selector) &&
              namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] === metadata.namespace,
          ),
        ),
    );
  const admitted = (pod: any) =>
    spec.ingress.some((rule: any) =>
      rule.from.some(
        ({ podSelector, namespaceSelector }: any) =>
          namespaceSelector.matchLabels['kubernetes.io/metadata.name'] === pod.owner.metadata.namespace &&
          matches(podSelector.matchLabels ?? {}, pod.labels),
      ),
    );
  const others = workloads.filter(({ owner }) => owner.metadata.namespace !== metadata.namespace);
  expect(others.filter((pod) => sends(pod) && !admitted(pod)).map(({ owner }) => owner.path)).toEqual([]);
  // Jobs of the app have its labels, and no way out to them.
  const silent = others.filter((pod) => admitted(pod) && !sends(pod));
  expect(
    silent.filter(({ owner, labels }) => owner.kind !== 'Job' || labels['app.kubernetes.io/name'] !== 'e-ren'),
  ).toEqual([]);
  expect(others.filter(sends).length).toBeGreaterThan(4);
});
