import { load } from 'js-yaml';
import { accessLogBucket } from '../../charts/environments/infrastructure';
import { seconds } from '../../charts/environments/units';
import { ConflictError, groupsOf, modelOf } from '../cluster/played/ingress-groups';
import { manifestsWith } from '../support/changed';
import { files, ofKind, settings } from '../support/manifests';
import { stack } from '../support/stacks';

const { cluster, sites } = settings;
/** The environment that people are woken for. */
const watched = sites.find(({ environment }) => environment.name === cluster.alerts.environment)?.environment;
if (!watched) throw new Error('nobody is woken for any environment');

const classOf = (ingress: any) =>
  ofKind('IngressClassParams').find(({ metadata }) => metadata.name === ingress.spec.ingressClassName);
const rollouts: any = load(files.get('argocd/add-ons/Application.argo-rollouts.yaml') as string);
const { controller } = rollouts.spec.source.helm.valuesObject;

test('nothing else is in the load balancer that people are woken for, because whatever is could stop it', () => {
  const own = ofKind('Ingress').filter(({ metadata }) => metadata.namespace === watched.namespace);
  const groups = new Set(own.map((ingress) => classOf(ingress)?.spec.group.name));
  const members = ofKind('Ingress').filter((ingress) => groups.has(classOf(ingress)?.spec.group.name));
  expect(members.map(({ path }) => path)).toEqual(own.map(({ path }) => path));
  // Nobody else may join it, either.
  const admitted = own.map((ingress) => classOf(ingress)?.spec.namespaceSelector.matchExpressions[0].values);
  expect(new Set(admitted.flat())).toEqual(new Set([watched.namespace]));
});

test('what an Ingress says of its whole load balancer, its class says too, and that goes before', () => {
  const ofGroup: Record<string, (params: any) => unknown> = {
    scheme: ({ scheme }) => scheme,
    'certificate-arn': ({ certificateArn }) => certificateArn.join(),
    'ssl-redirect': ({ sslRedirectPort }) => sslRedirectPort,
    'load-balancer-attributes': ({ loadBalancerAttributes }) =>
      loadBalancerAttributes.find(({ key }: any) => key === 'idle_timeout.timeout_seconds') &&
      `idle_timeout.timeout_seconds=${loadBalancerAttributes.find(({ key }: any) => key === 'idle_timeout.timeout_seconds').value}`,
  };
  const said = ofKind('Ingress').flatMap((ingress) =>
    Object.entries(ofGroup).flatMap(([name, read]) => {
      const value = ingress.metadata.annotations?.[`alb.ingress.kubernetes.io/${name}`];
      return value === undefined
        ? []
        : [{ path: ingress.path, name, value, ofClass: read(classOf(ingress)?.spec) }];
    }),
  );
  expect(said.length).toBeGreaterThan(0);
  expect(said.filter(({ value, ofClass }) => value !== ofClass)).toEqual([]);
});

test('Argo Rollouts asks AWS before it goes on, for every class of a Rollout, and can tell where', () => {
  expect(controller.awsVerifyTargetGroup).toBe(true);
  expect(controller.extraEnv).toContainEqual({ name: 'AWS_REGION', value: cluster.region });
  const classes = ofKind('Rollout').map(({ metadata, spec }) => {
    const { ingress } = spec.strategy.canary.trafficRouting.alb;
    const found = ofKind('Ingress').find(
      (each) => each.metadata.name === ingress && each.metadata.namespace === metadata.namespace,
    );
    return found?.spec.ingressClassName;
  });
  expect(new Set(controller.extraArgs)).toEqual(new Set(classes.map((name) => `--alb-ingress-classes=${name}`)));
});

test('the pods of a version before stay for a slow load balancer controller', () => {
  for (const { spec } of ofKind('Rollout')) {
    const { scaleDownDelaySeconds, abortScaleDownDelaySeconds } = spec.strategy.canary;
    expect(scaleDownDelaySeconds).toBeGreaterThanOrEqual(120);
    expect(abortScaleDownDelaySeconds).toBeGreaterThanOrEqual(120);
  }
});

test('a load balancer that does not follow keeps its answers until the second person has been called', () => {
  // It is told when a group is refused, a canary waits for its deadline, and then its pods go.
  const { progressDeadline, abortDelay } = watched.web.canary;
  expect(seconds(progressDeadline) + seconds(abortDelay)).toBeGreaterThan(
    seconds(cluster.alerts.pagerduty.escalateAfter),
  );
});

