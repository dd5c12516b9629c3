import { load } from 'js-yaml';
import { addOns } from '../../../../charts/environments/add-ons';
import { mebibytes, millicores } from '../../../../charts/environments/units';
import { files, ofKind, one, settings } from '../../../support/manifests';

const { spec }: any = load(files.get('argocd/add-ons/Application.external-dns.yaml') as string);
const values = spec.source.helm.valuesObject;
const [internal] = values.extraContainers;
const { zone, internalZone } = settings.cluster.aws.dns;

/** What an instance is told, argument to values; the chart writes the first one's arguments of its values. */
const told = (args: readonly string[]) => (name: string) =>
  args.flatMap((each) => (each.startsWith(`--${name}=`) ? [each.slice(name.length + 3)] : []));
const instances = {
  public: told([
    ...Object.entries<any>(values.extraArgs).flatMap(([key, of]) => [of].flat().map((each) => `--${key}=${each}`)),
    ...values.domainFilters.map((each: string) => `--domain-filter=${each}`),
    ...values.excludeDomains.map((each: string) => `--exclude-domains=${each}`),
    ...values.sources.map((each: string) => `--source=${each}`),
    `--provider=${values.provider.name}`,
    ...[`--policy=${values.policy}`, `--registry=${values.registry}`],
    ...[
      `--txt-owner-id=${values.txtOwnerId}`,
      `--txt-prefix=${values.txtPrefix}`,
      `--log-format=${values.logFormat}`,
    ],
  ]),
  private: told(internal.args),
};

/** The class of every Ingress, ours and that of Argo CD's chart, and whom its load balancer faces. */
const argoCd: any = load(files.get('argocd/add-ons/Application.argo-cd.yaml') as string);
const doors = [
  ...ofKind('Ingress').map(({ spec }) => ({
    className: spec.ingressClassName,
    hosts: spec.rules.map(({ host }: any) => host),
  })),
  {
    className: argoCd.spec.source.helm.valuesObject.server.ingress.ingressClassName,
    hosts: [argoCd.spec.source.helm.valuesObject.global.domain],
  },
].map((door) => ({ ...door, scheme: one('cluster', 'IngressClassParams', door.className).spec.scheme }));

test('each Ingress is of one instance: that of the zones whose readers its load balancer faces', () => {
  expect(doors.length).toBeGreaterThan(4);
  for (const { className, scheme } of doors) {
    const by = (['public', 'private'] as const).filter((kind) =>
      instances[kind]('ingress-class').includes(className),
    );
    expect([className, by]).toEqual([className, [scheme === 'internal' ? 'private' : 'public']]);
  }
});

test('each instance writes zones of one kind, and both kinds have one', () => {
  expect(instances.public('aws-zone-type')).toEqual(['public']);
  expect(instances.private('aws-zone-type')).toEqual(['private']);
});

test('each host is in the zone of its instance, and no internal one in what everybody sees', () => {
  for (const { hosts, scheme } of doors)
    for (const host of hosts) expect([host, host.endsWith(internalZone)]).toEqual([host, scheme === 'internal']);
  expect(instances.public('domain-filter')).toEqual([zone]);
  expect(instances.public('exclude-domains')).toEqual([internalZone]);
  expect(instances.private('domain-filter')).toEqual([internalZone]);
});

test('both are told the same but for that, and are of one release', () => {
  for (const name of ['source', 'provider', 'policy', 'registry', 'txt-owner-id', 'txt-prefix', 'log-format'])
    expect([name, instances.private(name)]).toEqual([name, instances.public(name)]);
  expect(values.triggerLoopOnEvent).toBe(true);
  expect(internal.args).toContain('--events');
  expect(internal.image).toBe(`registry.k8s.io/external-dns/external-dns:${addOns['external-dns'].release}`);
  expect(internal.env).toEqual(values.env);
});

test('the second container has a port of its own, which it is asked at', () => {
  const [address] = instances.private('metrics-address');
  // The chart gives its own container 7979.
  expect(address).not.toBe(':7979');
  for (const probe of [internal.livenessProbe, internal.readinessProbe])
    expect(`:${probe.httpGet.port}`).toBe(address);
});

test('both together have what the table reckons with', () => {
  const { resources, container } = addOns['external-dns'].workloads['external-dns'];
  expect(2 * millicores(container.cpu)).toBe(millicores(resources.cpu));
  expect(2 * mebibytes(container.memory)).toBe(mebibytes(resources.memory));
  expect(2 * mebibytes(container.memoryLimit)).toBe(mebibytes(resources.memoryLimit));
});
