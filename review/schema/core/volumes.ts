import { dataKey, dnsLabel, subdomain } from '../names';
import { inside } from './container';
import { notNegative } from './resources';
import { each, form, needed, type Path, type Say, set, unique } from './say';

const sources = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'fc',
  'flexVolume',
  'flocker',
  'gcePersistentDisk',
  'gitRepo',
  'glusterfs',
  'hostPath',
  'image',
  'iscsi',
  'nfs',
  'persistentVolumeClaim',
  'photonPersistentDisk',
  'portworxVolume',
  'projected',
  'quobyte',
  'rbd',
  'scaleIO',
  'secret',
  'storageos',
  'vsphereVolume',
];
const hostPaths = [
  '',
  'DirectoryOrCreate',
  'Directory',
  'FileOrCreate',
  'File',
  'Socket',
  'CharDevice',
  'BlockDevice',
];

export function volumes(spec: any, at: Path, say: Say): void {
  const all = each(spec, 'volumes', at);
  unique(
    all.flatMap(([{ name }, path]) => (name ? [[name, [...path, 'name']] as const] : [])),
    'name',
    say,
  );
  for (const [volume, path] of all) {
    form(volume.name, [...path, 'name'], say, dnsLabel, 'needed');
    // Without any it is an emptyDir.
    const [source, second] = set(volume, sources);
    if (second) say([...path, second], `cannot be set together with ${source}`);
    if (source) inspect(source, volume[source], [...path, source], say);
  }
}

function inspect(source: string, of: any, at: Path, say: Say): void {
  switch (source) {
    case 'configMap':
      needed(of.name, [...at, 'name'], say);
      files(of, at, say);
      break;
    case 'secret':
      needed(of.secretName, [...at, 'secretName'], say);
      files(of, at, say);
      break;
    case 'persistentVolumeClaim':
      needed(of.claimName, [...at, 'claimName'], say);
      break;
    case 'hostPath':
      needed(of.path, [...at, 'path'], say);
      if (of.path?.split('/').includes('..')) say([...at, 'path'], `${of.path} must not hold '..'`);
      if (of.type && !hostPaths.includes(of.type))
        say([...at, 'type'], `${of.type} is none of ${hostPaths.slice(1).join(', ')}`);
      break;
    case 'emptyDir':
      notNegative(of.sizeLimit, [...at, 'sizeLimit'], say);
      break;
    case 'csi':
      form(of.driver, [...at, 'driver'], say, subdomain, 'needed');
      break;
    case 'downwardAPI':
      files(of, at, say);
      break;
    case 'projected':
      projected(of, at, say);
      break;
    default:
  }
}

/** What becomes files, with their modes. */
function files(of: any, at: Path, say: Say): void {
  mode(of.defaultMode, [...at, 'defaultMode'], say);
  for (const [item, path] of each(of, 'items', at)) {
    if (!('fieldRef' in item || 'resourceFieldRef' in item))
      form(item.key, [...path, 'key'], say, dataKey, 'needed');
    needed(item.path, [...path, 'path'], say);
    if (item.path) inside(item.path, [...path, 'path'], say);
    mode(item.mode, [...path, 'mode'], say);
  }
}

function projected(of: any, at: Path, say: Say): void {
  mode(of.defaultMode, [...at, 'defaultMode'], say);
  for (const [source, path] of each(of, 'sources', at)) {
    const kinds = [
      'secret',
      'configMap',
      'downwardAPI',
      'serviceAccountToken',
      'clusterTrustBundle',
      'podCertificate',
    ];
    const kind = set(source, kinds)[0];
    if (!kind) say(path, `has none of ${kinds.join(', ')}; one is required`);
    const [what, where] = [source[kind ?? ''] ?? {}, [...path, kind ?? '']];
    if (kind === 'secret' || kind === 'configMap') needed(what.name, [...where, 'name'], say);
    if (kind === 'serviceAccountToken') {
      needed(what.path, [...where, 'path'], say);
      if (what.expirationSeconds < 600)
        say([...where, 'expirationSeconds'], `is ${what.expirationSeconds}, the least is 600`);
    } else files(what, where, say);
  }
}

function mode(value: number | undefined, at: Path, say: Say): void {
  if (value !== undefined && (value < 0 || value > 0o777)) say(at, `is ${value}, must be between 0 and 0777`);
}
