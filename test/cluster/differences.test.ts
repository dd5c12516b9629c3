import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { files } from '../support/live';
import { change, differences } from './differences';
import { Repository } from './repository';

const folder = mkdtempSync(join(tmpdir(), 'cluster-differences-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the tree that the cluster suite delivers differs in addresses and waiting times, and in nothing else', async () => {
  const sentry = 'http://127.0.0.1:1';
  const { tree, url } = await Repository.make(folder, { sentry, factor: 15 });
  const addresses = [
    [url.replace(/\.git$/, ''), 'https://github.com/e-ren/delivery'],
    [sentry, 'https://sentry.io'],
    // What Jenkins takes for the owner on GitHub.
    [basename(folder), 'e-ren'],
  ] as const;
  // How many errors a stage of a gate outlasts, and when a pause is too long, follow from how long others are.
  const times =
    /^ +(initialDelay|interval|duration|progressDeadlineSeconds|scaleDownDelaySeconds|abortScaleDownDelaySeconds|timeoutSeconds|-? ?pause|- consecutiveErrorLimit): \d+s?$|"query": "min\(last_\d+m\):max:argo_rollouts/;
  const left = [...files].flatMap(([path, text]) => {
    const committed = text.split('\n');
    const delivered = addresses.reduce((now, [played, real]) => now.replaceAll(played, real), read(tree, path));
    return delivered.split('\n').filter((line, i) => line !== committed[i] && !times.test(line));
  });
  // A hash of the configuration, which names the repository.
  expect(left).toEqual([expect.stringMatching(/^ +checksum\/configuration: \w+$/)]);
  // Argo CD takes no repository with a link out of it.
  const links = execFileSync('git', ['ls-files', '-s'], { cwd: tree, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.startsWith('120000'))
    .map((line) => readlinkSync(join(tree, line.split('\t')[1] ?? '')));
  expect(links.filter((target) => isAbsolute(target))).toEqual([]);
}, 60_000);

test('a source that no longer has what is to be changed is named', () => {
  const [first] = differences({ repository: 'file:///x', sentry: 'http://x', factor: 2 });
  if (!first) throw new Error('there is no difference');
  expect(() => change(join(folder, 'delivery'), [first])).toThrow(
    /^charts\/environments\/units\.ts: has nothing like .* addresses on loopback are not HTTPS$/,
  );
});

function read(tree: string, path: string): string {
  return readFileSync(join(tree, path), 'utf8');
}
