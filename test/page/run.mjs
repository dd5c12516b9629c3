// `npm run test:page`: the pages of `diff` and `check` in a real browser, as a reader opens them, from a file.
//
// Needs Chromium; CHROMIUM names another one. Exit code 2: it is missing. With `-- --screenshots <folder>` it also leaves
// pictures for a person to look at.

import { deepStrictEqual as same } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { end, test } from '../support/counted.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { values } = parseArgs({ options: { screenshots: { type: 'string' } } });
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);
if (!executablePath) {
  console.error(
    'Chromium is missing: it opens the pages. On Debian: apt-get install chromium; or name one in CHROMIUM',
  );
  process.exit(2);
}

const { chromium } = await import('playwright-core');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'pages-'));

function run(...args) {
  const { status, stderr } = spawnSync(process.execPath, ['commands/run.mjs', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0 && !(status === 1 && args.includes('commands/check.ts'))) throw new Error(stderr);
}

const browser = await chromium.launch({
  executablePath,
  // In a container it has no user namespaces of its own; the pages are ours.
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
});
try {
  run('test/page/pages.ts', folder);
  run('commands/check.ts', '--output', `html=${join(folder, 'check.html')}`);
  run('commands/diff.ts', '--base', 'HEAD', '--output', `html=${join(folder, 'command.html')}`);

  for (const name of ['diff', 'promotion', 'nothing', 'check', 'command']) {
    console.log(`${name}.html`);
    for (const width of [400, 1400])
      for (const colorScheme of ['light', 'dark']) {
        const page = await opened(name, { viewport: { width, height: 900 }, colorScheme });
        const how = `at ${width} pixels, ${colorScheme}`;
        await test(`${how}: asks for nothing and has no error`, () => same(page.problems, []));
        await test(`${how}: does not scroll sideways`, async () =>
          same(await page.evaluate(() => document.documentElement.scrollWidth), width));
        await test(`${how}: axe finds nothing`, async () => {
          await page.evaluate(axe);
          // With all that can be opened, as a reader has it in the end.
          await page.evaluate(() => {
            for (const each of document.querySelectorAll('details')) each.open = true;
          });
          const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
          same(
            violations.map(
              ({ id, nodes }) =>
                `${id}: ${nodes
                  .map(({ html }) => html.slice(0, 160))
                  .slice(0, 3)
                  .join('\n')}`,
            ),
            [],
          );
          same(passes.length > 15, true);
        });
        await test(`${how}: still does not scroll sideways with everything open`, async () =>
          same(await page.evaluate(() => document.documentElement.scrollWidth), width));
        if (values.screenshots) {
          mkdirSync(values.screenshots, { recursive: true });
          await page.evaluate(() => {
            for (const each of document.querySelectorAll('details')) each.open = false;
          });
          await page.screenshot({
            path: join(values.screenshots, `${name}-${width}-${colorScheme}.png`),
            fullPage: true,
          });
        }
        await page.context().close();
      }
    await byKeyboard(name);
  }

  console.log('what the page shows');
  const page = await opened('diff', { viewport: { width: 1400, height: 900 } });
  const text = (selector) => page.locator(selector).allInnerTexts();
  await test('tells each risk with its class and where', async () => {
    const risks = (await text('#risks .risks > li')).join('\n');
    for (const part of ['loses data', 'PersistentVolumeClaim', 'opens a door', 'restarts pods'])
      same([part, risks.includes(part)], [part, true]);
  });
  await test('begins with the verdict, and has what differs second and open', async () => {
    same(/^(Loses data|Does not fit|Breaks a rule|Opens a door): /.test((await text('h1')).join()), true);
    same(await page.locator('main > section').nth(1).getAttribute('id'), 'objects');
    same(await page.locator('#objects details:not([open])').count(), 0);
  });
  await test('draws each environment that differs once, with what is different', async () => {
    same(await text('#topology h3'), ['production', 'staging']);
    same((await page.locator('#topology .box.changed').allTextContents()).length > 0, true);
  });
  await test('draws the way from the load balancer to the database', async () => {
    const items = (await page.locator('#topology details li').allTextContents()).join('\n');
    for (const way of [
      /ALB .* leads to Ingress eren-ingress/,
      /Ingress eren-ingress .* leads to Service eren-service, Service eren-web-p[io]ng/,
      /Service eren-service .* leads to Rollout e-ren-rollout/,
      /Rollout e-ren-rollout .* leads to PgBouncer in e-ren-rollout/,
      /PgBouncer in e-ren-rollout .* leads to PostgreSQL/,
    ])
      same([String(way), way.test(items)], [String(way), true]);
  });
  await test('shows what is gone as gone', async () =>
    same(
      (await page.locator('#topology .box.gone').allTextContents()).filter((each) => each.includes('eren-sidekiq'))
        .length > 0,
      true,
    ));
  await test('packs every pod of a node into it, and no more than there is room for', async () => {
    const overfull = await page.evaluate(() =>
      [...document.querySelectorAll('#nodes svg')].flatMap((svg) =>
        [...svg.querySelectorAll('.pod')]
          .filter((pod) => Number(pod.getAttribute('y')) < -0.2)
          .map(() => svg.ariaLabel),
      ),
    );
    same(overfull, []);
    same((await page.locator('#nodes .pod').count()) > 60, true);
  });
  await test('draws the connections of each environment at four moments, before and after', async () =>
    same(await page.locator('#connections .track').count(), 2 * 2 * 4));
  await test('draws the longer canary of production', async () =>
    same(
      (await text('#canary h3')).filter((each) => each.startsWith('production')),
      ['production: e-ren-rollout, 10 min → 15 min'],
    ));
  await test('writes what is HTML in a manifest as text', async () => {
    same(await page.locator('img').count(), 0);
    same((await page.locator('#topology').textContent()).includes('<img src=x'), true);
  });
  await page.context().close();

  console.log('a promotion');
  await test('is at most two screens, on a phone too', async () => {
    for (const width of [1400, 400]) {
      const small = await opened('promotion', { viewport: { width, height: 900 } });
      const height = await small.evaluate(() => document.documentElement.scrollHeight);
      same([width, height <= 1_800], [width, true]);
      await small.context().close();
    }
  });

  console.log('a page that is broken on purpose');
  await test('axe would find a picture without a name, and the width a table that is too wide', async () => {
    const broken = await opened('diff', { viewport: { width: 400, height: 900 } });
    await broken.evaluate(axe);
    const { ids, wide } = await broken.evaluate(async () => {
      document.querySelector('svg[role=img]').removeAttribute('aria-label');
      const block = document.createElement('div');
      block.style.width = '700px';
      block.style.height = '9px';
      document.querySelector('main').append(block);
      const { violations } = await globalThis.axe.run();
      return { ids: violations.map(({ id }) => id), wide: document.documentElement.scrollWidth };
    });
    same([ids.includes('svg-img-alt'), wide > 400], [true, true]);
    await broken.context().close();
  });
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

/** A page in a window of its own, with all that went wrong in it. */
async function opened(name, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.problems = [];
  const address = pathToFileURL(join(folder, `${name}.html`)).href;
  page.on('console', (message) => {
    if (message.type() !== 'info' && message.type() !== 'log') page.problems.push(message.text());
  });
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('request', (request) => {
    if (request.url() !== address && !request.url().startsWith('data:'))
      page.problems.push(`asks for ${request.url()}`);
  });
  await page.goto(address);
  return page;
}

async function byKeyboard(name) {
  const page = await opened(name, { viewport: { width: 1400, height: 900 } });
  // Every stop of the tabulator, in order, as the browser takes them.
  const stops = [];
  for (let n = 0; n < 400; n++) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const { activeElement: at } = document;
      if (!at || at === document.body) return undefined;
      const style = getComputedStyle(at);
      const all = [...document.querySelectorAll('*')];
      return {
        at: all.indexOf(at),
        text: (at.textContent ?? '').slice(0, 40),
        outline: style.outlineStyle,
        href: at.getAttribute('href'),
        told: at.closest('.told') !== null,
      };
    });
    if (!stop) break;
    stops.push(stop);
  }
  await test('by keyboard: skips to the content, then the sections, then on in reading order', async () => {
    const sections = await page.evaluate(() =>
      [...document.querySelectorAll('main > section')].map(({ id }) => `#${id}`),
    );
    same(
      stops
        .filter(({ told }) => !told)
        .slice(0, sections.length + 1)
        .map(({ href }) => href),
      ['#main', ...sections],
    );
    same(
      stops.map(({ at }) => at),
      stops.map(({ at }) => at).sort((a, b) => a - b),
    );
  });
  await test('by keyboard: reaches everything that opens, and shows where it is', async () => {
    const visible = await page.evaluate(
      () => [...document.querySelectorAll('summary')].filter((each) => each.checkVisibility()).length,
    );
    const reached = await page.evaluate(
      (all) => all.filter((at) => document.querySelectorAll('*')[at]?.tagName === 'SUMMARY').length,
      stops.map(({ at }) => at),
    );
    same(reached, visible);
    same(
      stops.filter(({ outline }) => outline === 'none').map(({ text }) => text),
      [],
    );
  });
  await test('by keyboard: Enter opens and closes', async () => {
    const first = page.locator('summary').first();
    if ((await first.count()) === 0) return;
    const before = await first.evaluate((each) => each.parentElement.open);
    await first.focus();
    await page.keyboard.press('Enter');
    same(await first.evaluate((each) => each.parentElement.open), !before);
  });
  await page.context().close();
}

end();
