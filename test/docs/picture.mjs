// `node test/docs/picture.mjs`: docs/pictures/terminal.svg, a session of a person as the commands print it, in a clone of
// what is committed. Nothing in it is written by hand but the lines after `$`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const columns = 112;
const settings = 'charts/environments/production.ts';

const colors = {
  30: '#484f58',
  31: '#ff7b72',
  32: '#7ee787',
  33: '#e3b341',
  34: '#79c0ff',
  35: '#d2a8ff',
  36: '#76e3ea',
  90: '#8b949e',
};

const session = [
  `sed -i 's/max: 6, cpu/max: 7, cpu/' ${settings} && ./eren synth`,
  `git checkout --quiet ${settings}`,
  `sed -i "s/preStop: '25s'/preStop: '30s'/" ${settings} && ./eren synth`,
  './eren diff --base HEAD',
];

const folder = mkdtempSync(join(tmpdir(), 'picture-'));
try {
  const clone = join(folder, 'delivery');
  run('git', ['clone', '--quiet', '--shared', root, clone]);
  for (const packages of ['node_modules', 'terraform-bridge/node_modules'])
    symlinkSync(join(root, packages), join(clone, packages));
  // A folder without its slash: the links above are not what .gitignore names.
  writeFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
  const lines = session.flatMap((line) => [
    `\u001b[1m$\u001b[22m ${line}`,
    ...run('bash', ['-c', `${line} 2>&1`], clone)
      .trimEnd()
      .split('\n')
      .filter(Boolean),
    '',
  ]);
  writeFileSync(join(root, 'docs/pictures/terminal.svg'), svg(lines.slice(0, -1).flatMap(wrapped)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(program, args, cwd) {
  const { stdout, error } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined, COLUMNS: String(columns) },
  });
  if (error) throw error;
  return stdout;
}

/** A line as a terminal of that width shows it, with the style that goes on. */
function wrapped(line) {
  const rows = [];
  let row = [];
  let used = 0;
  let style = {};
  for (const [i, part] of line.split('\u001b[').entries()) {
    const end = i === 0 ? 0 : part.indexOf('m') + 1;
    if (end > 0) style = styled(style, Number(part.slice(0, end - 1)));
    for (let rest = part.slice(end); rest; ) {
      const text = rest.slice(0, columns - used);
      row.push({ text, style });
      used += text.length;
      rest = rest.slice(text.length);
      if (used < columns || !rest) continue;
      rows.push(row);
      [row, used] = [[], 0];
    }
  }
  return [...rows, row];
}

function styled(style, code) {
  if (code === 0) return {};
  if (code === 1) return { ...style, 'font-weight': 'bold' };
  if (code === 2) return { ...style, opacity: 0.65 };
  if (code === 22) return { ...style, 'font-weight': undefined, opacity: undefined };
  if (code === 39) return { ...style, fill: undefined };
  return colors[code] ? { ...style, fill: colors[code] } : style;
}

function svg(rows) {
  const [width, height] = [8.4, 19];
  const escaped = (text) =>
    text.replaceAll('  ', '\u00a0\u00a0').replace(/[<>&]/g, (sign) => `&#${sign.codePointAt(0)};`);
  const span = ({ text, style }) => {
    const set = Object.entries(style).filter(([, value]) => value !== undefined);
    return `<tspan${set.map(([name, value]) => ` ${name}="${value}"`).join('')}>${escaped(text)}</tspan>`;
  };
  const lines = rows.map((row, i) => `<text x="16" y="${30 + i * height}">${row.map(span).join('')}</text>`);
  const size = [columns * width + 32, rows.length * height + 32].map(Math.round);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size[0]} ${size[1]}" role="img" aria-label="A setting that cannot work is refused; another one is written, and the review says what merging it does.">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e6edf3" style="white-space: pre">
${lines.join('\n')}
</g>
</svg>
`;
}
