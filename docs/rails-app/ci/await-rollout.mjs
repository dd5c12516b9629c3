// Reads a Rollout until it is known how a deploy ended, and meanwhile sends requests, so that a canary which nobody uses
// can be judged. It changes nothing: a deploy and a rollback are commits.
//
//   node ci/await-rollout.mjs --namespace staging --rollout e-ren-rollout --image <repository:tag@digest> --minutes 25
//     [--traffic https://staging.eren.washu.edu --paths /,/events --per-second 2]
//
// Exit code: 0 all requests go to the image; 1 aborted, the version before serves: too many errors, or until the deadline
// too few requests to judge it by; 2 not known: out of time, replaced by another deploy, paused by a person, or the smoke
// test was never answered.

import { setTimeout as sleep } from 'node:timers/promises';
import { get } from './kubernetes.mjs';
import { optionsOf } from './options.mjs';

const options = optionsOf(['namespace', 'rollout', 'image'], {
  minutes: '30',
  traffic: undefined,
  paths: '/',
  'per-second': '2',
  every: '5',
});

const path = `/apis/argoproj.io/v1alpha1/namespaces/${options.namespace}/rollouts/${options.rollout}`;

async function read() {
  const rollout = await get(path);
  if (!rollout) throw new Error('there is no such Rollout');
  return rollout;
}

/** What is known of our image: `code` when that is all there will be. */
function judge({ metadata, spec, status = {} }, seen) {
  const runs = spec.template.spec.containers[0].image;
  if (runs !== options.image)
    return seen ? { code: 2, says: `replaced by ${runs}` } : { says: 'waits for Argo CD to apply the commit' };
  const known = { ours: true };
  // What it says is still about the version before.
  if (String(status.observedGeneration) !== String(metadata.generation))
    return { ...known, says: 'waits for the Rollouts controller' };
  const why = status.message ? `: ${status.message}` : '';
  // A step that is an analysis is a gate, which only a version with enough good requests passes.
  const shut = /Step-based .* assessed Failed/.test(why) ? ', with too few good requests until the deadline' : '';
  if (status.abort || status.phase === 'Degraded') return { ...known, code: 1, says: `aborted${shut}${why}` };
  if (status.phase === 'Healthy' && status.currentPodHash === status.stableRS)
    return { ...known, code: 0, says: 'all requests go to it' };
  const weight = status.canary?.weights?.canary?.weight;
  const share = weight === undefined ? '' : `, ${weight} % of the requests`;
  // The pauses of its steps end by themselves.
  const person =
    spec.paused || status.pauseConditions?.some(({ reason }) => reason !== 'CanaryPauseStep')
      ? `paused${share}, and waits for a person: in Argo CD Resume, and only then Abort or Promote-Full`
      : undefined;
  const gate = spec.strategy?.canary?.steps?.[status.currentStepIndex]?.analysis;
  const waits = gate && `waits for enough requests to judge it by${share}`;
  return { ...known, says: person ?? waits ?? `${status.phase ?? 'Progressing'}${share}${why}` };
}

/** Sends requests at a steady rate until it is stopped; gives the answers by status. */
function traffic() {
  const answers = {};
  if (!options.traffic) return { answers, stop() {} };
  const paths = options.paths.split(',');
  let next = 0;
  const timer = setInterval(async () => {
    const url = new URL(paths[next++ % paths.length], options.traffic);
    const status = await fetch(url, {
      redirect: 'manual',
      headers: { 'User-Agent': 'e-ren-smoke-test' },
      signal: AbortSignal.timeout(10_000),
    }).then(
      async (answer) => {
        await answer.arrayBuffer();
        return answer.status;
      },
      () => 'no answer',
    );
    answers[status] = (answers[status] ?? 0) + 1;
  }, 1000 / Number(options['per-second']));
  return { answers, stop: () => clearInterval(timer) };
}

const end = Date.now() + Number(options.minutes) * 60_000;
const smoke = traffic();
let seen = false;
let last = '';
let code;
for (let unread = 0; code === undefined; ) {
  const state = await read().then(
    (rollout) => judge(rollout, seen),
    // A minute without an answer is an update of the cluster; a wrong token stays wrong until the time is over.
    (error) => ({ says: `cannot read the Rollout (${++unread}): ${error.message}` }),
  );
  seen ||= state.ours === true;
  if (state.says !== last) console.log(`${new Date().toISOString().slice(11, 19)} ${state.says}`);
  last = state.says;
  code = state.code ?? (Date.now() > end ? 2 : undefined);
  if (code === undefined) await sleep(Number(options.every) * 1000);
  else if (state.code === undefined) console.log(`not known after ${options.minutes} minutes: ${state.says}`);
}
smoke.stop();
if (options.traffic) {
  const count = Object.entries(smoke.answers).map(([status, times]) => `${status}: ${times}`);
  console.log(`smoke test of ${options.traffic}: ${count.join(', ') || 'nothing sent'}`);
  const good = Object.keys(smoke.answers).some((status) => status >= 200 && status < 400);
  if (code === 0 && !good) {
    console.log('no request was answered well, so nothing was judged');
    code = 2;
  }
}
process.exit(code);
