import { dirname } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { readText } from '../charts/files';
import { command, fail, say } from './command';
import type { Figures, Load } from './load';
import { loopback } from './loopback';
import { siteSettings } from './settings';

const root = dirname(__dirname);

interface Options {
  readonly users: number;
  readonly rate?: number;
  readonly minutes: number;
  readonly path: readonly string[];
  readonly cookies?: string;
  readonly at?: URL;
}

command('load-test')
  .description(
    "Asks an environment's host as so many people at once do, at the design's peak, and says whether 95 of 100 answers came in time. It only reads: GET, and nothing else.",
  )
  .argument('<environment>', 'production before anybody uses it, or staging')
  .addOption(new Option('--users <number>', 'at once').argParser(within(1, 500)).default(200))
  .addOption(
    new Option('--rate <number>', 'requests a second of all together (default: web.limits.peak)').argParser(
      within(1, 200),
    ),
  )
  .addOption(
    new Option('--minutes <number>', 'after one in which they come').argParser(within(0.01, 30)).default(5),
  )
  .option('--path <path...>', 'what they read in turn', ['/'])
  .option('--cookies <file>', 'a header Cookie a line, of people who have signed in; users take them in turn')
  .addOption(
    new Option('--at <address>', 'an address of this machine instead, to try the command').argParser(loopback),
  )
  .addHelpText(
    'after',
    `
Examples:
  npm run load-test -- production --path / '/event_posts?query=concert' /leaderboard
  npm run load-test -- staging --users 20 --rate 5 --minutes 2

It ends by itself, and early when more than a fifth of the last hundred requests failed. All requests come from one
address, which web.limits.address must allow. docs/runbooks/load-test.md says what to look at meanwhile.

Exit codes: 0 fast enough and without errors, 1 slow or wrong, 2 wrong arguments or settings`,
  )
  .action((environment: string, options: Options) => run(environment, options).catch(fail))
  .parseAsync();

async function run(name: string, options: Options): Promise<void> {
  const [{ cluster, sites }, { play }] = await Promise.all([siteSettings(root), import('./load')]);
  const site = sites.find(({ environment }) => environment.name === name);
  if (!site) {
    const known = sites.map(({ environment }) => environment.name).join(', ');
    throw new Error(`"${name}" is not an environment of charts/environments; use ${known}`);
  }
  const { host, web } = site.environment;
  const rate = options.rate ?? web.limits.peak;
  const { latency, errorRate } = cluster.alerts;
  const aMinute = rate * 60;
  if (aMinute > web.limits.address)
    throw new Error(
      `--rate ${rate}: ${aMinute} requests a minute of one address are above web.limits.address, ${web.limits.address}, and would be refused; lower it`,
    );
  const wrong = options.path.find((path) => !/^\/(?![/\\])[^\s\\]*$/.test(path));
  if (wrong !== undefined) throw new Error(`--path ${wrong}: begin it with /, and leave the host away`);
  const load: Load = {
    at: options.at ?? new URL(`https://${host}`),
    host,
    paths: options.path,
    cookies: options.cookies ? cookiesIn(options.cookies) : [],
    users: options.users,
    rate,
    arrival: Math.min(60, options.minutes * 12),
    seconds: options.minutes * 60,
  };
  say(
    `${load.users} users, ${rate} requests a second, ${load.at.origin}${options.at ? ` for ${host}` : ''}, ${options.minutes} min`,
  );
  const figures = await play(load, (line) => say(line));
  process.exitCode = judge(figures, latency, errorRate.warning) ? 0 : 1;
}

/** Says what was seen, and whether it is what the design asks for. */
function judge(figures: Figures, limits: { warning: number; critical: number }, errors: number): boolean {
  const { answers, p50, p95, p99, failed, refused, statuses, perSecond } = figures;
  say(`${answers} answers, ${perSecond} a second: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`);
  for (const [status, count] of statuses) say(`  ${count} × ${status}`);
  const share = answers === 0 ? 100 : (100 * failed) / answers;
  const verdicts: [boolean, string][] = [
    [p95 <= limits.warning, `p95 ${p95} ms, at most ${limits.warning} (critical above ${limits.critical})`],
    [share <= errors, `${share.toFixed(1)} % errors, at most ${errors} %`],
    [refused === 0, `${refused} refused by the limits (429), which says nothing of the app`],
    [figures.whole, figures.whole ? 'to its end' : 'ended early, because it only failed'],
    [perSecond >= 0.9 * figures.asked, `${perSecond} requests a second of the ${figures.asked} it should be`],
  ];
  for (const [good, what] of verdicts) say(`${good ? 'ok  ' : 'FAIL'} ${what}`);
  return verdicts.every(([good]) => good);
}

function cookiesIn(file: string): string[] {
  let text: string;
  try {
    text = readText(file, { pipe: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`--cookies ${file}: ${code === 'ENOENT' ? 'the file does not exist' : message}`);
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const wrong = lines.findIndex((line) => !/^[\w!#$%&'*+.^`|~-]+=[\x21-\x7e ]*$/.test(line));
  // Never the line itself: it is somebody's session.
  if (wrong >= 0) throw new Error(`--cookies ${file}:${wrong + 1}: write name=value, without "Cookie:"`);
  return lines;
}

function within(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() === '' || !(number >= least && number <= most) || (least >= 1 && !Number.isInteger(number)))
      throw new InvalidArgumentError(`Write a ${least >= 1 ? 'whole ' : ''}number from ${least} to ${most}.`);
    return number;
  };
}
