import pc from 'picocolors';
import { discreet, hidden, longestLooked, scrubbed, secretsIn } from '../../charts/environments/secret-texts';
import { github } from '../../review/diff/render/github';
import { markdown } from '../../review/diff/render/markdown';
import { text } from '../../review/diff/render/text';
import { literalsOf } from '../../review/model/literals';
import { parseTree, readTree } from '../../review/model/tree';
import { rules } from '../../review/rules';
import { root } from '../support/root';
import { between, reviewOf } from './diff/fixtures';
import { around } from './inline';
import { planted, random, textOf } from './planted';

const terminal = { colors: pc.createColors(false), width: 100, verbose: true };
const places = Object.entries(planted);
const fileOf = ({ kind }: any) =>
  kind === 'Application' ? 'argocd/applications/Application.grafana.yaml' : `dist/production/web/${kind}.web.yaml`;
const rule = (id: string) => rules.find((each) => each.id === id) as (typeof rules)[number];

test.each(places)('%s: diff shows neither what was there nor what comes', (_, plant) => {
  const [was, is] = [plant(1), plant(2)];
  const state = ({ object }: typeof was) => new Map([[fileOf(object), textOf(object)]]);
  for (const sides of [
    between(state(was), state(is)),
    between(new Map(), state(is)),
    between(state(was), new Map()),
  ]) {
    const report = reviewOf(sides);
    const shown = [JSON.stringify(report), markdown(report), github(report), text(report, terminal)].join('\n');
    expect([shown.includes(was.secret), shown.includes(is.secret)]).toEqual([false, false]);
  }
});

test.each(places)('%s: check refuses it, and quotes it nowhere', (_, plant) => {
  const [was, is] = [plant(3), plant(4)];
  const file = fileOf(is.object);
  const { tree } = { tree: parseTree(new Map([[file, textOf(is.object)]])) };
  const offences = [...rule('literal-secret').check({ tree } as any)];
  expect(offences.map(({ message }) => message)).toEqual([expect.stringMatching(/^holds /)]);
  const stale = around({ texts: { [file]: textOf(was.object) }, made: { [file]: textOf(is.object) } });
  const said = [...offences, ...rule('stale').check(stale)].map(({ message }) => message).join('\n');
  expect([said.includes(was.secret), said.includes(is.secret)]).toEqual([false, false]);
});

test('a text that is YAML or JSON itself shows no secret of the table, whatever is above it there', () => {
  const shown = places.flatMap(([where, plant]) => {
    const { object, secret } = plant(5);
    const texts = {
      YAML: textOf(object),
      JSON: JSON.stringify(object),
      'JSON in lines': JSON.stringify(object, null, 2),
    };
    return Object.entries(texts).flatMap(([how, text]) =>
      scrubbed(text).includes(secret) ? [`${where}, as ${how}`] : [],
    );
  });
  expect(shown).toEqual([]);
});

