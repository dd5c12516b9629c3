import { read, rows } from '../../balancer/annotations';
import { type Group, groupsOf, inParams, type Member, said, textSaid } from '../../balancer/groups';
import { backendsOf, targetsOf, unanswered } from '../../balancer/routes';
import { groupedBy, oncePer } from '../../model/collections';
import type { Path } from '../../model/path';
import { asKind, type Manifest } from '../../model/tree';
import type { ObjectOffence, TreeRule } from '../../rule';
import { balancerUnread, balancerValue } from '../../rules/balancer/annotations';
import { groupAgrees, groupOrder, groupPaths } from '../../rules/balancer/groups';
import { classAdmits, ingressBackend } from '../../rules/references/ingresses';
import { type Classify, type Context, type Draft, subjectOf } from '../finding';
import type { ObjectChange } from '../objects';
import type { Side } from '../sides';
import { risk } from './risk-words';

type Step = string | number;

const kinds = new Set(['Ingress', 'IngressClass', 'IngressClassParams', 'Service', 'Namespace', 'Application']);

/** Whether a change matters: of an Application, only the values of a chart that makes an Ingress do. */
function matters(change: ObjectChange): boolean {
  const { kind, spec } = subjectOf(change).object;
  return kinds.has(kind) && (kind !== 'Application' || JSON.stringify(spec ?? '').includes('ngress'));
}

/** What a change of one Ingress, or of what it names, does to all that share its load balancer. */
export const balancer: Classify = function* (change, context) {
  if (!matters(change)) return;
  yield* refused(change, context);
  yield* unrouted(change);
  for (const group of groupsOf(context.before)) yield* moved(group, change, context);
  for (const { members } of groupsOf(context.after))
    for (const member of members) if (concerns(change, member)) yield* emptied(member, change, context);
};

/** What the load balancer itself answers from now on. */
function* unrouted({ before, after }: ObjectChange): Iterable<Draft> {
  const [was, is] = [before, after].map((each) => asKind(each, 'Ingress')?.object.spec);
  const lost = was && is ? unanswered(was, is) : [];
  if (lost.length > 0)
    yield risk('unrouted', ['spec', 'rules'], { lost: lost.join(', '), covers: [['spec', 'defaultBackend']] });
}

/** For what the first of these says the controller gives up on a whole group (pkg/ingress/model_builder.go). */
const refusing: readonly TreeRule[] = [groupAgrees, balancerValue, ingressBackend, classAdmits];
const asked = [...refusing, groupPaths, groupOrder, balancerUnread];

interface Told {
  readonly rule: TreeRule;
  readonly offence: ObjectOffence;
}

/** What `check` says of all load balancers of one state. */
const offencesIn = oncePer((side: Side): ReadonlyMap<string, Told> => {
  const tree = side.tree();
  const all = asked.flatMap((rule) => [...rule.check({ tree })].map((offence) => ({ rule, offence })));
  return new Map(
    all.map((each) => {
      const { manifest, path, message } = each.offence;
      const { kind, metadata } = manifest.object;
      return [[each.rule.id, kind, metadata.namespace, metadata.name, ...path, message].join('/'), each];
    }),
  );
});

/** What the check says after the change, and did not before; where its object is unchanged, at the first that is not. */
function* refused(change: ObjectChange, { before, after, objects }: Context): Iterable<Draft> {
  const files = objects.flatMap((each) => (matters(each) ? [subjectOf(each).file] : []));
  const { file } = subjectOf(change);
  const known = offencesIn(before);
  const fresh = [...offencesIn(after)].flatMap(([key, each]) => (known.has(key) ? [] : [each]));
  const here = fresh.filter(({ offence }) => offence.manifest.file === file);
  const elsewhere = fresh.some(({ offence }) => files.includes(offence.manifest.file)) || files[0] !== file;
  for (const { rule, offence } of here.length > 0 || elsewhere ? here : fresh) {
    const { manifest, message } = offence;
    const { kind, metadata } = manifest.object;
    const own = manifest.file === file;
    const path = strings(offence.path);
    // Count those that were in it before as well, when the change takes its class away.
    const [most = []] = [after, before]
      .flatMap((side) =>
        groupsOf(side).filter(({ members }) => members.some((each) => concerning(each, manifest))),
      )
      .map(({ members }) => members.filter((each) => !concerning(each, manifest)))
      .sort((a, b) => b.length - a.length);
    // A single Service or action that is missing is answered with 503, and stops nobody else.
    const stops = refusing.includes(rule) && !/^(Service \S+ does not exist|use-annotation)/.test(message);
    const others = stops && most.length > 0 ? `; the pods of ${hostsOf(most)} are no longer followed either` : '';
    const says = `${own ? '' : `${kind} ${metadata.name}: `}${message}${others}`;
    const level = rule.level === 'critical' && most.length === 0 ? 'high' : rule.level;
    yield { level, path: own ? path : [], says, why: rule.why, fix: rule.fix };
  }
}

