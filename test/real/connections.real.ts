import { loadavg } from 'node:os';
import { Balancer } from './balancer';
import { countConnections } from './database';
import { measured } from './figures';
import { type Answer, atOnce, atRate, failures, describe as kinds, percentile, send } from './load';
import { Manifests } from './manifests';
import { memoryOf } from './memory';
import type { Pod } from './pods';
import { names, passwords } from './replacements';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

const ingress = new Manifests('production').one('Ingress', 'eren-ingress');
const rollout = new Manifests('production').one('Rollout', 'e-ren-rollout');
/** A canary at HPA maximum as the design counts it, whose limit of 30 is what this shows; ours are twelve. */
const most = 9;

let stage: Stage;
let balancer: Balancer;
let pods: Pod[];
prepare(async () => {
  stage = await Stage.open('connections');
  pods = await stage.pods('web', 3);
  balancer = await new Balancer(ingress, stage.folderFor('balancer')).start(pods);
});
afterAll(() => stage?.close());

/** Server connections that the pools of so many pods may hold together, as the committed file has it. */
function budget(count: number): number {
  const ini = rollout.spec.template.metadata.annotations['pgbouncer.files.eren.washu.edu/pgbouncer.ini'];
  return count * Number(/^max_db_connections = (\d+)$/m.exec(ini)?.[1]);
}

async function load(what: string, run: () => Promise<Answer[]>): Promise<{ answers: Answer[]; held: number }> {
  const connections = countConnections(stage.database);
  const answers = await run();
  connections.end();
  const held = connections.most();
  const [machine = 0] = loadavg();
  measured(
    what,
    `${answers.length} requests, ${failures(answers).length} failed, p50 ${percentile(answers, 0.5)} ms, p95 ${percentile(answers, 0.95)} ms, ${held} server connections, load of the machine ${machine.toFixed(1)}`,
  );
  return { answers, held };
}

shows('idle, a request is answered in the time that is the measure of the others', async () => {
  const answers: Answer[] = [];
  for (let number = 0; number < 50; number += 1)
    answers.push(await send(balancer, { path: '/posts', user: number }));
  measured('One request at a time', `p50 ${percentile(answers, 0.5)} ms, p95 ${percentile(answers, 0.95)} ms`);
  expect(kinds(failures(answers))).toEqual([]);
});

shows(
  'three pods at 50 requests a second hold at most the budgeted server connections, with no error',
  async () => {
    const { answers, held } = await load('3 pods, 50 requests/s', () => atRate(balancer, 50, 20));
    expect(kinds(failures(answers))).toEqual([]);
    expect(budget(3)).toBe(6);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual(budget(3));
  },
);

shows(
  'three pods with 200 users at once hold at most the budgeted server connections, with no error',
  async () => {
    const { answers, held } = await load('3 pods, 200 users at once', () => atOnce(balancer, 200, 15));
    expect(kinds(failures(answers))).toEqual([]);
    expect(held).toBeLessThanOrEqual(budget(3));
    // Each of the workers has had something to do, so the pool had that many clients.
    const { workers, threads } = { workers: 5, threads: 1 };
    measured('Connections of Puma to the pools, of server connections', `${3 * workers * threads} onto ${held}`);
    expect(pods.flatMap(({ trouble }) => trouble)).toEqual([]);
  },
);

shows('after that each container is below the memory that it may have', async () => {
  const used = pods.flatMap((pod) => memoryOf(pod, rollout.spec.template.spec));
  for (const name of ['e-ren', 'pgbouncer']) {
    const largest = used.filter((each) => each.name === name).sort((a, b) => b.used - a.used)[0];
    measured(
      `Memory of the container ${name}`,
      `${Math.round((largest?.used ?? 0) / 2 ** 20)} MiB of ${(largest?.limit ?? 0) / 2 ** 20}`,
    );
  }
  expect(used.filter(({ used, limit }) => used > limit)).toEqual([]);
});

/** The same for both: a while at the design's rate, and then so many at once that every worker has something to do. */
async function rush(): Promise<Answer[]> {
  return [...(await atRate(balancer, 50, 10)), ...(await atOnce(balancer, 200, 20))];
}

shows(
  "nine pods through their pools stay below the settings' limit, with no error",
  async () => {
    pods = [...pods, ...(await stage.pods('web', most - pods.length))];
    await balancer.target(pods);
    const { answers, held } = await load(`${most} pods through their pools, 50 requests/s and 200 users`, rush);
    expect([...kinds(failures(answers)), ...balancer.complaints()]).toEqual([]);
    expect(held).toBeLessThanOrEqual(budget(most));
  },
  8,
);

shows(
  "nine pods straight at a database with the design's 30 connections fail",
  async () => {
    await stage.close();
    // Staging's database has the design's number.
    stage = await Stage.open('straight', 30);
    const address = `postgresql://${names.stagingDatabase}/eren?sslmode=require`;
    pods = await stage.pods('web', most, {
      env: { DATABASE_URL: address, PGUSER: 'eren', PGPASSWORD: passwords.database },
      change: (spec) => {
        spec.initContainers = [];
      },
    });
    balancer = await new Balancer(ingress, stage.folderFor('balancer')).start(pods);
    const { answers } = await load(`${most} pods straight at 30 connections, the same`, rush);
    expect(failures(answers).length).toBeGreaterThan(0);
    expect(pods.map((pod) => pod.log('e-ren')).join('\n')).toMatch(
      /remaining connection slots are reserved|too many clients/,
    );
  },
  8,
);
