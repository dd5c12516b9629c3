import { load } from 'js-yaml';
import { PgBouncer } from '../../charts/constructs/pgbouncer';
import { entryName, secretEntries } from '../../charts/environments/secrets';
import { isJob, type Manifest, manifests, matches, ofKind, one, pods, settings } from '../support/manifests';
import { problemsOf } from '../support/problems';

const { cluster, sites } = settings;
const { namespace } = cluster.datadog;
const datadog = (kind: string, name: string) => one('cluster', kind, name);
const environments = sites.map((site) => [site.environment.name, site] as const);

const daemonSet = datadog('DaemonSet', 'datadog-agent');
const { metadata: podMetadata, spec: pod } = daemonSet.spec.template;
const service = datadog('Service', 'datadog-agent');
const container = (name: string) => pod.containers.find((each: any) => each.name === name);
const variable = (of: any, name: string) => of.env.find((each: any) => each.name === name);
const policy = (of: Manifest) =>
  ofKind('NetworkPolicy').filter(
    ({ metadata, spec }) =>
      metadata.namespace === of.metadata.namespace &&
      Object.keys(spec.podSelector.matchLabels ?? {}).length > 0 &&
      matches(spec.podSelector.matchLabels, of.spec.template.metadata.labels),
  );

/** Whether a rule's peers have a pod of a namespace; `home` is the namespace of the policy itself. */
const admits = (peers: any[], home: string, from: string, labels: Record<string, string>) =>
  peers.some(
    ({ podSelector, namespaceSelector }) =>
      podSelector &&
      (namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] ?? home) === from &&
      matches(podSelector.matchLabels ?? {}, labels),
  );
const opens = (rule: any, port: number, protocol: string) =>
  rule.ports.some((each: any) => each.port === port && each.protocol === protocol);

