import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settings as committed } from '../../charts/environments';
import { SettingsError } from '../../charts/settings';
import { declared, type Outputs } from '../../charts/terraform-outputs/declared';
import type { TerraformStack } from '../../terraform-bridge/node_modules/cdktn';
import { emit } from '../../terraform-bridge/synth/emit';
import { renderStacks, stackFolder } from '../../terraform-bridge/synth/stacks';
import { frozen } from '../support/frozen';
import { root } from '../support/root';
import { stack } from '../support/stacks';

const files = renderStacks(committed);
const both = ['cluster', 'production'] as const;

test('terraform-bridge/stacks is what the code generates (npm run terraform)', () => {
  for (const [path, text] of files)
    expect(`${path}\n${readFileSync(join(root, path), 'utf8')}`).toBe(`${path}\n${text}`);
  expect(readdirSync(join(root, stackFolder)).sort()).toEqual([...both]);
});

test('the same settings give the same bytes again', () => {
  expect([...renderStacks(structuredClone(committed))]).toEqual([...files]);
});

test('npm run terraform writes both stacks, says where to go on, and writes nothing the second time', () => {
  const output = mkdtempSync(join(tmpdir(), 'stacks-'));
  try {
    const run = () =>
      execFileSync(process.execPath, ['commands/run.mjs', 'terraform-bridge/main.ts', '--into', output], {
        cwd: root,
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1', TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8' },
      });
    const first = run();
    expect(first).toContain('2 stacks, 2 written');
    for (const name of both) {
      expect(first).toContain(`terraform -chdir=`);
      expect(readFileSync(join(output, name, 'cdk.tf.json'), 'utf8')).toBe(
        files.get(`${stackFolder}/${name}/cdk.tf.json`),
      );
    }
    expect(run()).toContain('2 stacks, 0 written');
    expect(readdirSync(output).sort()).toEqual([...both]);
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
});

test('wrong settings are refused before anything is made of them', () => {
  const settings = structuredClone(frozen) as any;
  settings.cluster.network.databaseSubnets[0] = '10.0.1.0/24';
  expect(() => renderStacks(settings)).toThrow(SettingsError);
  expect(() => renderStacks(settings)).toThrow('overlaps network.publicSubnets.0');
});

test.each(both)('the state of %s is locked, encrypted, its own, and says nothing of an account', (name) => {
  const { backend } = stack(name).json.terraform;
  expect(backend).toEqual({
    s3: { key: `${frozen.cluster.name}/${name}.tfstate`, encrypt: true, use_lockfile: true },
  });
});

test.each(both)(
  '%s asks for the provider that its types are of, and for programs that keep secrets out of the state',
  (name) => {
    const { required_providers, required_version } = stack(name).json.terraform;
    expect(required_version).toBe('>=1.11.0');
    expect(required_providers.aws).toEqual({ source: 'hashicorp/aws', version: '6.66.0' });
  },
);

test.each(both)('everything that %s makes has the tags of the bill', (name) => {
  const providers: any[] = stack(name).json.provider.aws;
  for (const provider of providers)
    expect(provider.default_tags).toEqual([{ tags: { ...frozen.cluster.aws.tags, stack: name } }]);
});

test.each(both)('%s emits every output that is declared, and no other', (name) => {
  expect(Object.keys(stack(name).json.output).sort()).toEqual(Object.keys(declared[name]).sort());
});

/** Never called: `npm run lint` fails where one of these would compile. */
void ((stack: TerraformStack, { account_id, ...others }: Outputs<'production'>) => {
  // @ts-expect-error an output is missing
  emit<'production'>(stack, others);
  // @ts-expect-error nobody declares `password`
  emit<'production'>(stack, { account_id, ...others, password: '' });
  // @ts-expect-error a port is a number
  emit<'production'>(stack, { account_id, ...others, redis_port: '6379' });
});
