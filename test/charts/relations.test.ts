import { chartFolders } from '../../charts/app';
import { type AllowedKind, leaving, normalised } from '../../charts/argocd/leaving';
import { PgBouncer } from '../../charts/constructs/pgbouncer';
import { addOns } from '../../charts/environments/add-ons';
import { seconds } from '../../charts/environments/units';
import { objectsOf } from '../../charts/output';
import { loadSettings } from '../../charts/settings';
import { frozen } from '../support/frozen';
import { type Manifest, manifests, matches, ofKind, one, ownFiles, pods, settings } from '../support/manifests';
import { root } from '../support/root';
import { agents } from './jenkins/agents';

const environments = settings.sites.map((site) => [site.environment.name, site] as const);
const inNamespace = (of: Manifest) => (each: Manifest) => each.metadata.namespace === of.metadata.namespace;
/** Pods that an add-on's chart makes in a namespace of ours, by the name it gives them. */
const ofAddOn = (namespace: string | undefined, selector: Record<string, string>) =>
  Object.entries(addOns).some(
    ([name, addOn]) => addOn.namespace === namespace && selector['app.kubernetes.io/name'] === name,
  );

test('a network policy is about pods that exist, and so are its peers in our own namespaces', () => {
  const dangling: string[] = [];
  for (const policy of ofKind('NetworkPolicy')) {
    const here = [...pods, ...agents].filter(({ owner }) => inNamespace(policy)(owner));
    const selector = policy.spec.podSelector.matchLabels ?? {};
    if (!here.some(({ labels }) => matches(selector, labels)) && !ofAddOn(policy.metadata.namespace, selector))
      dangling.push(policy.path);
  }
  expect(dangling).toEqual([]);
});

test('skips the canary only on the way to an image that has passed one', () => {
  const image = `registry.example/e-ren:2-2@sha256:${'2'.repeat(64)}\n`;
  const file = 'charts/environments/images/production/web.stable.txt';
  const specWith = (given: Record<string, string>) => {
    const all = { 'charts/environments/images/production/web.txt': image, ...given };
    const objects = objectsOf(chartFolders(loadSettings(root, frozen, { files: all })));
    return objects.get('dist/production/web/Rollout.e-ren-rollout.yaml').spec;
  };
  const other = image.replaceAll(/2(?!56)/g, '1');
  expect(specWith({}).rollbackWindow).toBeUndefined();
  expect(specWith({ [file]: other }).rollbackWindow).toBeUndefined();
  const { rollbackWindow, revisionHistoryLimit, strategy } = specWith({ [file]: `${other}${image}` });
  // Its first pod that is ready would get the last step's weight.
  const weights = ({ steps }: any) => steps.flatMap(({ setWeight }: any) => setWeight ?? []);
  expect(weights(strategy.canary)).toEqual([20, 50]);
  expect(weights(specWith({}).strategy.canary)).toEqual([20, 50, 100]);
  // As many ReplicaSets may stand in between as are kept, and Argo Rollouts asks for fewer than the window.
  expect(rollbackWindow.revisions).toBeGreaterThan(revisionHistoryLimit);
});