describe('the agent', () => {
  test('is reached on its own node by a Service whose ports are those of its containers', () => {
    expect(service.spec.internalTrafficPolicy).toBe('Local');
    expect(matches(service.spec.selector, podMetadata.labels)).toBe(true);
    const listening = pod.containers.flatMap(({ ports }: any) =>
      ports.map(({ containerPort, protocol }: any) => `${containerPort}/${protocol}`),
    );
    expect(service.spec.ports.map(({ targetPort, protocol }: any) => `${targetPort}/${protocol}`)).toEqual(
      expect.arrayContaining(listening),
    );
    expect(service.spec.ports.every(({ port, targetPort }: any) => port === targetPort)).toBe(true);
  });

  test('listens where it is told, and not to its own pod alone', () => {
    const [agent, traces] = [container('agent'), container('trace-agent')];
    expect(variable(agent, 'DD_DOGSTATSD_PORT').value).toBe(String(agent.ports[0].containerPort));
    expect(variable(agent, 'DD_DOGSTATSD_NON_LOCAL_TRAFFIC').value).toBe('true');
    expect(variable(traces, 'DD_APM_RECEIVER_PORT').value).toBe(String(traces.ports[0].containerPort));
    expect(variable(traces, 'DD_APM_NON_LOCAL_TRAFFIC').value).toBe('true');
  });

  test('is on every node, whatever its taint', () => {
    const taints = Object.values(cluster.nodeGroups).filter(({ tainted }) => tainted);
    expect(taints.length).toBeGreaterThan(0);
    const tolerated = ({ workload }: (typeof taints)[number]) =>
      pod.tolerations.some(
        ({ operator, key, value, effect }: any) =>
          !effect &&
          (operator === 'Exists' ? !key || key === 'workload' : key === 'workload' && value === workload),
      );
    expect(taints.filter((taint) => !tolerated(taint))).toEqual([]);
    expect(pod.nodeSelector ?? pod.affinity).toBeUndefined();
  });

  test('is replaced on one node at a time', () => {
    expect(daemonSet.spec.updateStrategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1 },
    });
  });

  test('writes to no path of the node but where it notes how far it has read the log files', () => {
    const paths = new Map(
      pod.volumes.filter(({ hostPath }: any) => hostPath).map(({ name, hostPath }: any) => [name, hostPath.path]),
    );
    const mounts = [...pod.initContainers, ...pod.containers].flatMap(({ volumeMounts }: any) => volumeMounts);
    const used = mounts.filter(({ name }: any) => paths.has(name));
    expect(used.length).toBeGreaterThan(0);
    const writable = used.filter(({ readOnly }: any) => readOnly !== true);
    expect([...new Set(writable.map(({ name }: any) => paths.get(name)))]).toEqual([
      '/var/lib/datadog-agent/logs',
    ]);
    expect([...paths.keys()].filter((name) => !used.some((each: any) => each.name === name))).toEqual([]);
  });

  test("sees nothing of the container runtime, whose socket is root's on the node", () => {
    const paths = pod.volumes.flatMap(({ hostPath }: any) => hostPath?.path ?? []);
    expect(
      paths.filter((path: string) => path === '/' || /^(\/var)?\/run\b|containerd|docker/.test(path)),
    ).toEqual([]);
  });

  test("verifies the kubelet by the cluster's authority", () => {
    for (const each of pod.containers) {
      expect(variable(each, 'DD_KUBELET_TLS_VERIFY').value).toBe('true');
      expect(variable(each, 'DD_KUBELET_CLIENT_CA').value).toMatch(/serviceaccount\/ca\.crt$/);
    }
  });

  test('collects the logs of all containers, processes, and no events, which are collected once', () => {
    const on = (name: string) => variable(container('agent'), name)?.value;
    expect(on('DD_LOGS_ENABLED')).toBe('true');
    expect(on('DD_LOGS_CONFIG_CONTAINER_COLLECT_ALL')).toBe('true');
    expect(on('DD_PROCESS_CONFIG_PROCESS_COLLECTION_ENABLED')).toBe('true');
    expect(on('DD_COLLECT_KUBERNETES_EVENTS')).toBeUndefined();
  });

  test('gives the annotations of a pod its passwords for the pools and no other variable', () => {
    const named = pods.flatMap(({ owner }) => {
      const template = owner.spec.jobTemplate?.spec.template ?? owner.spec.template;
      const checks = template.metadata?.annotations?.['ad.datadoghq.com/pgbouncer.checks'] ?? '';
      return [...checks.matchAll(/%%env_(\w+)%%/g)].map(([, name]) => name);
    });
    const allowed = variable(container('agent'), 'DD_AD_ALLOWED_ENV_VARS').value.split(' ');
    expect(allowed.length).toBeGreaterThan(0);
    expect([...new Set(named)].sort()).toEqual([...allowed].sort());
    for (const name of allowed) expect(variable(container('agent'), name).valueFrom.secretKeyRef).toBeDefined();
  });
});