const concerning = ({ manifest, params }: Member, subject: Manifest) =>
  manifest.file === subject.file || params?.file === subject.file;

/** Hosts of the members; the name of an Ingress that only a chart knows. */
function hostsOf(members: readonly Member[]): string {
  const hosts = members.flatMap(({ name, spec }) => {
    const own = backendsOf(spec).flatMap(({ host }) => host ?? []);
    return own.length > 0 ? own : [name];
  });
  return [...new Set(hosts)].join(', ');
}

/** Ingresses that go to another load balancer, and a load balancer that is made anew. */
function* moved(group: Group, change: ObjectChange, { before, after }: Context): Iterable<Draft> {
  const same = groupsOf(after).find(({ name }) => name === group.name);
  const [was, is] = [group, same].map((of) => of && schemeOf(of));
  const concerned = group.members.filter((each) => concerns(change, each));
  const [first] = concerned;
  // Without its class an Ingress goes nowhere: the controller holds up the group, which the check says.
  if (!first || (change.status === 'removed' && first.manifest.file !== subjectOf(change).file)) return;
  const { name } = group;
  const values = { name, before: was, after: is };
  if (same && was !== is) {
    const path = strings((said(first, 'scheme') ?? first).path);
    yield risk('other-scheme', path, { ...values, members: names(same.members) });
  }
  const goalOf = (member: Member) =>
    groupsOf(after).find(({ members }) => members.some((each) => each.name === member.name))?.name;
  for (const [goal, members] of groupedBy(concerned, goalOf)) {
    if (goal === name || (goal === undefined && same)) continue;
    if (!goal) {
      yield risk('balancer-gone', [], { before: name });
      continue;
    }
    const joins = groupsOf(before).some((each) => each.name === goal);
    yield risk('other-balancer', strings(said(first, 'group.name')?.path ?? []), {
      ...{ level: joins ? 'high' : 'critical', before: name, after: goal },
      ...{ members: names(members), go: members.length > 1 ? 'go' : 'goes' },
      to: `${joins ? goal : `a new one, ${goal}`}${same ? '' : ', and the old one is deleted'}`,
    });
  }
}

/** The controller makes new target groups, and leads the rule to them, before pods are registered there. */
function* emptied(member: Member, change: ObjectChange, { before, after, objects }: Context): Iterable<Draft> {
  const own = member.manifest.file === subjectOf(change).file;
  // Told once, where the Ingress changes as well.
  if (!own && objects.some((each) => subjectOf(each).file === member.manifest.file)) return;
  const old = groupsOf(before)
    .flatMap(({ members }) => members)
    .find(({ name }) => name === member.name);
  if (!old) return;
  const was = targetGroups(old, before);
  for (const [route, { ids, path }] of targetGroups(member, after)) {
    const known = was.get(route)?.ids ?? [];
    if (known.length === 0 || ids.length === 0 || ids.some((id) => known.includes(id))) continue;
    const values = { route, before: known.join(', '), after: ids.join(', ') };
    yield risk('empty-target-groups', own ? path : [], values);
  }
}

/** By host and path, what a target group is named by (buildTargetGroupName). */
function targetGroups({ manifest, annotations, spec, params }: Member, side: Side) {
  const { namespace } = manifest.object.metadata;
  return new Map(
    backendsOf(spec).map((backend) => {
      const targets = targetsOf(annotations, backend);
      const ids = targets.map(({ service, port }) => {
        const found = side.find('Service', namespace, service)?.object.metadata.annotations;
        const kind = [...rows].flatMap(([suffix, row]) =>
          row.target
            ? [inParams({ params }, row)?.value ?? read({ ...annotations, ...found }, suffix) ?? row.target]
            : [],
        );
        return `${service}:${port} (${kind.join(', ')})`;
      });
      const route = `${backend.host ?? 'any host'}${backend.pattern ?? ''}`;
      return [route, { ids, path: strings(targets[0]?.path ?? backend.path) }];
    }),
  );
}

const strings = (path: readonly Step[]): Path =>
  path.map((step) => (typeof step === 'number' ? `[${step}]` : step));
const names = (members: readonly Member[]) => members.map(({ name }) => name).join(', ') || 'nobody else';

function schemeOf({ members }: Group): string {
  return members.map((each) => textSaid(each, 'scheme')).find(Boolean) ?? 'internal';
}

function concerns(change: ObjectChange, { manifest, params, annotations, spec }: Member): boolean {
  const { file, object } = subjectOf(change);
  if (file === manifest.file || file === params?.file || object.kind === 'IngressClass') return true;
  const here = object.metadata.namespace === manifest.object.metadata.namespace;
  return (
    object.kind === 'Service' &&
    here &&
    backendsOf(spec).some((each) =>
      targetsOf(annotations, each).some(({ service }) => service === object.metadata.name),
    )
  );
}
