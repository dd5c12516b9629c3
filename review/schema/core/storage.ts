import { quantityOf } from '../../model/quantity';
import { dataKey, qualifiedName, subdomain } from '../names';
import { selector } from './labels';
import { each, form, type Path, type Say } from './say';

const modes = ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOncePod'];
const mebibyte = 2 ** 20;

export function claim({ spec = {} }: any, say: Say): void {
  claimSpec(spec, ['spec'], say);
}

export function claimSpec(spec: any, at: Path, say: Say): void {
  const wanted = each<string>(spec, 'accessModes', at);
  if (wanted.length === 0) say([...at, 'accessModes'], 'is required');
  for (const [mode, path] of wanted)
    if (!modes.includes(mode)) say(path, `${JSON.stringify(mode)} is none of ${modes.join(', ')}`);
  if (wanted.length > 1 && spec.accessModes.includes('ReadWriteOncePod'))
    say([...at, 'accessModes'], 'cannot hold ReadWriteOncePod beside others');
  const storage = spec.resources?.requests?.storage;
  if (storage === undefined) say([...at, 'resources', 'requests', 'storage'], 'is required');
  else if ((quantityOf(storage) ?? 1) <= 0)
    say([...at, 'resources', 'requests', 'storage'], `is ${storage}, must be more than 0`);
  form(spec.storageClassName, [...at, 'storageClassName'], say, subdomain);
  selector(spec.selector, [...at, 'selector'], say);
}

export function storageClass(object: any, say: Say): void {
  form(object.provisioner?.toLowerCase(), ['provisioner'], say, qualifiedName, 'needed');
  for (const key of Object.keys(object.parameters ?? {})) if (key === '') say(['parameters'], 'has an empty key');
}

export function configMap(object: any, say: Say): void {
  const size = contents(object, ['data', 'binaryData'], say);
  for (const key of Object.keys(object.binaryData ?? {}))
    if (key in (object.data ?? {})) say(['binaryData', key], 'is in data too');
  if (size > mebibyte) say(['data'], `is ${size} bytes, the most is ${mebibyte}`);
}

const keysOf: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

export function secret(object: any, say: Say): void {
  const size = contents(object, ['data', 'stringData'], say);
  if (size > mebibyte) say(['data'], `is ${size} bytes, the most is ${mebibyte}`);
  for (const key of keysOf[object.type] ?? [])
    if (!(key in { ...object.data, ...object.stringData }))
      say(['data'], `has no ${key}, which type ${object.type} needs`);
}

function contents(object: any, fields: readonly string[], say: Say): number {
  let size = 0;
  for (const field of fields)
    for (const [key, value] of Object.entries<any>(object[field] ?? {})) {
      form(key, [field, key], say, dataKey, 'needed');
      size += Buffer.byteLength(
        String(value ?? ''),
        field === 'data' && object.kind === 'Secret' ? 'base64' : 'utf8',
      );
    }
  return size;
}
