// `npm run comment --`: puts what `npm run diff` wrote onto the pull request, as one comment that later runs replace, and
// a label for the worst class. Plain Node with no package: the job that may write runs nothing that npm installed.
import { lstatSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { asCalled } from './table.cjs';

const help = `Usage: npm run comment -- --pull <number> --markdown <file> --json <file> [--head <commit>]...

Puts the review onto the pull request: one comment, which an older run never overwrites, and one label risk:<class>.

Options:
  --pull <number>    the pull request
  --markdown <file>  what npm run diff -- --output markdown=<file> wrote
  --json <file>      what npm run diff -- --output json=<file> wrote
  --head <commit>    what was compared, when that is a merge of the pull request: the merge and its parents, each with
                     this option (default: the head in --json)
  --run <number>     this run among those of the same CI, as 12 or 12.2 for its second attempt
  --by <name>        which CI this is; runs of two are not compared by number (default: ci)

Environment:
  GITHUB_TOKEN       may write to pull requests
  GITHUB_REPOSITORY  owner/name
  GITHUB_API_URL     (default: https://api.github.com)

Examples:
  npm run comment -- --pull 12 --markdown diff.md --json diff.json --by actions --run 40.1

Exit codes: 0 written, or left to a newer run; 1 GitHub refused the comment; 2 wrong arguments or files. A label that
cannot be set is only told: to make one that is missing takes a right that the token need not have.`;

const program = JSON.parse(readFileSync(new URL('../charts/program.json', import.meta.url), 'utf8'));
const marker = `<!-- ${program.name}-diff v1 id=main `;
const prefix = 'risk:';
/** Characters of a comment; GitHub refuses a longer one. */
const longest = 65_536;

const settings = read();
if (settings) await write(settings);

function read() {
  try {
    const one = { type: 'string' };
    const { values } = parseArgs({
      options: {
        ...{ pull: one, markdown: one, json: one, run: one, by: one },
        head: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      console.log(asCalled(help));
      return undefined;
    }
    const wants = (value, name, pattern, what) => {
      if (!pattern.test(value ?? '')) throw new Error(`${name}: ${JSON.stringify(value)} is not ${what}`);
      return value;
    };
    const { env } = process;
    const absent = ['pull', 'markdown', 'json'].filter((name) => values[name] === undefined);
    if (absent.length > 0)
      throw new Error(`${absent.map((name) => `--${name}`).join(', ')}: not given, and needed`);
    const text = (name) => {
      const file = wants(values[name], `--${name}`, /./, 'a file');
      // What wrote it ran elsewhere and is not trusted: a link would have this job read a file of its own.
      if (!lstatSync(file).isFile())
        throw new Error(`--${name}: ${file} is a link or a folder; give the file itself`);
      return readFileSync(file, 'utf8');
    };
    const markdown = text('markdown');
    const report = parsed(text('json')) ?? {};
    if (!markdown.startsWith(marker))
      throw new Error(
        `--markdown: ${values.markdown} is not of npm run diff -- --output markdown=${values.markdown}`,
      );
    if (!isReport(report))
      throw new Error(`--json: ${values.json} is not of npm run diff -- --output json=${values.json}`);
    return {
      pull: wants(values.pull, '--pull', /^[1-9]\d*$/, 'the number of a pull request'),
      heads: (values.head ?? [report.head.commit]).map((each) =>
        wants(each, '--head', /^[0-9a-f]{40}$/, 'a whole commit id'),
      ),
      run: wants(values.run ?? '0', '--run', /^\d+(\.\d+)?$/, 'a number such as 12 or 12.2'),
      by: wants(values.by ?? 'ci', '--by', /^[a-z]+$/, 'a name of small letters'),
      token: wants(env.GITHUB_TOKEN, 'GITHUB_TOKEN', /./, 'a token; set it'),
      repository: wants(env.GITHUB_REPOSITORY, 'GITHUB_REPOSITORY', /^[\w.-]+\/[\w.-]+$/, 'owner/name'),
      api: env.GITHUB_API_URL || 'https://api.github.com',
      markdown,
      report,
    };
  } catch (error) {
    complain(asCalled(`error ${error.message}`));
    console.error(asCalled('(npm run comment -- --help shows examples)'));
    process.exitCode = 2;
    return undefined;
  }
}

/** One line in which everything is seen, and no command of a runner: it quotes what others wrote. */
function complain(text) {
  const seen = (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`;
  console.error(
    text
      .replace(/[\r\n]+/g, ' ')
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, seen)
      .replaceAll('##[', '##\\['),
  );
}

/** What is read of a report, or that it is none: what wrote it is not trusted. */
function isReport({ kind, head, findings, notes, summary }) {
  return (
    kind === 'DiffReport' &&
    typeof head?.commit === 'string' &&
    Array.isArray(notes) &&
    typeof summary?.objects === 'object' &&
    summary.objects !== null &&
    Array.isArray(findings) &&
    // A class becomes a label, and part of a line that a person copies into a shell.
    findings.every((each) => /^[a-z]{1,20}(-[a-z]{1,20}){0,3}$/.test(each?.class))
  );
}

/** Nothing of what is not JSON, because the error would quote it. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function write({ pull, heads, run, by, token, repository, api, markdown, report }) {
  const issue = `/repos/${repository}/issues/${pull}`;
  try {
    const { head, labels } = await ask('GET', `/repos/${repository}/pulls/${pull}`);
    // Whoever reviews the commit that is there now writes the comment.
    if (!heads.includes(head.sha)) return console.log(`left as it is: the pull request is at ${head.sha} by now`);

    const found = (await comments()).find(({ body, user }) => user?.type === 'Bot' && body?.startsWith(marker));
    const said = found && stateOf(found.body);
    if (said && said.by === by && newer(said.run, run))
      return console.log(`left as it is: run ${said.run} has written it`);
    if (said && said.by !== by && said.head === head.sha)
      return console.log(`left as it is: ${said.by} has written the same`);

    const body = cut(signed(markdown, { head: head.sha, by, run }));
    if (found && found.body !== body)
      await ask('PATCH', `/repos/${repository}/issues/comments/${found.id}`, { body });
    else if (!found && differs(report)) await ask('POST', `${issue}/comments`, { body });
    await label(
      issue,
      labels.map(({ name }) => name),
    );
    console.log(found ? 'comment replaced' : differs(report) ? 'comment written' : 'nothing differs: no comment');
  } catch (error) {
    complain(`error ${error.message}`);
    process.exitCode = 1;
  }

  async function comments() {
    const all = [];
    for (let page = 1; ; page++) {
      const some = await ask('GET', `${issue}/comments?per_page=100&page=${page}`);
      all.push(...some);
      if (some.length < 100) return all;
    }
  }

  /** Exactly one, or none: labels of other kinds are somebody else's. The comment counts without it. */
  async function label(path, there) {
    const worst = report.findings.find(({ level }) => level !== 'info');
    const wanted = worst && `${prefix}${worst.class}`;
    try {
      if (wanted && !there.includes(wanted)) await ask('POST', `${path}/labels`, { labels: [wanted] });
      for (const name of there.filter((each) => each.startsWith(prefix) && each !== wanted))
        await ask('DELETE', `${path}/labels/${encodeURIComponent(name)}`);
    } catch (error) {
      complain(`warning ${error.message}`);
      if (wanted) console.error(`if ${wanted} does not exist: gh label create ${wanted} --repo ${repository}`);
    }
  }

  async function ask(method, path, body) {
    const answer = await fetch(`${api}${path}`, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'user-agent': `${program.name}-delivery`,
        'x-github-api-version': '2022-11-28',
      },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    }).catch((error) => {
      throw new Error(`${method} ${api}${path}: ${error.cause?.message ?? error.message}`);
    });
    const text = await answer.text();
    // What another run took away in between is away.
    if (method === 'DELETE' && answer.status === 404) return undefined;
    if (!answer.ok) throw new Error(`${method} ${api}${path}: ${answer.status} ${text.slice(0, 300)}`);
    return text && JSON.parse(text);
  }
}

/** What the hidden first line says of who wrote the comment. */
function stateOf(body) {
  const [line] = body.split('\n', 1);
  return Object.fromEntries([...line.matchAll(/ (\w+)=(\S+)/g)].map(([, key, value]) => [key, value]));
}

function signed(markdown, { head, by, run }) {
  const [line, ...rest] = markdown.split('\n');
  const { base } = stateOf(line);
  return [`${marker}head=${head} base=${base} by=${by} run=${run} -->`, ...rest].join('\n');
}

/** As much as GitHub takes, by whole lines, with what is open closed, and with how much is missing. */
function cut(body) {
  if (body.length <= longest) return body;
  const lines = body.split('\n');
  // Room for the tags and fences that may have to be closed, and for the sentence.
  let room = longest - 500;
  let kept = 0;
  let fence = '';
  let folded = 0;
  for (const line of lines) {
    const [mark = ''] = /^`{3,}/.exec(line) ?? [];
    room -=
      line.length + 1 + (fence ? 0 : '</details>\n'.length * (line.split('<details>').length - 1)) + mark.length;
    if (room < 0) break;
    kept += 1;
    if (!fence) {
      fence = mark;
      folded += line.split('<details>').length - line.split('</details>').length;
    } else if (line === fence) fence = '';
  }
  const closed = [...(fence ? [fence] : []), ...Array(Math.max(0, folded)).fill('</details>')];
  return `${[...lines.slice(0, kept), ...closed, '', `**Cut here: ${lines.length - kept} more lines are in the report of the run.**`].join('\n')}\n`;
}

/** By number, then by attempt; the same run may write again. */
function newer(there, here) {
  const [[a = 0, b = 0], [c = 0, d = 0]] = [there, here].map((each) => (each ?? '0').split('.').map(Number));
  return a > c || (a === c && b > d);
}

function differs({ summary, notes }) {
  return Object.values(summary.objects).some((count) => count > 0) || notes.length > 0;
}
