// Writes onto a pull request where its preview is and how its tests ended: one comment, which later builds replace. It is run
// from the branch that the pull request goes to, because it holds a token.
//
//   node ci/comment.mjs --repository e-ren/e-ren --pull 12 --by jenkins --run 40 --preview 'Preview of …: https://…' \
//     [--tests 'SUCCESS: 120 examples, 0 failures'] --log https://…
//
// GITHUB_TOKEN may write to pull requests. Exit code: 0 written, or left to a newer build; 1 GitHub refused; 2 wrong arguments.

import { parseArgs } from 'node:util';

const marker = '<!-- e-ren-pull-request ';
const forms = {
  repository: /^[\w.-]+\/[\w.-]+$/,
  pull: /^[1-9]\d*$/,
  by: /^[a-z]+$/,
  run: /^\d+(\.\d+)?$/,
  preview: /^/,
  tests: /^/,
  log: /^https:\/\/\S+$/,
};

const settings = read();
if (settings) await write(settings).catch(failed(1));

function read() {
  try {
    const options = Object.fromEntries(Object.keys(forms).map((name) => [name, { type: 'string' }]));
    const { values } = parseArgs({ options });
    for (const [name, form] of Object.entries(forms)) {
      if (name === 'tests') values.tests ??= '';
      if (!form.test(values[name] ?? '') || values[name] === undefined)
        throw new Error(
          `--${name}: ${JSON.stringify(values[name] ?? '')} is not what belongs there; see the head of the file`,
        );
    }
    const { GITHUB_TOKEN: token, GITHUB_API_URL: api = 'https://api.github.com' } = process.env;
    if (!token) throw new Error('GITHUB_TOKEN is not set; it has to be one that may write to pull requests');
    return { ...values, token, api };
  } catch (error) {
    failed(2)(error);
    return undefined;
  }
}

function failed(code) {
  return ({ message }) => {
    console.error(`error ${line(message)}`);
    process.exitCode = code;
  };
}

async function write({ repository, pull, by, run, preview, tests, log, token, api }) {
  const issue = `/repos/${repository}/issues/${pull}/comments`;
  const found = await own();
  const before = / by=(\S+) run=(\S+) -->/.exec(found?.body ?? '');
  if (before?.[1] === by && newer(before[2], run))
    return console.log(`left as it is: build ${before[2]} has written it`);
  const parts = [plain(preview), tests && `\`${line(tests).replaceAll('`', "'")}\``, log];
  const body = [`${marker}by=${by} run=${run} -->`, ...parts.filter(Boolean)].join('\n\n');
  if (found) await ask('PATCH', `/repos/${repository}/issues/comments/${found.id}`, { body });
  else await ask('POST', issue, { body });
  console.log(found ? 'comment replaced' : 'comment written');

  async function own() {
    for (let page = 1; ; page++) {
      const some = await ask('GET', `${issue}?per_page=100&page=${page}`);
      const mine = some.find((each) => each.user?.type === 'Bot' && each.body?.startsWith(marker));
      if (mine || some.length < 100) return mine;
    }
  }

  async function ask(method, path, body) {
    const answer = await fetch(`${api}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'user-agent': 'e-ren',
        'x-github-api-version': '2022-11-28',
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    }).catch((error) => {
      throw new Error(`${method} ${path}: ${error.cause?.message ?? error.message}`);
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return JSON.parse(text);
  }
}

/** In one line: what a test calls itself is its own affair. */
function line(text) {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 500);
}

/** A paragraph in which nothing is a tag, and nobody is called by name. */
function plain(text) {
  return line(text)
    .replaceAll('<', '&lt;')
    .replaceAll(/(^|\s)@/g, '$1&#64;');
}

/** By number, then by attempt; the same build may write again. */
function newer(there, here) {
  const [[a, b = 0], [c, d = 0]] = [there, here].map((each) => each.split('.').map(Number));
  return a > c || (a === c && b > d);
}