describe.each(environments)('the web of %s', (name, { environment, images, outputs, database, redis }) => {
  const rollout = one(name, 'Rollout', 'e-ren-rollout');
  const { canary } = rollout.spec.strategy;
  const template = rollout.spec.template.spec;
  const app = template.containers[0];
  const ingress = one(name, 'Ingress', 'eren-ingress');
  const annotation = (key: string) => ingress.metadata.annotations?.[`alb.ingress.kubernetes.io/${key}`];

  test('moves through the weights and pauses of the settings, and through a gate after each', () => {
    const { steps, gate } = environment.web.canary;
    // The last is not a step of a version that has passed a canary: skipping the steps would give it everything at once.
    const walked = canary.steps.filter(({ setWeight }: any) => setWeight !== 100);
    const moves = walked.filter(({ analysis }: any) => !analysis);
    expect([...moves, { setWeight: 100 }]).toEqual(
      steps.flatMap(({ weight, pause }) => [
        { setWeight: weight },
        ...(pause ? [{ pause: { duration: pause } }] : []),
      ]),
    );
    const kinds = walked.map((step: any) => Object.keys(step)[0]);
    const stages = gate.windows.map(() => 'analysis');
    expect(kinds).toEqual(steps.flatMap(({ weight }) => (weight < 100 ? ['setWeight', 'pause', ...stages] : [])));
  });

  test('gives way at its gates only to data from after the weight, and to nothing at the end', () => {
    const { steps, gate } = environment.web.canary;
    const stages = canary.steps
      .flatMap(({ analysis }: any) => analysis ?? [])
      .slice(0, gate.windows.length)
      .map(({ templates, dryRun }: any) => {
        const [metric, ...more] = one(name, 'AnalysisTemplate', templates[0].templateName).spec.metrics;
        expect([templates.length, more]).toEqual([1, []]);
        return { dry: dryRun?.map(({ metricName }: any) => metricName).includes(metric.name) ?? false, ...metric };
      });
    let since = Math.min(...steps.flatMap(({ pause }) => (pause ? seconds(pause) : [])));
    for (const { dry, provider, interval, count } of stages) {
      expect(seconds(provider.datadog.interval)).toBeLessThanOrEqual(since);
      since += (count - 1) * seconds(interval);
      expect(dry).toBe(provider !== stages.at(-1).provider);
    }
    const waited = since - Math.min(...steps.flatMap(({ pause }) => (pause ? seconds(pause) : [])));
    expect(waited).toBe(seconds(gate.deadline));
    // Whatever a gate waits for is judged bad all the way as well.
    const judged = one(name, 'AnalysisTemplate', 'datadog-5xx-rate').spec.metrics;
    expect(judged.map(({ provider }: any) => provider)).toEqual(stages.map(({ provider }: any) => provider));
  });

  test('routes by ping and pong through the root Service of its Ingress', () => {
    const { rootService, ingress: routed, servicePort } = canary.trafficRouting.alb;
    expect(routed).toBe(ingress.metadata.name);
    expect(ingress.spec.rules[0].http.paths.at(-1).backend.service).toEqual({
      name: rootService,
      port: { name: 'use-annotation' },
    });
    for (const service of [rootService, canary.pingPong.pingService, canary.pingPong.pongService])
      expect(one(name, 'Service', service).spec.ports[0].port).toBe(servicePort);
    expect(canary.pingPong.pingService).not.toBe(canary.pingPong.pongService);
  });

  test('starts with an action that sends everything to ping, as the Rollouts controller writes it', () => {
    const action = JSON.parse(annotation(`actions.${canary.trafficRouting.alb.rootService}`) ?? '');
    const targets = action.ForwardConfig.TargetGroups;
    expect(targets.map((target: any) => [target.ServiceName, target.Weight])).toEqual([
      [canary.pingPong.pongService, 0],
      [canary.pingPong.pingService, 100],
    ]);
    expect(targets.map((target: any) => target.ServicePort)).toEqual(['3000', '3000']);
  });

  test('is judged by templates that exist, get all their arguments and read a Secret that is made', () => {
    const analyses = [canary.analysis, ...canary.steps.flatMap(({ analysis }: any) => analysis ?? [])];
    const used = analyses.flatMap(({ templates, args }) => templates.map((each: any) => ({ ...each, args })));
    for (const { templateName, args } of used) {
      const given = args.map((arg: any) => arg.name);
      const judge = one(name, 'AnalysisTemplate', templateName);
      for (const arg of judge.spec.args) {
        const ref = arg.valueFrom?.secretKeyRef;
        if (ref) expect(one(name, 'ExternalSecret', ref.name).spec.target.template.data).toHaveProperty(ref.key);
        else expect(given).toContain(arg.name);
      }
      for (const { provider } of judge.spec.metrics)
        if (provider.datadog)
          expect(
            Object.keys(one(name, 'ExternalSecret', provider.datadog.secretRef.name).spec.target.template.data),
          ).toEqual(expect.arrayContaining(['address', 'api-key', 'app-key']));
    }
    for (const { args } of used) expect(args).toEqual([{ name: 'version', value: images.web?.tag }]);
  });

  test('is told apart by its version in Sentry, in Datadog and in the analysis', () => {
    const { labels } = rollout.spec.template.metadata;
    const env = Object.fromEntries(app.env.map((each: any) => [each.name, each.value]));
    expect([env.SENTRY_RELEASE, env.DD_VERSION, labels.version, labels['tags.datadoghq.com/version']]).toEqual(
      Array(4).fill(images.web?.tag),
    );
    expect([env.SENTRY_ENVIRONMENT, env.DD_ENV, labels['tags.datadoghq.com/env']]).toEqual(Array(3).fill(name));
    expect(app.image).toBe(images.web?.reference);
  });

  test('connects to its own pool over loopback, which starts before everything else in the pod', () => {
    const [pool, migrations] = template.initContainers;
    expect(pool).toMatchObject({ name: 'pgbouncer', restartPolicy: 'Always' });
    expect(pool.startupProbe).toBeDefined();
    expect(migrations).toMatchObject({ name: 'pending-migrations', image: app.image });
    const url = new URL(app.env.find((each: any) => each.name === 'DATABASE_URL').value);
    expect([url.hostname, Number(url.port), url.password]).toEqual(['127.0.0.1', pool.ports[0].containerPort, '']);
  });

  test('has a pool of the settings that verifies the database and is open to statistics only', () => {
    const config = ownFiles(rollout.spec.template, 'pgbouncer');
    const pool = environment.pgbouncer.webPool;
    expect(config['pgbouncer.ini']?.split('\n')).toEqual(
      expect.arrayContaining([
        `default_pool_size = ${pool}`,
        `max_db_connections = ${pool}`,
        'server_tls_sslmode = verify-full',
        'pool_mode = transaction',
        `query_wait_timeout = ${seconds(environment.pgbouncer.queryWaitTimeout)}`,
      ]),
    );
    expect(config['pg_hba.conf']).toBe(
      `host eren ${PgBouncer.clientRole} 127.0.0.1/32 trust\nhost pgbouncer datadog 0.0.0.0/0 scram-sha-256\n`,
    );
    const roles = one(name, 'ExternalSecret', 'eren-web-pgbouncer').spec.target.template.data;
    expect(roles['databases.ini']).toContain(`host=${database.host} port=${database.port}`);
    expect(config['ca.pem'] ?? roles['ca.pem']).toBeDefined();
  });

  test('is scaled by the autoscaler alone, within the bounds of the settings', () => {
    const autoscaler = one(name, 'HorizontalPodAutoscaler', 'e-ren-rollout');
    expect(autoscaler.spec.scaleTargetRef).toEqual({
      apiVersion: rollout.apiVersion,
      kind: rollout.kind,
      name: rollout.metadata.name,
    });
    expect([autoscaler.spec.minReplicas, autoscaler.spec.maxReplicas]).toEqual([
      environment.web.autoscaling.min,
      environment.web.autoscaling.max,
    ]);
    expect(rollout.spec.replicas).toBeUndefined();
  });

  test('can be drained one pod at a time', () => {
    const budget = one(name, 'PodDisruptionBudget', 'e-ren-rollout');
    expect(budget.spec.selector).toEqual(rollout.spec.selector);
    expect(budget.spec.maxUnavailable).toBe(1);
  });

  test('is reached from the load balancer and the agent, and reaches what it needs', () => {
    const { spec } = one(name, 'NetworkPolicy', 'eren-web');
    const ports = (rules: any[]) => rules.flatMap((rule) => rule.ports.map((port: any) => port.port));
    expect(ports(spec.ingress)).toEqual([3000, PgBouncer.port]);
    expect(spec.ingress[0].from.map((peer: any) => peer.ipBlock.cidr)).toEqual(outputs.public_subnet_cidrs);
    expect(ports(spec.egress)).toEqual(expect.arrayContaining([database.port, redis.port, 8126, 8125, 443]));
  });

  test('is restarted for a rotated secret of its environment, and not for one of its pool', () => {
    const reload = rollout.metadata.annotations?.['secret.reloader.stakater.com/reload']?.split(',') ?? [];
    const env = new Set(app.env.flatMap((each: any) => each.valueFrom?.secretKeyRef?.name ?? []));
    expect(reload).toEqual([...env]);
    expect(reload).not.toContain('eren-web-pgbouncer');
  });
});

