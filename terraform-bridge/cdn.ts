import { CloudfrontCachePolicy } from '@cdktn/provider-aws/lib/cloudfront-cache-policy';
import { CloudfrontDistribution } from '@cdktn/provider-aws/lib/cloudfront-distribution';
import { CloudfrontOriginAccessControl } from '@cdktn/provider-aws/lib/cloudfront-origin-access-control';
import { DataAwsCloudfrontResponseHeadersPolicy } from '@cdktn/provider-aws/lib/data-aws-cloudfront-response-headers-policy';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record';
import { Construct } from 'constructs';
import type { Cluster, OnAws } from '../charts/environments/environment';
import { seconds } from '../charts/environments/units';
import type { Bucket } from './bucket';
import { Certificate } from './certificate';
import type { ClusterLookup } from './cluster-lookup';

/** CloudFront asks for its certificate here, wherever the cluster is. */
const certificateRegion = 'us-east-1';
const year = 365 * 24 * 3600;

/**
 * CloudFront at `assetsHost`: the assets of every release for an hour, those with a digest in their name for as long as
 * they say themselves; and, for the paths of the settings, pages of the app for five minutes. A page with a session is
 * never such a path: nothing of a request but its path and query reaches the app by this way, and no cookie comes back.
 */
export class Cdn extends Construct {
  constructor(
    scope: Construct,
    id: string,
    settings: Cluster,
    environment: OnAws,
    { assetsHost, assets, around }: { assetsHost: string; assets: Bucket; around: ClusterLookup },
  ) {
    super(scope, id);
    const { cdn } = environment.aws;
    const name = `${settings.system.prefix}-${environment.name}`;
    const certificate = new Certificate(this, 'certificate', {
      names: [assetsHost],
      zoneId: around.zoneId,
      region: certificateRegion,
    });
    const access = new CloudfrontOriginAccessControl(this, 'access', {
      name: `${settings.system.prefix}-assets-${environment.name}`,
      description: 'Signs what CloudFront asks of the assets bucket',
      originAccessControlOriginType: 's3',
      signingBehavior: 'always',
      signingProtocol: 'sigv4',
    });
    // Fonts and scripts are asked for by pages of another host, the app's.
    const headers = new DataAwsCloudfrontResponseHeadersPolicy(this, 'headers', {
      name: 'Managed-CORS-and-SecurityHeadersPolicy',
    });
    const common = {
      viewerProtocolPolicy: 'redirect-to-https',
      allowedMethods: ['GET', 'HEAD', 'OPTIONS'],
      cachedMethods: ['GET', 'HEAD'],
      compress: true,
      responseHeadersPolicyId: headers.id,
    };
    const hasPages = cdn.publicPages.length > 0;
    const pages = hasPages
      ? cachePolicy(this, 'pages', name, {
          kept: seconds(cdn.pages),
          most: seconds(cdn.pages),
          query: 'all',
        })
      : undefined;
    const distribution = new CloudfrontDistribution(this, 'distribution', {
      enabled: true,
      comment: `Assets of ${environment.host}`,
      aliases: [assetsHost],
      httpVersion: 'http2and3',
      isIpv6Enabled: true,
      priceClass: cdn.priceClass,
      viewerCertificate: {
        acmCertificateArn: certificate.arn,
        sslSupportMethod: 'sni-only',
        minimumProtocolVersion: 'TLSv1.2_2021',
      },
      restrictions: { geoRestriction: { restrictionType: 'none' } },
      origin: [
        { originId: 'assets', domainName: assets.domain, originAccessControlId: access.id },
        ...(hasPages
          ? [
              {
                originId: 'app',
                domainName: environment.host,
                customOriginConfig: {
                  httpPort: 80,
                  httpsPort: 443,
                  originProtocolPolicy: 'https-only',
                  originSslProtocols: ['TLSv1.2'],
                },
              },
            ]
          : []),
      ],
      defaultCacheBehavior: {
        ...common,
        targetOriginId: 'assets',
        cachePolicyId: cachePolicy(this, 'assets', name, {
          kept: seconds(cdn.assets),
          most: year,
          query: 'none',
        }).id,
      },
      orderedCacheBehavior: pages
        ? cdn.publicPages.map((pathPattern) => ({
            ...common,
            pathPattern,
            targetOriginId: 'app',
            cachePolicyId: pages.id,
          }))
        : undefined,
    });
    assets.admit([
      {
        actions: ['s3:GetObject'],
        resources: [`${assets.arn}/*`],
        principal: { type: 'Service', names: ['cloudfront.amazonaws.com'] },
        when: [['StringEquals', 'AWS:SourceArn', distribution.arn]],
      },
    ]);
    for (const type of ['A', 'AAAA'])
      new Route53Record(this, `record-${type.toLowerCase()}`, {
        zoneId: around.zoneId,
        name: assetsHost,
        type,
        alias: {
          name: distribution.domainName,
          zoneId: distribution.hostedZoneId,
          evaluateTargetHealth: false,
        },
      });
  }
}

interface Keeping {
  /** Seconds, where the origin says nothing. */
  readonly kept: number;
  /** Seconds, whatever the origin says. */
  readonly most: number;
  readonly query: 'all' | 'none';
}

function cachePolicy(scope: Construct, of: string, system: string, { kept, most, query }: Keeping) {
  return new CloudfrontCachePolicy(scope, `${of}-cache`, {
    name: `${system}-${of}`,
    minTtl: 0,
    defaultTtl: kept,
    maxTtl: most,
    parametersInCacheKeyAndForwardedToOrigin: {
      cookiesConfig: { cookieBehavior: 'none' },
      headersConfig: { headerBehavior: 'none' },
      queryStringsConfig: { queryStringBehavior: query },
      enableAcceptEncodingBrotli: true,
      enableAcceptEncodingGzip: true,
    },
  });
}
