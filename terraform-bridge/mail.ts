import { IamUser } from '@cdktn/provider-aws/lib/iam-user';
import { IamUserPolicy } from '@cdktn/provider-aws/lib/iam-user-policy';
import { Route53Record } from '@cdktn/provider-aws/lib/route53-record';
import { Sesv2EmailIdentity } from '@cdktn/provider-aws/lib/sesv2-email-identity';
import { Sesv2EmailIdentityMailFromAttributes } from '@cdktn/provider-aws/lib/sesv2-email-identity-mail-from-attributes';
import { Construct } from 'constructs';
import type { Cluster, Environment } from '../charts/environments/environment';
import { resourceNames } from './names';
import { policy } from './policy';
import type { Zone } from './zone';

/**
 * Mail of the zone by SES: signed (DKIM), from a return path of the zone (SPF), and refused when it is forged (DMARC).
 *
 * SES' SMTP endpoint knows users of IAM and no roles. The users are made here; their keys are not, because Terraform
 * would keep them in its state: docs/runbooks/first-deploy.md makes them and puts them into the entry `smtp`.
 */
export class Mail extends Construct {
  constructor(
    scope: Construct,
    id: string,
    cluster: Cluster,
    { zone, environments }: { zone: Zone; environments: readonly Environment[] },
  ) {
    super(scope, id);
    const { dns, mail } = cluster.aws;
    const identity = new Sesv2EmailIdentity(this, 'identity', {
      emailIdentity: dns.zone,
      dkimSigningAttributes: { nextSigningKeyLength: 'RSA_2048_BIT' },
    });
    const record = (name: string, host: string, type: string, value: string) =>
      new Route53Record(this, name, {
        zoneId: zone.publicZone.zoneId,
        name: host,
        type,
        ttl: 1800,
        records: [value],
      });
    // SES always gives three.
    for (const i of [0, 1, 2]) {
      const token = `\${${identity.fqn}.dkim_signing_attributes[0].tokens[${i}]}`;
      record(`dkim-${i + 1}`, `${token}._domainkey.${dns.zone}`, 'CNAME', `${token}.dkim.amazonses.com`);
    }
    const from = new Sesv2EmailIdentityMailFromAttributes(this, 'return-path', {
      emailIdentity: identity.emailIdentity,
      mailFromDomain: mail.returnPath,
      behaviorOnMxFailure: 'USE_DEFAULT_VALUE',
    });
    record('return-path-mx', from.mailFromDomain, 'MX', `10 feedback-smtp.${cluster.region}.amazonses.com`);
    record('return-path-spf', from.mailFromDomain, 'TXT', 'v=spf1 include:amazonses.com -all');
    record('dmarc', `_dmarc.${dns.zone}`, 'TXT', `v=DMARC1; p=quarantine; rua=mailto:${mail.reports}`);

    for (const { name, host } of environments) {
      const user = new IamUser(this, `${name}-smtp`, { name: resourceNames(cluster).role(`smtp-${name}`) });
      new IamUserPolicy(this, `${name}-smtp-policy`, {
        user: user.name,
        name: 'send-mail',
        policy: policy(this, `${name}-send`, [
          {
            actions: ['ses:SendRawEmail'],
            resources: [identity.arn],
            // The app writes as an address of its host; staging cannot write as production.
            when: [['StringLike', 'ses:FromAddress', `*@${host}`]],
          },
        ]),
      });
    }
  }
}
