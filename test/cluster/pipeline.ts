import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseImage } from '../../charts/environments/image';
import { root } from '../support/root';
import type { Delivery } from './delivery';

/** How a reader of the pipeline ended, and what it said. */
export interface Outcome {
  readonly code: number;
  readonly said: string;
}

/** Runs what the pipeline waits with, as its ServiceAccount. 0: it serves; 1: aborted; 2: not known. */
export function awaitRollout(
  delivery: Delivery,
  environment: string,
  image: string,
  minutes = 4,
): Promise<Outcome> {
  return ask(delivery, 'await-rollout', environment, minutes, '--rollout', 'e-ren-rollout', '--image', image);
}

/** The same of the migrations. 0: the database has them; 1: the Job failed; 2: not yet. */
export function awaitMigrations(
  delivery: Delivery,
  environment: string,
  image: string,
  schema: string,
  minutes = 0,
): Promise<Outcome> {
  return ask(delivery, 'await-migrations', environment, minutes, '--schema', schema, '--image', image);
}

/** The same of a preview. 0: it serves the image; 1: its pod did not start in time; 2: not yet. */
export function awaitPreview(delivery: Delivery, number: string, image: string): Promise<Outcome> {
  return ask(delivery, 'await-preview', `preview-${number}`, 1, '--image', image);
}

async function ask(
  delivery: Delivery,
  program: string,
  environment: string,
  minutes: number,
  ...args: string[]
): Promise<Outcome> {
  const { api } = delivery;
  const path = '/api/v1/namespaces/ci-cd/serviceaccounts/eren-deployer/token';
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const { status } = await api.done('POST', path, request);
  const token = delivery.path(`deployer-${environment}`);
  writeFileSync(token, status.token, { mode: 0o600 });
  const words = ['--namespace', environment, '--minutes', String(minutes), '--every', '1', ...args];
  const child = spawn(process.execPath, [join(root, 'docs/rails-app/ci', `${program}.mjs`), ...words], {
    env: {
      PATH: process.env.PATH,
      KUBERNETES_API: api.address.server,
      TOKEN_FILE: token,
      NODE_EXTRA_CA_CERTS: delivery.cluster.plane.key('apiserver.crt'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
 * `deploy` of the Jenkinsfile: web with the migrations that the database has, and when the canary has succeeded Sidekiq; git
 * goes back when it was aborted. `npm run test:jenkinsfile` runs those functions themselves; here all that they call is real.
 */
export async function deploy(
  delivery: Delivery,
  environment: string,
  image: string,
  schema: string,
): Promise<Outcome> {
  await delivery.promote(environment, 'web', 'migrations', image, '--schema', schema);
  const outcome = await awaitRollout(delivery, environment, image);
  if (outcome.code === 1) await delivery.rollback(environment, 'web');
  if (outcome.code === 0) await delivery.promote(environment, 'sidekiq', image, '--stable', 'web');
  return outcome;
}

/** `migrate` of the Jenkinsfile, where Argo CD starts them. @returns how waiting for them ended */
export async function migrate(
  delivery: Delivery,
  environment: string,
  image: string,
  schema: string,
): Promise<Outcome> {
  const before = await awaitMigrations(delivery, environment, image, schema);
  if (before.code === 0) return before;
  await delivery.promote(environment, 'migrations', image, '--schema', schema);
  return awaitMigrations(delivery, environment, image, schema, 2);
}

/** `awaitPerson` of the Jenkinsfile, whose ten minutes are played as so many seconds. @returns how often it looked */
export async function awaitPerson(
  delivery: Delivery,
  environment: string,
  image: string,
  schema: string,
  seconds: number,
): Promise<number> {
  for (let looks = 1; ; looks++) {
    await sleep(seconds * 1000);
    if ((await awaitMigrations(delivery, environment, image, schema)).code === 0) return looks;
  }
}

/** As Sentry and Datadog know a release. */
export function tagOf(image: string): string {
  return parseImage(image).tag;
}
