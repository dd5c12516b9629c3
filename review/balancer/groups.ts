import { isMap } from '../model/canonical';
import { groupedBy, oncePer } from '../model/collections';
import type { Kinds } from '../model/kinds';
import type { Objects } from '../model/objects';
import { listOf } from '../model/pods';
import { fieldAt, type Manifest, type Steps } from '../model/tree';
import { type Annotations, parse, prefix, type Row, read, rowOf } from './annotations';

export type IngressSpec = NonNullable<Kinds['Ingress']['spec']>;

/** An Ingress of the load balancer controller: a manifest, or one that the values of a Helm chart ask for. */
export interface Member {
  /** The Ingress, or the Application whose chart makes it. */
  readonly manifest: Manifest;
  /** `production/web`. */
  readonly name: string;
  readonly annotations: Annotations;
  /** Where the annotations stand in the manifest. */
  readonly path: Steps;
  /** Nothing where only the chart knows it. */
  readonly spec?: IngressSpec;
  /** The IngressClassParams of its class. */
  readonly params?: Manifest<'IngressClassParams'>;
  readonly order: number;
}

/** Ingresses that share one load balancer: the controller takes all of them, or none (pkg/ingress/model_builder.go). */
export interface Group {
  readonly name: string;
  /** In the order of their rules. */
  readonly members: readonly Member[];
}

/** Every load balancer that the controller makes. */
export const groupsOf = oncePer((objects: Objects): readonly Group[] => {
  const members = [
    ...objects.ofKind('Ingress').flatMap((manifest) => member(objects, manifest, manifest.object) ?? []),
    ...objects
      .ofKind('Application')
      .flatMap((manifest) => [...inValues(objects, manifest, manifest.object.spec, ['spec'])]),
  ];
  const byOrder = (a: Member, b: Member) => a.order - b.order || (a.name < b.name ? -1 : 1);
  // The group of an Ingress by itself is called after it.
  const groups = groupedBy(members, (each) => textSaid(each, 'group.name') ?? each.name);
  return [...groups].map(([name, of]) => ({ name, members: of.sort(byOrder) }));
});

/** The member that an Ingress is; nothing when it is of another controller. */
export function memberOf(objects: Objects, manifest: Manifest): Member | undefined {
  return groupsOf(objects)
    .flatMap(({ members }) => members)
    .find((each) => each.manifest === manifest);
}

interface Asked {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Annotations };
  readonly spec?: IngressSpec;
}

/** What an IngressClass says, with its IngressClassParams where it names some that exist. */
export function classOf(objects: Objects, name: string) {
  const { controller, parameters } = objects.find('IngressClass', undefined, name)?.object.spec ?? {};
  const params = parameters && objects.find('IngressClassParams', undefined, parameters.name ?? '');
  return { controller, parameters, ...(params && { params }) };
}

function member(
  objects: Objects,
  manifest: Manifest,
  object: Asked,
  path: Steps = ['metadata'],
): Member | undefined {
  const { metadata, spec = {} } = object;
  const annotations = textsIn(metadata.annotations);
  const old = annotations['kubernetes.io/ingress.class'];
  const name = old ?? spec.ingressClassName ?? defaultClass(objects);
  // By the annotation, the class is a word and no object (pkg/ingress/group_loader.go, classifyIngress).
  const { controller, params } = old === undefined ? classOf(objects, name ?? '') : {};
  if (controller === undefined ? name !== 'alb' : controller !== 'ingress.k8s.aws/alb') return undefined;
  return {
    manifest,
    name: `${metadata.namespace ?? 'default'}/${metadata.name}`,
    annotations,
    path: [...path, 'annotations'],
    spec,
    order: Number(annotations[`${prefix}group.order`] ?? 0) || 0,
    ...(params && { params }),
  };
}

/** Values of a chart may hold anything. */
function textsIn(annotations: unknown): Annotations {
  const texts = Object.entries(isMap(annotations) ? annotations : {});
  return Object.fromEntries(texts.filter((each): each is [string, string] => typeof each[1] === 'string'));
}

function defaultClass(objects: Objects): string | undefined {
  const isDefault = 'ingressclass.kubernetes.io/is-default-class';
  return objects.ofKind('IngressClass').find(({ object }) => object.metadata.annotations?.[isDefault] === 'true')
    ?.object.metadata.name;
}

