// Waits until the preview of a pull request serves an image: its migrations and seeds have run, and its web pod answers. It
// changes nothing.
//
//   node ci/await-preview.mjs --namespace preview-12 --image <repository:tag@digest> --minutes 15
//
// Exit code: 0 it serves; 1 it did not start within the time that its Deployment gives it; 2 not yet, or not known.

import { setTimeout as sleep } from 'node:timers/promises';
import { get } from './kubernetes.mjs';
import { optionsOf } from './options.mjs';

const options = optionsOf(['namespace', 'image'], { minutes: '0', every: '5' });

const { namespace, image } = options;

/** What is known: `code` as the process would end with now. */
async function look() {
  const web = await get(`/apis/apps/v1/namespaces/${namespace}/deployments/eren-web`);
  if (!web)
    return {
      code: 2,
      says: 'Argo CD has not made its web pod yet: first come its database, migrations and seeds',
    };
  const { generation } = web.metadata;
  const { observedGeneration, replicas, updatedReplicas, availableReplicas, conditions = [] } = web.status ?? {};
  const has = web.spec.template.spec.containers.find(({ name }) => name === 'e-ren')?.image;
  if (has !== image) return { code: 2, says: `it still has ${has}` };
  if (observedGeneration === generation && conditions.some(isLate))
    return { code: 1, says: `its web pod did not start: ${conditions.find(isLate).message}` };
  const serves =
    observedGeneration === generation &&
    [replicas, updatedReplicas, availableReplicas].every((count) => count === web.spec.replicas);
  return serves
    ? { code: 0, says: `it serves ${image}` }
    : { code: 2, says: `${availableReplicas ?? 0} of ${web.spec.replicas} pods serve` };
}

function isLate({ type, status, reason }) {
  return type === 'Progressing' && status === 'False' && reason === 'ProgressDeadlineExceeded';
}

const end = Date.now() + Number(options.minutes) * 60_000;
let last = '';
let code;
while (code === undefined) {
  // Until the namespace is there nobody may read in it.
  const state = await look().catch((error) => ({ code: 2, says: `cannot be read yet: ${error.message}` }));
  if (state.says !== last) console.log(`${new Date().toISOString().slice(11, 19)} ${state.says}`);
  last = state.says;
  if (state.code !== 2 || Date.now() >= end) code = state.code;
  else await sleep(Number(options.every) * 1000);
}
process.exit(code);
