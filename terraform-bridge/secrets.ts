import { EphemeralAwsSecretsmanagerRandomPassword } from '@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-random-password';
import { SecretsmanagerSecret } from '@cdktn/provider-aws/lib/secretsmanager-secret';
import { SecretsmanagerSecretVersion } from '@cdktn/provider-aws/lib/secretsmanager-secret-version';
import { Fn } from 'cdktn';
import { Construct } from 'constructs';
import type { Cluster, Environment } from '../charts/environments/environment';
import { entryName, keysVersion, type SecretEntry, secretEntries } from '../charts/environments/secrets';
import type { Encryption } from './encryption';

/**
 * Every entry of Secrets Manager, each with one writer: Terraform or a person.
 *
 * What can be made up is made up while Terraform runs and is written by an argument that is not kept: the value is neither
 * in the state nor in an output. Nor can it be compared: the provider replaces a version, with a value that is new, when
 * `secret_string_wo_version` differs (`ForceNew` in its `internal/service/secretsmanager/secret_version.go`). So that
 * number is made of the entry's keys, an entry has one value, and no value is in two entries: whatever is added to or taken
 * from the settings, and wherever an apply stops, no value changes that was there, and none that was written differs from
 * a copy of it.
 *
 * The rest a person fills in; until then an ExternalSecret that reads it waits, and so do its pods.
 */
export class Secrets extends Construct {
  /** What other namespaces read too: the reader, and the ARNs. */
  public readonly shared: ReadonlyMap<string, readonly string[]>;

  constructor(
    scope: Construct,
    id: string,
    cluster: Cluster,
    { environments, encryption }: { environments: readonly Environment[]; encryption: Encryption },
  ) {
    super(scope, id);
    const shared = new Map<string, string[]>();
    for (const each of secretEntries(cluster.system, environments)) {
      const { writtenBy, keys, readBy } = each;
      const name = `${each.namespace}-${each.entry}`;
      const secret = new SecretsmanagerSecret(this, name, {
        name: entryName(cluster.system, each),
        description: writtenBy === 'person' ? `A person fills in ${keys.join(', ')}` : 'Made by Terraform',
        kmsKeyId: encryption.keyArn,
        recoveryWindowInDays: cluster.aws.recovery.secrets,
      });
      for (const reader of readBy) shared.set(reader, [...(shared.get(reader) ?? []), secret.arn]);
      if (writtenBy === 'terraform')
        new SecretsmanagerSecretVersion(this, `${name}-first`, {
          secretId: secret.id,
          secretStringWo: Fn.jsonencode(this.valuesOf(each)),
          secretStringWoVersion: keysVersion(each),
          // A version without a label may be dropped by AWS, and the next apply would put a new value in its place. So it
          // has one that stays when somebody rotates; where `AWSCURRENT` is then is not Terraform's to say.
          versionStages: ['AWSCURRENT', 'terraform'],
          lifecycle: { ignoreChanges: ['version_stages'] },
        });
    }
    this.shared = shared;
  }

  private valuesOf({ namespace, entry, keys, fixed }: SecretEntry): Record<string, string> {
    const random = (key: string) =>
      new EphemeralAwsSecretsmanagerRandomPassword(this, `random-${namespace}-${entry}-${key}`, {
        // Letters and digits: nothing that a URL, a shell, an INI file or YAML would read as something else.
        excludePunctuation: true,
        includeSpace: false,
        requireEachIncludedType: true,
        passwordLength: 64,
      }).randomPassword;
    return Object.fromEntries(keys.map((key) => [key, fixed[key] ?? random(key)]));
  }
}