/** As much as charts agree in. */
interface IngressValues {
  readonly enabled?: unknown;
  readonly ingressClassName?: string;
  readonly className?: string;
  readonly annotations?: Annotations;
}

/** Charts agree in this: `ingress.enabled`, `ingressClassName`, `annotations`. */
function* inValues(
  objects: Objects,
  manifest: Manifest<'Application'>,
  value: unknown,
  path: Steps,
): Generator<Member> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    const values: IngressValues = typeof inner === 'object' && inner !== null ? inner : {};
    if (/ingress$/i.test(key) && values.enabled === true) {
      const { metadata, spec } = manifest.object;
      const asked = {
        metadata: {
          name: `${metadata.name} (${path.slice(-1)}.${key})`,
          namespace: spec?.destination?.namespace,
          annotations: values.annotations,
        },
        spec: { ingressClassName: values.ingressClassName ?? values.className },
      };
      const found = member(objects, manifest, asked, at);
      if (found) yield found;
    }
    yield* inValues(objects, manifest, inner, at);
  }
}

/** What holds for a member in one respect, and who says it. */
export interface Spoken {
  readonly value: unknown;
  readonly manifest: Manifest;
  readonly path: Steps;
}

/** The class's parameters go before an annotation; where both have keys, key by key. */
export function said(member: Member, suffix: string): Spoken | undefined {
  const row = rowOf(suffix);
  const own = ownOf(member, suffix);
  const ofClass = row && inParams(member, row);
  if (own && ofClass && row?.group === 'keys') return { ...own, value: { ...mapOf(own), ...mapOf(ofClass) } };
  return ofClass ?? own;
}

/** The same where it is a text. */
export function textSaid(member: Member, suffix: string): string | undefined {
  const value = said(member, suffix)?.value;
  return typeof value === 'string' ? value : undefined;
}

/** The keys that it has, where it has any. */
export function mapOf(of: Spoken | undefined): Readonly<Record<string, unknown>> {
  return isMap(of?.value) ? of.value : {};
}

/** What the annotation says, whether it holds or not. */
export function ownOf({ manifest, annotations, path }: Member, suffix: string): Spoken | undefined {
  const value = read(annotations, suffix);
  return value === undefined ? undefined : { value, manifest, path: [...path, `${prefix}${suffix}`] };
}

/** What IngressClassParams say of the same thing, in the form of the annotation. */
export function inParams({ params }: Pick<Member, 'params'>, row: Row): Spoken | undefined {
  const fields = row.params?.split('.') ?? [];
  const raw = fieldAt(params?.object.spec, fields);
  const empty = raw === undefined || raw === '' || (Array.isArray(raw) && raw.length === 0);
  if (!params || fields.length === 0 || empty) return undefined;
  return { value: asAnnotation(row, raw), manifest: params, path: ['spec', ...fields] };
}

function asAnnotation(row: Row, raw: unknown): unknown {
  if (row.form === 'integer') return Number(raw);
  if (row.form !== 'map') return raw;
  // Attributes and tags are pairs; the capacity is a field in lower case.
  if (!Array.isArray(raw)) return { CapacityUnits: fieldAt(raw, ['capacityUnits']) };
  const pairs = listOf(raw).map(({ key, value }) => `${key}=${String(value).replace(/([\\,])/g, '\\$1')}`);
  return parse(row, pairs.join(','));
}

/** The listeners that a member asks for; port 443 or 80 where it names none, as it has a certificate or not. */
export function portsOf(member: Member): ReadonlyMap<number, string> {
  const ports = said(member, 'listen-ports')?.value;
  if (!ports)
    return new Map([
      [said(member, 'certificate-arn')?.value ?? []].flat().length > 0 ? [443, 'HTTPS'] : [80, 'HTTP'],
    ]);
  const pairs = listOf(ports).flatMap((each) => Object.entries(each));
  return new Map(
    pairs.flatMap(([protocol, port]) => (/^HTTPS?$/.test(protocol) ? [[Number(port), protocol]] : [])),
  );
}

/** Whether all of plain HTTP is only sent on to TLS, whichever member says so. */
export function redirects({ members }: Group): boolean {
  return members.some((member) => said(member, 'ssl-redirect') !== undefined);
}
