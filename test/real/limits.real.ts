import { Balancer } from './balancer';
import { measured } from './figures';
import { type Answer, failures, describe as kinds, type Request, send } from './load';
import { Manifests } from './manifests';
import type { Pod } from './pods';
import { until } from './processes';
import type { Recorded, Recorder } from './recorders';
import { prepare, shows } from './sentence';
import { Stage } from './stage';

const container = new Manifests('production').one('Rollout', 'e-ren-rollout').spec.template.spec.containers[0];
const perPerson = Number(container.env.find((each: any) => each.name === 'LIMIT_REQUESTS_PERSON').value);
/** In place of thousands, which would only take longer to reach. */
const few = { person: 50, address: 250 };

let stage: Stage;
let strict: Pod;
let balancer: Balancer;
let datadog: { traces: Recorder<Recorded>; statistics: Recorder<string> };
prepare(async () => {
  stage = await Stage.open('limits');
  datadog = await stage.recordDatadog();
  const env = { LIMIT_REQUESTS_PERSON: String(few.person), LIMIT_REQUESTS_ADDRESS: String(few.address) };
  const pod = await stage.pod('web').start();
  strict = await stage.pod('web', { env }).start();
  const ingress = new Manifests('production').one('Ingress', 'eren-ingress');
  balancer = await new Balancer(ingress, stage.folderFor('balancer')).start([pod]);
});
afterAll(async () => {
  datadog?.traces.close();
  datadog?.statistics.close();
  await stage?.close();
});

const ask = (request: Request) => send(balancer, request);

/** So many of them, forty at once. */
async function many(count: number, request: (number: number) => Request): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) answers.push(await ask(request(number)));
  };
  await Promise.all(Array.from({ length: 40 }, one));
  return answers;
}

const refused = (answers: readonly Answer[]) => answers.filter(({ status }) => status === 429).length;

/** What the agent was told of refusals. */
const byPerson = () =>
  datadog.statistics.received.filter((line) => /^eren\.requests\.refused:1.*limit:requests_by_person/.test(line));

/**
 * So many that a limit of each minute is passed by a hundred at least, also when a minute ends in between and the count
 * begins anew.
 */
const beyond = (limit: number) => 2 * limit + 100;

const signIn = async (path: string) => (await ask({ method: 'POST', path })).cookie;

shows('a page about the app itself is refused, however its path is written', async () => {
  const paths = ['/sidekiq', '//sidekiq', '/Sidekiq/busy', '/rails/info/routes', '/metrics'];
  const answers = await Promise.all(paths.map((path) => ask({ path })));
  expect(answers.map(({ status, body }) => [status, body])).toEqual(paths.map(() => [404, 'Not found\n']));
  expect((await ask({ path: '/posts' })).status).toBe(200);
});

shows('one person is refused, in two browsers together, and another one of the same address is not', async () => {
  const [phone, laptop] = [await signIn('/session?user=7'), await signIn('/session?user=7')];
  const other = await signIn('/session?user=8');
  const [mine, others] = await Promise.all([
    many(beyond(perPerson), (number) => ({
      path: '/posts',
      headers: { cookie: number % 2 === 0 ? phone : laptop },
    })),
    many(100, () => ({ path: '/posts', headers: { cookie: other } })),
  ]);
  expect(refused(mine)).toBeGreaterThanOrEqual(100);
  expect(failures(mine).length).toBe(refused(mine));
  expect(kinds(failures(others))).toEqual([]);
  measured(
    'Of one person, and of another one behind the same address, are refused',
    `${refused(mine)} of ${mine.length} requests, and ${refused(others)} of ${others.length}`,
  );
  await until('Datadog knows', 10, () => byPerson().length === refused(mine));
});

shows('a header that contradicts the load balancer is not an error of ours', async () => {
  expect((await ask({ path: '/posts', headers: { 'client-ip': '192.0.2.1' } })).status).toBe(200);
});

shows('everybody behind one address may sign in and register, and nobody may guess', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const post = (path: string, email: string) => ({
    method: 'POST',
    path: `${path}?user[email]=${email}`,
    headers: form,
  });
  // The app here has no such pages, and says so after nobody was refused.
  const signIns = await many(150, (number) => post('/users/sign_in', `student${number}@wustl.edu`));
  const registrations = await many(150, (number) => post('/users', `student${number}@wustl.edu`));
  expect(refused([...signIns, ...registrations])).toBe(0);
  const guesses = await many(15, () => post('/users/sign_in', 'somebody@wustl.edu'));
  expect(refused(guesses)).toBeGreaterThanOrEqual(5);
});

shows('a session in which nobody is signed in is refused like a person', async () => {
  const cookie = await signIn('/session?user=9&visitor=yes');
  await balancer.target([strict]);
  const before = byPerson().length;
  const answers = await many(beyond(few.person), () => ({ path: '/posts', headers: { cookie }, user: 1 }));
  expect(refused(answers)).toBeGreaterThanOrEqual(100);
  await until('Datadog knows', 10, () => byPerson().length === before + refused(answers));
});

shows('neither a session nor an address that somebody made up gets one more request', async () => {
  const answers = await many(beyond(few.address), (number) => ({
    path: '/posts',
    user: 1,
    headers: {
      cookie: `_eren_session=${number}`,
      'x-forwarded-for': `10.0.0.${number % 250}, 192.0.2.${number % 250}`,
    },
  }));
  expect(refused(answers)).toBeGreaterThanOrEqual(100);
  expect(failures(answers).length).toBe(refused(answers));
});
