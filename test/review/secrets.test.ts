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
  // A block of YAML within a string of JSON has its line breaks written out.
  expect(shown).toEqual(['YAML in a file, a block, as JSON', 'YAML in a file, a block, as JSON in lines']);
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
])('%j over and over is looked through', (piece) => {
  expect(typeof scrubbed(piece.repeat(Math.ceil(500_000 / piece.length)))).toBe('string');
});
