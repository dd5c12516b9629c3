/**
 * The outputs of the two Terraform stacks, declared once: the stacks emit exactly these, the charts load exactly these.
 * Names keep Terraform's snake_case on both sides, so that one search finds both.
 */
export interface Output {
  readonly type: 'string' | 'number' | 'list' | 'map';
  /** The AWS service of an ARN; its account must be the cluster's. */
  readonly arn?: string;
  /** What a value (or each of a list or map) looks like, and how to say it. */
  readonly pattern?: RegExp;
  /** Finds the account in a value that is no ARN; it must be the cluster's too. */
  readonly account?: RegExp;
  readonly example: string;
}

const cidrs = {
  type: 'list',
  pattern: /^\d+\.\d+\.\d+\.\d+\/\d+$/,
  example: '["10.0.1.0/24","10.0.2.0/24"]',
} as const;
const securityGroup = {
  type: 'string',
  pattern: /^sg-[0-9a-f]{8,17}$/,
  example: '"sg-0123456789abcdef0"',
} as const;
const certificate = {
  type: 'string',
  arn: 'acm',
  example: '"arn:aws:acm:us-east-1:123456789012:certificate/…"',
} as const;
const bucket = {
  type: 'string',
  pattern: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  example: '"eren-uploads"',
} as const;
const host = {
  type: 'string',
  pattern: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
  example: '"eren.abc.us-east-1.rds.amazonaws.com"',
} as const;

export const declared = {
  cluster: {
    account_id: { type: 'string', pattern: /^\d{12}$/, account: /^(\d{12})$/, example: '"123456789012"' },
    region: { type: 'string', pattern: /^[a-z]{2}(-[a-z]+)+-\d$/, example: '"us-east-1"' },
    cluster_name: { type: 'string', example: '"eren-cluster"' },
    vpc_id: { type: 'string', pattern: /^vpc-[0-9a-f]{8,17}$/, example: '"vpc-0123456789abcdef0"' },
    public_subnet_cidrs: cidrs,
    private_subnet_cidrs: cidrs,
    database_subnet_cidrs: cidrs,
    /** Named by the Ingresses, so the controller opens nothing by itself: the nodes' group must admit both on the app's ports. */
    alb_security_group_id: securityGroup,
    internal_alb_security_group_id: securityGroup,
    /** Of eren.washu.edu and *.eren.washu.edu, in the cluster's region. */
    certificate_arn: certificate,
    /** Of *.internal.eren.washu.edu. */
    internal_certificate_arn: certificate,
    /** Repository name to its address. */
    ecr_repository_urls: {
      type: 'map',
      pattern: /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[a-z0-9._/-]+$/,
      account: /^(\d{12})\./,
      example: '{"e-ren":"123456789012.dkr.ecr.us-east-1.amazonaws.com/e-ren"}',
    },
    /** Namespace to the role that its SecretStore assumes; each may read one prefix of Secrets Manager. */
    secret_store_role_arns: {
      type: 'map',
      arn: 'iam',
      example: '{"production":"arn:aws:iam::123456789012:role/eren-secrets-production"}',
    },
  },
  production: {
    account_id: { type: 'string', pattern: /^\d{12}$/, account: /^(\d{12})$/, example: '"123456789012"' },
    database_host: host,
    database_port: { type: 'number', example: '5432' },
    database_name: { type: 'string', pattern: /^[a-z_][a-z0-9_]*$/, example: '"eren"' },
    database_instance_id: { type: 'string', example: '"eren-production"' },
    /** What the database reads only at its start: `npm run bridge` takes it when the instance has restarted with it. */
    database_static_parameters: {
      type: 'map',
      pattern: /^[\w.,-]+$/,
      example: '{"max_connections":"45"}',
    },
    redis_host: host,
    redis_port: { type: 'number', example: '6379' },
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
