import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { KubernetesObject } from './api';
import type { Cluster } from './cluster';
import { launch } from './control-plane';
import { given, startCluster } from './given';
import { addOnValues, inOrder, manifestsOf } from './manifests';
import { freePort } from './ports';
import { binaryOf, withAddOn } from './programs';
import { settings } from './settings';

const { zone, internalZone } = settings.cluster.aws.dns;
const values = addOnValues('external-dns');
const [internal] = values.extraContainers;
const balancers = {
  public: 'k8s-eren-0.us-east-1.elb.amazonaws.com',
  private: 'internal-k8s-eren-1.us-east-1.elb.amazonaws.com',
};

/** Argo CD's user interface, as its chart makes it. */
const userInterface = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'argocd-server', namespace: 'argocd' },
  spec: {
    ingressClassName: addOnValues('argo-cd').server.ingress.ingressClassName,
    rules: [rule(addOnValues('argo-cd').global.domain, 'argocd-server')],
  },
};
const committed = manifestsOf(['dist']);
const ofKind = (...kinds: string[]) => committed.filter(({ object }) => kinds.includes(object.kind));
const ingresses: KubernetesObject[] = [...ofKind('Ingress').map(({ object }) => object), userInterface];
const isInternal = ({ spec }: any) =>
  ofKind('IngressClassParams').some(
    ({ object }) => object.metadata.name === spec.ingressClassName && object.spec.scheme === 'internal',
  );
const hostsOf = (of: readonly KubernetesObject[]) =>
  [...new Set(of.flatMap(({ spec }: any) => spec.rules.map(({ host }: any) => host as string)))].sort();

let cluster: Cluster;
let program: string;
let endpoint: string;
let zones: { public: string; private: string };
beforeAll(async () => {
  const all = await withAddOn('external-dns', given().programs, (line) => process.stderr.write(`${line}\n`));
  program = binaryOf(all, 'external-dns');
  cluster = await startCluster();
  endpoint = await route53(cluster);
  await empty();
  const around = ofKind('Namespace', 'IngressClass', 'IngressClassParams');
  await cluster.api.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
  await cluster.api.applyAll(inOrder(around).map(({ object }) => object));
  for (const ingress of ingresses) {
    await cluster.api.apply(ingress);
    await cluster.api.merge(ingress, addressed(isInternal(ingress) ? 'private' : 'public'), 'status');
  }
}, 1_200_000);
afterAll(() => cluster?.stop());

/** The arguments of the chart's own container, by its template of 1.21.1, and those of the second one. */
const instances = {
  public: [
    `--provider=${values.provider.name}`,
    ...values.sources.map((each: string) => `--source=${each}`),
    ...values.domainFilters.map((each: string) => `--domain-filter=${each}`),
    ...values.excludeDomains.map((each: string) => `--exclude-domains=${each}`),
    ...Object.entries<any>(values.extraArgs).flatMap(([key, of]) => [of].flat().map((each) => `--${key}=${each}`)),
    `--policy=${values.policy}`,
    `--registry=${values.registry}`,
    `--txt-owner-id=${values.txtOwnerId}`,
    `--txt-prefix=${values.txtPrefix}`,
  ],
  private: internal.args.filter((each: string) => !/^--(events|interval|metrics-address)/.test(each)),
};

test('an instance that is told of no kind of zone shows the internal names to everybody', async () => {
  const unfiltered = instances.public.filter((each) => !/aws-zone-type|ingress-class|exclude-domains/.test(each));
  await sync(unfiltered);
  expect((await names('public')).filter((name) => name.endsWith(internalZone)).length).toBeGreaterThan(0);
  await empty();
});

test('the two instances write each name into one zone, that of its readers, and no other record', async () => {
  await sync(instances.public);
  await sync(instances.private);
  const [open, closed] = [ingresses.filter((each) => !isInternal(each)), ingresses.filter(isInternal)];
  expect(await names('public')).toEqual(hostsOf(open));
  expect(await names('private')).toEqual(hostsOf(closed));
  expect(hostsOf(closed).length).toBeGreaterThan(1);
  // Also not as the text record by which an instance knows its own.
  const texts = (await records(zones.public)).filter(({ type }) => type === 'TXT');
  expect(texts.length).toBeGreaterThan(0);
  expect(texts.filter(({ name }) => name.endsWith(`.${internalZone}`))).toEqual([]);
});

test('each points at the load balancer of its Ingress', async () => {
  for (const kind of ['public', 'private'] as const) {
    const found = (await records(zones[kind])).filter(({ type }) => type === 'A');
    expect(new Set(found.map(({ target }) => target.replace(/\.$/, '')))).toEqual(new Set([balancers[kind]]));
  }
});

test('a name goes with its Ingress, and the other instance takes nothing away', async () => {
  const [gone] = ingresses.filter(isInternal) as [KubernetesObject];
  const { apiVersion, kind, metadata } = gone;
  await cluster.api.done('DELETE', await cluster.api.path(apiVersion, kind, metadata.namespace, metadata.name));
  const before = await names('public');
  await sync(instances.public);
  await sync(instances.private);
  expect(await names('public')).toEqual(before);
  expect(await names('private')).toEqual(hostsOf(ingresses.filter((each) => isInternal(each) && each !== gone)));
});