describe.each(environments)('what stays of the app of %s', (name, { environment }) => {
  const workloads = pods.filter(
    ({ owner, labels }) =>
      owner.metadata.namespace === environment.namespace &&
      labels['app.kubernetes.io/name'] === 'e-ren' &&
      !isJob(owner),
  );
  const pooled = workloads.filter(({ spec }) =>
    spec.initContainers?.some((each: any) => each.name === 'pgbouncer'),
  );

  test('sends traces and metrics to the Service, over ports that the policies of both ends open', () => {
    const talks = workloads.flatMap(({ owner, spec, labels }) =>
      spec.containers
        .filter((each: any) => variable(each, 'DD_AGENT_HOST'))
        .map((each: any) => ({ owner, labels, each })),
    );
    expect(talks.length).toBeGreaterThan(0);
    for (const { owner, labels, each } of talks) {
      const host = `${service.metadata.name}.${service.metadata.namespace}.svc.cluster.local`;
      expect([owner.path, variable(each, 'DD_AGENT_HOST').value]).toEqual([owner.path, host]);
      for (const [port, protocol] of [
        [Number(variable(each, 'DD_TRACE_AGENT_PORT').value), 'TCP'],
        [Number(variable(each, 'DD_DOGSTATSD_PORT').value), 'UDP'],
      ] as const) {
        expect(service.spec.ports).toContainEqual(expect.objectContaining({ port, protocol }));
        const out = ofKind('NetworkPolicy').filter(
          ({ metadata, spec }) =>
            metadata.namespace === environment.namespace &&
            matches(spec.podSelector.matchLabels ?? {}, labels) &&
            spec.egress?.some(
              (rule: any) =>
                opens(rule, port, protocol) &&
                admits(rule.to, environment.namespace, namespace, podMetadata.labels),
            ),
        );
        expect([owner.path, protocol, out.length > 0]).toEqual([owner.path, protocol, true]);
        const into = policy(daemonSet).some(({ spec }) =>
          spec.ingress?.some(
            (rule: any) =>
              opens(rule, port, protocol) && admits(rule.from, namespace, environment.namespace, labels),
          ),
        );
        expect([owner.path, protocol, into]).toEqual([owner.path, protocol, true]);
      }
    }
  });

  test('has its pools read by the role that they admit, over a port that the policies of both ends open', () => {
    expect(pooled.length).toBeGreaterThan(0);
    for (const { owner, labels } of pooled) {
      const { annotations } = owner.spec.template.metadata;
      const { pgbouncer } = JSON.parse(annotations['ad.datadoghq.com/pgbouncer.checks']);
      expect(pgbouncer.instances).toHaveLength(1);
      expect(pgbouncer.instances[0]).toMatchObject({
        host: '%%host%%',
        port: 6432,
        username: PgBouncer.statsRole,
      });
      const into = ofKind('NetworkPolicy').some(
        ({ metadata, spec }) =>
          metadata.namespace === environment.namespace &&
          matches(spec.podSelector.matchLabels ?? {}, labels) &&
          spec.ingress?.some(
            (rule: any) =>
              opens(rule, 6432, 'TCP') && admits(rule.from, environment.namespace, namespace, podMetadata.labels),
          ),
      );
      const out = policy(daemonSet).some(({ spec }) =>
        spec.egress?.some(
          (rule: any) => opens(rule, 6432, 'TCP') && admits(rule.to, namespace, environment.namespace, labels),
        ),
      );
      expect([owner.path, into, out]).toEqual([owner.path, true, true]);
    }
  });

  test("has its pools' password from the entry that the pools have it from", () => {
    const password = `PGBOUNCER_PASSWORD_${name.toUpperCase()}`;
    const { data } = datadog('ExternalSecret', 'datadog-agent').spec;
    const ref = data.find(({ secretKey }: any) => secretKey === password).remoteRef;
    expect([ref.key, ref.property]).toEqual([`eren/${environment.namespace}/pgbouncer-statistics`, 'password']);
  });
});

test('every agent has the name of its node at EC2, so that a node is one host, whatever runs on it', () => {
  const agents = pods.filter(
    ({ owner, spec }) =>
      owner.metadata.namespace === namespace &&
      spec.containers.some(({ command }: any) => command?.join(' ') === 'agent run'),
  );
  expect(agents.map(({ owner }) => `${owner.kind} ${owner.metadata.name}`).sort()).toEqual([
    'DaemonSet datadog-agent',
    'Deployment datadog-checks',
  ]);
  for (const { spec } of agents) {
    const [running] = spec.containers.filter(({ command }: any) => command?.join(' ') === 'agent run');
    const file = variable(running, 'DD_HOSTNAME_FILE').value;
    expect(variable(running, 'DD_HOSTNAME')).toBeUndefined();
    const mounts = running.volumeMounts.filter(({ mountPath }: any) => mountPath === file);
    expect(mounts.map(({ readOnly }: any) => readOnly)).toEqual([true]);
    const volume = spec.volumes.find(({ name }: any) => name === mounts[0].name);
    expect(volume.hostPath).toEqual({ path: '/var/lib/cloud/data/instance-id', type: 'File' });
  }
});

