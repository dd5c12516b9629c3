import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseImage } from '../../charts/environments/image';
import type { Delivery } from './delivery';
import { root } from './place';

/** How the pipeline's own reader ended, and what it said. */
export interface Outcome {
  readonly code: number;
  readonly said: string;
}

/** Runs what the pipeline waits with, as its ServiceAccount. 0: it serves; 1: aborted; 2: not known. */
export async function awaitRollout(
  delivery: Delivery,
  environment: string,
  image: string,
  minutes = 4,
): Promise<Outcome> {
  const { api } = delivery;
  const path = '/api/v1/namespaces/ci-cd/serviceaccounts/eren-deployer/token';
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status } = await api.done('POST', path, request);
  const token = delivery.path(`deployer-${environment}`);
  writeFileSync(token, status.token, { mode: 0o600 });
  const args = ['--namespace', environment, '--rollout', 'e-ren-rollout', '--image', image];
  const child = spawn(
    process.execPath,
    [join(root, 'docs/rails-app/ci/await-rollout.mjs'), ...args, '--minutes', String(minutes), '--every', '1'],
    {
      env: {
        PATH: process.env.PATH,
        KUBERNETES_API: api.address.server,
        TOKEN_FILE: token,
        NODE_EXTRA_CA_CERTS: delivery.cluster.plane.key('apiserver.crt'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += text;
    });
  const code = await new Promise<number>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => done(code ?? 128));
  });
  return { code, said };
}

/**
 * `deploy` of the Jenkinsfile: web first, and when its canary has succeeded Sidekiq; git goes back when it was aborted.
 * Groovy cannot run here, so this is that function again; all that it calls is real.
 */
export async function deploy(delivery: Delivery, environment: string, image: string): Promise<Outcome> {
  await delivery.promote(environment, 'web', image);
  const outcome = await awaitRollout(delivery, environment, image);
  if (outcome.code === 1) await delivery.rollback(environment, 'web');
  if (outcome.code === 0) await delivery.promote(environment, 'sidekiq', image);
  return outcome;
}

/** As Sentry and Datadog know a release. */
export function tagOf(image: string): string {
  return parseImage(image).tag;
}
