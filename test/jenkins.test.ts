import { load } from 'js-yaml';
import { entries } from '../charts/environments/secrets';
import { mebibytes, millicores } from '../charts/environments/units';
import { FromFile, configuration as written } from '../charts/jenkins/configuration';
import { agents, cloud, configuration, read } from './agents';
import { containers, manifests, matches, ofKind, one, pods, settings } from './manifests';

const { cluster, outputs } = settings;
const { jenkins, nodeGroups, delivery } = cluster;
const config = one('cluster', 'ConfigMap', 'jenkins');
const controller = one('cluster', 'StatefulSet', 'jenkins').spec.template;
const [server] = controller.spec.containers;
const agentContainers = agents.flatMap((agent) =>
  [...(agent.spec.initContainers ?? []), ...agent.spec.containers].map((container: any) => ({ agent, container })),
);
const named = (of: typeof agentContainers) => of.map(({ agent, container }) => `${agent.name}/${container.name}`);
const agent = (name: string) => agents.find((each) => each.name === name) as (typeof agents)[number];

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
      const entry = remoteRef.key.split('/').at(-1) as keyof typeof entries;
      expect(entries[entry]).toContain(remoteRef.property);
    }
  });

  test('is what the pod names, and a change of it is another pod', () => {
    const path = server.env.find((each: any) => each.name === 'CASC_JENKINS_CONFIG').value;
    const mount = server.volumeMounts.find((each: any) => each.name === 'config').mountPath;
    expect(Object.keys(config.data ?? {}).map((file) => `${mount}/${file}`)).toContain(path);
    expect(controller.metadata.annotations['checksum/configuration']).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('plugins.txt', () => {
  const lines = (config.data?.['plugins.txt'] ?? '').trimEnd().split('\n');
  const versions = new Map(lines.map((line) => line.split(':') as [string, string]));

  test('pins every plugin, each once', () => {
    expect(lines.filter((line) => !/^[a-z][a-z0-9-]*:\d[\w.-]*$/.test(line))).toEqual([]);
    expect(versions.size).toBe(lines.length);
  });

  test("has the document's seven and those that the configuration needs", () => {
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
    const script = config.data?.['install-plugins.sh'] ?? '';
    expect(script.indexOf('cmp -s')).toBeLessThan(script.indexOf('jenkins-plugin-cli'));
    expect(script).toContain('--latest=false');
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
      [...new Set(agents.map(({ template }) => template.namespace))].sort(),
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

describe('agents', () => {
  test('are the three that pipelines inherit from, at most so many at once', () => {
    expect(agents.map(({ name }) => name)).toEqual(['rspec', 'docker', 'deploy']);
    expect(cloud.containerCapStr).toBe(String(jenkins.agents.most));
    expect(agents.map(({ template }) => template.label)).toEqual(agents.map(({ name }) => name));
  });

  test('run where the controller runs, on the node group of Jenkins, whose taint they tolerate', () => {
    const { workload, tainted } = nodeGroups.jenkins;
    expect(tainted).toBe(true);
    for (const { spec } of [controller, ...agents]) {
      expect(spec.nodeSelector).toEqual({ workload });
      expect(spec.tolerations).toEqual([
        { key: 'workload', operator: 'Equal', value: workload, effect: 'NoSchedule' },
      ]);
    }
  });

  test('are never moved by the autoscaler, and ended when they hang', () => {
    for (const { template } of agents) {
      const { metadata } = load(template.yaml) as any;
      expect(metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict']).toBe('false');
      expect(template.activeDeadlineSeconds).toBeGreaterThan(template.slaveConnectTimeout);
    }
  });

  test('run without root, privileges, capabilities and a writable root, but for BuildKit', () => {
    const bad = agentContainers.filter(({ container: { securityContext: context } }) => {
      return !(
        context.runAsNonRoot === true &&
        context.runAsUser > 0 &&
        context.privileged === false &&
        context.allowPrivilegeEscalation === false &&
        context.readOnlyRootFilesystem === true &&
        context.seccompProfile.type === 'RuntimeDefault' &&
        context.capabilities.drop.includes('ALL')
      );
    });
    expect(named(bad)).toEqual(['docker/buildkit']);
    expect(agent('docker').template.namespace).toBe('ci-build');
    expect(bad[0]?.container.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      privileged: false,
      allowPrivilegeEscalation: true,
      seccompProfile: { type: 'Unconfined' },
      appArmorProfile: { type: 'Unconfined' },
    });
  });

  test('ask for CPU and memory, have a limit of memory, and run pinned images', () => {
    const bad = agentContainers.filter(({ container: { image, resources } }) => {
      const { requests, limits } = resources;
      return (
        !requests.cpu ||
        !requests.memory ||
        !limits.memory ||
        limits.cpu ||
        !/:(?!latest)[\w.-]+(@sha256:\w{64})?$/.test(image)
      );
    });
    expect(named(bad)).toEqual([]);
  });

  test('ask for no more than a node has beside its own pods, and two never share one', () => {
    // A t3.medium of 35 pods has 1930m and about 3.05 GiB; its DaemonSets take part of it.
    for (const { spec } of agents) {
      const sum = (read: (requests: any) => number) =>
        spec.containers.reduce((total: number, each: any) => total + read(each.resources.requests), 0);
      expect(sum(({ cpu }) => millicores(cpu))).toBeLessThan(1500);
      expect(sum(({ memory }) => mebibytes(memory))).toBeLessThan(2600);
    }
    expect(jenkins.agents.most + 1).toBeLessThanOrEqual(nodeGroups.jenkins.max);
  });

  test('mount only volumes of their pod, and hold no secret but by their account', () => {
    const bad = agentContainers.filter(
      ({ agent: { spec }, container }) =>
        container.volumeMounts?.some((mount: any) => !spec.volumes.some(({ name }: any) => name === mount.name)) ||
        container.env?.some(({ name }: any) => /SECRET|PASSWORD|TOKEN|_KEY/.test(name)),
    );
    expect(named(bad)).toEqual([]);
    expect(agents.filter(({ spec }) => spec.volumes.some((each: any) => !each.emptyDir))).toEqual([]);
    expect(agents.filter(({ spec }) => spec.automountServiceAccountToken).map(({ name }) => name)).toEqual([
      'deploy',
    ]);
  });

  test('have accounts that are made, and the one that deploys may read one Rollout of each environment', () => {
    for (const { spec, owner } of agents.filter(({ spec }) => spec.serviceAccountName))
      expect(one('cluster', 'ServiceAccount', spec.serviceAccountName).metadata.namespace).toBe(
        owner.metadata.namespace,
      );
    const { serviceAccountName: deployer } = agent('deploy').spec;
    const bound = ofKind('RoleBinding').filter(({ subjects }: any) => subjects[0].name === deployer) as any[];
    expect(bound.map(({ metadata }) => metadata.namespace).sort()).toEqual(
      settings.sites.map(({ environment }) => environment.namespace).sort(),
    );
    for (const { metadata, roleRef } of bound) {
      const role: any = one(metadata.namespace, 'Role', roleRef.name);
      const rollout = one(metadata.namespace, 'Rollout', role.rules[0].resourceNames[0]);
      expect(role.rules).toEqual([
        {
          apiGroups: ['argoproj.io'],
          resources: ['rollouts'],
          resourceNames: [rollout.metadata.name],
          verbs: ['get', 'watch'],
        },
      ]);
    }
  });

  test('reach the controller, which lets them in, and are reached by nobody', () => {
    const policies = ofKind('NetworkPolicy');
    const [inbound] = [one('cluster', 'NetworkPolicy', 'jenkins').spec.ingress];
    for (const { labels, owner } of agents) {
      const mine = policies.filter(
        ({ metadata, spec }) =>
          metadata.namespace === owner.metadata.namespace && matches(spec.podSelector.matchLabels ?? {}, labels),
      );
      expect(mine.filter(({ spec }) => spec.ingress)).toEqual([]);
      const open = mine.flatMap(({ spec }) => spec.egress ?? []);
      const ports = (rules: any[]) => rules.flatMap((rule) => rule.ports.map(({ port }: any) => port));
      expect(ports(open)).toEqual(expect.arrayContaining([8080, 50000, 443]));
      const admitted = inbound.filter((rule: any) =>
        rule.from.some(
          ({ podSelector, namespaceSelector }: any) =>
            podSelector &&
            matches(podSelector.matchLabels, labels) &&
            (namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] ?? 'ci-cd') ===
              owner.metadata.namespace,
        ),
      );
      expect(ports(admitted)).toEqual([8080, 50000]);
    }
  });

  test('push to the registry of the outputs, and log in to it before they build', () => {
    const { containers: all, initContainers } = agent('docker').spec;
    const buildkit = all.find(({ name }: any) => name === 'buildkit');
    const env = Object.fromEntries(buildkit.env.map(({ name, value }: any) => [name, value]));
    expect(env.ECR_REPO).toBe(outputs.ecr_repository_urls['e-ren']);
    expect(env.ECR_CACHE.split('/')[0]).toBe(env.ECR_REPO.split('/')[0]);
    expect(env.ECR_CACHE).not.toBe(env.ECR_REPO);
    expect(initContainers[0].args[0]).toContain(`> ${env.DOCKER_CONFIG}/config.json`);
  });

  test('test with the PostgreSQL and Redis that staging has', () => {
    const staging = settings.sites.find(({ environment }) => environment.inCluster)?.environment.inCluster;
    const image = (name: string) => agent('rspec').spec.containers.find((each: any) => each.name === name).image;
    expect([image('postgres'), image('redis')]).toEqual([staging?.postgres.image, staging?.redis.image]);
  });
});

describe('jobs', () => {
  const scripts: string[] = configuration.jobs.map(({ script }: any) => script);

  test('are the one of the app and the one of this repository, and build no pull request of a fork', () => {
    const urls = scripts.map((script) => /repositoryUrl\('([^']+)'\)/.exec(script)?.[1]);
    expect(urls).toEqual([jenkins.application, delivery.repository]);
    expect(scripts.filter((script) => /fork/i.test(script))).toEqual([]);
  });

  test('are balanced Groovy that names a credential which exists', () => {
    const ids = configuration.credentials.system.domainCredentials[0].credentials
      .flatMap(Object.values)
      .map(({ id }: any) => id);
    for (const script of scripts) {
      expect(script.split('{').length).toBe(script.split('}').length);
      expect(ids).toContain(/credentialsId\('([^']+)'\)/.exec(script)?.[1]);
    }
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

test('an admission policy refuses in ci-build what its level would let in', () => {
  const policy = one('cluster', 'ValidatingAdmissionPolicy', 'ci-build');
  const binding = one('cluster', 'ValidatingAdmissionPolicyBinding', 'ci-build');
  expect(binding.spec).toEqual({ policyName: policy.metadata.name, validationActions: ['Deny'] });
  expect(policy.spec.failurePolicy).toBe('Fail');
  const expressions = policy.spec.validations.map(({ expression }: any) => expression).join('\n');
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'hostPath', 'hostPort', 'privileged', 'runAsNonRoot'])
    expect(expressions).toContain(field);
});
