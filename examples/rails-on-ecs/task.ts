import { mebibytes, seconds } from '../../charts/environments/units';
import { type ContainerDefinition, secretVariables, variables } from '../../terraform-bridge/container-definition';
import { nginxCommand, nginxConfiguration, nginxPort, railsPort } from './nginx';
import type { RailsOnEcs } from './schema';

/** What is known only when Terraform has made it. */
export interface Around {
  /** Repository of the app's image. */
  readonly repositoryUrl: string;
  readonly databaseHost: string;
  readonly cacheHost?: string;
  /** PEM: the authorities of RDS in the region. */
  readonly authorities: string;
  /** ARNs of entries of Secrets Manager. */
  readonly entries: Readonly<Record<'rails' | 'database' | 'files' | 'load-balancer', string>> & {
    readonly redis?: string;
  };
}

/** The first revision has this tag, which nobody pushes: the pipeline makes the second one, with a digest. */
export const firstTag = 'none-yet';

/** What Rails reads, in a task and in a migration alike. */
export function railsVariables({ host, rails, region, aws }: RailsOnEcs, around: Around) {
  const database = `postgresql://${around.databaseHost}:5432/${aws.database.name}`;
  return {
    plain: {
      APP_HOST: host,
      AWS_REGION: region,
      BOOTSNAP_READONLY: 'true',
      DATABASE_URL: `${database}?sslmode=verify-full&sslrootcert=/tmp/authorities.pem`,
      DATABASE_AUTHORITIES: around.authorities,
      RAILS_ENV: 'production',
      RAILS_LOG_TO_STDOUT: '1',
      RAILS_SERVE_STATIC_FILES: '1',
      PORT: String(railsPort),
      RAILS_MAX_THREADS: String(rails.threads),
      WEB_CONCURRENCY: String(rails.workers),
      ...(around.cacheHost && { REDIS_HOST: around.cacheHost }),
    },
    secret: {
      SECRET_KEY_BASE: [around.entries.rails, 'secret_key_base'],
      PGUSER: [around.entries.database, 'username'],
      PGPASSWORD: [around.entries.database, 'password'],
      UPLOADS_BUCKET: [around.entries.files, 'bucket'],
      ...(around.entries.redis && { REDIS_PASSWORD: [around.entries.redis, 'auth_token'] as const }),
    },
  } as const;
}

/** Before Rails: the authorities as a file, and the address of Redis, whose password is of letters and digits. */
export const railsPrelude = [
  'printf %s "$DATABASE_AUTHORITIES" >/tmp/authorities.pem',
  '[ -z "$REDIS_HOST" ] || export REDIS_URL="rediss://:$REDIS_PASSWORD@$REDIS_HOST:6379/0"',
].join('\n');

/**
 * Rails, and nginx before it. Neither is root, and neither has a capability. The root file system can be written to: what
 * Fargate mounts belongs to root ("Bind mounts" in the guide of ECS), and it has no tmpfs for a task.
 */
export function containers(settings: RailsOnEcs, around: Around): ContainerDefinition[] {
  const { task, rails, nginx } = settings;
  const { plain, secret } = railsVariables(settings, around);
  const linuxParameters = { capabilities: { drop: ['ALL'] } };
  return [
    {
      name: 'rails',
      image: `${around.repositoryUrl}:${firstTag}`,
      essential: true,
      entryPoint: ['sh', '-euc'],
      command: [`${railsPrelude}\nexec bundle exec puma --config config/puma.rb`],
      user: '1000:1000',
      memory: mebibytes(task.memory) - mebibytes(nginx.memory),
      portMappings: [{ containerPort: railsPort, protocol: 'tcp' }],
      environment: variables({
        ...plain,
        PGOPTIONS: `-c statement_timeout=${1000 * seconds(rails.statementTimeout)}`,
      }),
      secrets: secretVariables(secret),
      stopTimeout: seconds(rails.stopTimeout),
      healthCheck: {
        command: ['CMD', 'ruby', '-rnet/http', '-e', health],
        interval: 15,
        timeout: 5,
        retries: 4,
        startPeriod: 120,
      },
      linuxParameters,
    },
    {
      name: 'nginx',
      image: nginx.image,
      essential: true,
      entryPoint: ['sh', '-uc'],
      command: [nginxCommand(settings)],
      // The image's own user.
      user: '101:101',
      memory: mebibytes(nginx.memory),
      portMappings: [{ containerPort: nginxPort, protocol: 'tcp' }],
      environment: variables({ NGINX_CONF: nginxConfiguration(settings) }),
      secrets: [],
      stopTimeout: nginxStops(settings),
      dependsOn: [{ containerName: 'rails', condition: 'HEALTHY' }],
      // So that port 80 needs no root: SystemControl in the API reference of ECS, since platform version 1.4.0.
      systemControls: [{ namespace: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      linuxParameters,
    },
  ];
}

/** Seconds that nginx may take to end: the wait, the last answers, and a moment. */
export function nginxStops({ nginx }: RailsOnEcs): number {
  return seconds(nginx.preStop) + seconds(nginx.readTimeout) + 5;
}

const health = `exit Net::HTTP.get_response(URI("http://127.0.0.1:${railsPort}/health")).is_a?(Net::HTTPOK)`;
