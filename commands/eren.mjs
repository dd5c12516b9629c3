#!/usr/bin/env node
// The program: every command of this repository by one name, without npm in between. npm keeps options to itself
// that stand before `--`; this passes on what was typed. Not a package's binary: npx could fetch another one of that name.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closest } from './closest.mjs';
import { commands } from './table.cjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = JSON.parse(readFileSync(join(root, 'charts/program.json'), 'utf8'));

const [name, ...words] = process.argv.slice(2);
await run();

async function run() {
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return console.log(help());
  if (name === '--version' || name === '-V') return console.log(version());
  if (name === 'completion') return completion(words[0]);
  if (name === '__complete') return console.log(candidates(words).join('\n'));
  const [what] = Object.hasOwn(commands, name) ? commands[name] : [];
  if (what === undefined) {
    const near = closest(name, Object.keys(commands));
    console.error(`error: ${JSON.stringify(name)} is not a command${near ? `; did you mean ${near}?` : ''}`);
    console.error(`(${program.command} shows all)`);
    process.exitCode = 2;
    return;
  }
  if (Array.isArray(what)) return programs(what);
  process.env.DELIVERY_CALLED = `${program.command} ${name}`;
  process.argv = [
    process.argv[0],
    join(root, 'commands/run.mjs'),
    ...(what.endsWith('.mjs') ? [] : [what]),
    ...words,
  ];
  await import(what.endsWith('.mjs') ? `../${what}` : './run.mjs').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('error: the packages are not installed; run npm ci');
    process.exitCode = 2;
  });
}

function programs(lines) {
  for (const [i, line] of lines.entries()) {
    const [program, ...given] = line.split(' ');
    const more = i === lines.length - 1 ? words : [];
    const { status, error } = spawnSync(join(root, 'node_modules/.bin', program), [...given, ...more], {
      cwd: root,
      stdio: 'inherit',
    });
    if (error?.code === 'ENOENT') console.error('error: the packages are not installed; run npm ci');
    process.exitCode = status ?? 2;
    if (process.exitCode !== 0) return;
  }
}

function help() {
  const width = Math.max(...Object.keys(commands).map((each) => each.length)) + 2;
  const lines = Object.entries(commands).map(([each, [, says]]) => `  ${each.padEnd(width)}${says}`);
  return `Usage: ${program.command} <command> [arguments]\n\n${lines.join('\n')}

  ${program.command} <command> --help            its arguments, with examples
  source <(${program.command} completion bash)   completion; zsh and fish too`;
}

function version() {
  const { version: own } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { stdout } = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' });
  return `${program.name}-delivery ${own}${stdout ? ` at ${stdout.trim()}` : ''}, Node ${process.versions.node}`;
}

function completion(shell) {
  const called = program.command.slice('./'.length);
  const scripts = {
    bash: `_${called}() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(${program.command} __complete "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _${called} ${program.command} ${called}`,
    fish: `complete -c ${called} -f -a '(${program.command} __complete (commandline -opc)[2..] 2>/dev/null)'`,
  };
  const text = shell === 'zsh' ? `autoload -U +X bashcompinit && bashcompinit\n${scripts.bash}` : scripts[shell];
  if (text) return console.log(text);
  console.error(`error: completion is for bash, zsh or fish, not for ${JSON.stringify(shell ?? '')}`);
  process.exitCode = 2;
}

/** What may come after these words: a command; environments, apps and options of one. */
function candidates([of, ...before]) {
  if (of === undefined) return Object.keys(commands);
  const [what] = Object.hasOwn(commands, of) ? commands[of] : [];
  if (typeof what !== 'string') return [];
  const options = what.endsWith('.ts') ? optionsOf(what) : [];
  if (of === 'preview' && before.length === 0) return ['open', 'close', 'await', 'list', 'sweep'];
  if (!['promote', 'rollback', 'status', 'freeze'].includes(of)) return options;
  const images = join(root, 'charts/environments/images');
  const names = before.filter((word) => !word.startsWith('-'));
  // What is completed is read by the shell, and would be run by it: a name has letters, digits and hyphens.
  const named = (folder) => readdirSync(folder).flatMap((file) => /^(\w[\w-]*)(?:\.txt)?$/.exec(file)?.[1] ?? []);
  if (names.length === 0) return [...named(images), ...options];
  const apps = () => named(join(images, names[0])).filter((app) => !names.includes(app));
  try {
    return [...(of === 'promote' || of === 'rollback' ? apps() : []), ...options];
  } catch {
    return options;
  }
}

/** Read in the source: to ask the command itself takes longer than a key. */
function optionsOf(file) {
  const sources = [
    file,
    ...(/promote|rollback/.test(file) ? ['commands/deploy.ts'] : []),
    ...(/promote|rollback|revert|freeze|preview/.test(file) ? ['commands/push.ts'] : []),
  ];
  const found = sources.flatMap((each) => [
    ...readFileSync(join(root, each), 'utf8').matchAll(/(?:\.option|Option)\(\s*['"](?:-\w, )?(--[\w-]+)/g),
  ]);
  return [...new Set(found.map(([, option]) => option))];
}
