import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { debian12, debian13, postgres16 } from './installation';

/** What the packages of a Debian are, and whose image in production they stand for. */
const debian = {
  [debian13]: {
    'ruby3.3': 'Ruby',
    'ruby-rails': 'Rails',
    puma: 'Puma',
    'ruby-sidekiq': 'Sidekiq',
    'ruby-pg': 'pg',
    'ruby-redis': 'redis (gem)',
    'ruby-sentry-rails': 'sentry-rails',
    pgbouncer: 'PgBouncer',
    'nginx-light': 'nginx',
    awscli: 'AWS CLI',
  },
  [debian12]: { 'redis-server': 'Redis' },
};

/** The programs of the suite and their versions, on one line. */
export async function versions(): Promise<string> {
  const all = Object.entries(debian).flatMap(([root, packages]) =>
    Object.entries(packages).map(([name, title]) => {
      const version = execFileSync('chroot', [root, 'dpkg-query', '-W', '-f=${source:Upstream-Version}', name], {
        encoding: 'utf8',
      });
      return `${title} ${version.replace(/\+.*/, '')}`;
    }),
  );
  const postgres = execFileSync(join(postgres16, 'bin/postgres'), ['--version'], { encoding: 'utf8' });
  const pip = execFileSync('chroot', [debian13, '/opt/python/bin/pip', 'list', '--format=freeze'], {
    encoding: 'utf8',
  });
  const python = ['moto', 'ddtrace'].map(
    (name) => `${name} ${pip.match(new RegExp(`^${name}==(.*)$`, 'm'))?.[1]}`,
  );
  return [...all, `PostgreSQL ${postgres.trim().split(' ').pop()}`, ...python].join(', ');
}
