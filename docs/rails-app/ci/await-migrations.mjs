// Says whether the database of an environment has the migrations of an image, or waits until it has. It changes nothing:
// who starts them is Argo CD, or a person (docs/runbooks/migrate.md of the delivery repository).
//
//   node ci/await-migrations.mjs --namespace production --schema <digest> --image <repository:tag@digest> --minutes 20
//
// Exit code: 0 the database has them; 1 their Job failed, and nobody has started another; 2 not yet, or not known.

import { setTimeout as sleep } from 'node:timers/promises';
import { get } from './kubernetes.mjs';
import { optionsOf } from './options.mjs';

const options = optionsOf(['namespace', 'schema', 'image'], { minutes: '0', every: '5' });

const name = 'eren-migrations';
const { namespace, schema, image } = options;

/** What is known: `code` as the process would end with now. */
async function look() {
  // Argo CD writes it when the Job has succeeded, and nobody else does.
  const record = await get(`/api/v1/namespaces/${namespace}/configmaps/${name}`);
  if (record?.data?.schema === schema)
    return { code: 0, says: `the database has the migrations of ${record.data.since}` };
  const has = record?.data?.since
    ? `the database has those of ${record.data.since}`
    : 'the database has none that is known';
  const job = await get(`/apis/batch/v1/namespaces/${namespace}/jobs/${name}`);
  if (job?.spec.template.spec.containers[0].image !== image)
    return { code: 2, says: `${has}; nobody has started those of this image` };
  const failed = job.status?.conditions?.find(({ type, status }) => type === 'Failed' && status === 'True');
  if (failed) return { code: 1, says: `${has}; the Job failed: ${failed.message ?? failed.reason}` };
  return {
    code: 2,
    says: `${has}; the Job ${job.status?.active ? 'runs' : 'has ended, and Argo CD has not noticed yet'}`,
  };
}

const end = Date.now() + Number(options.minutes) * 60_000;
let last = '';
let code;
for (let unread = 0; code === undefined; ) {
  const state = await look().catch((error) => ({
    code: 2,
    says: `cannot read how the migrations fare (${++unread}): ${error.message}`,
  }));
  if (state.says !== last) console.log(`${new Date().toISOString().slice(11, 19)} ${state.says}`);
  last = state.says;
  // A failed one may be started again within the time, by Argo CD or a person.
  if (state.code === 0 || Date.now() >= end) code = state.code;
  else await sleep(Number(options.every) * 1000);
}
process.exit(code);
