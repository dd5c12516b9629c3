import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/root';

function run(...args: string[]): Promise<{ status: number; output: string }> {
  const all = ['commands/run.mjs', 'commands/load-test.ts', ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      all,
      { cwd: root, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

/** A second of it, against an app that answers so; with what the app was asked. */
async function against(
  answer: (request: IncomingMessage, response: ServerResponse, number: number) => void,
  ...args: string[]
) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => answer(request, response, asked.push(request)));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, ...(await run('production', '--at', at, '--minutes', '0.02', ...args)) };
}
const ok = (response: ServerResponse, status = 200) => response.writeHead(status).end('page');

test('200 users read in turn, at the peak of the settings and by the name of the app', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'load-')), 'cookies');
  writeFileSync(file, '_eren_session=a\n_eren_session=b\n');
  const { asked, status, output } = await against(
    (_, response) => ok(response),
    ...['--path', '/', '/event_posts?query=a', '--cookies', file],
  );
  expect(output).toMatch(/^200 users, 50 requests a second, http:\S+ for eren\.washu\.edu/);
  expect(output).toContain('ok   to its end');
  expect(new Set(asked.map(({ method, url, headers }) => `${method} ${headers.host}${url}`))).toEqual(
    new Set(['GET eren.washu.edu/', 'GET eren.washu.edu/event_posts?query=a']),
  );
  expect(new Set(asked.map(({ headers }) => headers.cookie))).toEqual(
    new Set(['_eren_session=a', '_eren_session=b']),
  );
  expect(asked.length).toBeGreaterThan(40);
  expect(asked.length).toBeLessThan(90);
  // How fast this machine is, is not the command's doing.
  expect(status === 0 || /FAIL p95|FAIL [\d.]+ requests/.test(output)).toBe(true);
});

test.each<[string, (response: ServerResponse, number: number) => void, RegExp]>([
  ['a slow answer', (response) => setTimeout(() => ok(response), 600), /FAIL p95 [6-9]\d\d ms, at most 500/],
  [
    'one error in ten',
    (response, number) => ok(response, number % 10 ? 200 : 500),
    /FAIL [\d.]+ % errors, at most 1 %/,
  ],
  ['a refusal', (response, number) => ok(response, number % 20 ? 200 : 429), /FAIL \d+ refused by the limits/],
  ['no answer at all', (response) => response.destroy(), /FAIL 100\.0 % errors[\s\S]*ECONNRESET|ECONNRESET/],
])('%s fails it', async (_, answer, expected) => {
  const { status, output } = await against((_, response, number) => answer(response, number), '--users', '20');
  expect(output).toMatch(expected);
  expect(status).toBe(1);
});

test('it gives up when it only does harm', async () => {
  const { asked, output, status } = await against(
    (_, response) => ok(response, 503),
    '--rate',
    '200',
    '--minutes',
    '1',
  );
  expect(output).toContain('FAIL ended early');
  expect(asked.length).toBeLessThan(300);
  expect(status).toBe(1);
});

test.each([
  ['no environment of ours', ['eren.washu.edu'], /"eren\.washu\.edu" is not an environment/],
  ['an address elsewhere', ['production', '--at', 'https://example.org'], /Write an address of this machine/],
  [
    'a path that is another host',
    ['production', '--path', '//example.org/'],
    /--path \/\/example\.org\/: begin it with \//,
  ],
  ['the same for a browser', ['production', '--path', '/\\example.org'], /begin it with \//],
  [
    'more than the limits let through',
    ['production', '--rate', '200', '--at', 'http://127.0.0.1:1', '--minutes', '31'],
    /from 0\.01 to 30/,
  ],
  ['an army', ['production', '--users', '5000'], /Write a whole number from 1 to 500/],
  [
    'a file that is not there',
    ['production', '--cookies', 'nowhere'],
    /--cookies nowhere: the file does not exist/,
  ],
])('%s is wrong usage', async (_, args, expected) => {
  const { status, output } = await run(...args);
  expect(output).toMatch(expected);
  expect(status).toBe(2);
});
