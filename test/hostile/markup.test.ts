import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import { visible } from '../../charts/environments/visible';
import { say } from '../../commands/command';
import { check } from '../../review/check/check';
import { subjectOf } from '../../review/check/subject';
import { github as diffGithub } from '../../review/diff/render/github';
import { markdown as diffMarkdown } from '../../review/diff/render/markdown';
import { text as diffText } from '../../review/diff/render/text';
import { parseTree } from '../../review/model/tree';
import { checkPage } from '../../review/page/check-page';
import { code, sentence, shown, words } from '../../review/report/escape';
import { github } from '../../review/report/github';
import { json } from '../../review/report/json';
import { markdown } from '../../review/report/markdown';
import { sarif } from '../../review/report/sarif';
import { text } from '../../review/report/text';
import { rules } from '../../review/rules';
import { github as verifyGithub } from '../../review/verify/report/github';
import { markdown as verifyMarkdown } from '../../review/verify/report/markdown';
import { text as verifyText } from '../../review/verify/report/text';
import { between, reviewOf } from '../review/diff/fixtures';
import { settings } from '../support/manifests';
import { root } from '../support/root';

const hostile: Readonly<Record<string, string>> = {
  'a heading': 'x\n# heading',
  'an end of what is folded': 'x\n\n</details>\n</summary>',
  'an image': '![x](https://example.org/x.png) <img src=https://example.org/y.png>',
  'a team': 'x @e-ren/operators',
  'a link': '[x](https://example.org)',
  'a command of the runner': 'x\n::stop-commands::x\n  ::error::y',
  'a command at the start': '::stop-commands::x',
  'an old command': 'x ##[group]y ##[error]z',
  'colours and jumps': 'x\u001b[31m\u001b[2J\u0007\u009b1A\u202ey\u200b',
  'ends of cells and spans': 'x | y ` | z `` \\| <!-- -->',
  'a fence': 'x\n```\n~~~\n</pre><script>alert(1)</script>',
};

const terminal = { colors: pc.createColors(false), width: 60, verbose: true };
/** The same name wherever a manifest may have one. */
function manifest(name: string, image: string): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: name, labels: { [name]: name }, annotations: { [name]: name } },
    spec: {
      [name]: name,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          serviceAccountName: name,
          containers: [{ name, image, env: [{ name, value: name }], envFrom: [{ secretRef: { name } }] }],
        },
      },
    },
  };
}
const treeOf = (name: string, image = name) =>
  new Map([[`dist/${name}/web/Deployment.${name}.yaml`, JSON.stringify(manifest(name, image))]]);

/** Every report of these names, as its command would write it. */
function reports(name: string): Record<string, string> {
  const texts = treeOf(name);
  const subject = subjectOf(root, parseTree(texts), settings);
  const checked = shown(check({ subject, rules, failOn: 'high', textOf: (file) => texts.get(file) ?? '' }));
  const compared = shown(reviewOf(between(treeOf(name, 'before:1'), treeOf(name, `${name}:2`))));
  const verified = shown({
    environment: 'production',
    context: name,
    server: name,
    kubernetes: name,
    asked: ['drift'],
    notAsked: [name],
    findings: [
      {
        level: 'mismatch',
        question: 'drift',
        what: name,
        object: { kind: name, name },
        path: name,
        message: name,
        fix: name,
        file: name,
      },
    ],
    counts: { mismatch: 1, unanswered: 0, note: 0 },
    objects: 1,
    passed: false,
  }) as any;
  return {
    text: text(checked, terminal),
    markdown: markdown(checked),
    github: github(checked.findings, 'check'),
    sarif: sarif(checked, rules),
    json: json(checked),
    html: checkPage(checked, subject),
    'text of diff': diffText(compared, terminal),
    'markdown of diff': diffMarkdown(compared),
    'github of diff': diffGithub(compared),
    'text of verify': verifyText(verified, terminal),
    'markdown of verify': verifyMarkdown(verified),
    'github of verify': verifyGithub(verified),
  };
}

