import { dump } from 'js-yaml';

const pod = (container: object, metadata: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'production' },
  spec: { template: { metadata, spec: { containers: [{ name: 'web', image: 'web:1', ...container }] } } },
});
const variable = (name: string, value: string) => pod({ env: [{ name, value }] });
const words = (...args: string[]) => pod({ command: ['server'], args });
const file = (text: string, name = 'app.conf') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web', namespace: 'production' },
  data: { [name]: text },
});
const annotated = (text: string) => pod({}, { annotations: { 'example.com/check': text } });
const values = (valuesObject: object) => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name: 'grafana', namespace: 'argocd' },
  spec: { source: { chart: 'grafana', helm: { valuesObject } } },
});
const header = (name: string, value: string) =>
  pod({ readinessProbe: { httpGet: { path: '/', port: 80, httpHeaders: [{ name, value }] } } });
const custom = (spec: object) => ({
  apiVersion: 'example.com/v1',
  kind: 'Broker',
  metadata: { name: 'web', namespace: 'production' },
  spec,
});

/** Characters without order, the same at every run: `n` is which of them. */
export function random(
  n: number,
  length: number,
  alphabet = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789',
) {
  let [state, text] = [n * 7919 + 17, ''];
  while (text.length < length) {
    state = (state * 48271) % 2147483647;
    text += alphabet[state % alphabet.length];
  }
  return text;
}

/** What a person calls a password, and a token where only its form tells: made of `n`, so that two of them differ. */
const word = (n: number) => `hunter-${random(n, 6).toLowerCase()}`;
const by =
  (form: (n: number) => string, place: (secret: string) => object) =>
  (n: number): { object: object; secret: string } => ({ object: place(form(n)), secret: form(n) });
const hex = (n: number, length: number) => random(n, length, '0123456789abcdef');
const tokens: Readonly<Record<string, (n: number) => string>> = {
  'GitHub, classic': (n) => `ghp_${random(n, 36)}`,
  'GitHub, fine-grained': (n) => `github_pat_${random(n, 60)}`,
  GitLab: (n) => `glpat-${random(n, 20)}`,
  'AWS access key': (n) => `AKIA${random(n, 16, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567')}`,
  'AWS secret key': (n) => random(n, 40),
  Stripe: (n) => `sk_live_${random(n, 24)}`,
  Slack: (n) => `xoxb-1234567890-${random(n, 24)}`,
  SendGrid: (n) => `SG.${random(n, 22)}.${random(n + 1, 43)}`,
  npm: (n) => `npm_${random(n, 36)}`,
  Sentry: (n) => `sntrys_${random(n, 60)}`,
  OpenAI: (n) => `sk-proj-${random(n, 48)}`,
  Google: (n) => `AIza${random(n, 35)}`,
  Vault: (n) => `hvs.${random(n, 24)}`,
  'JSON web token': (n) => `eyJhbGciOiJIUzI1NiJ9.eyJ${random(n, 30)}.${random(n + 1, 43)}`,
  'bcrypt hash': (n) => `$2y$10$${random(n, 53)}`,
};

