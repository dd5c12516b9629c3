import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/root';

const [older, head, merge, base] = ['a', 'b', 'c', 'd'].map((each) => each.repeat(40)) as [
  string,
  string,
  string,
  string,
];
const marker = (rest: string) => `<!-- e-ren-diff v1 id=main ${rest} -->`;
const bot = { login: 'github-actions[bot]', type: 'Bot' };

interface Comment {
  id: number;
  user: { type: string };
  body: string;
}

/** As much of GitHub as there is to ask. */
class GitHub {
  public head = head;
  public comments: Comment[] = [];
  public labels: string[] = [];
  public writes: string[] = [];
  public refuses = '';
  public why = '{"message":"not allowed"}';
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        const { method = '', url = '' } = request;
        const text = Buffer.concat(parts).toString();
        if (request.headers.authorization !== 'Bearer secret') response.writeHead(401).end('no token');
        else if (this.refuses && (method === this.refuses || url.endsWith(this.refuses)))
          response.writeHead(403).end(this.why);
        else {
          const answer = this.answer(method, url, text ? JSON.parse(text) : undefined);
          response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
          response.end(answer === undefined ? '{"message":"Not Found"}' : JSON.stringify(answer));
        }
      });
    });
  }

  private answer(method: string, url: string, body: any): unknown {
    const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
    const path = pathname.replace('/repos/e-ren/delivery', '');
    if (method !== 'GET') this.writes.push(`${method} ${path}`);
    if (`${method} ${path}` === 'GET /pulls/7')
      return { head: { sha: this.head }, labels: this.labels.map((name) => ({ name })) };
    if (`${method} ${path}` === 'GET /issues/7/comments') {
      const [size, page] = ['per_page', 'page'].map((name) => Number(searchParams.get(name))) as [number, number];
      return this.comments.slice((page - 1) * size, page * size);
    }
    if (`${method} ${path}` === 'POST /issues/7/comments') {
      this.comments.push({ id: 1_000 + this.comments.length, user: bot, body: body.body });
      return {};
    }
    if (`${method} ${path}` === 'POST /issues/7/labels') {
      this.labels.push(...body.labels);
      return this.labels;
    }
    const comment = this.comments.find(({ id }) => path === `/issues/comments/${id}`);
    if (method === 'PATCH' && comment) {
      comment.body = body.body;
      return comment;
    }
    const label = this.labels.find((name) => path === `/issues/7/labels/${encodeURIComponent(name)}`);
    if (method !== 'DELETE' || label === undefined) return undefined;
    this.labels.splice(this.labels.indexOf(label), 1);
    return [];
  }

  public async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public close(): Promise<unknown> {
    return new Promise((resolve) => this.server.close(resolve));
  }
}

let github: GitHub;
let api: string;
let folder: string;
beforeEach(async () => {
  github = new GitHub();
  api = await github.listen();
  folder = mkdtempSync(join(tmpdir(), 'comment-'));
});
afterEach(async () => {
  await github.close();
  rmSync(folder, { recursive: true });
});

const findings = (...classes: [string, string][]) => classes.map(([of, level]) => ({ class: of, level }));