const count = (all: string, pattern: RegExp) => [...all.matchAll(pattern)].length;
/** Without what Markdown shows as it is: spans of code, and fences of our own. */
const prose = (all: string) =>
  all.replace(/^(`{3,})diff\n[\s\S]*?\n\1$/gm, '').replace(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '');

test.each(Object.entries(hostile))('%s in every name is shown as text in every format', (_, name) => {
  const plain = reports('plain');
  for (const [format, said] of Object.entries(reports(name))) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
    expect([format, said.match(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]/)]).toEqual([
      format,
      null,
    ]);
    // A line that is a command of ours is looked at no further.
    if (!format.startsWith('github')) expect([format, said.includes('##[')]).toEqual([format, false]);
    const commands = said.split('\n').filter((line) => /^\s*::/.test(line));
    const own = /^::(error|warning|notice) (file|title)=[^:\n]*::/;
    expect([format, commands.filter((line) => !(format.startsWith('github') && own.test(line)))]).toEqual([
      format,
      [],
    ]);
    if (format.startsWith('markdown')) {
      const markup = (all: string) =>
        [
          /^#+ /gm,
          /<\/?(details|summary|b|sub)>/g,
          /<(?!\/?(details|summary|b|sub)>|!--)/g,
          /!\[/g,
          /(?<![\w.-])@\w/g,
        ]
          .map((each) => count(prose(all), each))
          .concat(count(prose(all), /\]\(https?:/g));
      expect([format, markup(said)]).toEqual([format, markup(plain[format] as string)]);
    }
    if (format === 'html') expect(count(said, /<script|<img/g)).toBe(count(plain.html as string, /<script|<img/g));
    if (format === 'json' || format === 'sarif') expect(() => JSON.parse(said)).not.toThrow();
    if (format === 'sarif') expect(JSON.stringify(JSON.parse(said).runs[0].results)).not.toMatch(/[^\\]\]\(/);
  }
});

test('each escape keeps what a reader sees', () => {
  expect(visible('a\u001b[1mé😀\tb')).toBe('a\\u{1b}[1mé😀\tb');
  expect(words('a <b> & `c` @team, me@example.org')).toBe(
    'a &#60;b&#62; &#38; &#96;c&#96; @<!-- -->team, me@example.org',
  );
  expect([code('a'), code('a``b'), code('`')]).toEqual(['`a`', '``` a``b ```', '`` ` ``']);
  expect(sentence('run `a < b` <now>')).toBe('run `a < b` &#60;now&#62;');
  expect(shown({ name: 'a\nb', before: 'a\nb', rows: [{ '\u0000': 1 }] })).toEqual({
    name: 'a b',
    before: 'a\nb',
    rows: [{ '\\u{0}': 1 }],
  });
});

test('what a command says passes the one place that leaves secrets, escapes and commands of a runner out', () => {
  const files = readdirSync(join(root, 'commands'), { recursive: true, encoding: 'utf8' });
  const texts = files.filter((file) => file.endsWith('.ts') && file !== 'command.ts');
  const past = texts.filter((file) => /\bconsole\./.test(readFileSync(join(root, 'commands', file), 'utf8')));
  expect(past).toEqual([]);
});

test.each(['1', ''])(
  'colours of ours stay where there are any, and none of somebody else (FORCE_COLOR=%s)',
  (colored) => {
    const before = { ...process.env };
    const log = jest.spyOn(console, 'log').mockImplementation();
    Object.assign(process.env, { FORCE_COLOR: colored, NO_COLOR: colored ? '' : '1' });
    say(`\u001b[32mwrote\u001b[39m a\u001b[2J\u001b[8m \u009b1A\n::error::x password=hunter2hunter2`);
    const [[said]] = log.mock.calls as [[string]];
    process.env = before;
    log.mockRestore();
    const ours = colored ? '\u001b[32mwrote\u001b[39m' : '\\u{1b}[32mwrote\\u{1b}[39m';
    expect(said).toBe(`${ours} a\\u{1b}[2J\\u{1b}[8m \\u{9b}1A\n\\::error::x password=(hidden)`);
  },
);
