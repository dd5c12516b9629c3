import { setTimeout as sleep } from 'node:timers/promises';
import { Balancer } from './balancer';
import { measured } from './figures';
import { type Answer, atRate, failures, describe as kinds, percentile } from './load';
import { Manifests } from './manifests';
import type { Pod } from './pods';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

let stage: Stage;
let balancer: Balancer;
let pods: Pod[];
prepare(async () => {
  stage = await Stage.open('restart');
  pods = await stage.pods('web', 3);
  const ingress = new Manifests('production').one('Ingress', 'eren-ingress');
  balancer = await new Balancer(ingress, stage.folderFor('balancer')).start(pods);
});
afterAll(() => stage?.close());

shows(
  'PostgreSQL restarts under load: requests wait and succeed, but for those it was just answering',
  async () => {
    let ended = false;
    const load = atRate(balancer, 30, 120, () => ended);
    const began = performance.now();
    await sleep(4000);
    const down = performance.now() - began;
    // Fast: what a reboot of RDS does to its sessions, and the stop signal of the image.
    await stage.database.restart('postgres', 'SIGINT', 3000);
    const up = performance.now() - began;
    await sleep(6000);
    ended = true;
    const answers = await load;
    const lost = failures(answers);
    const during = answers.filter(({ at }) => at > down && at < up);
    measured('PostgreSQL is away for', `${((up - down) / 1000).toFixed(1)} s`);
    measured(
      'Requests that came while it was away, failed of all',
      `${failures(during).length} of ${during.length}`,
    );
    measured('Requests that it was answering when it went, failed', `${lost.length - failures(during).length}`);
    measured('The longest wait', `${percentile(answers, 1)} ms`);
    const errors = pods.flatMap((pod) => pod.log('e-ren').match(/"kind":"[^"]+","message":"[^"\\]*/g) ?? []);
    measured('What failed', kinds(lost).join(', ') || 'nothing');
    // Transactions that were open: Rails cannot know whether they were done, so it does not repeat them. Each holds one of
    // the server connections.
    expect({ errors: new Set(errors), lost: kinds(lost.filter(({ method }) => method === 'GET')) }).toMatchObject({
      lost: [],
    });
    expect(lost.length).toBeLessThanOrEqual(6);
    expect(pods.flatMap(({ trouble }) => trouble)).toEqual([]);
    expect(after(answers, up + 2000)).toEqual([]);
  },
);

/** Failures of requests sent after that moment. */
function after(answers: readonly Answer[], moment: number): Answer[] {
  return failures(answers).filter(({ at }) => at > moment);
}
