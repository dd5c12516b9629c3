import type { Field, FieldJudge } from './field';

const mebibyte = 2 ** 20;
const keysOf: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

function claim(spec: Field): void {
  const modes = spec.at('accessModes').elements.map(({ text }) => text);
  if (modes.length > 1 && modes.includes('ReadWriteOncePod'))
    spec.at('accessModes').refuse('cannot hold ReadWriteOncePod beside others');
}

function configMap(object: Field): void {
  const [data, binary] = [object.at('data'), object.at('binaryData')];
  for (const both of binary.entries.filter(({ key }) => data.keys.includes(key))) both.refuse('is in data too');
  room(data, sizeOf(data, 'utf8') + sizeOf(binary, 'utf8'));
}

function secret(object: Field): void {
  const [data, plain, type] = [object.at('data'), object.at('stringData'), object.at('type').text];
  room(data, sizeOf(data, 'base64') + sizeOf(plain, 'utf8'));
  for (const key of keysOf[type] ?? [])
    if (![...data.keys, ...plain.keys].includes(key)) data.refuse(`has no ${key}, which type ${type} needs`);
}

function sizeOf(of: Field, encoding: BufferEncoding): number {
  return of.entries.reduce((sum, { value }) => sum + Buffer.byteLength(String(value ?? ''), encoding), 0);
}

function room(data: Field, size: number): void {
  if (size > mebibyte) data.refuse(`is ${size} bytes, the most is ${mebibyte}`);
}

/** What is kept. */
export const storageJudges: Readonly<Record<string, FieldJudge>> = {
  'core/ConfigMap': configMap,
  'core/PersistentVolumeClaimSpec': claim,
  'core/Secret': secret,
};
