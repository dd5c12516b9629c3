import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debian13, runInside } from './installation';

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** The same name and key, and no longer valid: what an old bundle holds. */
  readonly expired: string;
  /** A certificate for these names, and its key. */
  readonly server: { readonly certificate: string; readonly key: string };
}

/** An authority of this run and the certificate of its servers, made by the OpenSSL of Debian 13. */
export async function makeAuthority(folder: string, names: readonly string[]): Promise<Authority> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'server.ext'), `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}\n`);
  const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  const ca = "-x509 -key ca.key -subj '/CN=authority of this run' -addext keyUsage=keyCertSign";
  await runInside(
    debian13,
    [[folder, '/mnt']],
    [
      'sh',
      '-euc',
      `cd /mnt
openssl ecparam -name prime256v1 -genkey -noout -out ca.key
openssl req ${ca} -days 2 -out ca.crt
openssl req ${ca} -not_before 20200101000000Z -not_after 20210101000000Z -out expired.crt
openssl req ${key} -keyout server.key -subj '/CN=server' -out server.csr 2>/dev/null
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.crt 2>/dev/null`,
    ],
  );
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return {
    certificate: read('ca.crt'),
    expired: read('expired.crt'),
    server: { certificate: read('server.crt'), key: read('server.key') },
  };
}
