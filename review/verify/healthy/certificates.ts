import { X509Certificate } from 'node:crypto';
import { listOf, podTemplates } from '../../model/pods';
import { fieldAt, type KubernetesObject } from '../../model/tree';
import { about, type VerifyFinding } from '../finding';

const dayLength = 24 * 60 * 60 * 1000;
const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

interface Patience {
  /** Days before its end in which a certificate is told. */
  readonly days: number;
  /** In milliseconds. */
  readonly now: number;
}

/**
 * Certificates that end soon, where they are not secret: the authorities in ConfigMaps and in annotations of pod templates,
 * and those by which the API server trusts webhooks. Nobody is to have the right to read Secrets for this, so what is in one is not looked at.
 */
export function* certificates(objects: readonly KubernetesObject[], patience: Patience): Generator<VerifyFinding> {
  for (const object of objects)
    for (const [path, text] of bundlesOf(object)) {
      const all = text.match(pem) ?? [];
      // One valid certificate of a bundle is enough; the others are those of the time before and after.
      const ends = all.map(endOf).filter((end) => end !== undefined);
      const last = Math.max(...ends.map(Number));
      if (ends.length === 0 || last - patience.now > patience.days * dayLength) continue;
      const left = Math.floor((last - patience.now) / dayLength);
      const day = new Date(last).toISOString().slice(0, 10);
      const says = left < 0 ? `ended on ${day}, ${-left} days ago` : `ends on ${day}, in ${left} days`;
      yield about('healthy', object)('certificate', says, {
        path,
        fix: 'renew it: docs/runbooks/staging-certificates.md for our own, else the add-on that made it',
      });
    }
}

/** Path and text of what may hold certificates. */
function bundlesOf(object: KubernetesObject): [string, string][] {
  const { kind, webhooks } = object;
  const template = podTemplates[kind];
  const path = kind === 'ConfigMap' ? ['data'] : template && [...template, 'metadata', 'annotations'];
  if (path) {
    return Object.entries(fieldAt(object, path) ?? {}).map(([key, text]) => [
      `${path.join('.')}[${key}]`,
      String(text),
    ]);
  }
  return listOf(webhooks).flatMap(({ name, clientConfig }) =>
    clientConfig?.caBundle
      ? [[`webhooks[${name}].clientConfig.caBundle`, Buffer.from(clientConfig.caBundle, 'base64').toString()]]
      : [],
  );
}

function endOf(text: string): number | undefined {
  try {
    return Date.parse(new X509Certificate(text).validTo);
  } catch {
    return undefined;
  }
}
