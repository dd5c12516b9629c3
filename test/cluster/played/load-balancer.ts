import type { Api } from '../api';
import type { Cluster } from '../cluster';
import { settings } from '../settings';
import { Elb } from './elb';
import {
  ConflictError,
  type Group,
  groupsOf,
  keyOf,
  type Member,
  type Model,
  modelOf,
  type Rule,
  type TargetGroup,
} from './ingress-groups';
import { Played } from './played';
import { readinessGates } from './readiness-gates';
import { Seen } from './seen';
import { bindingOf, version as bindingVersion, definition, Targets } from './target-group-bindings';

const networking = 'networking.k8s.io/v1';
/** Seconds that a group is left alone after a failure, twice as many after each more, as controller-runtime does it. */
const patience = { first: 0.5, most: 1000 };

/** What is known of a group from one look to the next. */
interface State {
  /** The state of its members, their classes and their Services: the controller looks at a group when one of them changes. */
  seen: string;
  /** When it is due, in milliseconds of `performance.now()`; never when undefined. */
  due?: number;
  failures: number;
}

/** What has been made at AWS for a group. */
interface Made {
  balancer: string;
  hostname: string;
  /** By port. */
  readonly listeners: Map<number, string>;
  /** By resource. */
  readonly targetGroups: Map<string, string>;
}

/**
 * The AWS Load Balancer Controller, release 3.5.0, on an API that is moto's. One model for a group, refused as a whole when
 * its members do not agree (`FailedBuildModel`) or AWS says no (`FailedDeployModel`), and tried again later and later;
 * target groups that follow their Services all the same; gates in pods that open when they are targets.
 */
export class LoadBalancerController {
  /** Seconds from a change of a group until AWS is told of it. */
  delay = 0;