/** What `npm run diff` writes, and `npm run comment` of it. */
async function comment(
  given: {
    text?: string;
    findings?: unknown[];
    changed?: number;
    head?: string;
    args?: string[];
    env?: object;
    /** In place of what the report has. */
    other?: object;
  } = {},
) {
  const at = given.head ?? head;
  const markdown = `${marker(`head=${at} base=${base}`)}\n${given.text ?? 'this review'}\n`;
  writeFileSync(join(folder, 'diff.md'), markdown);
  writeFileSync(
    join(folder, 'diff.json'),
    JSON.stringify({
      kind: 'DiffReport',
      head: { commit: at },
      findings: given.findings ?? [],
      notes: [],
      summary: { objects: { changed: given.changed ?? 1 } },
      ...given.other,
    }),
  );
  const args = ['--pull', '7', '--markdown', 'diff.md', '--json', 'diff.json', '--by', 'actions'];
  const child = spawn(
    process.execPath,
    [join(root, 'commands/comment.mjs'), ...args, ...(given.args ?? ['--run', '5.1'])],
    {
      cwd: folder,
      env: { GITHUB_TOKEN: 'secret', GITHUB_REPOSITORY: 'e-ren/delivery', GITHUB_API_URL: api, ...given.env },
    },
  );
  let said = '';
  child.stdout.on('data', (part) => {
    said += part;
  });
  child.stderr.on('data', (part) => {
    said += part;
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, said };
}

const body = (text: string, by = 'by=actions run=5.1', at = head) =>
  `${marker(`head=${at} base=${base} ${by}`)}\n${text}\n`;
const written = (text: string, by?: string, at?: string): Comment => ({
  id: 3,
  user: bot,
  body: body(text, by, at),
});

test('the first run writes a comment, with who wrote it in its hidden first line', async () => {
  expect(await comment()).toEqual({ code: 0, said: 'comment written\n' });
  expect(github.comments.map((each) => each.body)).toEqual([body('this review')]);
});

test('a later run replaces the comment, also where it is not among the first hundred', async () => {
  const others = Array.from({ length: 130 }, (_, i) => ({ id: 100 + i, user: bot, body: 'a word' }));
  github.comments = [...others, written('before', 'by=actions run=4.1', older)];
  await comment();
  expect(github.writes).toEqual(['PATCH /issues/comments/3']);
  expect(github.comments.at(-1)?.body).toBe(body('this review'));
});

test('a run of a commit that is not the head any more writes nothing', async () => {
  const { said } = await comment({ head: older });
  expect(said).toBe(`left as it is: the pull request is at ${head} by now\n`);
  expect(github.writes).toEqual([]);
});

test.each([
  ['a later run', 'run=6.1'],
  ['a later run with more digits', 'run=10.1'],
  ['a later attempt', 'run=5.2'],
])('a run never overwrites %s', async (_, run) => {
  github.comments = [written('newer', `by=actions ${run}`)];
  const { said } = await comment({ findings: findings(['exposes', 'high']) });
  expect(said).toBe(`left as it is: run ${run.slice(4)} has written it\n`);
  expect(github.writes).toEqual([]);
});

test.each([
  ['an earlier run', 'by=actions run=4.9'],
  ['an earlier attempt', 'by=actions run=5.0'],
  ['a comment that names no run', 'by=actions'],
])('a run overwrites %s', async (_, by) => {
  github.comments = [written('older', by)];
  await comment();
  expect(github.comments[0]?.body).toBe(body('this review'));
});

test('what another CI wrote of the same commit stays, what it wrote of another one is replaced', async () => {
  github.comments = [written('of Jenkins', 'by=jenkins run=900')];
  expect((await comment()).said).toBe('left as it is: jenkins has written the same\n');
  github.comments = [written('of Jenkins', 'by=jenkins run=900', older)];
  await comment();
  expect(github.comments[0]?.body).toBe(body('this review'));
});

test('the same text is not written again', async () => {
  github.comments = [written('this review')];
  await comment();
  expect(github.writes).toEqual([]);
});

test('a person who writes the hidden line stops nothing', async () => {
  github.comments = [{ id: 9, user: { type: 'User' }, body: body('mine', 'by=actions run=999') }];
  await comment();
  expect(github.writes).toEqual(['POST /issues/7/comments']);
});

test('where nothing differs no comment is begun, and one that is there says so', async () => {
  expect((await comment({ changed: 0 })).said).toBe('nothing differs: no comment\n');
  expect(github.comments).toEqual([]);
  github.comments = [written('before', 'by=actions run=4.1')];
  await comment({ changed: 0, text: 'nothing' });
  expect(github.comments[0]?.body).toBe(body('nothing'));
});

test('a merge is compared, and the comment is of the commit of the pull request in it', async () => {
  await comment({ head: merge, args: ['--run', '5.1', '--head', merge, '--head', older, '--head', head] });
  expect(github.comments[0]?.body).toBe(body('this review'));
});

test('the label is the worst class, in place of the one before, and others stay', async () => {
  github.labels = ['risk:restart', 'help wanted', 'risk:data-loss'];
  await comment({ findings: findings(['exposes', 'high'], ['restart', 'warn']) });
  expect(github.labels).toEqual(['help wanted', 'risk:exposes']);
  await comment({ findings: findings(['exposes', 'high']), args: ['--run', '6'] });
  expect(github.labels).toEqual(['help wanted', 'risk:exposes']);
});

test('what is only worth a remark gets no label', async () => {
  github.labels = ['risk:restart'];
  await comment({ findings: findings(['config', 'info']) });
  expect(github.labels).toEqual([]);
});

test('a label that cannot be made is told with how to make it, and the comment stands', async () => {
  github.refuses = '/labels';
  const { code, said } = await comment({ findings: findings(['exposes', 'high']) });
  expect(code).toBe(0);
  expect(github.comments.map((each) => each.body)).toEqual([body('this review')]);
  expect(said).toContain(
    `warning POST ${api}/repos/e-ren/delivery/issues/7/labels: 403 {"message":"not allowed"}\n`,
  );
  expect(said).toContain('gh label create risk:exposes --repo e-ren/delivery\n');
});

test('a label that is taken away while another run does the same is not a reason to fail', async () => {
  github.labels = ['risk:data-loss'];
  github.refuses = 'DELETE';
  expect((await comment()).code).toBe(0);
});

describe('a report that is longer than GitHub takes', () => {
  const line = 'x'.repeat(99);
  test.each([
    ['as a list', (n: number) => Array(n).fill(line)],
    ['in a fence', (n: number) => ['````diff', '```', ...Array(n).fill(line), '````']],
    [
      'folded, with a fence in it',
      (n: number) => ['<details><summary>a</summary>', '', '```', ...Array(n).fill(line)],
    ],
    ['in many folds', (n: number) => Array(n).fill(`<details>${line}`)],
    ['with letters of two halves', (n: number) => Array(n).fill('😀'.repeat(50))],
    ['of one line', (n: number) => [line.repeat(n)]],
  ])('%s is cut at a line, closed, and says how much is missing', async (_, lines) => {
    await comment({ text: lines(900).join('\n') });
    const [written] = github.comments;
    const text = written?.body ?? '';
    expect(text.length).toBeLessThanOrEqual(65_536);
    expect(text.split('<details>').length).toBe(text.split('</details>').length);
    expect(text.match(/^````/gm)?.length ?? 2).toBe(2);
    const missing = Number(/\*\*Cut here: (\d+) more lines/.exec(text)?.[1]);
    expect(missing).toBeGreaterThan(0);
    expect(text.startsWith(marker(`head=${head} base=${base} by=actions run=5.1`))).toBe(true);
  });

  test('of just so many characters is written whole', async () => {
    const first = body('').length - 1;
    await comment({ text: 'x'.repeat(65_536 - first - 1) });
    expect(github.comments[0]?.body.length).toBe(65_536);
    expect(github.comments[0]?.body).not.toContain('Cut here');
  });
});

test('a link in place of a file is refused, and what is not JSON is not quoted', async () => {
  writeFileSync(join(folder, 'environ'), `${marker('')}\nGITHUB_TOKEN=hidden`);
  symlinkSync('environ', join(folder, 'link'));
  for (const [args, message] of [
    [['--markdown', 'link'], '--markdown: link is a link or a folder; give the file itself'],
    [['--json', 'link'], '--json: link is a link or a folder; give the file itself'],
    [['--json', 'environ'], '--json: environ is not of npm run diff'],
  ] as const) {
    const { code, said } = await comment({ args: [...args] });
    expect([code, said.includes(message), said.includes('hidden')]).toEqual([2, true, false]);
  }
  expect(github.writes).toEqual([]);
});

test.each([
  ['findings that are no list', { findings: 'x' }],
  ['a class that is a line of shell', { findings: findings(['x; touch ran', 'high']) }],
  ['a class that is a command of a runner', { findings: findings(['x\n::add-mask::y', 'high']) }],
  ['no head', { head: null }],
  ['a summary of another kind', { summary: { objects: null } }],
])('a report with %s is refused, because what wrote it is not trusted', async (_, other) => {
  const { code, said } = await comment({ other });
  expect([code, said]).toEqual([2, expect.stringContaining('--json: diff.json is not of npm run diff')]);
  expect(github.writes).toEqual([]);
});

test('what GitHub answers is one line of the log', async () => {
  github.refuses = 'POST';
  github.why = 'no\n::stop-commands::x\r\n\u001b[31m##[group]';
  expect((await comment()).said).toBe(
    `error POST ${api}/repos/e-ren/delivery/issues/7/comments: 403 no ::stop-commands::x \\u{1b}[31m##\\[group]\n`,
  );
});

test('what GitHub refuses is told with its words, and the token is not', async () => {
  github.refuses = 'POST';
  const { code, said } = await comment();
  expect(code).toBe(1);
  expect(said).toBe(`error POST ${api}/repos/e-ren/delivery/issues/7/comments: 403 {"message":"not allowed"}\n`);
});

test.each([
  ['no number', ['--pull', 'seven'], {}, '--pull: "seven" is not the number of a pull request'],
  ['a run that is none', ['--run', 'last'], {}, '--run: "last" is not a number such as 12 or 12.2'],
  ['a short commit', ['--head', 'abc1234'], {}, '--head: "abc1234" is not a whole commit id'],
  ['a file of something else', ['--markdown', 'diff.json'], {}, '--markdown: diff.json is not of npm run diff'],
  ['a file that is not there', ['--json', 'none.json'], {}, "no such file or directory, lstat 'none.json'"],
  ['an option that it has not', ['--labels'], {}, "Unknown option '--labels'"],
  ['no token', [], { GITHUB_TOKEN: '' }, 'GITHUB_TOKEN: "" is not a token; set it'],
  ['no repository', [], { GITHUB_REPOSITORY: 'delivery' }, 'GITHUB_REPOSITORY: "delivery" is not owner/name'],
])('%s is refused before anything is asked', async (_, args, env, message) => {
  const { code, said } = await comment({ args, env });
  expect(said).toContain(message);
  expect(code).toBe(2);
  expect(github.writes).toEqual([]);
});
