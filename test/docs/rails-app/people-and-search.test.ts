import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { settings } from '../../support/manifests';
import { root } from '../../support/root';

const folder = join(root, 'docs', 'rails-app');
const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const readme = read('README.md');
const gems = new Set([...readme.matchAll(/^gem '([\w-]+)'/gm)].map(([, name]) => name));
const [migration = ''] = readdirSync(join(folder, 'db/migrate'));
const schema = read(`db/migrate/${migration}`);
const search = read('app/models/concerns/event_search.rb');

describe('only people of the school sign in', () => {
  const devise = read('config/initializers/devise.rb');
  const [, source = ''] = /email_regexp = \/\\A(.+)\\z\/i$/m.exec(devise) ?? [];
  const allowed = new RegExp(`^${source}$`, 'i');

  test.each(['a@wustl.edu', 'A.B@WashU.edu'])('%j may', (email) => {
    expect(source).not.toBe('');
    expect(email).toMatch(allowed);
  });

  test.each([
    'a@gmail.com',
    'a@evil-wustl.edu',
    'a@wustl.edu.example.org',
    'a@b@wustl.edu',
    '@wustl.edu',
    'wustl.edu',
  ])('%j may not', (email) => {
    expect(email).not.toMatch(allowed);
  });

  test('after a mail that Sidekiq sends', () => {
    const account = read('app/models/concerns/school_account.rb');
    expect(gems).toContain('devise');
    expect(account).toMatch(/^ *devise .*:confirmable.*:validatable$/m);
    expect(account).toMatch(/send_devise_notification[\s\S]*\.deliver_later$/m);
    expect(devise).toContain('allow_unconfirmed_access_for = 0.days');
  });
});

describe('what only the team may see', () => {
  const [, source = ''] =
    /for_the_team = %r\{\\A(.+)\\z\)\}i$/m.exec(read('config/initializers/rack_attack.rb')) ?? [];
  const refusedByApp = new RegExp(`^${source}$)`, 'i');
  const { refused } = settings.cluster.loadBalancer;

  test('is refused by the app too, to whoever comes by the load balancer', () => {
    expect(source).not.toBe('');
    for (const path of refused) {
      for (const variant of [path, `${path}/busy`, `${path}.json`, path.toUpperCase()])
        expect(variant).toMatch(refusedByApp);
      expect(`${path}s`).not.toMatch(refusedByApp);
      expect(`/events${path}`).not.toMatch(refusedByApp);
    }
  });

  test('is listed in the README as it is in the settings', () => {
    const [, line = ''] = /\*\*For the team alone\*\*(.+)/.exec(readme) ?? [];
    expect(refused.filter((path) => !line.includes(`\`${path}\``))).toEqual([]);
  });
});

describe('PostgreSQL searches', () => {
  test('what the model asks for is in the column of the migration, which is indexed', () => {
    expect(gems).toContain('pg_search');
    const asked = [...(/against: \{([^}]+)\}/.exec(search)?.[1] ?? '').matchAll(/(\w+): '([A-D])'/g)];
    expect(asked.map(([, column, weight]) => `${column} ${weight}`)).toEqual(['name A', 'description B']);
    for (const [, column, weight] of asked)
      expect(schema).toMatch(
        new RegExp(`to_tsvector\\('english'::regconfig, coalesce\\(${column}, ''\\)\\), '${weight}'`),
      );
    const [, column = ''] = /tsvector_column: '(\w+)'/.exec(search) ?? [];
    const [, dictionary] = /dictionary: '(\w+)'/.exec(search) ?? [];
    expect(dictionary).toBe('english');
    expect(schema).toContain(`add_column :event_posts, :${column}, :virtual, type: :tsvector, stored: true`);
    expect(schema).toMatch(new RegExp(`\\[:${column}, \\{ using: :gin \\}\\]`));
  });

  test('no index of it locks a table, for which it leaves the transaction', () => {
    const indexes = schema.match(/(add|remove)_index .*/g) ?? [];
    expect(indexes.length).toBe(2);
    expect(indexes.filter((line) => !line.includes('algorithm: :concurrently'))).toEqual([]);
    expect(schema).toContain('disable_ddl_transaction!');
  });

  test("every column that it uses is in the contract of the tables, which are the design's four", () => {
    const rows = readme.split('## Tables and search\n')[1]?.split('\n## ')[0] ?? '';
    const tables = [...rows.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)];
    expect(tables.map(([, name]) => name).sort()).toEqual([
      'event_categories',
      'event_posts',
      'event_registrations',
      'users',
    ]);
    const posts = tables.find(([, name]) => name === 'event_posts')?.[2] ?? '';
    const used = [
      ...`${search}\n${schema}`.matchAll(
        /\b(name|description|event_category_id|latitude|longitude|searchable)\b/g,
      ),
    ];
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter(([, column]) => !posts.includes(`\`${column}\``)).map(([, column]) => column)).toEqual([]);
  });
});
