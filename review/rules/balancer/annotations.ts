import { type Annotations, parse, prefix, read, refusals, rowOf, rows } from '../../balancer/annotations';
import { groupsOf, inParams, type Member, mapOf, ownOf, portsOf, said } from '../../balancer/groups';
import { backendsOf, targetGroupsOf } from '../../balancer/routes';
import { canonical } from '../../model/canonical';
import type { Objects } from '../../model/objects';
import { listOf } from '../../model/pods';
import { fieldAt, type Tree } from '../../model/tree';
import type { ObjectOffence } from '../../rule';
import { ofTree } from '../../rule-of';
import { meant } from '../../schema/walk';

type Annotated = Pick<Member, 'manifest' | 'annotations' | 'path'>;

/** Annotations of objects, and of those that a chart's values ask for. */
function* annotated(tree: Tree): Generator<Annotated> {
  const path = ['metadata', 'annotations'];
  for (const manifest of tree.manifests) {
    const { annotations } = manifest.object.metadata;
    if (annotations) yield { manifest, annotations, path };
  }
  for (const member of membersOf(tree)) if (member.manifest.object.kind === 'Application') yield member;
}

const membersOf = (tree: Tree): Member[] => groupsOf(tree).flatMap(({ members }) => members);

export const balancerValue = ofTree('balancer-value', function* ({ tree }) {
  for (const { manifest, annotations, path } of annotated(tree))
    for (const [key, text] of Object.entries(annotations)) {
      const row = key.startsWith(prefix) && rowOf(key.slice(prefix.length));
      const refused = row ? refusals(row, () => parse(row, text)) : [];
      for (const message of refused) yield { manifest, path: [...path, key], message };
    }
  for (const params of tree.ofKind('IngressClassParams'))
    for (const row of rows.values()) {
      const of = inParams({ params }, row);
      // The rest is in the definition of the kind.
      const refused = of && (row.form === 'map' || row.means) ? refusals(row, () => of.value) : [];
      for (const message of refused) yield { manifest: params, path: of?.path ?? [], message };
    }
  for (const member of membersOf(tree)) yield* together(member, member.annotations);
  for (const { service, annotations } of targetGroupsOf(tree)) {
    const { metadata, spec } = service.object;
    const at = { manifest: service, annotations: metadata.annotations ?? {}, path: ['metadata', 'annotations'] };
    yield* together(at, annotations);
    const port = String(read(annotations, 'healthcheck-port') ?? 'traffic-port');
    if (port !== 'traffic-port' && Number.isNaN(Number(port)) && !spec?.ports?.some(({ name }) => name === port))
      yield { ...at, path: ['spec', 'ports'], message: `has no port ${port}, which healthcheck-port names` };
  }
});

/** One value must stay below another, or needs another: as an object says it, as one does that goes with it, or by default. */
function* together({ manifest, annotations, path }: Annotated, all: Annotations): Generator<ObjectOffence> {
  for (const [suffix, { below = '', beside = {}, with: forms, default: standard }] of rows) {
    const [own, other] = [read(annotations, suffix), forms && (read(all, forms.of) ?? rows.get(forms.of)?.target)];
    const form = own === undefined ? undefined : forms?.values[String(other)];
    if (form && !new RegExp(form).test(String(own)))
      yield {
        manifest,
        path: [...path, `${prefix}${suffix}`],
        message: `${suffix} ${own} is not of ${forms?.of} ${other}, and AWS refuses the target group`,
      };
    const key = [suffix, below].map((each) => `${prefix}${each}`).find((each) => each in annotations);
    const value = read(all, suffix) ?? standard;
    const limit = read(all, below) ?? rows.get(below)?.default;
    const needed = beside[String(value)];
    if (key && needed && !(`${prefix}${needed}` in all))
      yield { manifest, path: [...path, key], message: `${suffix} ${value} needs ${needed}` };
    if (key && below && Number(value) >= Number(limit))
      yield {
        manifest,
        path: [...path, key],
        message: `${suffix} ${value} must be below ${below} ${limit}, or AWS refuses the target group`,
      };
  }
}

