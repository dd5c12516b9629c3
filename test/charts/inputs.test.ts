import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { chartFolders } from '../../charts/app';
import { imageFile, schemaFile, stableFile } from '../../charts/images';
import { objectsOf } from '../../charts/output';
import { loadSettings, notYet } from '../../charts/settings';
import { frozen } from '../support/frozen';
import { problemsOf } from '../support/problems';
import { root } from '../support/root';

describe('files beside the settings', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'settings-'));
    for (const folder of ['charts/environments', 'terraform-bridge/outputs'])
      cpSync(join(root, folder), join(copy, folder), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterEach(() => rmSync(copy, { recursive: true, force: true }));

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  };
  const output = (stack: string, change: (outputs: any) => void) => () => {
    const path = `terraform-bridge/outputs/${stack}.json`;
    const outputs = structuredClone(require(join(root, path)));
    change(outputs);
    write(path, JSON.stringify(outputs));
  };
  const image = (text: string) => () => write(imageFile('production', 'web'), text);
  const good = `registry.example/e-ren:4f2c9de-1@sha256:${'a'.repeat(64)}`;

  const cases: [string, () => void, string][] = [
    [
      'an image without digest',
      image('registry.example/e-ren:4f2c9de-1\n'),
      'images/production/web.txt: "registry.example/e-ren:4f2c9de-1" has no tag and digest',
    ],
    ['an image without tag', image(good.replace(':4f2c9de-1', '')), 'has no tag and digest'],
    ['an image called latest', image(good.replace('4f2c9de-1', 'latest')), "is 'latest'; use the tag of a build"],
    ['a digest cut short', image(good.slice(0, -1)), 'has no tag and digest'],
    ['a tag too long for a label', image(good.replace('4f2c9de-1', 'x'.repeat(64))), 'is not a valid label value'],
    ['two lines of images', image(`${good}\n${good}`), 'has no tag and digest'],
    [
      'a delivered app whose image file is gone',
      () => {
        mkdirSync(join(copy, 'dist/production/web'), { recursive: true });
        for (const app of ['web', 'sidekiq']) rmSync(join(copy, imageFile('production', app)));
      },
      'images/production/web.txt: is missing, and dist/production/web would be deleted in the cluster with it; restore the file, or bring an image: npm run promote -- production web=<image> sidekiq=<image>',
    ],
    [
      'a record of what was stable that holds something else',
      () => write(stableFile('production', 'web'), `${good}\nyesterday\n`),
      'images/production/web.stable.txt: "yesterday" has no tag and digest',
    ],
    [
      'a schema without the image that brought it',
      () => write(schemaFile('production'), `${'a'.repeat(40)}\n`),
      'images/production/migrations.schema.txt: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\n" is not a digest and the tag',
    ],
    [
      'a missing output',
      output('cluster', (o) => delete o.certificate_arn),
      'terraform-bridge/outputs/cluster.json: certificate_arn: is missing; apply the cluster stack',
    ],
    [
      'an output of another type',
      output('production', (o) => (o.database_port.value = '5432')),
      'production.json: database_port: "5432" is a string, not a number; expected like 5432',
    ],
    [
      'a list where text belongs',
      output('cluster', (o) => (o.vpc_id.value = ['vpc-0'])),
      'vpc_id: ["vpc-0"] is a list, not a string',
    ],
    [
      'a list with something else in it',
      output('cluster', (o) => (o.public_subnet_cidrs.value = [1])),
      'public_subnet_cidrs: 1 is not a string',
    ],
    [
      'an empty list',
      output('cluster', (o) => (o.database_subnet_cidrs.value = [])),
      'database_subnet_cidrs: is empty',
    ],
    [
      'a sensitive output',
      output('production', (o) => (o.database_host.sensitive = true)),
      'database_host: is sensitive and must not be in git',
    ],
    [
      'a malformed ARN',
      output('cluster', (o) => (o.certificate_arn.value = 'arn:aws:acm')),
      'certificate_arn: "arn:aws:acm" is malformed; expected like "arn:aws:acm:us-east-1:123456789012:certificate/…"',
    ],
    [
      'an ARN of another service',
      output('cluster', (o) => (o.certificate_arn.value = 'arn:aws:iam::000000000000:role/x')),
      'certificate_arn: "arn:aws:iam::000000000000:role/x" is malformed',
    ],
    [
      'an ARN of another account',
      output('cluster', (o) => (o.certificate_arn.value = 'arn:aws:acm:us-east-1:123456789012:certificate/x')),
      'is of account 123456789012, the cluster is in 000000000000',
    ],
    [
      'the outputs of another account',
      output('production', (o) => (o.account_id.value = '123456789012')),
      'production.json: account_id: "123456789012" is of account 123456789012, the cluster is in 000000000000',
    ],
    [
      'a registry of another account',
      output(
        'cluster',
        (o) => (o.ecr_repository_urls.value['e-ren'] = '123456789012.dkr.ecr.us-east-1.amazonaws.com/e-ren'),
      ),
      'ecr_repository_urls: "123456789012.dkr.ecr.us-east-1.amazonaws.com/e-ren" is of account 123456789012',
    ],
    [
      'a certificate of another region',
      output('cluster', (o) => (o.certificate_arn.value = 'arn:aws:acm:eu-west-1:000000000000:certificate/x')),
      'is of region eu-west-1, the cluster is in us-east-1; take the outputs of one region',
    ],
    [
      'two certificates in one value',
      output('cluster', (o) => (o.certificate_arn.value += `,${o.certificate_arn.value}`)),
      'certificate_arn: "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-0000-0000-000000000000,arn',
    ],
    [
      'a line of shell in an identifier',
      output('production', (o) => (o.database_instance_id.value = 'eren; touch x;')),
      'database_instance_id: "eren; touch x;" is malformed; expected like "main-production"',
    ],
    [
      'a second line',
      output('production', (o) => (o.database_name.value = 'eren\n')),
      'database_name: "eren\\n" is malformed',
    ],
    [
      'a key that is a line of something else',
      output('cluster', (o) => (o.secret_store_role_arns.value['a\nb'] = o.secret_store_role_arns.value.staging)),
      'secret_store_role_arns: the key "a\\nb" is malformed',
    ],
    [
      'a port that is none',
      output('production', (o) => (o.database_port.value = 65_536)),
      'database_port: 65536 is malformed; expected like 5432',
    ],
    [
      'repositories without that of the app',
      output('cluster', (o) => (o.ecr_repository_urls.value = { other: o.ecr_repository_urls.value['e-ren'] })),
      'ecr_repository_urls: has no "e-ren"',
    ],
    [
      'what may be sensitive',
      output('cluster', (o) => (o.vpc_id.sensitive = 'true')),
      'vpc_id: is sensitive and must not be in git',
    ],
    [
      'an output of a name that every object has',
      () => {
        const path = 'terraform-bridge/outputs/cluster.json';
        write(
          path,
          JSON.stringify(require(join(root, path))).replace('{', '{"__proto__":{"type":"string","value":"x"},'),
        );
      },
      'cluster.json: __proto__: is not declared',
    ],
    [
      'a value of megabytes',
      output('cluster', (o) => (o.vpc_id.value = 'x'.repeat(5_000_000))),
      'terraform-bridge/outputs/cluster.json: holds 500',
    ],
    [
      'a million outputs',
      output('cluster', (o) =>
        Object.assign(o, Object.fromEntries([...Array(1e6).keys()].map((i) => [`k${i}`, 0]))),
      ),
      'and outputs of ours at most 262144; apply',
    ],
    [
      'a value of a hundred thousand letters',
      output('cluster', (o) => (o.vpc_id.value = 'x'.repeat(100_000))),
      `vpc_id: "${'x'.repeat(199)}… is malformed; expected like "vpc-0123456789abcdef0"`,
    ],
    [
      'a token in an output',
      output('cluster', (o) => (o.vpc_id.value = `${'x '.repeat(90)}ghp_${'aB3d'.repeat(9)}`)),
      '(hidden)" is malformed; expected like "vpc-0123456789abcdef0"',
    ],
    [
      'a role of another account',
      output('cluster', (o) => (o.secret_store_role_arns.value.production = 'arn:aws:iam::123456789012:role/x')),
      'secret_store_role_arns: "arn:aws:iam::123456789012:role/x" is of account 123456789012',
    ],
    [
      'a namespace without a role',
      output('cluster', (o) => delete o.secret_store_role_arns.value.staging),
      'secret_store_role_arns: has no role for namespace staging',
    ],
    [
      'a malformed security group',
      output('cluster', (o) => (o.alb_security_group_id.value = 'default')),
      'alb_security_group_id: "default" is malformed; expected like "sg-0123456789abcdef0"',
    ],
    [
      'an output nobody declared',
      output('cluster', (o) => (o.extra = o.region)),
      'cluster.json: extra: is not declared',
    ],
    [
      'an output without its type',
      output('cluster', (o) => (o.region = 'us-east-1')),
      'region: has no "type" and "value", so this is not `terraform output -json`',
    ],
    [
      'outputs that do not parse',
      () => write('terraform-bridge/outputs/cluster.json', '{"a":'),
      'terraform-bridge/outputs/cluster.json: ',
    ],
    [
      'outputs that are a list',
      () => write('terraform-bridge/outputs/cluster.json', '[]'),
      'cluster.json: is not a JSON object; apply the cluster stack',
    ],
    [
      'no outputs',
      () => rmSync(join(copy, 'terraform-bridge/outputs/production.json')),
      'terraform-bridge/outputs/production.json: ENOENT',
    ],
    [
      'no certificates for the region',
      () => {
        const path = 'terraform-bridge/outputs/cluster.json';
        write(path, JSON.stringify(require(join(root, path))).replaceAll('us-east-1', 'eu-west-1'));
      },
      'charts/environments/certificates/rds-eu-west-1.pem: is missing; take the bundle',
    ],
  ];

  test.each(cases)('%s is refused, with file and remedy', (_name, spoil, said) => {
    spoil();
    expect(problemsOf(() => {}, copy)).toContainEqual(expect.stringContaining(said));
  });

  test('an app that has never had an image is left out, and synth is told how it gets one', () => {
    rmSync(join(copy, imageFile('staging', 'web')));
    rmSync(join(copy, imageFile('staging', 'sidekiq')));
    const loaded = loadSettings(copy, frozen);
    const files = [...objectsOf(chartFolders(loaded)).keys()];
    const of = (chart: string) => files.filter((path) => path.startsWith(`dist/staging/${chart}/`)).length;
    expect([of('web'), of('sidekiq'), of('scheduled'), of('migrations') > 0, of('postgres') > 0]).toEqual([
      0,
      0,
      0,
      true,
      true,
    ]);
    expect(files.filter((path) => /Application\.staging-(web|sidekiq|scheduled)/.test(path))).toEqual([]);
    expect(notYet(loaded)).toEqual([
      'staging has no image of web, sidekiq yet, and nothing of it is made: npm run promote -- staging web=<image> sidekiq=<image>',
    ]);
  });
});
