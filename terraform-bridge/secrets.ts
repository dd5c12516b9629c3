import { EphemeralAwsSecretsmanagerRandomPassword } from '@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-random-password';
import { SecretsmanagerSecret } from '@cdktn/provider-aws/lib/secretsmanager-secret';
import { SecretsmanagerSecretVersion } from '@cdktn/provider-aws/lib/secretsmanager-secret-version';
import { Fn } from 'cdktn';
import { Construct } from 'constructs';
import type { Cluster, Environment } from '../charts/environments/environment';
import { prefix, secretEntries } from '../charts/environments/secrets';
import type { Encryption } from './encryption';

/** Raised by hand to have every value made anew; each pod then has to get it at once, so prefer to rotate one. */
const generation = 1;

/**
 * Every entry of Secrets Manager. What can be made up is made up while Terraform runs and is written once, by an argument
 * that is not kept: the value is neither in the state nor in an output. The rest a person fills in; until then an
 * ExternalSecret that reads it waits, and so do its pods.
 */
export class Secrets extends Construct {
  constructor(
    scope: Construct,
    id: string,
    cluster: Cluster,
    { environments, encryption }: { environments: readonly Environment[]; encryption: Encryption },
  ) {
    super(scope, id);
    const values = new Map<string, string>();
    const value = (name: string): string => {
      const made =
        values.get(name) ??
        new EphemeralAwsSecretsmanagerRandomPassword(this, `random-${name}`.replaceAll('/', '-'), {
          // Letters and digits: nothing that a URL, a shell, an INI file or YAML would read as something else.
          excludePunctuation: true,
          includeSpace: false,
          requireEachIncludedType: true,
          passwordLength: 64,
        }).randomPassword;
      values.set(name, made);
      return made;
    };
    for (const { namespace, entry, generated, byPerson, fixed } of secretEntries(environments)) {
      const secret = new SecretsmanagerSecret(this, `${namespace}-${entry}`, {
        name: `${prefix(namespace)}/${entry}`,
        description: byPerson.length > 0 ? `A person fills in ${byPerson.join(', ')}` : 'Made by Terraform',
        kmsKeyId: encryption.keyArn,
        recoveryWindowInDays: cluster.aws.recovery.secrets,
      });
      if (Object.keys(generated).length === 0) continue;
      new SecretsmanagerSecretVersion(this, `${namespace}-${entry}-first`, {
        secretId: secret.id,
        secretStringWo: Fn.jsonencode({
          ...fixed,
          ...Object.fromEntries(Object.entries(generated).map(([key, name]) => [key, value(name)])),
        }),
        secretStringWoVersion: generation,
      });
    }
  }
}
