import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { entryName, secretEntries } from '../../../charts/environments/secrets';
import { FromFile, configuration as written } from '../../../charts/jenkins/configuration';
import { manifestsWith } from '../../support/changed';
import { addPreviews } from '../../support/preview';
import { root } from '../../support/root';
import { agents, cloud, configuration, read } from './agents';
import { containers, manifests, matches, ofKind, one, pods, settings } from './manifests';

const { cluster } = settings;
const { jenkins, delivery } = cluster;
const config = one('cluster', 'ConfigMap', 'jenkins');
const controller = one('cluster', 'StatefulSet', 'jenkins').spec.template;
const [server] = controller.spec.containers;

describe('the file that Configuration as Code reads', () => {
  const variable = (name: string) => `value of ${name}`;

  test.each([
    ['a shell variable', 'echo ${HOME}'],
    ['two of Groovy', '${computer.jnlpmac} ${computer.name}'],
    ['what is escaped already', '^${HOME}'],
    ['a dollar before one', '$${HOME}'],
    ['a command', 'token=$(aws ecr get-login-password) && echo "$token"'],
    ['one in a default of another', '${A:-${B}}'],
    ['carets and dollars that stand alone', '^ $ ^$ {} $5 ^{'],
  ])('gives Jenkins %s as it was', (_, text) => {
    const file = written({ a: { script: text }, list: [text] });
    expect(read(file, variable)).toEqual({ a: { script: text }, list: [text] });
  });

  test('lets it read a value from a mounted file, and only where we say so', () => {
    const file = written({ secret: new FromFile('/run/jenkins/slack'), text: '${readFile:/run/jenkins/slack}' });
    expect(load(file)).toEqual({
      secret: '${readFile:/run/jenkins/slack}',
      text: '^${readFile:/run/jenkins/slack}',
    });
    expect(read(file, variable)).toEqual({
      secret: 'value of readFile:/run/jenkins/slack',
      text: '${readFile:/run/jenkins/slack}',
    });
  });

  test('asks for files that are mounted, and for all of them', () => {
    const mount = server.volumeMounts.find((each: any) => each.name === 'secret').mountPath;
    const wanted = [...(config.data?.['jenkins.yaml'] ?? '').matchAll(/\$\{readFile:([^}]+)\}/g)].map(
      ([, path]) => path,
    );
    const { data } = one('cluster', 'ExternalSecret', 'jenkins').spec;
    expect([...new Set(wanted)].sort()).toEqual(data.map((each: any) => `${mount}/${each.secretKey}`).sort());
    for (const { remoteRef } of data) {
      const entry = secretEntries(settings.cluster.system, []).find(
        (each) => entryName(settings.cluster.system, each) === remoteRef.key,
      );
      expect(entry?.keys).toContain(remoteRef.property);
    }
  });

  test('is what the pod names', () => {
    const path = server.env.find((each: any) => each.name === 'CASC_JENKINS_CONFIG').value;
    const mount = server.volumeMounts.find((each: any) => each.name === 'config').mountPath;
    expect(Object.keys(config.data ?? {}).map((file) => `${mount}/${file}`)).toContain(path);
  });

  test('is read by another pod when it changes, and by the same one when something else does', () => {
    const rendered = (change: (settings: any) => void) => {
      const changed = manifestsWith((settings) => {
        addPreviews(settings);
        change(settings);
      }).filter(({ path }) => path.startsWith('dist/cluster/jenkins/'));
      const of = (kind: string) => changed.find((each) => each.kind === kind && each.metadata.name === 'jenkins');
      return { file: of('ConfigMap')?.data?.['jenkins.yaml'], pod: of('StatefulSet')?.spec.template };
    };
    const same = rendered(({ environments }) => (environments[0].web.autoscaling.max -= 1));
    expect(same).toEqual({ file: config.data?.['jenkins.yaml'], pod: controller });
    const other = rendered(({ cluster: { jenkins } }) => (jenkins.buildsKept += 1));
    expect(other.file).not.toBe(config.data?.['jenkins.yaml']);
    expect(other.pod).not.toEqual(controller);
    // Nothing else makes it another one.
    const { annotations, ...metadata } = other.pod.metadata;
    expect(Object.keys(annotations)).toEqual(Object.keys(controller.metadata.annotations));
    expect({ ...other.pod, metadata }).toEqual({
      ...controller,
      metadata: { ...controller.metadata, annotations: undefined },
    });
  });
});

