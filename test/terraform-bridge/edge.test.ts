import { settings } from '../support/manifests';
import { stack } from '../support/stacks';

const production = stack('production');
const cluster = stack('cluster');
const { aws, budget, hosts } = settings.cluster;
const cdn = production.only('aws_cloudfront_distribution');
const policyOf = (behaviour: any, of = production) =>
  of.ofType('aws_cloudfront_cache_policy')[/policy\.(\w+)\.id/.exec(behaviour.cache_policy_id)?.[1] ?? ''];

/** Whether a certificate is for a host: its name, or one label below a wildcard. */
const covers = (name: string, host: string) =>
  name === host || (name.startsWith('*.') && host.slice(host.indexOf('.')) === name.slice(1));
const namesOf = (certificate: any): string[] => [
  certificate.domain_name,
  ...(certificate.subject_alternative_names ?? []),
];

describe('names', () => {
  test('every host of the settings has a certificate where its load balancer or CDN looks for it', () => {
    const { certificate_certificate, internal_certificate_certificate } = cluster.ofType('aws_acm_certificate');
    const needed: [string, any][] = [
      ...settings.sites.map(({ environment }) => [environment.host, certificate_certificate] as [string, any]),
      [hosts.webhooks, certificate_certificate],
      [hosts.argocd, internal_certificate_certificate],
      [hosts.jenkins, internal_certificate_certificate],
      [settings.sites[0]?.environment.assetsHost as string, production.only('aws_acm_certificate')],
    ];
    const bad = needed.filter(([host, certificate]) => !namesOf(certificate).some((name) => covers(name, host)));
    expect(bad.map(([host]) => host)).toEqual([]);
  });

  test("CloudFront's certificate is in us-east-1 wherever the cluster is", () => {
    expect(production.only('aws_acm_certificate').region).toBe('us-east-1');
    expect(production.only('aws_acm_certificate_validation').region).toBe('us-east-1');
  });

  test('what names a certificate waits until it is issued', () => {
    const { certificate_arn, internal_certificate_arn } = cluster.json.output;
    for (const { value } of [certificate_arn, internal_certificate_arn])
      expect(value).toMatch(/^\$\{aws_acm_certificate_validation\./);
    expect(cdn.viewer_certificate.acm_certificate_arn).toMatch(/^\$\{aws_acm_certificate_validation\./);
  });

  test('internal names are looked up in the VPC alone', () => {
    const zones = cluster.ofType('aws_route53_zone');
    expect(zones.zone_internal).toMatchObject({ name: aws.dns.internalZone });
    expect(zones.zone_internal.vpc).toHaveLength(1);
    expect(zones.zone_public).toMatchObject({ name: aws.dns.zone });
    expect(zones.zone_public.vpc).toBeUndefined();
  });

  test('a parent zone of the account delegates by itself', () => {
    expect(cluster.ofType('aws_route53_record').zone_delegation).toBeUndefined();
    const delegated = stack('cluster', (s) => (s.cluster.aws.dns.parentZone = 'washu.edu'));
    expect(delegated.ofType('aws_route53_record').zone_delegation).toMatchObject({
      name: aws.dns.zone,
      type: 'NS',
    });
  });
});

describe('CDN', () => {
  test('answers at the host that pages name, by TLS 1.2 and newer', () => {
    expect(cdn.aliases).toEqual([settings.sites[0]?.environment.assetsHost]);
    expect(cdn.viewer_certificate.minimum_protocol_version).toBe('TLSv1.2_2021');
    expect(cdn.default_cache_behavior.viewer_protocol_policy).toBe('redirect-to-https');
  });

  test('keeps assets an hour, and longer where they say so, without a cookie or a header of the request', () => {
    expect(policyOf(cdn.default_cache_behavior)).toMatchObject({
      min_ttl: 0,
      default_ttl: 3600,
      max_ttl: 31_536_000,
      parameters_in_cache_key_and_forwarded_to_origin: {
        cookies_config: { cookie_behavior: 'none' },
        headers_config: { header_behavior: 'none' },
      },
    });
  });

  test('keeps no page until the settings name one, and then for five minutes and without its cookie', () => {
    expect(cdn.ordered_cache_behavior).toBeUndefined();
    expect(cdn.origin).toHaveLength(1);
    const open = stack('production', (s) => (s.environments[0].aws.cdn.publicPages = ['/events/*']));
    const distribution = open.only('aws_cloudfront_distribution');
    const [page] = distribution.ordered_cache_behavior;
    expect(page).toMatchObject({ path_pattern: '/events/*', target_origin_id: 'app' });
    expect(policyOf(page, open)).toMatchObject({
      default_ttl: 300,
      max_ttl: 300,
      parameters_in_cache_key_and_forwarded_to_origin: { cookies_config: { cookie_behavior: 'none' } },
    });
    expect(distribution.origin[1]).toMatchObject({
      domain_name: 'eren.washu.edu',
      custom_origin_config: { origin_protocol_policy: 'https-only' },
    });
  });

  test('is the only one that the assets bucket lets in', () => {
    const [, read] = production.statements(production.ofType('aws_s3_bucket_policy').assets_policy.policy);
    expect(read).toMatchObject({
      actions: ['s3:GetObject'],
      principals: [{ type: 'Service', identifiers: ['cloudfront.amazonaws.com'] }],
      condition: [
        {
          test: 'StringEquals',
          variable: 'AWS:SourceArn',
          values: ['${aws_cloudfront_distribution.cdn_distribution.arn}'],
        },
      ],
    });
  });
});

describe('mail', () => {
  const records = cluster.ofType('aws_route53_record');

  test('is signed, from a return path of the zone, and refused when it is forged', () => {
    expect(cluster.only('aws_sesv2_email_identity').email_identity).toBe(aws.dns.zone);
    expect([1, 2, 3].map((i) => records[`mail_dkim_${i}`]?.type)).toEqual(['CNAME', 'CNAME', 'CNAME']);
    expect(records.mail_return_path_spf.records).toEqual(['v=spf1 include:amazonses.com -all']);
    expect(records.mail_return_path_mx.records).toEqual([
      `10 feedback-smtp.${settings.cluster.region}.amazonses.com`,
    ]);
    expect(records.mail_dmarc.records[0]).toMatch(/^v=DMARC1; p=quarantine;/);
  });

  test('leaves as an address of the host of its environment, and as no other', () => {
    for (const { environment } of settings.sites) {
      const { policy } = cluster.ofType('aws_iam_user_policy')[`mail_${environment.name}_smtp_policy`];
      expect(cluster.statements(policy)).toEqual([
        {
          actions: ['ses:SendRawEmail'],
          resources: ['${aws_sesv2_email_identity.mail_identity.arn}'],
          condition: [{ test: 'StringLike', variable: 'ses:FromAddress', values: [`*@${environment.host}`] }],
        },
      ]);
    }
  });

  test('no key of a user is made here, because the state would keep it', () => {
    expect(cluster.ofType('aws_iam_access_key')).toEqual({});
  });
});

describe('guard rails', () => {
  test('the budget tells every address at every amount of the settings', () => {
    const made = cluster.only('aws_budgets_budget');
    expect(made.limit_amount).toBe(String(budget.monthly));
    expect(made.notification.map((each: any) => [each.threshold, each.threshold_type])).toEqual(
      budget.alerts.map((amount) => [amount, 'ABSOLUTE_VALUE']),
    );
    const told = Object.values(cluster.ofType('aws_sns_topic_subscription'));
    expect(told.map(({ endpoint, protocol }) => [endpoint, protocol])).toEqual(
      budget.addresses.map((address) => [address, 'email']),
    );
  });

  test('budgets and alarms of this account may write to the topic, and read the key it is encrypted with', () => {
    const [write] = cluster.statements(cluster.only('aws_sns_topic_policy').policy);
    const services = ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'];
    expect(write.principals).toEqual([{ type: 'Service', identifiers: services }]);
    expect(write.condition[0].variable).toBe('aws:SourceAccount');
    const key = cluster.statements(cluster.only('aws_kms_key').policy);
    expect(key.flatMap(({ principals }) => principals[0].identifiers)).toEqual(expect.arrayContaining(services));
  });

  test("Datadog's role is there when Datadog has given its ID, and asks for it", () => {
    expect(Object.keys(cluster.ofType('aws_iam_role'))).not.toContain('datadog_role');
    const given = stack('cluster', (s) => (s.cluster.aws.datadog.externalId = 'abc123'));
    const [trusted] = given.statements(given.ofType('aws_iam_role').datadog_role.assume_role_policy);
    expect(trusted.condition).toEqual([{ test: 'StringEquals', variable: 'sts:ExternalId', values: ['abc123'] }]);
    expect(trusted.principals).toEqual([
      { type: 'AWS', identifiers: [`arn:aws:iam::${aws.datadog.account}:root`] },
    ]);
  });

  test('images cannot be overwritten, are scanned, and end; the build cache and copies of others may move', () => {
    const repositories = Object.values(cluster.ofType('aws_ecr_repository'));
    const kept = Object.values(cluster.ofType('aws_ecr_lifecycle_policy')).map(
      ({ policy }) => JSON.parse(policy).rules.at(-1).selection.countNumber,
    );
    const copies = ['jenkins/inbound-agent', 'jenkins/jenkins', 'moby/buildkit'];
    expect(
      Object.fromEntries(repositories.map(({ name, image_tag_mutability }) => [name, image_tag_mutability])),
    ).toEqual({
      'e-ren': 'IMMUTABLE',
      [settings.cluster.jenkins.agents.docker.cacheRepository]: 'MUTABLE',
      ...Object.fromEntries(copies.map((name) => [`docker-hub/${name}`, 'MUTABLE'])),
    });
    expect(repositories.filter((each) => !each.image_scanning_configuration.scan_on_push)).toEqual([]);
    expect(kept.sort()).toEqual(
      [
        ...Object.values(aws.repositories).map(({ keep }) => keep),
        ...copies.map(() => aws.pullThrough['docker.io']?.keep),
      ].sort(),
    );
  });
});
