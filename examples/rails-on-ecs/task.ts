import { mebibytes, seconds } from '../../charts/environments/units';
import { type ContainerDefinition, secretVariables, variables } from '../../terraform-bridge/container-definition';
import { nginxContainer } from '../../terraform-bridge/nginx-container';
import type { RailsOnEcs } from './schema';

export const nginxPort = 80;
export const railsPort = 3000;
export const healthPath = '/health';

/** What is known only when Terraform has made it. */
export interface Around {
  /** Where the app's image is. */
  readonly repositoryUrl: string;
  readonly databaseHost: string;
  readonly cacheHost?: string;
  /** PEM: the authorities of RDS in the region. */
  readonly authorities: string;
  /** Entries of Secrets Manager. */
  readonly entries: Readonly<Record<string, { readonly arn: string }>>;
}

/** What Rails reads, in a task and in a migration alike: plain, and keys of entries. */
export function railsVariables({ host, region, aws, puma }: RailsOnEcs, around: Around) {
  return {
    plain: {
      APP_HOST: host,
      AWS_REGION: region,
      BOOTSNAP_READONLY: 'true',
      DATABASE_AUTHORITIES: around.authorities,
      DATABASE_URL: `postgresql://${around.databaseHost}:5432/${aws.database.name}?sslmode=verify-full&sslrootcert=/tmp/authorities.pem`,
      PORT: String(railsPort),
      RAILS_ENV: 'production',
      RAILS_LOG_TO_STDOUT: '1',
      RAILS_MAX_THREADS: String(puma.threads),
      RAILS_SERVE_STATIC_FILES: '1',
      WEB_CONCURRENCY: String(puma.workers),
      ...(around.cacheHost && { REDIS_HOST: around.cacheHost }),
    },
    secret: {
      PGPASSWORD: ['database', 'password'],
      PGUSER: ['database', 'username'],
      SECRET_KEY_BASE: ['rails', 'secret_key_base'],
      UPLOADS_BUCKET: ['files', 'bucket'],
      ...(around.cacheHost && { REDIS_PASSWORD: ['redis', 'auth_token'] as const }),
    },
  } as const;
}

/** A command of Rails, after the authorities are a file and Redis has its address; the password is of letters and digits. */
export function inRails(command: string): string {
  return `printf %s "$DATABASE_AUTHORITIES" >/tmp/authorities.pem
[ -z "$REDIS_HOST" ] || export REDIS_URL="rediss://:$REDIS_PASSWORD@$REDIS_HOST:6379/0"
exec bundle exec ${command}`;
}

/**
 * Rails, and nginx before it. Neither is root, and neither has a capability. The root file system can be written to: what
 * Fargate mounts belongs to root ("Bind mounts" in the guide of ECS), and it has no tmpfs for a task.
 */
export function containers(settings: RailsOnEcs, around: Around): ContainerDefinition[] {
  const { task, nginx, loadBalancer, network } = settings;
  const { plain, secret } = railsVariables(settings, around);
  const health = `exit Net::HTTP.get_response(URI("http://127.0.0.1:${railsPort}${healthPath}")).is_a?(Net::HTTPOK)`;
  return [
    {
      name: 'rails',
      // Nobody pushes this tag: the first deployment of the pipeline has an image.
      image: `${around.repositoryUrl}:none-yet`,
      essential: true,
      entryPoint: ['sh', '-ec'],
      command: [inRails('puma --config config/puma.rb')],
      user: '1000:1000',
      memory: mebibytes(task.memory) - mebibytes(nginx.memory),
      portMappings: [{ containerPort: railsPort, protocol: 'tcp' }],
      environment: variables({ ...plain, PGOPTIONS: `-c statement_timeout=${1000 * seconds(task.answer)}` }),
      secrets: secretVariables(secret, around.entries),
      stopTimeout: seconds(task.stopTimeout),
      healthCheck: {
        command: ['CMD', 'ruby', '-rnet/http', '-e', health],
        ...{ interval: 15, timeout: 5, retries: 4, startPeriod: 120 },
      },
      linuxParameters: { capabilities: { drop: ['ALL'] } },
    },
    nginxContainer({
      ...nginx,
      port: nginxPort,
      // `persistent_timeout` of docs/rails-app/config/puma.rb.
      app: { container: 'rails', port: railsPort, keepsOpen: '75s' },
      healthPath,
      balancers: network.publicSubnets,
      idleTimeout: loadBalancer.idleTimeout,
    }),
  ];
}