describe('the Cluster Agent', () => {
  const deployment = datadog('Deployment', 'datadog-cluster-agent');
  const [clusterAgent] = deployment.spec.template.spec.containers;
  const rules = datadog('ClusterRole', 'datadog-cluster-agent').rules as any[];

  test('is found by the node agents at its Service, over a port that the policies of both ends open', () => {
    const { port } = datadog('Service', 'datadog-cluster-agent').spec.ports[0];
    for (const each of pod.containers)
      expect(variable(each, 'DD_CLUSTER_AGENT_URL').value).toBe(
        `https://datadog-cluster-agent.${namespace}.svc.cluster.local:${port}`,
      );
    const { labels } = deployment.spec.template.metadata;
    const [to, from] = [policy(daemonSet), policy(deployment)];
    expect(
      to.some(({ spec }) =>
        spec.egress?.some(
          (rule: any) => opens(rule, port, 'TCP') && admits(rule.to, namespace, namespace, labels),
        ),
      ),
    ).toBe(true);
    expect(
      from.some(({ spec }) =>
        spec.ingress?.some(
          (rule: any) => opens(rule, port, 'TCP') && admits(rule.from, namespace, namespace, podMetadata.labels),
        ),
      ),
    ).toBe(true);
  });

  test('shows the node agents the token that they know', () => {
    const ref = (of: any) => variable(of, 'DD_CLUSTER_AGENT_AUTH_TOKEN').valueFrom.secretKeyRef;
    for (const each of pod.containers) expect(ref(each)).toEqual(ref(clusterAgent));
  });

  test('may list and watch every kind whose state it collects', () => {
    const config = load(datadog('ConfigMap', 'datadog-cluster-agent').data?.['conf.yaml'] as string) as any;
    const { collectors } = config.instances[0];
    expect(collectors.length).toBeGreaterThan(0);
    const readable = rules
      .filter(({ verbs }) => verbs.includes('list') && verbs.includes('watch'))
      .flatMap(({ resources }) => resources);
    expect(collectors.filter((kind: string) => !readable.includes(kind))).toEqual([]);
  });

  test('elects its leader by the lease that it may write, in its own namespace', () => {
    const { rules } = datadog('Role', 'datadog-cluster-agent') as any;
    const leases = rules.find(({ resources, resourceNames }: any) => resources[0] === 'leases' && resourceNames);
    expect(leases.resourceNames).toEqual([variable(clusterAgent, 'DD_LEADER_LEASE_NAME').value]);
    expect(variable(clusterAgent, 'DD_KUBE_RESOURCES_NAMESPACE').value).toBe(namespace);
    expect(variable(clusterAgent, 'DD_COLLECT_KUBERNETES_EVENTS').value).toBe('true');
  });

  test('is of the same release as the node agents', () => {
    const [agent, other] = [cluster.images.datadogAgent, cluster.images.datadogClusterAgent].map(
      (image) => /:([^@]+)/.exec(image)?.[1],
    );
    expect(agent).toBe(other);
  });
});

describe('the checks of the databases', () => {
  const deployment = datadog('Deployment', 'datadog-checks');
  const files = datadog('ConfigMap', 'datadog-checks').data as Record<string, string>;
  const [agent] = deployment.spec.template.spec.containers;
  const instances = (file: string) => (load(files[file] as string) as any).instances as any[];
  const outside = sites.filter(({ environment }) => !environment.inCluster);

  test('ask every database and cache outside the cluster, and open nothing else of them', () => {
    expect(outside.length).toBeGreaterThan(0);
    expect(instances('postgres.yaml').map(({ host, port, dbname }) => [host, port, dbname])).toEqual(
      outside.map(({ database }) => [database.host, database.port, database.name]),
    );
    expect(instances('redisdb.yaml').map(({ host, port }) => [host, port])).toEqual(
      outside.map(({ redis }) => [redis.host, redis.port]),
    );
    const egress = policy(deployment).flatMap(({ spec }) => spec.egress);
    for (const { peers, port } of outside.flatMap(({ database, redis }) => [database, redis]))
      expect(egress).toContainEqual({
        ports: [{ port, protocol: 'TCP' }],
        to: peers.map((peer: any) => ({ ipBlock: { cidr: peer.cidr } })),
      });
  });

  test('hold as many connections to a database as its budget has for Datadog, also while the pod is replaced', () => {
    for (const { environment } of sites)
      expect(
        instances('postgres.yaml').filter(({ tags }) => tags.includes(`env:${environment.name}`)),
      ).toHaveLength(environment.connections.datadog);
    expect([deployment.spec.replicas, deployment.spec.strategy.type]).toEqual([1, 'Recreate']);
  });

  test('verify both by TLS, and the database by an authority that is mounted', () => {
    const mount = agent.volumeMounts.find(({ mountPath }: any) => mountPath === '/etc/authorities');
    for (const { ssl, ssl_root_cert: authority } of instances('postgres.yaml')) {
      expect(ssl).toBe('verify-full');
      expect(mount).toBeDefined();
      expect(files[authority.replace('/etc/authorities/', '')]).toContain('BEGIN CERTIFICATE');
    }
    for (const each of instances('redisdb.yaml')) expect(each).toMatchObject({ ssl: true, ssl_cert_reqs: 2 });
  });

  test('name a variable for every password, and each is of the Secret', () => {
    for (const { password } of [...instances('postgres.yaml'), ...instances('redisdb.yaml')]) {
      const name = /^%%env_(\w+)%%$/.exec(password)?.[1] as string;
      expect(variable(agent, name).valueFrom.secretKeyRef).toEqual({ name: 'datadog-checks', key: name });
    }
  });
});