describe('the model of a group, as the load balancer controller builds it', () => {
  /** A model of the committed objects, with one Ingress or class changed. */
  function model(name: string, change: (object: any) => void = () => {}, of = '') {
    const changed = (kind: string) =>
      structuredClone(ofKind(kind)).map((object) => {
        if (object.path.includes(of)) change(object);
        return object;
      });
    const groups = groupsOf(changed('Ingress'), changed('IngressClass'), changed('IngressClassParams'));
    const group = groups.find((each) => each.name === name);
    if (!group) throw new Error(`${name} is none of ${groups.map((each) => each.name).join()}`);
    return modelOf(group, ofKind('Service'));
  }
  const prefix = 'alb.ingress.kubernetes.io';
  const staging = 'staging/web/Ingress';
  const annotate = (name: string, value: string) => (object: any) => {
    if (object.kind === 'Ingress') object.metadata.annotations[`${prefix}/${name}`] = value;
  };

  test('is there for every group', () => {
    const { public: open, internalGroup } = cluster.loadBalancer;
    const groups = [...Object.values(open).map(({ group }) => group), internalGroup];
    expect(groups.map((group) => model(group).rules.length)).toEqual([5, 7, 1]);
    expect(model('eren').rules.at(-1)).toEqual({
      host: watched?.host,
      paths: ['/*'],
      shares: [
        { resource: 'production/eren-ingress-eren-web-pong:3000', weight: 0 },
        { resource: 'production/eren-ingress-eren-web-ping:3000', weight: 100 },
      ],
    });
  });

  test('answers 404 itself to what only the team may see, before anything reaches the app', () => {
    const { refused, public: open } = cluster.loadBalancer;
    expect(refused).toContain('/sidekiq');
    for (const { environment } of sites) {
      const rules = Object.values(open)
        .flatMap(({ group }) => model(group).rules)
        .filter(({ host }) => host === environment.host);
      expect(rules.map(({ paths, answers }) => [paths, answers])).toEqual([
        ...refused.map((path) => [[path, `${path}/*`], '404']),
        [['/*'], undefined],
      ]);
    }
  });

  test.each([
    ['security-groups', 'sg-9', /^conflicting securityGroups: sg-0+ \| sg-9/],
    ['listen-ports', '[{"HTTP": 443}]', /conflicting protocol/],
    ['load-balancer-attributes', 'deletion_protection.enabled=true', undefined],
  ])("staging's %s of another value stops its own group at most", (name, value, refused) => {
    const shared = () => model('eren-shared', annotate(name, value), staging);
    if (refused) {
      expect(shared).toThrow(ConflictError);
      expect(shared).toThrow(refused);
    } else expect(shared).not.toThrow();
    expect(model('eren', annotate(name, value), staging)).toEqual(model('eren'));
  });

  test('has the idle time-out of the class, whatever an Ingress says', () => {
    const said = model(
      'eren',
      annotate('load-balancer-attributes', 'idle_timeout.timeout_seconds=90'),
      'production/web',
    );
    expect(said.attributes['idle_timeout.timeout_seconds']).toBe('60');
  });

  test('was none for production when staging was in its group and said another idle time-out', () => {
    const before = (object: any) => {
      if (object.kind === 'IngressClassParams' && object.spec.scheme !== 'internal') {
        object.spec.group.name = 'eren';
        object.spec.loadBalancerAttributes.pop();
      }
      if (object.path?.includes(staging))
        annotate('load-balancer-attributes', 'idle_timeout.timeout_seconds=90')(object);
    };
    expect(() => model('eren', before)).toThrow(
      'conflicting load balancer attributes idle_timeout.timeout_seconds: 60 | 90',
    );
  });
});

test('no load balancer can be deleted by mistake, and each notes its requests where Terraform makes a bucket for it', () => {
  const made = stack('cluster');
  const [name] = Object.values<any>(made.ofType('aws_s3_bucket')).map(({ bucket }): string => bucket);
  const account = settings.outputs.account_id;
  expect(name?.replace(/\$\{[^}]+\}/, account)).toBe(accessLogBucket(settings.cluster, account));
  const all = ofKind('IngressClassParams');
  const said = all.map(({ metadata, spec }) => [
    metadata.name,
    Object.fromEntries(spec.loadBalancerAttributes.map(({ key, value }: any) => [key, value])),
  ]);
  for (const [of, attributes] of said)
    expect(attributes).toMatchObject({
      'deletion_protection.enabled': 'true',
      'access_logs.s3.enabled': 'true',
      'access_logs.s3.bucket': accessLogBucket(settings.cluster, account),
      'access_logs.s3.prefix': of,
    });
  expect(all.length).toBeGreaterThan(2);
  const [statement] = made
    .statements('access_logs_bucket_access')
    .filter(({ actions }) => actions.includes('s3:PutObject'));
  expect(statement.principals).toEqual([
    { type: 'Service', identifiers: ['logdelivery.elasticloadbalancing.amazonaws.com'] },
  ]);
  expect(made.only('aws_s3_bucket_lifecycle_configuration').rule).toContainEqual(
    expect.objectContaining({ expiration: [{ days: cluster.loadBalancer.accessLogs?.retention }] }),
  );
});

test('without the setting nothing is noted, and there is no bucket', () => {
  const without = (all: any) => delete all.cluster.loadBalancer.accessLogs;
  expect(stack('cluster', without).ofType('aws_s3_bucket')).toEqual({});
  const params = manifestsWith(without).filter(({ kind }) => kind === 'IngressClassParams');
  for (const { spec } of params) {
    expect(spec.loadBalancerAttributes).toContainEqual({ key: 'access_logs.s3.enabled', value: 'false' });
    expect(JSON.stringify(spec)).not.toContain('s3.bucket');
  }
});