test('the name of the zone itself goes like any other, and leaves nothing', async () => {
  const [apex] = ingresses.filter((each) => hostsOf([each]).includes(zone)) as [KubernetesObject];
  const { apiVersion, kind, metadata } = apex;
  await cluster.api.done('DELETE', await cluster.api.path(apiVersion, kind, metadata.namespace, metadata.name));
  await sync(instances.public);
  const left = (await records(zones.public)).filter(({ name }) => [zone, ...owned(zone)].includes(name));
  expect(left.map(({ type }) => type)).toEqual(['NS', 'SOA']);
});

test('an Ingress of the public class that has an internal host is shown to nobody', async () => {
  const mistaken = {
    ...userInterface,
    metadata: { name: 'mistaken', namespace: 'argocd' },
    spec: { ingressClassName: 'alb', rules: [rule(`secret.${internalZone}`, 'argocd-server')] },
  };
  await cluster.api.apply(mistaken);
  await cluster.api.merge(mistaken, addressed('public'), 'status');
  await sync(instances.public);
  await sync(instances.private);
  for (const kind of ['public', 'private'] as const)
    expect((await names(kind)).filter((name) => name.startsWith('secret.'))).toEqual([]);
});

/** What the load balancer controller writes to an Ingress. */
function addressed(kind: 'public' | 'private') {
  return { status: { loadBalancer: { ingress: [{ hostname: balancers[kind] }] } } };
}

/** The text records by which an instance knows a name as its own. */
function owned(host: string): string[] {
  return ['a', 'aaaa', 'cname'].map((type) => `${values.txtPrefix.replace('%{record_type}', type)}${host}`);
}

function rule(host: string, service: string) {
  const backend = { service: { name: service, port: { number: 443 } } };
  return { host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } };
}

/** One round of an instance, as it does one a minute. */
async function sync(args: readonly string[]): Promise<void> {
  const credentials = {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: settings.cluster.region,
  };
  const env = {
    ...credentials,
    AWS_ENDPOINT_URL: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: '/nonexistent',
  };
  await promisify(execFile)(program, [...args, `--kubeconfig=${cluster.kubeconfig}`, '--once'], {
    env,
    timeout: 120_000,
  });
}

/** moto's server, on loopback. */
async function route53({ processes, programs }: Cluster): Promise<string> {
  let port = 0;
  await launch(processes, {
    program: async () => {
      port = await freePort();
      return {
        name: 'moto',
        file: programs.python,
        args: ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)],
      };
    },
    ready: async () => (await fetch(`http://127.0.0.1:${port}/moto-api/`)).ok,
    within: 120,
  });
  return `http://127.0.0.1:${port}`;
}

/** Route 53's own requests: it answers in XML. The header is what a signature would tell, the service and the region. */
async function asked(path: string, body?: string): Promise<string> {
  const answer = await fetch(`${endpoint}/2013-04-01/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      authorization:
        'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/route53/aws4_request, SignedHeaders=host, Signature=0',
    },
    ...(body && { body }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return text;
}

async function hostedZone(name: string, isPrivate: boolean): Promise<string> {
  const vpc = isPrivate ? '<VPC><VPCRegion>us-east-1</VPCRegion><VPCId>vpc-0a</VPCId></VPC>' : '';
  const config = `<HostedZoneConfig><Comment>${name}</Comment><PrivateZone>${isPrivate}</PrivateZone></HostedZoneConfig>`;
  const made = await asked(
    'hostedzone',
    `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>${name}.</Name><CallerReference>${name}</CallerReference>${config}${vpc}</CreateHostedZoneRequest>`,
  );
  return /<Id>\/hostedzone\/(\w+)<\/Id>/.exec(made)?.[1] ?? '';
}

interface Found {
  readonly name: string;
  readonly type: string;
  /** Where an alias leads. */
  readonly target: string;
}

/** What stands in a zone, without the dot that ends a name. */
async function records(id: string): Promise<Found[]> {
  const text = await asked(`hostedzone/${id}/rrset`);
  return [...text.matchAll(/<ResourceRecordSet>(.*?)<\/ResourceRecordSet>/gs)].map(([, set = '']) => {
    const of = (tag: string) => new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(set)?.[1] ?? '';
    return { name: of('Name').replace(/\.$/, ''), type: of('Type'), target: of('DNSName') };
  });
}

/** Names that have an address in a zone. */
async function names(kind: 'public' | 'private'): Promise<string[]> {
  const found = (await records(zones[kind])).filter(({ type }) => ['A', 'AAAA', 'CNAME'].includes(type));
  return [...new Set(found.map(({ name }) => name))].sort();
}

/** Both zones, empty. */
async function empty(): Promise<void> {
  await fetch(`${endpoint}/moto-api/reset`, { method: 'POST' });
  zones = { public: await hostedZone(zone, false), private: await hostedZone(internalZone, true) };
}