export const balancerUnread = ofTree('balancer-unread', function* ({ tree }) {
  for (const { manifest, annotations, path } of annotated(tree))
    for (const key of Object.keys(annotations)) {
      const message = unknown(key, manifest.object.kind);
      if (message) yield { manifest, path: [...path, key], message };
    }
  for (const { name, members } of groupsOf(tree))
    for (const member of members) {
      yield* overruled(member);
      yield* useless(tree, member);
      const [first] = members;
      for (const row of rows.values()) {
        const of = row.first && first?.params !== member.params && inParams(member, row);
        if (of)
          yield {
            ...of,
            message: `in group ${name} only the class of its first member counts, ${first?.name}`,
          };
      }
    }
});

const names = [...rows.keys()].map((each) => each.replace(/\.\*$/, ''));

function unknown(key: string, kind: string): string | undefined {
  const [domain = '', suffix = ''] = key.split('/');
  if (`${domain}/` !== prefix) {
    const near = /^alb\./i.test(domain) || meant(domain, [prefix.slice(0, -1)]) !== '';
    return near ? `is read by nobody; is ${prefix}${suffix} meant?` : undefined;
  }
  const row = rowOf(suffix);
  if (!row) return `is none of the controller’s annotations${meant(suffix.split('.')[0] ?? '', names)}`;
  if (kind === 'Ingress' || kind === 'Application' || (kind === 'Service' && row.service)) return undefined;
  return `is not read on a ${kind}, only on an Ingress${row.service ? ' or a Service' : ''}`;
}

/** IngressClassParams that say something else; the same said twice is harmless. */
function* overruled(member: Member): Generator<ObjectOffence> {
  for (const [suffix, row] of rows) {
    const [own, of] = [ownOf(member, suffix), inParams(member, row)];
    if (!own || !of) continue;
    const other =
      row.form === 'map'
        ? Object.entries(mapOf(own)).find(([key, value]) => key in mapOf(of) && mapOf(of)[key] !== value)?.[0]
        : canonical(own.value) !== canonical(of.value) && suffix;
    if (other)
      yield {
        manifest: member.manifest,
        path: own.path,
        message: `IngressClassParams ${of.manifest.object.metadata.name} goes before it, with another ${other}`,
      };
  }
}

function* useless(tree: Tree, member: Member): Generator<ObjectOffence> {
  const { manifest, annotations, spec } = member;
  const backends = backendsOf(spec).map(({ service }) => service?.name);
  const ports = portsOf(member);
  for (const key of Object.keys(annotations)) {
    const suffix = key.startsWith(prefix) ? key.slice(prefix.length) : '';
    const [family = '', ...rest] = suffix.split('.');
    const row = rowOf(suffix);
    const off = row?.needs && offIn(tree, row.needs);
    const [protocol, port] = rest.join('.').split('-');
    const message = off
      ? `${off} turns it off: ${row?.needs} is false`
      : row?.backend && spec?.rules && !backends.includes(rest.join('.'))
        ? `no backend of this Ingress is called ${rest.join('.')}`
        : family === 'listener-attributes' && ports.get(Number(port)) !== protocol
          ? `this Ingress does not listen on ${protocol} ${port}`
          : suffix === 'mutual-authentication' &&
              listOf(said(member, suffix)?.value).some((each) => ports.get(each.port) !== 'HTTPS')
            ? 'is of a port on which this Ingress does not listen with TLS'
            : undefined;
    if (message) yield { manifest, path: [...member.path, key], message };
  }
}

/** The Application whose Helm values turn a part of the controller off. */
function offIn(objects: Objects, value: string): string | undefined {
  return objects
    .ofKind('Application')
    .find(
      ({ object: { spec } }) =>
        spec?.source?.chart === 'aws-load-balancer-controller' &&
        fieldAt(spec.source.helm?.valuesObject, [value]) === false,
    )?.file;
}
