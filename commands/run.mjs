// Runs a TypeScript entry point on plain Node: `node commands/run.mjs charts/main.ts [arguments]`.
// Transpiling is what makes a synth slow, so the entry is bundled once and kept, with V8's code cache beside it, under
// the hash of everything that could change it. Contents are hashed, not dates: a checkout may not touch those. What was
// kept is used only when it is what was written; otherwise, and where nothing can be kept, the entry is built again.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, SourceMap } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import vm from 'node:vm';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [entry, ...args] = process.argv.slice(2);
const kept = join(root, 'node_modules', '.cache', 'delivery');
const sources = ['charts', 'commands', 'examples', 'imports', 'review', 'systems', 'terraform-bridge'];
// What records for the tests, or measures, is made of its own folder as well.
const [own] = entry.split('/');
if (!sources.includes(own)) sources.push(own);
// What is installed, beside what should be: both change what a bundle holds.
const packages = ['package-lock.json', 'tsconfig.json', 'node_modules/.package-lock.json'];

// Read or written at run time, or hashed by the lock file above.
const unbundled = new Set(['node_modules', 'outputs', 'stacks']);

// As command.ts refuses it, for the entries that are in no folder of commands: npm keeps options to itself that stand before `--`.
const { npm_lifecycle_event: script } = process.env;
const swallowed = ['into', 'watch'].filter((option) => script && process.env[`npm_config_${option}`]);
if (swallowed.length > 0 && !entry.startsWith('commands/')) {
  const options = swallowed.map((option) => `--${option}`);
  console.error(
    `error: npm has kept ${options.join(' and ')} to itself; write -- before the options: npm run ${script} -- ${[...options, ...args].join(' ')}`,
  );
  process.exit(2);
}

// Most of what runs here ends within a second, before the optimizing compiler has earned what it costs: it gets what is
// sixty times as hot as by default. Each V8 has its own word for that, and complains of another's.
const [v8] = process.versions.v8.split('.', 1);
const later = '--invocation-count-for-turbofan=180000';
const patient = { 11: '--interrupt-budget=4000000', 12: later, 13: later };
if (Object.hasOwn(patient, v8)) setFlagsFromString(patient[v8]);

const key = fingerprint();
const name = entry.replace(/\W/g, '-');
const bundle = join(kept, `${name}.${key}.cjs`);
const code = intact(bundle) ?? (await build());
process.argv = [process.argv[0], resolve(root, entry), ...args];
run(code.latin1Slice());

function fingerprint() {
  const hash = createHash('sha256').update(process.version).update(process.arch);
  const add = (file) =>
    hash
      .update(file)
      .update('\0')
      .update(read(join(root, file)) ?? '')
      .update('\0');
  const walk = (folder) => {
    for (const item of list(folder)) {
      const path = `${folder}/${item.name}`;
      if (item.isDirectory()) {
        if (!unbundled.has(item.name)) walk(path);
        // JSON is bundled too. A pipe is nothing to read.
      } else if (/\.(ts|mjs|js|cjs|json)$/.test(item.name) && (item.isFile() || item.isSymbolicLink())) add(path);
    }
  };
  sources.forEach(walk);
  packages.forEach(add);
  return hash.digest('hex').slice(0, 16);
}

function list(folder) {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

/** A pipe or a device in the place of a file would be waited for, or never end. */
function read(file) {
  try {
    return statSync(file).isFile() ? readFileSync(file) : undefined;
  } catch {
    return undefined;
  }
}

async function build() {
  const { build: esbuild } = await import('esbuild').catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('error: the packages are not installed; run npm ci');
    process.exit(2);
  });
  const result = await esbuild({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minifySyntax: true,
    sourcemap: 'external',
    sourcesContent: false,
    outfile: bundle,
    write: false,
    logLevel: 'silent',
  }).catch((error) => {
    for (const { text, location } of error.errors ?? [{ text: error.message }])
      console.error(`${location ? `${location.file}:${location.line}:${location.column}: ` : ''}${text}`);
    process.exit(2);
  });
  const [map, bundled] = result.outputFiles.map(({ contents }) => Buffer.from(contents));
  // Patterns and comments keep what is beyond ASCII; without it, a byte is a character and nothing has to be decoded.
  const program = Buffer.from(bundled.toString().replace(/(\\*)([^\0-\x7f])/g, escaped), 'latin1');
  // A source that was saved in between is in the bundle and not in its name.
  if (fingerprint() === key) {
    forgetOld();
    keep(`${bundle}.map`, map);
    keep(bundle, program);
  }
  return program;
}

