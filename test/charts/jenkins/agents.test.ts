import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { buildGroup, buildGroupName, groupNamed, tolerationsOf } from '../../../charts/environments/node-groups';
import { mebibytes, millicores } from '../../../charts/environments/units';
import { root } from '../../support/root';
import { agents, cloud } from './agents';
import { matches, ofKind, one, settings } from './manifests';
import { scriptsOf } from './reach';

const { cluster, outputs } = settings;
const { jenkins } = cluster;
const controller = one('cluster', 'StatefulSet', 'jenkins').spec.template;
const agentContainers = agents.flatMap((agent) =>
  [...(agent.spec.initContainers ?? []), ...agent.spec.containers].map((container: any) => ({ agent, container })),
);
const named = (of: typeof agentContainers) => of.map(({ agent, container }) => `${agent.name}/${container.name}`);
const agent = (name: string) => agents.find((each) => each.name === name) as (typeof agents)[number];

describe('agents', () => {
  test('are those that pipelines inherit from, at most so many at once', () => {
    expect(agents.map(({ name }) => name)).toEqual(['rspec', 'docker', 'preview', 'review', 'deploy']);
    expect(cloud.containerCapStr).toBe(String(jenkins.agents.most));
    expect(agents.map(({ template }) => template.label)).toEqual(agents.map(({ name }) => name));
  });

  test('run on their node group, whose taint they tolerate, and the controller on its own', () => {
    expect(buildGroup(cluster).tainted).toBe(true);
    const pods = [{ spec: controller.spec, on: groupNamed(cluster, jenkins.nodeGroup) }];
    for (const { spec, on } of [...pods, ...agents.map(({ spec }) => ({ spec, on: buildGroup(cluster) }))]) {
      expect(spec.nodeSelector).toEqual({ workload: on.workload });
      expect(spec.tolerations ?? []).toEqual(tolerationsOf([on]));
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
    expect(named(bad)).toEqual(['docker/buildkit', 'preview/buildkit']);
    for (const { agent, container } of bad) {
      expect(agent.metadata.namespace).toBe('ci-build');
      expect(container.securityContext).toEqual({
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        privileged: false,
        allowPrivilegeEscalation: true,
        seccompProfile: { type: 'Unconfined' },
        appArmorProfile: { type: 'Unconfined' },
      });
    }
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
    // A medium of 35 pods has 1930m and about 3.05 GiB; its DaemonSets take part of it.
    for (const { spec } of agents) {
      const sum = (read: (requests: any) => number) =>
        spec.containers.reduce((total: number, each: any) => total + read(each.resources.requests), 0);
      expect(sum(({ cpu }) => millicores(cpu))).toBeLessThan(1500);
      expect(sum(({ memory }) => mebibytes(memory))).toBeLessThan(2600);
    }
    const besideController = buildGroupName(cluster) === jenkins.nodeGroup ? 1 : 0;
    expect(jenkins.agents.most + besideController).toBeLessThanOrEqual(buildGroup(cluster).max);
  });

  test('have memory for what was measured of their commands, and a quarter more', () => {
    // Without the page cache, in a control group of this limit, on two CPUs: `npm test` in 1.5 GiB, and `npm ci`, `npm
    // run synth` and `npm run promote` in 1 GiB, each without an end for want of memory.
    const measured = { 'npm test': 1281, 'npm ci': 463 };
    const used = ['Jenkinsfile', 'docs/rails-app/Jenkinsfile'].flatMap((file) =>
      scriptsOf(readFileSync(join(root, file), 'utf8')).flatMap(({ agents: [on = ''], script }) =>
        Object.entries(measured)
          .filter(([command]) => script.includes(command))
          .map(([command, mebi]) => ({ on, command, mebi })),
      ),
    );
    expect(used.map(({ on, command }) => `${on}: ${command}`)).toEqual([
      'review: npm ci',
      'review: npm test',
      'deploy: npm ci',
    ]);
    const small = used.filter(({ on, mebi }) => {
      const node = agent(on).spec.containers.find((each: any) => each.name === 'node');
      return mebibytes(node.resources.limits.memory) < mebi * 1.25;
    });
    expect(small).toEqual([]);
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

  test('have accounts that are made, and the one that deploys may read one Rollout and what the migrations left in each environment', () => {
    for (const { spec, owner } of agents.filter(({ spec }) => spec.serviceAccountName))
      expect(one('cluster', 'ServiceAccount', spec.serviceAccountName).metadata.namespace).toBe(
        owner.metadata.namespace,
      );
    const { serviceAccountName: deployer } = agent('deploy').spec;
    const bound = ofKind('RoleBinding').filter(({ subjects }: any) => subjects[0].name === deployer) as any[];
    const rules = bound.flatMap(({ metadata: { namespace }, roleRef }) =>
      (one(namespace, 'Role', roleRef.name) as any).rules.map((rule: any) => ({ ...rule, namespace })),
    );
    const may = (namespace: string, group: string, kind: string, name: string, ...verbs: string[]) => {
      const read = one(namespace, kind, name);
      const resources = [`${kind.toLowerCase()}s`];
      return { namespace, apiGroups: [group], resources, resourceNames: [read.metadata.name], verbs };
    };
    const expected = settings.sites.flatMap(({ environment: { namespace } }) => [
      may(namespace, '', 'ConfigMap', 'eren-migrations', 'get'),
      may(namespace, 'batch', 'Job', 'eren-migrations', 'get'),
      may(namespace, 'argoproj.io', 'Rollout', 'e-ren-rollout', 'get', 'watch'),
    ]);
    expect(rules).toHaveLength(expected.length);
    expect(rules).toEqual(expect.arrayContaining(expected));
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

  test.each([
    ['docker', 'eren-builder', outputs.ecr_repository_urls['e-ren']],
    ['preview', 'eren-preview-builder', '000000000000.dkr.ecr.us-east-1.amazonaws.com/e-ren-preview'],
  ])('of them %s pushes as %s, to %s, and logs in before it builds', (name, account, repository) => {
    const { containers: all, initContainers, serviceAccountName } = agent(name).spec;
    const buildkit = all.find(({ name }: any) => name === 'buildkit');
    const env = Object.fromEntries(buildkit.env.map(({ name, value }: any) => [name, value]));
    expect([serviceAccountName, env.ECR_REPO]).toEqual([account, repository]);
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
