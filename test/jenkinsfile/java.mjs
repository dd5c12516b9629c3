import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
export const root = join(here, '..', '..');

const pom = join(here, 'pom.xml');
const kept = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 16);
const jars = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'e-ren', `jars-${kept}`);

/** Its answer; when it fails, what it said. */
export function run(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', cwd: root, ...options });
  return { ok: status === 0, stdout: stdout ?? '', said: error?.message ?? `${stderr}${stdout}` };
}

export function needs(program, why, packages) {
  if (run(program, [program === 'ruby' ? '--version' : '-version']).ok) return;
  console.error(`${program} is missing: ${why}. On Debian: apt-get install ${packages}`);
  process.exit(2);
}

/** Fetches what pom.xml names into a cache outside the tree, once for each pom.xml. */
export function fetchJars() {
  if (existsSync(jars)) return;
  needs('mvn', 'it fetches Groovy and CEL from Maven Central', 'maven');
  console.log('fetching Groovy and CEL from Maven Central …');
  const beside = `${jars}.${process.pid}`;
  const got = run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${beside}`]);
  if (!got.ok) {
    rmSync(beside, { recursive: true, force: true });
    console.error(`what test/jenkinsfile/pom.xml names cannot be had from Maven Central:\n${got.said}`);
    process.exit(2);
  }
  renameSync(beside, jars);
}

/**
 * @param more arguments after the file
 * @returns what a Groovy script of this folder prints, which is JSON, when it is given this text in a file
 * @throws Error with what Groovy says
 */
export function groovy(script, text, ...more) {
  const folder = mkdtempSync(join(tmpdir(), 'groovy-'));
  try {
    writeFileSync(join(folder, 'input'), text);
    // Groovy 2.4 is older than the modules of Java.
    const opened = ['java.lang', 'java.util', 'java.lang.invoke'].flatMap((name) => [
      '--add-opens',
      `java.base/${name}=ALL-UNNAMED`,
    ]);
    const java = [
      '-Xshare:auto',
      '-XX:TieredStopAtLevel=1',
      ...opened,
      '-cp',
      `${jars}/*`,
      'groovy.ui.GroovyMain',
    ];
    const { ok, stdout, said } = run('java', [...java, join(here, script), join(folder, 'input'), ...more]);
    if (!ok) throw new Error(said);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
