import { setTimeout as sleep } from 'node:timers/promises';
import { Balancer } from './balancer';
import { measured } from './figures';
import { atRate, failures, describe as kinds, percentile } from './load';
import { Manifests } from './manifests';
import type { Ending, Pod } from './pods';
import type { Recorded, Recorder } from './recorders';
import { prepare, shows } from './sentence';
import { openConsole } from './sessions';
import { Stage } from './stage';

/** Between the deletion of a pod and the moment at which the controller has told the load balancer. */
const noticed = 3000;

let stage: Stage;
let sentry: Recorder<Recorded>;
let balancer: Balancer;
let pods: Pod[];
prepare(async () => {
  stage = await Stage.open('replacement');
  // At its end each worker tells Sentry of the last sessions, and waits for the answer.
  sentry = await stage.recordSentry();
  pods = await stage.pods('web', 3);
  const ingress = new Manifests('production').one('Ingress', 'eren-ingress');
  balancer = await new Balancer(ingress, stage.folderFor('balancer')).start(pods);
});
afterAll(async () => {
  sentry?.close();
  await stage?.close();
});

shows(
  "all three pods are replaced under load, the agent's console open in each, and no request is lost",
  async () => {
    let ended = false;
    const load = atRate(balancer, 30, 300, () => ended);
    const endings: Promise<Ending>[] = [];
    for (const old of pods) {
      const fresh = await stage.pod('web').start();
      pods = [...pods.filter((pod) => pod !== old), fresh];
      await balancer.target([...pods, old]);
      await openConsole(old);
      endings.push(old.stop());
      await sleep(noticed);
      await balancer.target(pods);
    }
    const all = await Promise.all(endings);
    ended = true;
    const answers = await load;
    measured('Requests lost while three pods are replaced', `${failures(answers).length} of ${answers.length}`);
    measured('The same, p95', `${percentile(answers, 0.95)} ms`);
    measured('A web pod ends within', `${Math.max(...all.map(({ seconds }) => seconds)).toFixed(1)} s of its 60`);
    expect(kinds(failures(answers))).toEqual([]);
    expect(all.flatMap(({ killed }) => killed)).toEqual([]);
    expect(pods.flatMap(({ trouble }) => trouble)).toEqual([]);
  },
  6,
);