test('no agent may write but the Cluster Agent, by name or by creating its own notes', () => {
  const bindings = ofKind('RoleBinding', 'ClusterRoleBinding').filter((each: any) =>
    each.subjects.some(({ name, namespace: of }: any) => of === namespace && name !== 'datadog-operator'),
  );
  expect(bindings.length).toBeGreaterThan(0);
  const rules = bindings.flatMap((each: any) => {
    const role: any = one('cluster', each.roleRef.kind, each.roleRef.name);
    return role.rules.map((rule: any) => ({ kind: each.roleRef.kind, ...rule }));
  });
  const writing = rules.filter(({ verbs }) =>
    verbs.some((verb: string) => !['get', 'list', 'watch'].includes(verb)),
  );
  const bad = writing.filter(
    ({ kind, verbs, resources, resourceNames }) =>
      kind !== 'Role' ||
      resources.some((resource: string) => !['leases', 'configmaps'].includes(resource)) ||
      (resourceNames ? verbs.join() !== 'get,update' : verbs.join() !== 'create'),
  );
  expect(bad).toEqual([]);
  expect(rules.filter(({ resources, verbs }) => [...resources, ...verbs].includes('*'))).toEqual([]);
  // It would let whoever has it run commands in any container of the node.
  expect(rules.filter(({ resources }) => resources.includes('nodes/proxy'))).toEqual([]);
  expect(rules.filter(({ resources }) => resources.includes('secrets'))).toEqual([]);
});

test('every secret that the namespace reads is one that Terraform creates, and the operator has its own', () => {
  const known = secretEntries(
    cluster.system,
    sites.map(({ environment }) => environment),
  );
  const read = ofKind('ExternalSecret').filter(({ metadata }) => metadata.namespace === namespace);
  const missing = read.flatMap(({ spec }) =>
    spec.data
      .map(({ remoteRef }: any) => remoteRef)
      .filter(
        ({ key, property }: any) =>
          !known.some((each) => entryName(settings.cluster.system, each) === key && each.keys.includes(property)),
      ),
  );
  expect(missing).toEqual([]);
  const operator = manifests.find(
    ({ path, metadata }) => path.startsWith('argocd/add-ons/') && metadata.name === 'datadog-operator',
  )?.spec.source.helm.valuesObject;
  const { data, target } = datadog('ExternalSecret', operator.apiKeyExistingSecret).spec;
  expect(target.name).toBe(operator.appKeyExistingSecret);
  expect(data.map(({ secretKey }: any) => secretKey)).toEqual(['api-key', 'app-key']);
});

test('a setting of the agents that cannot be is refused', () => {
  expect(problemsOf((wrong) => (wrong.cluster.datadog.agent.memoryLimit = '128Mi'))).toEqual([
    'charts/environments/cluster.ts: datadog.agent.memoryLimit: 128Mi is below the request, 256Mi; raise it',
  ]);
});
