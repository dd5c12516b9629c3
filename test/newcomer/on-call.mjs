import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './world.mjs';

const answers = join(dirname(fileURLToPath(import.meta.url)), 'answers.json');
const real = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();

/** The programs of this machine that a page may use; the rest are played, so that nothing is changed anywhere. */
const taken =
  'bash sh cat cut date dirname echo env git grep head node printf sed seq sleep sort tail tr wc awk xargs base64'.split(
    ' ',
  );

/**
 * kubectl, played: the real one judges the words (it reads all flags before it prints help), and the answer is the recorded
 * one. A word after `--` is for a program in a container.
 */
const kubectl = `#!${process.execPath}
const { spawnSync } = require('node:child_process');
const { appendFileSync, readFileSync } = require('node:fs');
const words = process.argv.slice(2);
const end = words.indexOf('--') < 0 ? words.length : words.indexOf('--');
const own = words.slice(0, end);
if (!own.includes('argo')) {
  const { status, stderr } = spawnSync(process.env.KUBECTL, [...own, '--help'], { encoding: 'utf8' });
  if (status !== 0) appendFileSync(process.env.WRONG, 'kubectl ' + words.join(' ') + ': ' + stderr);
}
const json = own.some((word, i) => word === '-ojson' || (word === 'json' && own[i - 1] === '-o'));
const all = JSON.parse(readFileSync(process.env.ANSWERS, 'utf8'))[process.env.WHICH];
const kind = Object.keys(all).find((each) => own.includes(each));
if (json) console.log(JSON.stringify(kind ? all[kind] : { items: [] }));
else if (own.some((word) => word.includes('jsonpath'))) console.log('an-answer');
`;
const jq = `#!/bin/sh
"$JQ" "$@" 2>"$WRONG.jq" || { status=$?; printf 'jq %s: ' "$*" >> "$WRONG"; cat "$WRONG.jq" >> "$WRONG"; exit $status; }
`;

/** @returns what runs a block of a page: it fails when a program is not understood, or one is used that is not known here */
export function alertMachine() {
  return (lines, which) => {
    const folder = mkdtempSync(join(tmpdir(), 'on-call-'));
    try {
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      for (const program of taken) if (real(program)) symlinkSync(real(program), join(bin, program));
      writeFileSync(join(bin, 'kubectl'), kubectl, { mode: 0o755 });
      writeFileSync(join(bin, 'jq'), jq, { mode: 0o755 });
      // What changes git has tests of its own, and the words of \`aws\` too (test/docs/runbooks/aws-commands.test.ts).
      for (const program of ['aws', 'argocd', 'npm', 'dig', 'curl', 'openssl', 'psql', 'eren'])
        writeFileSync(join(bin, program), '#!/bin/sh\n', { mode: 0o755 });
      const wrong = join(folder, 'wrong');
      writeFileSync(wrong, '');
      const text = lines
        .join('\n')
        .replace(/<([a-z ]+)>/g, (_, name) => `a-${name.replaceAll(' ', '-')}`)
        .replaceAll('…', 'x')
        .replace(/\.\/eren\b/g, 'eren')
        .replace(/git fetch -q &&/g, '')
        .replace(/ origin\/main /g, ' HEAD ');
      const { status, stderr } = spawnSync(real('bash'), ['--norc', '--noprofile', '-uc', text], {
        cwd: root,
        encoding: 'utf8',
        timeout: 60_000,
        input: '',
        env: {
          PATH: bin,
          HOME: folder,
          WRONG: wrong,
          ANSWERS: answers,
          WHICH: which,
          KUBECTL: real('kubectl'),
          JQ: real('jq'),
        },
      });
      const bad = `${readFileSync(wrong, 'utf8')}${(stderr.match(/^.*(command not found|syntax error|unbound variable).*$/gm) ?? []).join('\n')}`;
      // A search that finds nothing ends with 1, and that is an answer.
      return { status: bad || status > 1 ? 1 : 0, said: bad || stderr };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}
