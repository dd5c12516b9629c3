import { EphemeralAwsSecretsmanagerRandomPassword } from '@cdktn/provider-aws/lib/ephemeral-aws-secretsmanager-random-password';
import { SecretsmanagerSecret } from '@cdktn/provider-aws/lib/secretsmanager-secret';
import { SecretsmanagerSecretVersion } from '@cdktn/provider-aws/lib/secretsmanager-secret-version';
import { Fn } from 'cdktn';
import { Construct } from 'constructs';
import { keysVersion } from '../charts/environments/secrets';

export interface GeneratedEntryProps {
  readonly name: string;
  readonly keyArn: string;
  /** How long it can be brought back after it was deleted, in days. */
  readonly recovery: number;
  /** The key whose value is made up, once; it is neither in the state nor in an output. */
  readonly random: string;
  /** Keys beside it that are not secret. */
  readonly fixed?: Readonly<Record<string, string>>;
}

/** An entry of Secrets Manager whose one secret Terraform makes up and does not keep: secrets.ts says why it is so. */
export class GeneratedEntry extends Construct {
  public readonly arn: string;
  /** Known when its value is there. */
  public readonly written: SecretsmanagerSecretVersion;

  constructor(scope: Construct, id: string, { name, keyArn, recovery, random, fixed = {} }: GeneratedEntryProps) {
    super(scope, id);
    const secret = new SecretsmanagerSecret(this, 'entry', {
      name,
      description: 'Made by Terraform',
      kmsKeyId: keyArn,
      recoveryWindowInDays: recovery,
    });
    const { randomPassword } = new EphemeralAwsSecretsmanagerRandomPassword(this, 'random', {
      // Letters and digits: nothing that a URL or a shell would read as something else.
      excludePunctuation: true,
      includeSpace: false,
      requireEachIncludedType: true,
      passwordLength: 64,
    });
    this.written = new SecretsmanagerSecretVersion(this, 'first', {
      secretId: secret.id,
      secretStringWo: Fn.jsonencode({ ...fixed, [random]: randomPassword }),
      secretStringWoVersion: keysVersion({ keys: [...Object.keys(fixed), random] }),
      versionStages: ['AWSCURRENT', 'terraform'],
      lifecycle: { ignoreChanges: ['version_stages'] },
    });
    this.arn = secret.arn;
  }
}

/** An entry of what is known and not secret, so that a program finds it where it finds the secrets. */
export class KnownEntry extends Construct {
  public readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    props: Omit<GeneratedEntryProps, 'random' | 'fixed'> & { readonly values: Readonly<Record<string, string>> },
  ) {
    super(scope, id);
    const secret = new SecretsmanagerSecret(this, 'entry', {
      name: props.name,
      description: 'Made by Terraform; nothing in it is secret',
      kmsKeyId: props.keyArn,
      recoveryWindowInDays: props.recovery,
    });
    new SecretsmanagerSecretVersion(this, 'values', {
      secretId: secret.id,
      secretString: Fn.jsonencode(props.values),
    });
    this.arn = secret.arn;
  }
}