// What people put a password into, and what they put such a text into.
const held = 'hunter-aa11bb';
const inside: Readonly<Record<string, string>> = {
  'a block': `production:\n  password: |\n    ${held}\n  port: 1\n`,
  'a folded block': `password: >-\n  ${held}\nport: 1`,
  'a line below': `password:\n  ${held}\nport: 1`,
  'a list': `tokens:\n  - ${held}\nport: 1`,
  'a name and a value': `env:\n  - name: DB_PASSWORD\n    value: ${held}\n`,
  braces: `{user: app, password: ${held}}`,
  quotes: `password: '${held}'\nport: 1`,
  TOML: `[smtp]\npassword = "${held}"\n`,
  ini: `[smtp]\nsmtp_password = ${held}\nport = 1\n`,
  dotenv: `RAILS_ENV=production\nSECRET_KEY_BASE=${held}\n`,
  'dotenv, quoted': `RAILS_ENV=production\nSECRET_KEY_BASE="${held} x"`,
  JSON: `{"user": "app", "password": "${held}"}`,
};
const json = (value: unknown) => JSON.stringify(value);
const base64 = (text: string) => Buffer.from(text).toString('base64');
const indented = (text: string) => text.replace(/^/gm, '  ');
const around64 = (text: string) => base64(`# ${'a note '.repeat(20)}\n${text}`).match(/.{1,76}/g) as string[];
const outside: Readonly<Record<string, (text: string) => string>> = {
  'JSON of one line': (text) => json({ a: text, b: 1 }),
  'JSON in JSON in JSON': (text) => json({ c: json({ b: json({ a: text, d: 1 }) }) }),
  'JSON as Go writes it': (text) =>
    json(text).replace(/[<>&=]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`),
  'a quoted text of YAML': (text) => `a: ${json(text)}\nb: 1\n`,
  'a block of YAML': (text) => `a: |\n${indented(text)}\nb: 1\n`,
  'JSON in a block of YAML': (text) => `a: |\n  ${json({ a: text })}\nb: 1\n`,
  'a line of dotenv': (text) => `CONFIG='${text.replaceAll('\n', '\\n')}'`,
  'a query': (text) => `https://example.org/?config=${encodeURIComponent(text)}`,
  'an attribute of XML': (text) => `<a b="${text.replaceAll('"', '&quot;').replaceAll('>', '&gt;')}"/>`,
  base64: (text) => `a: ${base64(text)}\nb: 1\n`,
  'base64 without its end': (text) => `a: ${Buffer.from(text).toString('base64url')}\nb: 1\n`,
  'base64 in lines': (text) => `a: |\n  ${around64(text).join('\n  ')}\nb: 1\n`,
  'JSON in base64 in JSON': (text) => json({ a: base64(json({ a: text })) }),
};

test.each(Object.entries(outside))('%s shows no secret of the texts in it', (_, put) => {
  const shown = Object.entries(inside).filter(([, text]) => {
    const said = scrubbed(put(text));
    return said.includes(held) || said === put(text);
  });
  expect(shown.map(([what]) => what)).toEqual([]);
});

test('a text in a text loses its secret, and nothing else', () => {
  const text = json({ a: inside['a block'], b: `x ${base64(inside.ini as string)} y` });
  expect(scrubbed(text)).toBe(
    json({ a: `production:\n  password: |\n    ${hidden}\n  port: 1\n`, b: `x ${hidden} y` }),
  );
  expect(discreet(`line 3 is ${json(inside['a block'])}, not ""`)).not.toContain(held);
});

test.each([
  ['tokens: [{{ .a }}, $(B)]'],
  ['secrets:\n  - name: a\n    key: b\n'],
  ['password:\n  value: {{ .x }}\n'],
  ['args: ["--token", "$(TOKEN)", "--port", "80"]'],
  ['args:\n  - --token-file\n  - /run/token\n'],
])('%j holds none', (text) => expect(scrubbed(text)).toBe(text));

test('what is committed holds nothing that looks like a secret', () => {
  const found = readTree(root).manifests.flatMap(({ file, object }) =>
    [...literalsOf(object)].flatMap(({ path, name, text: value }) =>
      secretsIn(value, name).map(({ what }) => `${file} ${path.join('.')}: ${what}`),
    ),
  );
  expect(found).toEqual([]);
});

test.each([
  ['password: {{ .password }}'],
  ['PASSWORD=$(cat /run/secrets/password)'],
  ['--password "$PASSWORD" --port 80'],
  ['postgresql://app:{{ .password }}@db/eren'],
  ['redis://:$(PASSWORD)@redis:6379'],
  ['password_file = /run/secrets/password'],
  ['token_ttl: 3600, max_tokens: 4096, use_token: true'],
  ['image: registry/app@sha256:8547df3b0db2803d158ecc9499207a056bb30c23fddc18bb5b4a4dc14e77dd09'],
  ['primary_key = id and foreign_key = user_id'],
  ['https://example.com/a?page=2&sort=key'],
  ['bypass: abc, compass: north'],
  ['BYPASS=abcdefgh, multipass: abcdefgh'],
  ['ghcr.io/external-secrets/external-secrets:main-4f2c9de@sha256:8547df3b, cloak-external-secrets:latest'],
  ['image external-secrets:v0.9.11-ubi'],
  ['cert-manager.io/inject-ca-from-secret: cert-manager/cert-manager-webhook-ca'],
  ['{"credentials": {"apiKey": "\\u003cDATADOG_API_KEY\\u003e"}, "appKey": "ENC[app_key]"}'],
  ['PASSWORD_MIN_LENGTH=twelve, TOKEN_TTL=15minutes, PASSWORD_RESET_PATH=forgotten, SECRET_NAME=eren-web'],
  ['ghcr.io/external-secrets/external-secrets:v2.9.0'],
  ['ENV.fetch("DB_PASSWORD"), params.permit("password", "email"), env("API_TOKEN", "$(TOKEN)")'],
  ['docker login -u app --password-stdin ghcr.io && mkdir -p data && mysql -p"$PASSWORD" -P 3306'],
  ['user app writes two lines >out.log; user app on >/dev/null'],
  ['password required pam_unix.so\nset token again\nsecret ingredient'],
  ['token:\n  secretKeyRef:\n    key: a\n'],
  ['url: "https://example.org/a%2Fb?c=%7B%22page%22%3A1%7D", text: "a \\"quoted\\" word\\nand a line"'],
  [Buffer.from('user: app, port: 5432').toString('base64')],
])('%s is shown', (value) => expect(scrubbed(value)).toBe(value));

test.each([
  'DB_PASS=hunter2hunter2',
  'DBPASS=hunter2hunter2',
  'MAIL_PW=hunter2hunter2',
  'mailpw: hunter2hunter2',
  'MAIL_FROM_PASSWORD_2: hunter2hunter2',
  'password:hunter2hunter2',
  'path/password=hunter2hunter2, path/password:hunter2hunter2',
  'REDIS_PWD_2=hunter2hunter2',
  'PASSWORD_SMTP=hunter2hunter2',
  'TOKEN_GITHUB=hunter2hunter2',
  'SECRET_FOR_SMS=hunter2hunter2',
  'password: &hunter2',
  'password: &anchor hunter2',
  'password: !!str hunter2',
  'password: ab&hunter2',
  'password: ab;hunter2',
  'password: ab}hunter2',
  'x password=ab,hunter2 y',
  'x password=ab&hunter2 y',
  'password: abc\n  hunter2\nport: 1',
  'password:\n  hunter2\nport: 1',
  '"password":\n  "hunter2"',
  '{"password":\n"hunter2"}',
  'password: "line\n  hunter2"',
  '{"password":"ab\\"hunter2"}',
  '{"a":"{\\"password\\":\\"ab\\\\\\"hunter2\\"}"}',
  "password: 'ab''hunter2'",
  "a: 'password: ''hunter2'''",
  "PASSWORD='ab'\\''hunter2'",
  'PASSWORD=\\\nhunter2',
  'password = """\nhunter2"""',
  "password = '''hunter2'''",
  '"pass\\u0077ord": "hunter2"',
  '<password>hunter2</password>',
  "ENV['PASSWORD'] = 'hunter2'",
  "define('DB_PASSWORD', 'hunter2')",
  'ENV.fetch("DB_PASSWORD", "hunter2")',
  'set password hunter2',
  'requirepass hunter2',
  'user app on +@all ~* >hunter2',
  'IDENTIFIED BY "hunter2"',
  'postgresql://app:p@hunter2@db/x',
  'app:hunter2@tcp(db:3306)/eren',
  'https://x.example/a?sv=1&sig=hunter2hunter2',
  'Cookie: session=hunter2hunter2',
  'docker login -u app -p hunter2 ghcr.io',
  'mysql -u root -phunter2 eren',
  'redis-cli -h redis -a hunter2 ping',
  'sshpass -p hunter2 ssh a',
])('%s is hidden', (value) => expect(scrubbed(value)).not.toContain('hunter2'));

test('a sentence keeps its words, and loses what it quotes', () => {
  expect(discreet('API_KEY: the running pods keep the old values')).toBe(
    'API_KEY: the running pods keep the old values',
  );
  expect(discreet('line 3 is "  password: hunter2", not ""')).toBe(`line 3 is "  password: ${hidden}", not ""`);
  expect(discreet('Invalid value: "postgresql://app:hunter2@db"')).toBe(
    `Invalid value: "postgresql://app:${hidden}@db"`,
  );
});

test('a text keeps its lines, and what is too long is hidden as a whole', () => {
  const key = `a\n-----BEGIN PRIVATE KEY-----\n${random(1, 40)}\n-----END PRIVATE KEY-----\nz`;
  expect(scrubbed(key)).toBe(`a\n${hidden}\n\n\nz`);
  expect(scrubbed('x'.repeat(longestLooked + 1))).toBe(hidden);
});

// A pattern that is quadratic takes minutes, and jest's limit ends it.
test.each([
  `a=${' '.repeat(40)}`,
  'a',
  'password="',
  'password=\n',
  'a:',
  'eyJ',
  '-----BEGIN PRIVATE KEY-----',
  '--a ',
  'name: password\n',
  'Basic ',
  'x.',
  'password: |\n a\n',
  '$1$',
  'login a password ',
  'password: [',
  'password: [a, ',
  'password:\n- a\n',
  'password:\n value: a\n',
  '"--password", "a",',
  '- --password\n- a\n',
  '-u a',
  '"',
  '\\',
  ' ',
  'a- ',
  '://',
  'https://a',
  'A1b2',
  `${'A'.repeat(70)}\n`,
  '\\n',
  '%3D',
  'cGFzc3dvcmQ9aHVudGVyMg== ',
  'x password:\n {{a',
  'password: "\\\\"',
  '<password>{{',
  'docker login mysql redis-cli -a ',
  '?sig=',
])('%j over and over is looked through', (piece) => {
  const text = piece.repeat(Math.ceil(250_000 / piece.length));
  expect([typeof scrubbed(text), typeof discreet(text)]).toEqual(['string', 'string']);
});