/** In text, a pattern or a comment; what an odd backslash before it would escape is the unit itself. */
function escaped(_, backslashes, unit) {
  return `${backslashes.slice(backslashes.length % 2)}\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Another process may be doing the same. */
function forgetOld() {
  for (const { name: file } of list(relative(root, kept)))
    try {
      const old = join(kept, file);
      if (file.startsWith(`${name}.`) && Date.now() - statSync(old).mtimeMs > 86_400_000) rmSync(old);
    } catch {}
}

/** As charts/files.ts makes one, and why. */
function makeFolder(folder) {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Whoever renames last wins, and all wrote the same. Where nothing can be written, only speed is lost. */
function keep(file, contents) {
  const beside = `${file}.${process.pid}`;
  try {
    makeFolder(kept);
    writeFileSync(beside, Buffer.concat([digest(file, contents), contents]));
    renameSync(beside, file);
  } catch {
    try {
      rmSync(beside);
    } catch {}
  }
}

/** What was kept, or nothing when it is not there, or a byte of it is not what was written under this name. */
function intact(file) {
  const found = read(file);
  const contents = found?.subarray(32);
  return contents?.length && digest(file, contents).equals(found.subarray(0, 32)) ? contents : undefined;
}

/** With its name, which has the hash of the sources in it: a file under another's name is not intact. */
function digest(file, contents) {
  return createHash('sha256').update(relative(kept, file)).update('\0').update(contents).digest();
}

/** A stack in the words of the sources; the map is read when something went wrong and never before. */
function explain(error) {
  const map = new SourceMap(JSON.parse(intact(`${bundle}.map`) ?? '{"version":3,"sources":[],"mappings":""}'));
  return String(error?.stack ?? error).replaceAll(
    /\(?([^\s()]+\.cjs):(\d+):(\d+)\)?/g,
    (frame, file, line, column) => {
      const { originalSource, originalLine, originalColumn } = map.findEntry(Number(line) - 1, Number(column) - 1);
      if (file !== bundle || !originalSource) return frame;
      return `(${relative(root, resolve(kept, originalSource))}:${originalLine + 1}:${originalColumn + 1})`;
    },
  );
}

/** Commander asks for what starts processes, which loads all of the network, and most commands start none. */
function whenUsed(load) {
  let loaded;
  const get = (_, name) => {
    loaded ??= load();
    return loaded[name];
  };
  return new Proxy({}, { get });
}

function run(source) {
  process.once('uncaughtException', (error) => {
    // A pipe that nobody reads any more, a disk that is full: nothing of ours is wrong.
    const unwritten = error?.syscall === 'write';
    console.error(unwritten ? `error: what this says cannot be written: ${error.message}` : explain(error));
    process.exit(2);
  });
  const cached = `${bundle}.v8`;
  const script = new vm.Script(`(function(exports,require,module,__filename,__dirname){${source}\n})`, {
    filename: bundle,
    cachedData: intact(cached),
    importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const module = { exports: {} };
  const file = resolve(root, entry);
  const require = createRequire(file);
  const needed = (id) => (id === 'node:child_process' ? whenUsed(() => require(id)) : require(id));
  needed.main = module;
  script.runInThisContext()(module.exports, needed, module, file, dirname(file));
  if (script.cachedDataRejected !== false) process.once('exit', () => keep(cached, script.createCachedData()));
}