/** Objects with a secret in them, each in a place where people put one: by the name of the place. */
export const planted: Readonly<Record<string, (n: number) => { object: object; secret: string }>> = {
  ...Object.fromEntries(
    Object.entries(tokens).map(([name, form]) => [
      `${name}, in a variable`,
      by(form, (s) => variable('WHATEVER', s)),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(tokens).map(([name, form]) => [
      `${name}, in the text of a file`,
      by(form, (s) => file(`# a note\nsome thing ${s}\n`)),
    ]),
  ),
  'Slack webhook': by(
    (n) => `T${random(n, 8)}/B${random(n + 1, 8)}/${random(n + 2, 24)}`,
    (s) => variable('NOTIFY', `https://hooks.slack.com/services/${s}`),
  ),
  ...Object.fromEntries(
    [
      'DD_API_KEY DB_PASS MAIL_PW SMTP_PWD MY_PASS PGPASSWORD SECRET_KEY_BASE STRIPE_SECRET dbPassword apiKey',
      'GITHUB_TOKEN REDIS_PASSWORD_2 PASSWORD_PRODUCTION JWT_SIGNING_KEY ENCRYPTION_KEY RAILS_MASTER_KEY APP_KEY',
    ]
      .join(' ')
      .split(' ')
      .map((name) => [`variable ${name}`, by(word, (s) => variable(name, s))]),
  ),
  'DSN of Sentry': by(
    (n) => hex(n, 32),
    (s) => variable('SENTRY_URL', `https://${s}@o1.ingest.sentry.io/1`),
  ),
  'URL with a password': by(word, (s) => variable('DATABASE_URL', `postgresql://app:${s}@db:5432/eren`)),
  'URL with a password and no user': by(word, (s) => variable('REDIS', `redis://:${s}@redis:6379/0`)),
  'password of a query': by(word, (s) =>
    variable('JDBC', `jdbc:postgresql://db/eren?user=app&password=${s}&ssl=true`),
  ),
  'token of a query': by(word, (s) => variable('HOOK', `https://example.com/hook?access_token=${s}`)),
  'connection string': by(word, (s) => variable('MSSQL', `Server=db;User Id=app;Password=${s};Encrypt=true`)),
  'conninfo of libpq': by(word, (s) => variable('DB', `host=db user=app password=${s} dbname=eren`)),
  '--password x in words': by(word, (s) => words('--password', s)),
  '--password=x': by(word, (s) => words(`--password=${s}`)),
  '--apiKey x': by(word, (s) => words('--apiKey', s)),
  '-auth-token x': by(word, (s) => words('-auth-token', s)),
  'a line of shell': by(word, (s) => words('-c', `exec server --password ${s} --port 80`)),
  'a line of shell, quoted': by(word, (s) => words('-c', `exec server --db-password '${s} x' --port 80`)),
  'a variable before a command': by(word, (s) => words('-c', `PGPASSWORD=${s} psql -h db`)),
  'an export': by(word, (s) => words('-c', `set -e\nexport API_TOKEN="${s}"\nserver`)),
  'curl -u': by(word, (s) => words('-c', `curl -u app:${s} https://example.com`)),
  'curl with a header': by(word, (s) => words('-c', `curl -H "Authorization: Bearer ${s}" https://example.com`)),
  'curl with a header of its own': by(word, (s) => words('-c', `curl -H 'X-Api-Key: ${s}' https://example.com`)),
  'YAML in a file': by(word, (s) => file(`production:\n  username: app\n  password: ${s}\n`, 'database.yml')),
  'YAML in a file, quoted': by(word, (s) => file(`production:\n  password: "${s} and more"\n`, 'database.yml')),
  'YAML in a file, a block': by(word, (s) => file(`production:\n  password: |\n    ${s}\n  port: 1\n`, 'a.yml')),
  'YAML in a file, in braces': by(word, (s) =>
    file(`production: {user: app, password: ${s}, port: 1}\n`, 'a.yml'),
  ),
  'YAML in a file, name and value': by(word, (s) =>
    file(`env:\n  - name: DB_PASSWORD\n    value: ${s}\n`, 'a.yml'),
  ),
  TOML: by(word, (s) => file(`[smtp]\nuser = "app"\npassword = "${s}"\n`, 'app.toml')),
  ini: by(word, (s) => file(`[smtp]\nuser = app\nsmtp_password = ${s}\nport = 1\n`, 'app.ini')),
  properties: by(word, (s) => file(`spring.datasource.password=${s}\nserver.port=1\n`, 'app.properties')),
  dotenv: by(word, (s) => file(`RAILS_ENV=production\nSECRET_KEY_BASE=${s}\n`, '.env')),
  JSON: by(word, (s) => file(`{"user": "app", "password": "${s}"}`, 'app.json')),
  'JSON in a variable': by(word, (s) => variable('CONFIG', `{"db":{"user":"app","password":"${s}"}}`)),
  'JSON in JSON': by(word, (s) => variable('CONFIG', `{"db":"{\\"password\\":\\"${s}\\"}"}`)),
  'a list of JSON': by(word, (s) => variable('CONFIG', `[{"name":"DB_PASSWORD","value":"${s}"}]`)),
  'JSON in an annotation': by(word, (s) => annotated(`[{"host":"db","username":"datadog","password":"${s}"}]`)),
  'URL in an annotation': by(word, (s) => annotated(`{"url":"redis://:${s}@redis:6379"}`)),
  'Ruby hash': by(word, (s) =>
    file(`config.smtp = { user: "app", password: "${s}" }\nx = { :token => "y" }`, 'a.rb'),
  ),
  netrc: by(word, (s) => file(`machine example.com login app password ${s}\n`, '.netrc')),
  SQL: by(word, (s) => file(`create role app login password '${s}';\n`, 'init.sql')),
  'XML attribute': by(word, (s) => file(`<user name="app" password="${s}"/>\n`, 'users.xml')),
  'docker config': by(
    (n) => Buffer.from(`app:${word(n)}-and-more`).toString('base64'),
    (s) => file(`{"auths":{"ghcr.io":{"auth":"${s}"}}}`, '.dockerconfigjson'),
  ),
  'private key': by(
    (n) => random(n, 48),
    (s) => file(`-----BEGIN EC PRIVATE KEY-----\n${s}\n-----END EC PRIVATE KEY-----\n`, 'tls.pem'),
  ),
  'a key of a ConfigMap': by(word, (s) => file(s, 'DATABASE_PASSWORD')),
  'header of a probe': by(word, (s) => header('Authorization', `Bearer ${s}`)),
  'header of a probe, of its own': by(word, (s) => header('X-Auth-Token', s)),
  'value of a chart': by(word, (s) => values({ grafana: { adminPassword: s } })),
  'value of a chart, a list': by(word, (s) => values({ env: [{ name: 'GF_SECURITY_ADMIN_PASSWORD', value: s }] })),
  'value of a chart, text': by(word, (s) => values({ config: `[security]\nadmin_password = ${s}\n` })),
  'field of a custom resource': by(word, (s) => custom({ connection: { password: s } })),
  'value of a custom resource': by(word, (s) => custom({ password: { value: s } })),
  'list of a custom resource': by(word, (s) => custom({ tokens: [s] })),
  'a number as a password': by(
    (n) => String(10_000_000 + n * 7919),
    (s) => variable('DB_PASSWORD', s),
  ),
};

/** Each of them as the text of a file. */
export function textOf(object: object): string {
  return dump(object, { lineWidth: -1, noRefs: true });
}
