import { setTimeout as sleep } from 'node:timers/promises';
import { Balancer } from './balancer';
import { atRate, failures, type Request, send } from './load';
import { type Break, Manifests } from './manifests';
import type { Pod } from './pods';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

let stage: Stage;
prepare(async () => {
  stage = await Stage.open('breaks');
});
afterAll(() => stage?.close());

const web = (...breaks: Break[]) => stage.pod('web', { breaks });
const ask = (pod: Pod, request: Request) => send({ address: pod.address, port: 3000 }, request);
const rollout = { kind: 'Rollout', name: 'e-ren-rollout' };

shows('a key that PgBouncer does not know keeps the pod from starting', async () => {
  const broken = web({ ...rollout, from: 'server_tls_ca_file', to: 'server_tls_cafile' });
  await expect(broken.start()).rejects.toThrow(/pgbouncer.*(does not answer|ended)/s);
});

shows('a wrong name of a variable is an error of the requests that need it', async () => {
  const broken = await web({ ...rollout, from: 'name: REDIS_URL', to: 'name: REDIS_URI' }).start();
  expect((await ask(broken, { method: 'POST', path: '/jobs?name=lost' })).status).toBe(500);
  broken.kill('e-ren');
});

shows('without prepared statements in the pool, requests fail', async () => {
  const broken = await web({
    ...rollout,
    from: 'max_prepared_statements = 200',
    to: 'max_prepared_statements = 0',
  }).start();
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, user) => ask(broken, { path: '/posts', user })),
  );
  expect(failures(answers).length).toBeGreaterThan(0);
  broken.kill('e-ren');
});

shows('without the pause before the signal, a pod that is deleted loses requests', async () => {
  const breaks = [{ ...rollout, from: 'seconds: 25', to: 'seconds: 0' }];
  const [one, two] = (await stage.pods('web', 2, { breaks })) as [Pod, Pod];
  const ingress = new Manifests('production').one('Ingress', 'eren-ingress');
  const balancer = await new Balancer(ingress, stage.folderFor('balancer')).start([one, two]);
  const load = atRate(balancer, 20, 10);
  await sleep(2000);
  const ending = one.stop();
  await sleep(3000);
  await balancer.target([two]);
  await ending;
  expect(failures(await load).length).toBeGreaterThan(0);
});
