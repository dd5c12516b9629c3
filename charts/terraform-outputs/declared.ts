import { cidrForm } from '../environments/units';

/**
 * The outputs of the two Terraform stacks, declared once: the stacks emit exactly these, the charts load exactly these.
 * Names keep Terraform's snake_case on both sides, so that one search finds both.
 */
export interface Output {
  readonly type: 'string' | 'number' | 'list' | 'map';
  /**
   * What a value, or each of a list or map, looks like: all of it, on one line, of letters that no shell, CSV or ini file
   * reads as its own. Its groups `account` and `region` must be the cluster's.
   */
  readonly pattern: RegExp;
  /** What the keys of a map look like. */
  readonly keys?: RegExp;
  readonly example: string;
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const account = { type: 'string', pattern: /^(?<account>\d{12})$/, example: '"123456789012"' } as const;
const cidrs = { type: 'list', pattern: cidrForm, example: '["10.0.1.0/24","10.0.2.0/24"]' } as const;
const securityGroup = {
  type: 'string',
  pattern: /^sg-[0-9a-f]{8,17}$/,
  example: '"sg-0123456789abcdef0"',
} as const;
/** A load balancer takes one of its own region only. */
const certificate = {
  type: 'string',
  pattern: /^arn:aws[a-z-]{0,12}:acm:(?<region>[a-z0-9-]{1,32}):(?<account>\d{12}):certificate\/[\w-]{1,64}$/,
  example: '"arn:aws:acm:us-east-1:123456789012:certificate/…"',
} as const;
/** "General purpose bucket naming rules" of the guide of S3. */
const bucket = {
  type: 'string',
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  example: '"uploads"',
} as const;
const host = {
  type: 'string',
  pattern: /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/,
  example: '"main.abc.us-east-1.rds.amazonaws.com"',
} as const;
const port = (example: string) =>
  ({
    type: 'number',
    pattern: /^(?!0)(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/,
    example,
  }) as const;

export const declared = {
  cluster: {
    account_id: account,
    region: {
      type: 'string',
      pattern: /^(?<region>[a-z]{2}(-[a-z]{2,12}){1,3}-\d)$/,
      example: '"us-east-1"',
    },
    cluster_name: { type: 'string', pattern: label, example: '"main"' },
    vpc_id: { type: 'string', pattern: /^vpc-[0-9a-f]{8,17}$/, example: '"vpc-0123456789abcdef0"' },
    public_subnet_cidrs: cidrs,
    private_subnet_cidrs: cidrs,
    database_subnet_cidrs: cidrs,
    /** Named by the Ingresses, so the controller opens nothing by itself: the nodes' group must admit both on the app's ports. */
    alb_security_group_id: securityGroup,
    internal_alb_security_group_id: securityGroup,
    /** The certificate of the zone and of the names below it, in the cluster's region. */
    certificate_arn: certificate,
    /** The certificate of the names below the internal zone. */
    internal_certificate_arn: certificate,
    /** The certificate of previews' hosts, `*.<preview.domain>`; the first one where the settings have no previews. */
    preview_certificate_arn: certificate,
    /** Repository name to its address. */
    ecr_repository_urls: {
      type: 'map',
      keys: /^[a-z0-9][a-z0-9._/-]{1,255}$/,
      pattern: /^(?<account>\d{12})\.dkr\.ecr\.(?<region>[a-z0-9-]{1,32})\.amazonaws\.com\/[a-z0-9._/-]{2,256}$/,
      example: '{"web":"123456789012.dkr.ecr.us-east-1.amazonaws.com/web"}',
    },
    /** Namespace to the role that its SecretStore assumes; each may read one prefix of Secrets Manager. */
    secret_store_role_arns: {
      type: 'map',
      keys: label,
      pattern: /^arn:aws[a-z-]{0,12}:iam::(?<account>\d{12}):role\/[\w+=,.@/-]{1,576}$/,
      example: '{"production":"arn:aws:iam::123456789012:role/secrets-production"}',
    },
  },
  production: {
    account_id: account,
    database_host: host,
    database_port: port('5432'),
    database_name: { type: 'string', pattern: /^[a-z_][a-z0-9_]{0,62}$/, example: '"main"' },
    /** "Naming constraints" of the guide of RDS: letters, digits and single hyphens, at most 63. */
    database_instance_id: {
      type: 'string',
      pattern: /^(?=.{1,63}$)[a-z](-?[a-z0-9])*$/,
      example: '"main-production"',
    },
    /** What the database reads only at its start: `npm run bridge` takes it when the instance has restarted with it. */
    database_static_parameters: {
      type: 'map',
      keys: /^[a-z][a-z0-9_.]{0,62}$/,
      pattern: /^[\w.,-]{1,200}$/,
      example: '{"max_connections":"45"}',
    },
    redis_host: host,
    redis_port: port('6379'),
    uploads_bucket: bucket,
    assets_bucket: bucket,
  },
} as const satisfies Record<string, Record<string, Output>>;

export type Stack = keyof typeof declared;

interface ValueOf {
  string: string;
  number: number;
  list: readonly string[];
  map: Readonly<Record<string, string>>;
}
export type Outputs<S extends Stack> = {
  readonly [name in keyof (typeof declared)[S]]: (typeof declared)[S][name] extends {
    type: infer T extends keyof ValueOf;
  }
    ? ValueOf[T]
    : never;
};

/** The account of the committed files until the first `terraform apply`. */
export const placeholderAccount = '000000000000';

/** The host of this account's registry, which all of its repositories share. */
export function registryOf({ ecr_repository_urls: urls }: Outputs<'cluster'>): string {
  return Object.values(urls)[0]?.split('/')[0] ?? '';
}
