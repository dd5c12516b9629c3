import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/root';
import { change, type Differences, differences } from './differences';

const person = { NAME: 'Jenkins', EMAIL: 'jenkins@example.com' };
const env: NodeJS.ProcessEnv = {
  ...process.env,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: person.NAME,
  GIT_AUTHOR_EMAIL: person.EMAIL,
  GIT_COMMITTER_NAME: person.NAME,
  GIT_COMMITTER_EMAIL: person.EMAIL,
  NO_COLOR: '1',
};

/** A bare repository, as Argo CD reads it, and a clone of it to work in, as a person or Jenkins does. */
export class Repository {
  /**
   * Makes both of the working tree, its uncommitted changes included.
   *
   * @param folder that they are made in
   */
  static async make(folder: string, different: Omit<Differences, 'repository'>): Promise<Repository> {
    const bare = join(folder, 'delivery.git');
    const repository = new Repository(bare, join(folder, 'delivery'));
    const { tree } = repository;
    mkdirSync(tree, { recursive: true });
    const left = ['node_modules', '.git', 'coverage'];
    // A link that leads out of the tree is refused by Argo CD, and a copied one would lead to the original.
    const verbatimSymlinks = true;
    cpSync(root, tree, { recursive: true, verbatimSymlinks, filter: (path) => !left.includes(basename(path)) });
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    change(tree, differences({ ...different, repository: repository.url }));
    await repository.npm('charts/main.ts');
    await repository.git('init', '--quiet', '--initial-branch=main');
    appendFileSync(join(tree, '.git/info/exclude'), 'node_modules\n');
    await repository.git('add', '--all');
    await repository.git('commit', '--quiet', '--message', 'begin');
    await repository.git('init', '--quiet', '--bare', '--initial-branch=main', bare);
    await repository.git('remote', 'add', 'origin', bare);
    await repository.git('push', '--quiet', '--set-upstream', 'origin', 'main');
    return repository;
  }

  private constructor(
    readonly bare: string,
    /** The clone. */
    readonly tree: string,
  ) {}

  get url(): string {
    return `file://${this.bare}`;
  }

  /** The id of the last commit that was pushed. */
  head(): Promise<string> {
    return this.git('rev-parse', 'origin/main');
  }

  async git(...args: string[]): Promise<string> {
    return (await run('git', args, this.tree)).trimEnd();
  }

  /** What an npm script of the clone prints: `npm('commands/promote.ts', 'production', …)`. @throws Error with its words */
  npm(entry: string, ...args: string[]): Promise<string> {
    return run(process.execPath, ['commands/run.mjs', entry, ...args], this.tree);
  }

  /** Changes a file of the clone. @throws Error when it has nothing like that */
  edit(file: string, from: RegExp, to: string): void {
    change(this.tree, [{ file, why: 'a test wants it', from, to: () => to }]);
  }

  /** Everything that was changed in the clone, as one commit on main. */
  async push(subject: string): Promise<void> {
    await this.git('add', '--all');
    await this.git('commit', '--quiet', '--message', subject);
    await this.git('push', '--quiet');
  }
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  // Nobody's settings. Not the null device: git replaces the file when somebody sets something there.
  const own = { ...env, GIT_CONFIG_GLOBAL: join(dirname(cwd), 'gitconfig') };
  try {
    return (await promisify(execFile)(program, args, { cwd, env: own, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    const { stderr, stdout, message } = error as Error & { stderr?: string; stdout?: string };
    throw new Error(`${args.join(' ')}: ${stderr || stdout || message}`);
  }
}