describe('plugins.txt', () => {
  const lines = (config.data?.['plugins.txt'] ?? '').trimEnd().split('\n');
  const versions = new Map(lines.map((line) => line.split(':') as [string, string]));

  test('pins every plugin, each once', () => {
    expect(lines.filter((line) => !/^[a-z][a-z0-9-]*:\d[\w.-]*$/.test(line))).toEqual([]);
    expect(versions.size).toBe(lines.length);
  });

  test("has the design's seven and those that the configuration needs", () => {
    expect([...versions.keys()]).toEqual(
      expect.arrayContaining([
        ...[
          'kubernetes',
          'workflow-aggregator',
          'git',
          'github',
          'datadog',
          'credentials-binding',
          'docker-workflow',
        ],
        ...['configuration-as-code', 'job-dsl', 'github-branch-source', 'matrix-auth', 'github-oauth'],
      ]),
    );
  });

  test('is installed before Jenkins starts, into the folder that Jenkins reads, and not again for the same list', () => {
    const [init] = controller.spec.initContainers;
    expect(init.image).toBe(server.image);
    expect(init.volumeMounts.find((each: any) => each.name === 'data')).toEqual(
      server.volumeMounts.find((each: any) => each.name === 'data'),
    );
    const folder = mkdtempSync(join(tmpdir(), 'plugins-'));
    const at = (name: string) => join(folder, name);
    const list = (text: string) => writeFileSync(at('plugins.txt'), text);
    try {
      // An installer that notes how it was called, and puts one plugin where it was told.
      const fake =
        'echo "$@" >> "$CALLS"; for each; do [ "$before" != --plugin-download-directory ] || touch "$each/new"; before=$each; done; exec $THEN';
      writeFileSync(at('jenkins-plugin-cli'), `#!/bin/sh\n${fake}\n`, { mode: 0o755 });
      writeFileSync(at('calls'), '');
      mkdirSync(at('home/plugins'), { recursive: true });
      writeFileSync(at('home/plugins/old'), '');
      const script = (config.data?.['install-plugins.sh'] ?? '').replaceAll('/etc/jenkins', folder);
      const run = (then = 'true') =>
        spawnSync('sh', ['-c', script], {
          env: { PATH: `${folder}:${process.env.PATH}`, JENKINS_HOME: at('home'), CALLS: at('calls'), THEN: then },
        }).status;
      const calls = () => readFileSync(at('calls'), 'utf8').trim().split('\n');
      const installed = () => readdirSync(at('home/plugins')).filter((name) => !name.startsWith('.'));

      list('git:1\n');
      expect([run('false'), installed()]).toEqual([1, ['old']]);
      expect([run(), installed()]).toEqual([0, ['new']]);
      expect(calls().at(-1)).toMatch(/ --latest=false( |$)/);
      expect([run(), calls().length]).toEqual([0, 2]);
      list('git:2\n');
      expect([run(), calls().length]).toEqual([0, 3]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the controller', () => {
  test('runs no builds, and lets nobody in who has not logged in by GitHub', () => {
    expect(configuration.jenkins.numExecutors).toBe(0);
    expect(Object.keys(configuration.jenkins.securityRealm)).toEqual(['github']);
    const granted = configuration.jenkins.authorizationStrategy.globalMatrix.entries;
    expect(granted.map((each: any) => Object.keys(each))).toEqual([['group'], ['group']]);
    const groups = Object.fromEntries(granted.map(({ group }: any) => [group.name, group.permissions]));
    expect(groups).toEqual({
      [`${delivery.organization}*${delivery.readers}`]: ['Overall/Read', 'Job/Read', 'View/Read'],
      [`${delivery.organization}*${delivery.operators}`]: ['Overall/Administer'],
    });
  });

  test('is found by its agents under names that are its Services', () => {
    for (const [name, port] of [new URL(cloud.jenkinsUrl).host.split(':'), cloud.jenkinsTunnel.split(':')] as [
      string,
      string,
    ][]) {
      const [service, namespace, ...rest] = name.split('.');
      expect(rest.join('.')).toBe('svc.cluster.local');
      const { spec, metadata } = one('cluster', 'Service', service as string);
      expect(metadata.namespace).toBe(namespace);
      expect(spec.ports.map((each: any) => String(each.port))).toEqual([port]);
      expect(matches(spec.selector, controller.metadata.labels)).toBe(true);
    }
    expect(configuration.jenkins.slaveAgentPort).toBe(Number(cloud.jenkinsTunnel.split(':')[1]));
    expect(one('cluster', 'StatefulSet', 'jenkins').spec.serviceName).toBe('jenkins');
  });

  test('takes the heap that the settings leave Java, and asks for agents at once', () => {
    const { value } = server.env.find((each: any) => each.name === 'JAVA_OPTS');
    expect(value.split(' ')).toEqual(
      expect.arrayContaining([
        `-XX:MaxRAMPercentage=${jenkins.heapPercent}`,
        '-Dhudson.slaves.NodeProvisioner.initialDelay=0',
      ]),
    );
    expect(server.resources.requests.memory).toBe(server.resources.limits.memory);
  });

  test('is at the addresses it tells people and GitHub, and from outside at one path only', () => {
    const rule = (name: string) => one('cluster', 'Ingress', name).spec.rules[0];
    expect(configuration.unclassified.location.url).toBe(`https://${rule('jenkins').host}/`);
    const webhook = rule('jenkins-webhook');
    expect(webhook.host).toBe(cluster.hosts.webhooks);
    expect(webhook.http.paths.map(({ path, pathType }: any) => [path, pathType])).toEqual([
      ['/github-webhook/', 'Exact'],
    ]);
    expect(one('cluster', 'Ingress', 'jenkins').spec.ingressClassName).toBe('alb-internal');
    const checked = configuration.unclassified.gitHubPluginConfig.hookSecretConfigs;
    const known = configuration.credentials.system.domainCredentials[0].credentials.flatMap(Object.values);
    expect(known.map(({ id }: any) => id)).toEqual(
      expect.arrayContaining(checked.map(({ credentialsId }: any) => credentialsId)),
    );
  });

  test('may do what agents need in their namespaces, and nothing anywhere else', () => {
    const bindings = ofKind('RoleBinding').filter(({ subjects }: any) =>
      subjects.some((each: any) => each.name === controller.spec.serviceAccountName && each.namespace === 'ci-cd'),
    );
    expect(bindings.map(({ metadata }) => metadata.namespace).sort()).toEqual(
      [...new Set(agents.map(({ metadata }) => metadata.namespace))].sort(),
    );
    for (const { metadata, roleRef } of bindings as any[]) {
      const role: any = ofKind('Role').find(
        (each) => each.metadata.namespace === metadata.namespace && each.metadata.name === roleRef.name,
      );
      expect(role.rules.flatMap((each: any) => each.resources)).toEqual([
        'pods',
        'pods/exec',
        'pods/log',
        'events',
      ]);
      expect(role.rules.every((each: any) => each.apiGroups.join() === '')).toBe(true);
    }
  });
});

describe('jobs', () => {
  const scripts: string[] = configuration.jobs.map(({ script }: any) => script);

  test('are the one of the app, the one of this repository and the button, and build no pull request of a fork', () => {
    const urls = scripts.map((script) => /repositoryUrl\('([^']+)'\)/.exec(script)?.[1]);
    expect(urls).toEqual([jenkins.application, delivery.repository, undefined]);
    expect(scripts[2]).toMatch(/^pipelineJob\('rollback'\)/);
    expect(scripts.filter((script) => /fork/i.test(script))).toEqual([]);
  });

  // That they are Groovy, and what they call, is for `npm run test:jenkinsfile`.
  test('name a credential which exists', () => {
    const ids = configuration.credentials.system.domainCredentials[0].credentials
      .flatMap(Object.values)
      .map(({ id }: any) => id);
    for (const script of scripts) expect(ids).toContain(/credentialsId(?:\(|: )'([^']+)'/.exec(script)?.[1]);
  });
});

describe('the GitHub Apps, as the runbook makes them', () => {
  const runbook = readFileSync(join(root, 'docs/runbooks/first-deploy.md'), 'utf8');
  const [apps = ''] = /### The GitHub Apps[\s\S]*?(?=\n### )/.exec(runbook) ?? [];

  test('that of Jenkins tells it of pushes and pull requests of both repositories, at the one path that is open', () => {
    const { host, http } = one('cluster', 'Ingress', 'jenkins-webhook').spec.rules[0];
    expect(apps).toContain(`https://${host}${http.paths[0].path}`);
    // PushGHEventSubscriber, PullRequestGHEventSubscriber, GitHubRepositoryEventSubscriber of github-branch-source.
    expect(apps).toContain('subscribed to Push, Pull request and Repository');
    expect(apps).toMatch(/^\| Jenkins \| the app's, this one \|/m);
    const { secretKey, remoteRef } = one('cluster', 'ExternalSecret', 'jenkins').spec.data.find(
      (each: any) => each.secretKey === 'github-webhook',
    );
    expect(apps).toContain(`the secret of \`${remoteRef.key}\``);
    const [checked] = configuration.unclassified.gitHubPluginConfig.hookSecretConfigs;
    expect(checked.credentialsId).toBe(secretKey);
  });

  test('have the permissions that credentials, statuses and comments ask for', () => {
    const of = (app: string) => {
      const rows = apps.split('\n').filter((line) => line.startsWith('|'));
      const first = rows.findIndex((line) => line.startsWith(`| ${app} |`));
      const next = rows.findIndex((line, i) => i > first && !line.startsWith('| |'));
      return rows.slice(first, next === -1 ? undefined : next).map((line) => line.split('|')[3]?.trim());
    };
    expect(of('Jenkins')).toEqual([
      'Metadata: read',
      'Contents: read and write',
      'Commit statuses: read and write',
      'Pull requests: read and write',
    ]);
    expect(of('Argo CD')).toEqual(['Metadata: read', 'Contents: read', 'Commit statuses: read and write']);
    // Its notices are statuses, and nothing else of GitHub's.
    const application: any = manifests.find(({ path }) => path === 'argocd/add-ons/Application.argo-cd.yaml');
    const { templates, notifiers } = application.spec.source.helm.valuesObject.notifications;
    expect(notifiers['service.github']).toContain('appID: $github-app-id');
    const notices = Object.values(templates as Record<string, string>).flatMap((text) => {
      const { github } = load(text) as any;
      return Object.keys(github).filter((key) => key !== 'repoURLPath' && key !== 'revisionPath');
    });
    expect([...new Set(notices)]).toEqual(['status']);
    const asked = configuration.credentials.system.domainCredentials[0].credentials
      .flatMap((each: any) => each.gitHubApp ?? [])
      .map(({ id, defaultPermissionsStrategy }: any) => [id, defaultPermissionsStrategy]);
    expect(asked).toEqual([
      ['github-app', 'CONTENTS_READ'],
      ['github-comment', 'INHERIT_ALL'],
      ['delivery', 'CONTENTS_WRITE'],
      ['application', 'INHERIT_ALL'],
    ]);
  });

  test('find the labels of the review made', () => {
    const { definitions } = JSON.parse(readFileSync(join(root, 'docs/finding.schema.json'), 'utf8'));
    expect(apps).toContain(".definitions.class.enum[]' docs/finding.schema.json");
    expect(definitions.class.enum).toContain('data-loss');
  });
});

describe('the backup', () => {
  test('is of the claim that Jenkins uses, by an account that no pod of Jenkins can have', () => {
    const claim = one('cluster', 'PersistentVolumeClaim', 'jenkins-home');
    expect(controller.spec.volumes[0].persistentVolumeClaim.claimName).toBe(claim.metadata.name);
    const [backup] = containers.filter(({ pod }) => pod.owner.metadata.name === 'jenkins-backup');
    const env = Object.fromEntries(backup?.container.env.map(({ name, value }: any) => [name, value]));
    expect(env).toMatchObject({ CLAIM: claim.metadata.name, NAMESPACE: claim.metadata.namespace });
    expect(agents.map(({ owner }) => owner.metadata.namespace)).not.toContain(
      backup?.pod.owner.metadata.namespace,
    );
    expect(pods.filter(({ spec }) => spec.serviceAccountName === 'jenkins-backup')).toHaveLength(1);
  });
});

test('whatever runs in the namespaces of Jenkins is closed in both directions', () => {
  for (const namespace of ['ci-cd', 'ci-build', 'backup']) {
    const deny = manifests.filter(
      ({ kind, metadata, spec }) =>
        kind === 'NetworkPolicy' &&
        metadata.namespace === namespace &&
        JSON.stringify(spec.podSelector) === '{}' &&
        !spec.ingress &&
        !spec.egress,
    );
    expect(deny.map(({ spec }) => spec.policyTypes)).toEqual([['Ingress', 'Egress']]);
  }
});

// What its expressions refuse is for `npm run test:jenkinsfile`, which evaluates them.
test('an admission policy judges every pod of ci-build and of no other namespace, and lets nothing pass unjudged', () => {
  const policy = one('cluster', 'ValidatingAdmissionPolicy', 'ci-build');
  const binding = one('cluster', 'ValidatingAdmissionPolicyBinding', 'ci-build');
  expect(binding.spec).toEqual({ policyName: policy.metadata.name, validationActions: ['Deny'] });
  expect(policy.spec.failurePolicy).toBe('Fail');
  const { namespaceSelector, resourceRules } = policy.spec.matchConstraints;
  expect(namespaceSelector).toEqual({ matchLabels: { 'kubernetes.io/metadata.name': 'ci-build' } });
  expect(resourceRules).toEqual([
    {
      apiGroups: [''],
      apiVersions: ['v1'],
      operations: ['CREATE', 'UPDATE'],
      resources: ['pods', 'pods/ephemeralcontainers'],
      scope: 'Namespaced',
    },
  ]);
});
