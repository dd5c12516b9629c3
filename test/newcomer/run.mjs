// `npm run test:newcomer`: what a newcomer types and what whoever is on call types, as the pages have it. Every command of
// README, CONTRIBUTING and the pages that they send to runs in a clone with a remote of its own; every block of the alert
// pages runs against programs that answer as a cluster did. What needs more than this machine is named, and not run.
//
// Needs git, bash, jq and kubectl. Exit code 1: a command failed; 2: a program is missing.

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf, commandsOf, filled, reasonNotToRun } from './commands.mjs';
import { alertMachine } from './on-call.mjs';
import { root, world } from './world.mjs';

const missing = ['git', 'bash', 'jq', 'kubectl'].filter((program) => spawnSync(program, ['--help']).error);
if (missing.length > 0) {
  console.error(`${missing.join(' and ')} missing: on Debian, apt-get install jq kubernetes-client`);
  process.exit(2);
}

const counts = { passed: 0, failed: 0 };
const notRun = new Map();
function judge(what, { status, said }) {
  if (status === 0) counts.passed += 1;
  else counts.failed += 1;
  console.log(`  ${status === 0 ? '✓' : '✗'} ${what}`);
  if (status !== 0) console.log(`exit code ${status}\n${said.trim()}`.replace(/^/gm, '      '));
}

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/README.md',
  'docs/where-things-go.md',
  'docs/verify/README.md',
  'docs/runbooks/on-call.md',
];
// `npm run test:newcomer -- README.md`: only of these pages.
const only = process.argv.slice(2);
const place = world();
try {
  for (const page of pages.filter((each) => only.length === 0 || only.includes(each))) {
    console.log(page);
    const text = readFileSync(join(root, page), 'utf8');
    for (const lines of [...blocksOf(text), ...commandsOf(text).map((line) => [line])]) {
      const run = [];
      for (const line of lines) {
        const why = reasonNotToRun(line);
        if (why) notRun.set(line, why);
        else run.push(filled(line, place));
      }
      // Lines of one block are one session: a variable of the first is used by the second.
      if (run.some((line) => !/^(#|\w+=|$)/.test(line))) judge(run.join(' ⏎ ').slice(0, 150), place.session(run));
    }
  }

  console.log(
    'docs/runbooks/alerts, with the answers of a cluster and with those of one that has nothing to tell',
  );
  const machine = alertMachine();
  const alerts = join(root, 'docs/runbooks/alerts');
  for (const file of readdirSync(alerts)
    .filter((each) => only.length === 0 || only.includes(each))
    .sort())
    for (const [i, lines] of blocksOf(readFileSync(join(alerts, file), 'utf8')).entries())
      for (const answers of lines.some((line) => line.includes('jq ')) ? ['usual', 'bare'] : ['usual'])
        judge(`${file}, block ${i + 1}, ${answers}`, machine(lines, answers));
} finally {
  place.end();
}

console.log(`\nnot run, ${notRun.size} commands:`);
for (const [line, why] of notRun) console.log(`  ${line.slice(0, 110).padEnd(70)} ${why}`);
const { passed, failed } = counts;
console.log(`\nTests:       ${failed ? `${failed} failed, ` : ''}${passed} passed, ${passed + failed} total`);
process.exit(failed ? 1 : 0);