  static async start(cluster: Cluster): Promise<LoadBalancerController> {
    await cluster.api.request('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
    const elb = await Elb.start(cluster);
    const seen = new Seen(cluster.api);
    const controller = new LoadBalancerController(cluster.api, elb, await readinessGates(cluster, seen), seen);
    await controller.wake();
    return controller;
  }

  private readonly seen: Seen;
  private readonly states = new Map<string, State>();
  private readonly made = new Map<string, Made>();
  private readonly targets: Targets;
  private subnets: string[] = [];
  private vpc = '';
  private loops: Played[] = [];
  /** The changes that have been looked at. */
  private looked = -1;

  private constructor(
    private readonly api: Api,
    readonly elb: Elb,
    private readonly gates: Awaited<ReturnType<typeof readinessGates>>,
    seen: Seen,
  ) {
    this.seen = seen;
    this.targets = new Targets(api, elb, seen);
  }

  /** The last thing that went wrong with a loop. */
  get trouble(): string | undefined {
    return this.loops.map(({ trouble }) => trouble).find(Boolean);
  }

  async stop(): Promise<void> {
    await this.sleep();
    await this.seen.stop();
    await this.elb.stop();
  }

  /** It is down: nobody tells AWS anything, and its webhook does not answer. */
  async sleep(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
    this.loops = [];
    await this.gates.stop();
  }

  /** It runs again, and looks at everything, as after every start. */
  async wake(): Promise<void> {
    await this.gates.start();
    this.states.clear();
    this.looked = -1;
    this.loops = [
      new Played('load balancer', () => this.look(), 0.1),
      new Played('target groups', () => this.targets.look(), 0.1),
    ];
  }

  /** Where the live listener sends the requests for an Ingress' host: weight and targets, `10.0.0.7:3000`, by Service. */
  async live(ingress: any): Promise<Record<string, { readonly weight: number; readonly targets: string[] }>> {
    const of = [...this.made.values()].find(({ targetGroups }) =>
      [...targetGroups.keys()].some((resource) => resource.startsWith(`${keyOf(ingress)}-`)),
    );
    const listener = of?.listeners.get(443);
    if (!of || !listener) return {};
    const shares = await this.elb.sharesOf(listener, ingress.spec.rules[0].host);
    const all = shares.map(async ({ arn, weight }) => {
      const [resource = ''] = [...of.targetGroups].find(([, each]) => each === arn) ?? [];
      const service = resource.slice(keyOf(ingress).length + 1).replace(/:.*/, '');
      const { TargetHealthDescriptions } = await this.elb.see('DescribeTargetHealth', { TargetGroupArn: arn });
      const targets = (TargetHealthDescriptions as any[]).map(({ Target }) => `${Target.Id}:${Target.Port}`);
      return [service, { weight, targets }] as const;
    });
    return Object.fromEntries(await Promise.all(all));
  }

  private async look(): Promise<void> {
    const { Ingress, IngressClass, IngressClassParams, Service } = this.seen.kinds;
    const due = [...this.states.values()].some((state) => state.due !== undefined);
    if (!due && this.seen.groups === this.looked) return;
    this.looked = this.seen.groups;
    const services = Service.objects;
    for (const group of groupsOf(Ingress.objects, IngressClass.objects, IngressClassParams.objects)) {
      const state = this.states.get(group.name) ?? { seen: '', failures: 0 };
      this.states.set(group.name, state);
      const seen = seenOf(group, services);
      if (seen !== state.seen) Object.assign(state, { seen, due: performance.now() + this.delay * 1000 });
      if (state.due !== undefined && performance.now() >= state.due) await this.reconcile(group, services, state);
    }
  }

  private async reconcile(group: Group, services: readonly any[], state: State): Promise<void> {
    try {
      const made = await this.deploy(modelOf(group, services));
      for (const { ingress } of group.members) await this.address(ingress, made.hostname);
      Object.assign(state, { due: undefined, failures: 0 });
    } catch (error) {
      const wait = Math.min(patience.first * 2 ** state.failures, patience.most);
      Object.assign(state, { due: performance.now() + wait * 1000, failures: state.failures + 1 });
      const what =
        error instanceof ConflictError ? ['FailedBuildModel', 'build'] : ['FailedDeployModel', 'deploy'];
      const [reason = '', verb] = what;
      for (const member of group.members)
        await this.tell(member, reason, `Failed ${verb} model due to ${(error as Error).message}`);
    }
  }

  /** Target groups, load balancer, listeners, rules, bindings: in the order of the release's `stackDeployer`. */
  private async deploy(model: Model): Promise<Made> {
    const made = this.made.get(model.group) ?? {
      balancer: '',
      hostname: '',
      listeners: new Map(),
      targetGroups: new Map(),
    };
    const tags = (resource: string) => [
      { Key: 'elbv2.k8s.aws/cluster', Value: settings.cluster.name },
      { Key: 'ingress.k8s.aws/stack', Value: model.group },
      { Key: 'ingress.k8s.aws/resource', Value: resource },
    ];
    await this.findSubnets();
    for (const each of model.targetGroups) await this.targetGroup(each, made, tags(each.resource));
    if (made.balancer === '') {
      const { LoadBalancers } = await this.elb.ask('CreateLoadBalancer', {
        Name: model.name,
        Type: 'application',
        Scheme: model.scheme,
        Subnets: this.subnets,
        SecurityGroups: model.securityGroups,
        Tags: tags('LoadBalancer'),
      });
      Object.assign(made, { balancer: LoadBalancers[0].LoadBalancerArn, hostname: LoadBalancers[0].DNSName });
    }
    this.made.set(model.group, made);
    const attributes = Object.entries(model.attributes).map(([Key, Value]) => ({ Key, Value }));
    if (attributes.length > 0)
      await this.elb.ask('ModifyLoadBalancerAttributes', {
        LoadBalancerArn: made.balancer,
        Attributes: attributes,
      });
    for (const [port, protocol] of Object.entries(model.listeners))
      await this.listener(model, Number(port), protocol, made);
    await this.api.applyAll(
      model.targetGroups.map((each) => bindingOf(each, made.targetGroups.get(each.resource) ?? '')),
      { manager: 'aws-load-balancer-controller' },
    );
    const wanted = new Set(model.targetGroups.map(({ resource }) => resource));
    for (const [resource, arn] of made.targetGroups)
      if (!wanted.has(resource)) {
        await this.forget(arn);
        made.targetGroups.delete(resource);
      }
    return made;
  }

  /** The binding first: `Deploy` of the release's stack deployer, and `PostSynthesize` of its target groups. */
  private async forget(arn: string): Promise<void> {
    for (const { metadata, spec } of await this.api.list(bindingVersion, 'TargetGroupBinding'))
      if (spec.targetGroupARN === arn)
        await this.api.request(
          'DELETE',
          await this.api.path(bindingVersion, 'TargetGroupBinding', metadata.namespace, metadata.name),
        );
    await this.elb.ask('DeleteTargetGroup', { TargetGroupArn: arn });
  }

  private async targetGroup(
    { resource, name, targetPort, protocol, healthCheck, attributes }: TargetGroup,
    { targetGroups }: Made,
    tags: { Key: string; Value: string }[],
  ): Promise<void> {
    const before = targetGroups.get(resource);
    if (before) await this.elb.ask('ModifyTargetGroup', { TargetGroupArn: before, ...healthCheck });
    else {
      const { TargetGroups } = await this.elb.ask('CreateTargetGroup', {
        Name: name,
        TargetType: 'ip',
        VpcId: this.vpc,
        Port: targetPort,
        Protocol: protocol,
        ProtocolVersion: 'HTTP1',
        ...healthCheck,
        Tags: tags,
      });
      targetGroups.set(resource, TargetGroups[0].TargetGroupArn);
    }
    const list = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
    if (list.length > 0)
      await this.elb.ask('ModifyTargetGroupAttributes', {
        TargetGroupArn: targetGroups.get(resource),
        Attributes: list,
      });
  }

  private async listener(model: Model, port: number, protocol: string, made: Made): Promise<void> {
    const redirects = model.redirects && protocol === 'HTTP';
    if (!made.listeners.has(port)) {
      // Without a certificate: moto knows only those that were asked of its own ACM.
      const { Listeners } = await this.elb.ask('CreateListener', {
        LoadBalancerArn: made.balancer,
        Port: port,
        Protocol: protocol,
        DefaultActions: [
          redirects
            ? { Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }
            : { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain' } },
        ],
      });
      made.listeners.set(port, Listeners[0].ListenerArn);
    }
    if (!redirects) await this.rules(made.listeners.get(port) ?? '', model.rules, made);
  }

  private async rules(listener: string, rules: readonly Rule[], made: Made): Promise<void> {
    const { Rules } = await this.elb.ask('DescribeRules', { ListenerArn: listener });
    const there = new Map<number, any>(
      (Rules as any[]).filter(({ IsDefault }) => !IsDefault).map((rule) => [Number(rule.Priority), rule]),
    );
    for (const [i, rule] of rules.entries()) {
      const change = { Conditions: conditionsOf(rule), Actions: [actionOf(rule, made)] };
      const before = there.get(i + 1);
      if (!before) await this.elb.ask('CreateRule', { ListenerArn: listener, Priority: i + 1, ...change });
      else if (JSON.stringify(meaning(before)) !== JSON.stringify(meaning(change)))
        await this.elb.ask('ModifyRule', { RuleArn: before.RuleArn, ...change });
    }
    for (const [priority, rule] of there)
      if (priority > rules.length) await this.elb.ask('DeleteRule', { RuleArn: rule.RuleArn });
  }

  /** Takes the subnets of moto's own network, which every account has. */
  private async findSubnets(): Promise<void> {
    if (this.subnets.length > 0) return;
    const found = await this.elb.network();
    this.subnets = found.subnets.slice(0, 2);
    this.vpc = found.vpc;
  }

  private async address(ingress: any, hostname: string): Promise<void> {
    if (ingress.status?.loadBalancer?.ingress?.[0]?.hostname === hostname) return;
    await this.api.merge(ingress, { status: { loadBalancer: { ingress: [{ hostname }] } } }, 'status');
  }

  private async tell({ ingress }: Member, reason: string, message: string): Promise<void> {
    const { name, namespace, uid } = ingress.metadata;
    const at = new Date().toISOString().replace(/\.\d+/, '');
    await this.api.request('POST', `/api/v1/namespaces/${namespace}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { generateName: `${name}.`, namespace },
      involvedObject: { apiVersion: networking, kind: 'Ingress', name, namespace, uid },
      type: 'Warning',
      reason,
      message,
      source: { component: 'ingress' },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    });
  }
}

function seenOf({ members }: Group, services: readonly any[]): string {
  const part = ({ metadata, spec }: any) => [metadata.uid, metadata.annotations, spec];
  const namespaces = members.map(({ ingress }) => ingress.metadata.namespace);
  const near = services.filter(({ metadata }) => namespaces.includes(metadata.namespace));
  return JSON.stringify([members.map(({ ingress, params }) => [part(ingress), params]), near.map(part)]);
}

function conditionsOf({ host, paths }: Rule) {
  return [
    ...(host ? [{ Field: 'host-header', HostHeaderConfig: { Values: [host] } }] : []),
    { Field: 'path-pattern', PathPatternConfig: { Values: [...paths] } },
  ];
}

function actionOf({ shares, answers = '503' }: Rule, { targetGroups }: Made) {
  if (shares.length === 0)
    return { Type: 'fixed-response', FixedResponseConfig: { StatusCode: answers, ContentType: 'text/plain' } };
  const TargetGroups = shares.map(({ resource, weight }) => ({
    TargetGroupArn: targetGroups.get(resource) ?? '',
    Weight: weight,
  }));
  return { Type: 'forward', ForwardConfig: { TargetGroups } };
}

/** What of a rule decides where requests go. */
function meaning({ Conditions, Actions }: any) {
  const conditions = Conditions.map(
    ({ HostHeaderConfig, PathPatternConfig }: any) => (HostHeaderConfig ?? PathPatternConfig).Values,
  );
  const groups = Actions[0].ForwardConfig?.TargetGroups ?? [];
  return [conditions, groups.map(({ TargetGroupArn, Weight }: any) => [TargetGroupArn, Number(Weight)])];
}
