import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiServerClient, requestOf } from '../../../commands/api-server';
import type { Objects } from '../../../review/model/objects';
import { selectedBy } from '../../../review/model/selection';
import type { Manifest } from '../../../review/model/tree';
import { ServedKinds } from '../../../review/verify/kinds';
import { Live } from '../../../review/verify/live';
import { root } from '../../support/root';
import { settings as committed } from '../ours';
import { ApiServer, ask, removeKubeconfigs, type Said } from './server';

let api: ApiServer;
beforeEach(async () => {
  api = await ApiServer.start();
});
afterEach(() => api.stop());
afterAll(removeKubeconfigs);

const only = (question: 'accepted' | 'drift' | 'healthy' | 'fits') => ({ only: [question] });
const refused = (message: string, causes: object[] = []): Said => ({
  status: 422,
  body: { message, details: { causes } },
});

describe('it never writes', () => {
  test('every question is a GET or a dry run', async () => {
    await ask(api);
    await ask(api, { environment: 'cluster' });
    expect(api.asked.filter(({ method }) => method === 'PATCH').length).toBeGreaterThan(100);
    const writes = api.asked.filter(
      ({ method, query }) => method !== 'GET' && !(method === 'PATCH' && query.getAll('dryRun').join() === 'All'),
    );
    expect(writes).toEqual([]);
  });

  test('a request is made of a question in one place, and there are two kinds of it', () => {
    const tried = requestOf({ tryOut: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }, at: '/a' });
    expect([requestOf({ show: '/a' }).method, tried.method]).toEqual(['GET', 'PATCH']);
    expect(Object.fromEntries(new URLSearchParams(tried.path.split('?')[1]))).toEqual({
      dryRun: 'All',
      fieldManager: 'argocd-controller',
      fieldValidation: 'Strict',
      force: 'true',
    });
    expect(() => requestOf({ tryOut: {} as never, at: '/a?dryRun=' })).toThrow('a path has no query');
  });

  test('no other file of it can speak to a server', () => {
    const judging = readdirSync(join(root, 'review/verify'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `review/verify/${name}`);
    const commands = ['verify', 'verify-access', 'connection', 'api-server'].map((name) => `commands/${name}.ts`);
    const speaking = [...judging, ...commands].filter((file) =>
      /from '(node:)?(https?|net|tls|http2|undici)'|\bfetch\(|import\('(node:)?https?'\)|makeApiClient/.test(
        readFileSync(join(root, file), 'utf8').replaceAll(/^import type .*$/gm, ''),
      ),
    );
    expect(speaking).toEqual(['commands/api-server.ts']);
  });
});

describe('accepted', () => {
  test('of a cluster that is as it should be, nothing is told and every object was tried', async () => {
    const { mismatches, unanswered, report } = await ask(api, { only: ['accepted', 'drift', 'healthy'] });
    expect([...mismatches, ...unanswered]).toEqual([]);
    expect(report.passed).toBe(true);
    expect(api.asked.filter(({ method }) => method === 'PATCH').length).toBe(report.objects);
  });

  test('a rejection is told by file and field, with the line', async () => {
    const cause = { field: 'spec.ports[0].port', message: 'Invalid value: 0', reason: 'FieldValueInvalid' };
    api.instead = ({ method, path }) =>
      method === 'PATCH' && path.endsWith('/services/eren-service')
        ? refused('Service is invalid', [cause])
        : undefined;
    const { report, mismatches } = await ask(api, only('accepted'));
    expect(mismatches).toEqual(['accepted rejected Service eren-service spec.ports[0].port Invalid value: 0']);
    const [{ file = '', line = 0 } = {}] = report.findings;
    expect(readFileSync(join(root, file), 'utf8').split('\n')[line - 1]).toMatch(/^\s+port: /);
  });

  test.each([
    [
      'failed to create typed patch object (a/b; v1, Kind=Service): .spec.sessionAffinty: field not declared in schema',
      'spec.sessionAffinty field not declared in schema',
    ],
    [
      'ExternalSecret in version "v1" cannot be handled: strict decoding error: unknown field "spec.refresh"',
      'spec.refresh unknown field',
    ],
    [
      'admission webhook "a.example.org" denied the request: no',
      'admission webhook "a.example.org" denied the request: no',
    ],
  ])('%s is read', async (message, told) => {
    api.instead = ({ path }) =>
      path.endsWith('/services/eren-service')
        ? { status: message.startsWith('failed') ? 500 : 400, body: { message } }
        : undefined;
    const { mismatches } = await ask(api, only('accepted'));
    expect(mismatches).toEqual([`accepted rejected Service eren-service ${told}`]);
  });

  test('each warning is told, also of an object that is accepted', async () => {
    const warning = ['299 - "v1 Endpoints is deprecated"', '299 - "unknown field \\"spec.later\\""'];
    api.instead = ({ path, body }) =>
      path.endsWith('/services/eren-service') ? { status: 200, body, headers: { warning } } : undefined;
    const { mismatches } = await ask(api, only('accepted'));
    expect(mismatches).toEqual([
      'accepted warned Service eren-service v1 Endpoints is deprecated',
      'accepted warned Service eren-service spec.later unknown field "spec.later"',
    ]);
  });

  test('a hook is tried under another name, because Argo CD makes it anew', async () => {
    await ask(api, only('accepted'));
    const jobs = api.asked.filter(({ method, path }) => method === 'PATCH' && path.includes('/jobs/'));
    expect(jobs.map(({ path }) => path.split('/').pop()).sort()).toEqual([
      'eren-assets-verify',
      'eren-migrations-verify',
    ]);
  });

  test('a namespace that does not exist is told once, with the number of its objects', async () => {
    api.instead = ({ method, path }) =>
      method === 'PATCH' && path.includes('/namespaces/production/')
        ? { status: 404, body: { message: 'namespaces "production" not found', details: { kind: 'namespaces' } } }
        : undefined;
    const { mismatches } = await ask(api, only('accepted'));
    expect(mismatches).toEqual([
      expect.stringMatching(/^accepted no-namespace namespace production does not exist; \d+ objects in it/),
    ]);
  });
});

describe('of an API server in trouble', () => {
  test('a kind whose definition is not installed is told once, and everything else as well', async () => {
    api.instead = ({ path }) => {
      if (path !== '/apis') return undefined;
      const { body } = (api as any).usual({ path });
      return {
        status: 200,
        body: {
          ...body,
          items: body.items.filter(({ metadata }: any) => metadata.name !== 'external-secrets.io'),
        },
      };
    };
    api.remove(api.find('NetworkPolicy', 'production', 'dns'));
    const { mismatches } = await ask(api, { only: ['accepted', 'drift'] });
    expect(mismatches).toEqual([
      expect.stringMatching(
        /^accepted not-served ExternalSecret of external-secrets\.io\/v1 is not served, its definition is not installed; \d+ objects/,
      ),
      expect.stringMatching(/^accepted not-served SecretStore .* 1 object cannot/),
      'drift missing NetworkPolicy dns is in git and not in the cluster',
    ]);
  });

  test('403 on one kind is told once, and everything else as well', async () => {
    const message =
      'pods is forbidden: User "u" cannot list resource "pods" in API group "" in the namespace "production"';
    api.instead = ({ path }) => (path.endsWith('/pods') ? { status: 403, body: { message } } : undefined);
    api.find('Rollout', 'production', 'e-ren-rollout').status = { phase: 'Degraded', message: 'no' };
    const { mismatches, unanswered, report } = await ask(api, only('healthy'));
    expect(unanswered).toEqual([`healthy forbidden pods in production could not be read: 403 ${message}`]);
    expect(mismatches).toEqual(['healthy degraded Rollout e-ren-rollout Degraded (no)']);
    expect(report.passed).toBe(false);
  });

  test('403 on trying one kind is told once, what it holds is not guessed, and everything else is told as well', async () => {
    const right = 'User "u" cannot patch resource "services" in API group ""';
    api.instead = ({ method, path }) => {
      const message = `services "${path.split('/').pop()}" is forbidden: ${right}`;
      return method === 'PATCH' && path.includes('/services/') ? { status: 403, body: { message } } : undefined;
    };
    api.find('Service', 'production', 'eren-service').spec.type = 'LoadBalancer';
    api.find('NetworkPolicy', 'production', 'dns').spec.egress = [];
    const { mismatches, unanswered } = await ask(api, only('drift'));
    expect(unanswered).toEqual([`accepted forbidden Service: ${right} (3 objects)`]);
    expect(mismatches).toEqual([expect.stringMatching(/^drift behind NetworkPolicy dns spec\.egress/)]);
  });

  test('a role that may not be tried is compared with its file, and that is a note', async () => {
    api.instead = ({ method, path }) =>
      method === 'PATCH' && path.includes('/roles/')
        ? { status: 403, body: { message: 'roles "a" is forbidden: User "u" cannot patch resource "roles"' } }
        : undefined;
    api.find('Role', 'production', 'rollout-reader').rules[0].verbs = ['*'];
    const { mismatches, unanswered, notes } = await ask(api, { only: ['accepted', 'drift'] });
    expect(unanswered).toEqual([]);
    expect(mismatches).toEqual([
      expect.stringMatching(/^drift behind Role rollout-reader rules\[0\]\.verbs is \["\*"\]/),
    ]);
    expect(notes).toEqual([
      expect.stringMatching(/^accepted compared-only Role: 2 objects compared with the file/),
    ]);
  });

  test('a refusal by Pod Security or a quota is not a missing right', async () => {
    const message = 'jobs.batch "a" is forbidden: exceeded quota: environment';
    api.instead = ({ method, path }) =>
      method === 'PATCH' && path.includes('/jobs/eren-assets') ? { status: 403, body: { message } } : undefined;
    const { mismatches } = await ask(api, only('accepted'));
    expect(mismatches).toEqual([`accepted rejected Job eren-assets ${message}`]);
  });

  test('an answer that does not come in time is told, and everything else as well', async () => {
    api.instead = ({ path }) =>
      path.endsWith('/rollouts') ? { status: 200, after: Number.POSITIVE_INFINITY } : undefined;
    const { unanswered, mismatches } = await ask(api, { ...only('healthy'), limits: { each: 2000 } });
    expect(unanswered).toEqual(['healthy no-answer rollouts in production could not be read: no answer in 2 s']);
    expect(mismatches).toEqual([]);
  });

  test('when the time is over, what was not asked is told and not taken for good', async () => {
    api.instead = ({ method, body }) =>
      method === 'PATCH' ? { status: 200, body, after: Number.POSITIVE_INFINITY } : undefined;
    const { unanswered, report } = await ask(api, { ...only('accepted'), limits: { total: 3000, parallel: 2 } });
    expect(unanswered.join('\n')).toMatch(
      /accepted no-answer \d+ objects could not be tried: not asked: the 3 s for everything were over/,
    );
    expect(report.passed).toBe(false);
  });

  test('an answer without end is not read to its end, and everything else is told as well', async () => {
    const body = ' '.repeat(2 ** 26 + 1);
    api.instead = ({ path }) => (path.endsWith('/rollouts') ? { status: 200, body } : undefined);
    const { unanswered, mismatches } = await ask(api, only('healthy'));
    expect(unanswered).toEqual([
      'healthy no-answer rollouts in production could not be read: an answer of more than 67108864 bytes',
    ]);
    expect(mismatches).toEqual([]);
  });

  test('what would be judged without end is stopped, and what took so long is named', async () => {
    const endless = {
      get certificateDays(): never {
        for (;;);
      },
    };
    const settings = { ...committed, cluster: { ...committed.cluster, alerts: endless } } as never;
    await expect(ask(api, { ...only('healthy'), settings, within: 1 })).rejects.toThrow(
      /^health: took 1 of the 1 s that all rules may take together, and was stopped/,
    );
  });

  test('long lists are compared in time', async () => {
    const list = (value: string) => Array.from({ length: 60_000 }, (_, i) => ({ name: `n${i}`, value }));
    const policy = api.find('NetworkPolicy', 'production', 'dns');
    policy.spec.egress = list('a');
    api.instead = ({ method, path, body }) =>
      method === 'PATCH' && path.endsWith('/dns')
        ? { status: 200, body: { ...body, spec: { ...body.spec, egress: list('b') } } }
        : undefined;
    const begin = performance.now();
    const { mismatches } = await ask(api, { ...only('drift'), within: 10 });
    expect(mismatches.length).toBe(9);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });

  test('when there are too many requests it waits as long as it is told, and asks again', async () => {
    let times = 0;
    api.instead = ({ path }) =>
      path.endsWith('/rollouts') && times++ === 0 ? { status: 429, headers: { 'retry-after': '1' } } : undefined;
    const { unanswered, mismatches } = await ask(api, only('healthy'));
    expect([times, ...unanswered, ...mismatches]).toEqual([2]);
  });

  test('never more than so many questions at a time are open', async () => {
    let open = 0;
    let most = 0;
    api.instead = ({ method, body }) => {
      if (method !== 'PATCH') return undefined;
      most = Math.max(most, ++open);
      setTimeout(() => open--, 15);
      return { status: 200, body, after: 20 };
    };
    await ask(api, { ...only('accepted'), limits: { parallel: 3 } });
    expect(most).toBe(3);
  });

  test('a list that comes in pages is read to its end', async () => {
    const policies = api.objects.filter(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.namespace === 'production',
    );
    api.instead = ({ method, path, query }) => {
      if (method !== 'GET' || !path.endsWith('/production/networkpolicies')) return undefined;
      const at = Number(query.get('continue') ?? 0);
      const next = at + 1 < policies.length ? { continue: String(at + 1) } : {};
      return { status: 200, body: { items: [policies[at]], metadata: next } };
    };
    expect(policies.length).toBeGreaterThan(2);
    expect((await ask(api, only('drift'))).mismatches).toEqual([]);
  });

  test.each<[string, Said, RegExp]>([
    [
      'credentials that have expired',
      { status: 401, body: { message: 'Unauthorized' } },
      /does not accept the credentials of context fake: they are expired.*aws sso login/,
    ],
    [
      'a page of something else',
      { status: 200, body: '<html>' },
      /does not answer like a Kubernetes API server: 200 <html>/,
    ],
  ])('%s end it', async (_, said, message) => {
    api.instead = () => said;
    await expect(ask(api)).rejects.toThrow(message);
  });

  test('an address where nobody listens ends it', async () => {
    api.stop();
    await expect(ask(api)).rejects.toThrow(/cannot be reached: ECONNREFUSED/);
  });
});

test('the readers of manifests find the same in a cluster as in the files that it was made of', async () => {
  const connection = { context: 'fake', server: api.address, options: {} };
  const server = new ApiServerClient(connection, { parallel: 8, each: 5000, total: 30_000 });
  const live = new Live(server, await ServedKinds.ask(server));
  const kinds = new Map(api.tree.manifests.map(({ object }) => [`${object.apiVersion}/${object.kind}`, object]));
  for (const { apiVersion, kind } of kinds.values())
    for (const { object } of api.tree.ofKind('Namespace'))
      await live.read('drift', apiVersion, kind, object.metadata.name);
  server.close();
  const owners = (objects: Objects, service: Manifest) =>
    selectedBy(objects, service).map(({ owner: { object } }) => `${object.kind} ${object.metadata.name}`);
  const services = api.tree.ofKind('Service').filter((each) => owners(api.tree, each as Manifest).length > 0);
  expect(services.length).toBeGreaterThan(5);
  for (const service of services as readonly Manifest[]) {
    const { namespace, name } = service.object.metadata;
    const there = live.find('Service', namespace, name);
    expect(there && owners(live, there as Manifest)).toEqual(owners(api.tree, service));
  }
});