describe('Argo CD', () => {
  const applications = ofKind('Application').filter(({ path }) => path.startsWith('argocd/applications/'));
  const folders = [
    ...new Set(
      manifests
        .filter(({ path }) => path.startsWith('dist/'))
        .map(({ path }) => path.slice(0, path.lastIndexOf('/'))),
    ),
  ];

  test('has one Application for every chart folder, and no other', () => {
    expect(applications.map(({ spec }) => spec.source.path).sort()).toEqual(folders.sort());
  });

  test('allows each Application its repository, namespace and every kind it has, and no kind it has not', () => {
    for (const project of ofKind('AppProject').filter(
      ({ path }) => path.startsWith('argocd/projects/') && !path.includes('add-ons'),
    )) {
      const mine = applications.filter(({ spec }) => spec.project === project.metadata.name);
      expect(mine.length).toBeGreaterThan(0);
      for (const { spec } of mine) {
        expect(project.spec.sourceRepos).toContain(spec.source.repoURL);
        expect(project.spec.destinations).toContainEqual(spec.destination);
      }
      const objects = manifests.filter(({ path }) =>
        mine.some(({ spec }) => path.startsWith(`${spec.source.path}/`)),
      );
      const kind = ({ apiVersion, kind }: Manifest) =>
        `${apiVersion.includes('/') ? apiVersion.split('/')[0] : ''}/${kind}`;
      const had = new Set(objects.map(kind));
      const text = (entry: AllowedKind) => JSON.stringify(normalised(entry));
      const last = (leaving[project.metadata.name] ?? []).map(text);
      // What leaves may also be of a kind that stays.
      const allowed = [
        ...project.spec.clusterResourceWhitelist,
        ...project.spec.namespaceResourceWhitelist,
      ].filter((each: AllowedKind) => had.has(`${each.group}/${each.kind}`) || !last.includes(text(each)));
      expect([...had].sort()).toEqual([...new Set(allowed.map(({ group, kind }) => `${group}/${kind}`))].sort());
    }
  });

  test('prunes nothing last, and never asks: a sync with something to delete would wait for the workloads, or for a person', () => {
    const waits = /PruneLast=true|Prune=confirm/;
    const asks = ({ metadata, spec }: Manifest) =>
      waits.test(metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '') ||
      waits.test(String(spec?.syncPolicy?.syncOptions));
    // A project has to outlive the Applications that leave it, and has no workload.
    expect(manifests.filter((each) => each.kind !== 'AppProject' && asks(each)).map(({ path }) => path)).toEqual(
      [],
    );
  });

  test('brings all of argocd/ by the one Application that a person applies', () => {
    const root = ofKind('Application').find(({ metadata }) => metadata.name === 'root');
    expect(root?.path).toMatch(/^argocd\/bootstrap\//);
    expect(root?.spec.source).toMatchObject({ path: 'argocd', directory: { recurse: true } });
  });
});
