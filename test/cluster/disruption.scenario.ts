import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery } from './delivery';
import { startDelivery } from './given';
import { image } from './images';
import { until } from './waiting';

let delivery: Delivery;
let promoted = 0;
beforeAll(async () => {
  delivery = await startDelivery();
  await delivery.bootstrap();
  await delivery.settled(['root', ...delivery.automatic()]);
});
afterAll(() => delivery?.stop());

/** Program by program: how it comes again, as its kubelet or EKS would start it. */
const programs: Readonly<Record<string, () => Promise<unknown>>> = {
  'kube-apiserver': () => delivery.cluster.plane.startApiServer(),
  'argo-rollouts': () => delivery.startRollouts(),
  'argocd-application-controller': () => delivery.argoCd.startController(),
  'argocd-repo-server': () => delivery.argoCd.startRepositoryServer(),
  etcd: () => delivery.cluster.plane.startEtcd(),
};

test.each([
  ['the API server', 'kube-apiserver'],
  ['the Rollouts controller', 'argo-rollouts'],
  ['the application controller of Argo CD', 'argocd-application-controller'],
  ['the repository server of Argo CD', 'argocd-repo-server'],
  ['etcd', 'etcd'],
])(
  'a canary during which %s is killed ends in the right state, and the weights sum to 100 all the time',
  async (_, name) => {
    promoted += 1;
    const reference = image(promoted);
    const observation = delivery.observe('production');
    await delivery.promote('production', 'web', reference);
    await until('the canary has begun', async () => observation.looks.at(-1)?.step === 1, {
      seconds: 120,
      seen: () => observation.looks.at(-1),
    });
    await kill(name);
    await delivery.settled(['root', ...delivery.automatic()]);
    const looks = await observation.stop();

    const wrong = looks.filter(({ weights }) => sum(weights) !== 100);
    expect(wrong.map(({ at, weights }) => ({ at, weights }))).toEqual([]);
    const weights = new Set(looks.flatMap(({ weights }) => Object.values(weights)));
    expect([...weights].sort((a, b) => a - b)).toEqual(expect.arrayContaining([0, 20, 50, 80, 100]));
    await until(
      'the old pods are gone',
      async () => (await delivery.rollout('production')).status.replicas === 3,
      {
        seconds: 120,
      },
    );
    const { spec, status } = await delivery.rollout('production');
    expect(spec.template.spec.containers[0].image).toBe(reference);
    expect(status).toMatchObject({
      phase: 'Healthy',
      stableRS: status.currentPodHash,
      replicas: 3,
      readyReplicas: 3,
    });
  },
);

/** Ends it without a word, and starts it again two seconds later; whoever ended for lack of it comes again as well. */
async function kill(name: string): Promise<void> {
  const { processes } = delivery.cluster;
  await processes.signal(name, 'SIGKILL');
  await until(`${name} is gone`, async () => processes.fate(name), { seconds: 10 });
  await sleep(2_000);
  await programs[name]?.();
  await sleep(5_000);
  for (const [other, start] of Object.entries(programs)) if (processes.fate(other)) await start();
}

function sum(weights: Readonly<Record<string, number>>): number {
  return Object.values(weights).reduce((all, each) => all + each, 0);
}
