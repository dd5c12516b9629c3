import { createHash } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { debian12, debian13, installation, postgres16, runInside } from './installation';

/** What an image of the manifests is here. */
export interface Image {
  /** Folders that lie over one another, the upper one first; the last is a Debian. */
  readonly layers: readonly string[];
  readonly directory: string;
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
  readonly entrypoint?: readonly string[];
}

const app = join(__dirname, 'app');
const docs = join(__dirname, '../../docs/rails-app');

/** What is copied from docs/rails-app into an app as it is. */
const brought = ['config', 'lib'];
/** What is not: the app here has nobody who signs in, and no gem for it. */
const left = 'devise.rb';

/**
 * The app of test/real/app with the files of docs/rails-app, built as the Dockerfile there does: its assets and bootsnap's
 * cache are in it. Built once for the same files.
 */
export async function buildApp(say: (line: string) => void = () => {}): Promise<string> {
  const built = join(installation, 'images', fingerprint());
  if (existsSync(built)) return built;
  say('the image of the Rails app');
  const beside = `${built}.${process.pid}`;
  const rails = join(beside, 'rails');
  mkdirSync(rails, { recursive: true });
  cpSync(app, rails, { recursive: true });
  for (const folder of brought)
    cpSync(join(docs, folder), join(rails, folder), {
      recursive: true,
      filter: (path) => basename(path) !== left,
    });
  const inside = (...command: string[]) =>
    runInside(debian13, [[rails, '/rails']], ['env', '-C', '/rails', ...command]);
  try {
    for (const folder of ['public/assets', 'tmp/cache', 'tmp/pids', 'log'])
      mkdirSync(join(rails, folder), { recursive: true });
    await inside('bundle', 'lock', '--local');
    const build = ['RAILS_ENV=production', 'SECRET_KEY_BASE_DUMMY=1', 'bundle', 'exec'];
    await inside(...build, 'rails', 'assets:precompile');
    // Debian's package leaves out the command.
    const bootsnap = ['ruby', '-rbootsnap/cli', '-e', 'exit Bootsnap::CLI.new(ARGV).run'];
    await inside(...build, ...bootsnap, 'precompile', '--gemfile', 'app/', 'config/', 'lib/');
    for (const folder of ['log', 'tmp']) own(join(rails, folder));
    mkdirSync(join(beside, 'home/rails'), { recursive: true });
    own(join(beside, 'home/rails'));
    renameSync(beside, built);
    for (const old of readdirSync(dirname(built)).map((name) => join(dirname(built), name)))
      if (Date.now() - statSync(old).mtimeMs > 86_400_000) rmSync(old, { recursive: true, force: true });
  } catch (error) {
    if (!existsSync(built)) throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  return built;
}

function own(folder: string): void {
  chownSync(folder, 1000, 1000);
  for (const item of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    chownSync(join(folder, item), 1000, 1000);
}

function fingerprint(): string {
  const hash = createHash('sha256').update(readFileSync(join(__dirname, 'images.ts')));
  for (const folder of [app, ...brought.map((name) => join(docs, name))])
    for (const item of readdirSync(folder, { recursive: true, withFileTypes: true }).sort((a, b) =>
      join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
    ))
      if (item.isFile()) {
        const path = join(item.parentPath, item.name);
        hash.update(path.slice(folder.length)).update('\0').update(readFileSync(path));
      }
  return hash.digest('hex').slice(0, 12);
}

/** The image of an app with more files above it, for example a migration. */
export function railsImage(built: string, ...above: string[]): Image {
  const dockerfile = readFileSync(join(docs, 'Dockerfile'), 'utf8');
  const said = (pattern: RegExp) => {
    const found = dockerfile.match(pattern)?.[1];
    if (!found) throw new Error(`docs/rails-app/Dockerfile has no ${pattern}`);
    return found;
  };
  return {
    layers: [...above, built, debian13],
    directory: said(/^WORKDIR (\S+)$/m),
    env: { LD_PRELOAD: said(/LD_PRELOAD=(\S+)/), HOME: '/home/rails' },
  };
}

export const pgbouncerImage: Image = { layers: [debian13], directory: '/' };

export const awsImage: Image = { layers: [debian13], directory: '/' };

export const nginxImage: Image = { layers: [debian13], directory: '/' };

/** In place of the image's own entrypoint: it makes the cluster of files, runs the scripts, and becomes the server. */
const postgresEntrypoint = `set -eu
if [ ! -e "$PGDATA/PG_VERSION" ]; then
  initdb --pgdata="$PGDATA" --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth=trust --no-sync >/dev/null
  pg_ctl --silent --wait --options='-c listen_addresses= -c unix_socket_directories=/run/postgresql' start
  export PGHOST=/run/postgresql PGUSER=postgres
  for script in /docker-entrypoint-initdb.d/*.sh; do sh "$script"; done
  pg_ctl --silent --wait --mode=fast stop
fi
exec postgres -c listen_addresses='*' "$@"
`;

export const postgresImage: Image = {
  layers: [debian13],
  directory: '/',
  env: { PATH: `/opt/postgresql16/bin:/usr/lib/postgresql/17/bin:/usr/bin:/bin` },
  files: { '/entrypoint.sh': postgresEntrypoint },
  entrypoint: ['sh', '/entrypoint.sh'],
};
/** Where it is mounted in that image. */
export const postgresMount = { from: postgres16, to: '/opt/postgresql16', readOnly: true };

export const redisImage: Image = { layers: [debian12], directory: '/' };
