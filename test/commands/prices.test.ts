import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import table from '../../review/cost/prices.json';
import { root } from '../support/root';

type List = {
  readonly offer: string;
  readonly usage: string;
  readonly operation?: string;
  readonly units?: number;
};
const listed = Object.entries(table.prices as Record<string, { price: number; list?: List }>).flatMap(
  ([id, { price, list }]) => (list ? [{ id, price, list }] : []),
);

/** AWS's columns that are read, among others, in its order. */
const columns =
  'SKU,OfferTermCode,RateCode,TermType,PriceDescription,EffectiveDate,StartingRange,EndingRange,Unit,PricePerUnit,Currency,Product Family,serviceCode,Location,usageType,operation,Region Code'.split(
    ',',
  );
const row = (cells: Record<string, string | number>) =>
  columns.map((name) => `"${String(cells[name] ?? '').replaceAll('"', '""')}"`).join(',');

/** The file of a service as AWS writes it, with what must not be taken for the price beside it. */
function fileOf(offer: string, change: (id: string) => number): string {
  const rows = listed
    .filter(({ list }) => list.offer === offer)
    .flatMap(({ id, price, list: { usage, operation = 'Any', units = 1 } }) => {
      const cells = {
        SKU: 'ABC',
        TermType: 'OnDemand',
        PriceDescription: `$${price} per 1,000 "units", first tier`,
        StartingRange: 0,
        Currency: 'USD',
        usageType: `USE1-${usage}`,
        operation,
      };
      const asked = (change(id) * price) / units;
      return [
        { ...cells, PricePerUnit: '0.0000000000', EndingRange: 5 },
        { ...cells, PricePerUnit: asked.toFixed(14), StartingRange: 5, EndingRange: 100 },
        { ...cells, PricePerUnit: (asked / 2).toFixed(14), StartingRange: 100, EndingRange: 'Inf' },
        { ...cells, PricePerUnit: '0.0000100000', TermType: 'Reserved' },
        { ...cells, PricePerUnit: '9', usageType: `USE1-Other${usage}` },
        { ...cells, PricePerUnit: '9', usageType: `${usage}:More` },
        ...(operation === 'Any' ? [] : [{ ...cells, PricePerUnit: '9', operation: `${operation}:0002` }]),
      ].map(row);
    });
  const head = [
    ['FormatVersion', 'v1.0'],
    ['Disclaimer', 'This pricing list is for informational purposes only, with "terms".'],
    ['Publication Date', '2026-11-25T18:11:04Z'],
    ['Version', '20261125181104'],
    ['OfferCode', offer],
  ].map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','));
  return [...head, columns.map((name) => `"${name}"`).join(','), ...rows, ''].join('\r\n');
}

let server: Server;
let at: string;
let answer: (offer: string) => string | number;
beforeAll(async () => {
  server = createServer(({ url = '' }, response) => {
    const [, offer] = /^\/offers\/v1\.0\/aws\/(\w+)\/current\/us-east-1\/index\.csv$/.exec(url) ?? [];
    const found = offer ? answer(offer) : 404;
    if (typeof found === 'number') response.writeHead(found).end();
    // In pieces that end anywhere, as files of this size come.
    else for (let i = 0; i <= found.length; i += 997) response.write(found.slice(i, i + 997));
    if (typeof found !== 'number') response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

async function refresh(given: typeof answer) {
  answer = given;
  const folder = mkdtempSync(join(root, 'node_modules/.cache/prices-'));
  const file = join(folder, 'prices.json');
  const before = readFileSync(join(root, 'review/cost/prices.json'), 'utf8');
  writeFileSync(file, before);
  const args = ['commands/run.mjs', 'commands/prices.ts', '--refresh', '--at', at, '--in', file];
  const result = await new Promise<{ status: number; output: string }>((resolve) => {
    execFile(
      process.execPath,
      args,
      { cwd: root, env: { ...process.env, NO_COLOR: '1' } },
      (error, stdout, stderr) => resolve({ status: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
  const after = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  return { ...result, before, after };
}

test('every price that AWS publishes is read from its files, and one that has changed is told and written with its day', async () => {
  const { status, output, after } = await refresh((offer) =>
    fileOf(offer, (id) => (id === 'ec2.t4g.large' ? 2 : 1)),
  );
  const { prices } = JSON.parse(after);
  expect([status, output.split('\n').filter((line) => line.includes('→'))]).toEqual([
    0,
    ['ec2.t4g.large: 0.0672 → 0.1344 dollars a hour'],
  ]);
  expect(output).toContain(
    `read ${listed.length} prices, 1 are others now; kept what no file of the region has: route53.zone, datadog.host`,
  );
  for (const { id, price } of listed)
    expect(prices[id]).toMatchObject({
      price: expect.closeTo(id === 'ec2.t4g.large' ? 2 * price : price, 7),
      day: '2026-11-25',
      checked: 'the file that AWS publishes',
    });
});

test.each<[string, typeof answer, number, RegExp]>([
  [
    'a price that is not there any more',
    (offer) => fileOf(offer, () => 1).replaceAll('NatGateway-Hours', 'NatGateway-Days'),
    1,
    /nat\.hour: AmazonEC2 has no price of NatGateway-Hours; look for it there/,
  ],
  [
    'two prices of one thing',
    (offer) =>
      `${fileOf(offer, () => 1)}${fileOf(offer, () => 3)
        .split('\r\n')
        .slice(6)
        .join('\r\n')}`,
    1,
    /eks\.cluster: AmazonEKS has 2 prices of AmazonEKS-Hours:perCluster, CreateOperation/,
  ],
  [
    'AWS that does not answer',
    () => 503,
    2,
    /AmazonEKS\/current\/us-east-1\/index\.csv: answered 503; nothing was written/,
  ],
  [
    'a page that is no price list',
    () => '<html>\nlogin</html>',
    2,
    /is not a price list of version v1\.0; nothing was written/,
  ],
])('%s is told, and nothing is written', async (_, given, code, message) => {
  const { status, output, before, after } = await refresh(given);
  expect(output).toMatch(message);
  expect([status, after]).toEqual([code, before]);
});
