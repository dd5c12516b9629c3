import fc from 'fast-check';
import { keysVersion, secretEntries, secretPrefix } from '../../charts/environments/secrets';
import { ofKind, settings } from '../support/manifests';
import { type Parsed, stack } from '../support/stacks';

const cluster = stack('cluster');
const environments = settings.sites.map(({ environment }) => environment);
const entries = secretEntries(settings.cluster.system, environments);
const roles = cluster.ofType('aws_iam_role');
const account = '${data.aws_caller_identity.account.account_id}';
const nameOf = (entry: { namespace: string; entry: string }) =>
  `${secretPrefix(settings.cluster.system, entry.namespace)}/${entry.entry}`;

/** What ExternalSecrets read: entry to keys, and to the namespaces that do. */
const read = new Map<string, { keys: Set<string>; by: Set<string> }>();
for (const { spec, metadata } of ofKind('ExternalSecret'))
  for (const { remoteRef } of spec.data) {
    const found = read.get(remoteRef.key) ?? { keys: new Set(), by: new Set() };
    found.keys.add(remoteRef.property);
    found.by.add(metadata.namespace ?? '');
    read.set(remoteRef.key, found);
  }

/** The entries that the versions of a stack write, and what they write there, key to expression. */
function written(of: Parsed) {
  const secrets = of.ofType('aws_secretsmanager_secret');
  return Object.entries(of.ofType('aws_secretsmanager_secret_version')).map(([address, config]) => ({
    address,
    config,
    entry: secrets[/aws_secretsmanager_secret\.(\w+)\.id/.exec(config.secret_id)?.[1] ?? ''].name as string,
    values: Object.fromEntries(
      [...config.secret_string_wo.matchAll(/"(\w+)" = ("[^"]*"|[\w.]+)/g)].map(([, key, value]) => [key, value]),
    ) as Record<string, string>,
  }));
}

describe('an entry', () => {
  test('that an ExternalSecret reads is made, and no other', () => {
    const made = Object.values(cluster.ofType('aws_secretsmanager_secret')).map(({ name }) => name);
    expect(made.sort()).toEqual([...read.keys()].sort());
  });

  test('has the keys that are read, and no other', () => {
    expect(Object.fromEntries(entries.map((each) => [nameOf(each), [...each.keys].sort()]))).toEqual(
      Object.fromEntries([...read].map(([key, { keys }]) => [key, [...keys].sort()])),
    );
  });

  test('is written by Terraform or by a person, never by both', () => {
    const byTerraform = entries.filter(({ writtenBy }) => writtenBy === 'terraform').map(nameOf);
    expect(
      written(cluster)
        .map(({ entry }) => entry)
        .sort(),
    ).toEqual([...byTerraform].sort());
    expect(entries.filter(({ writtenBy }) => writtenBy === 'person').length).toBeGreaterThan(5);
  });

  test('of Terraform has all its keys, and one value that is made up', () => {
    for (const { entry, values } of written(cluster)) {
      const declared = entries.find((each) => nameOf(each) === entry);
      expect([entry, Object.keys(values).sort()]).toEqual([entry, [...(declared?.keys ?? [])].sort()]);
      expect([entry, Object.values(values).filter((value) => value.startsWith('ephemeral.')).length]).toEqual([
        entry,
        1,
      ]);
    }
  });

  test('is the only home of its value', () => {
    const random = written(cluster).flatMap(({ values }) =>
      Object.values(values).filter((value) => value.startsWith('ephemeral.')),
    );
    expect(new Set(random).size).toBe(random.length);
    expect(random.length).toBe(Object.keys(cluster.json.ephemeral.aws_secretsmanager_random_password).length);
  });
});

test('a value is made while Terraform runs and written by an argument that no state keeps', () => {
  for (const { config } of written(cluster)) {
    expect(Object.keys(config).sort()).toEqual([
      'lifecycle',
      'secret_id',
      'secret_string_wo',
      'secret_string_wo_version',
      'version_stages',
    ]);
    expect(config.secret_string_wo).toMatch(/ephemeral\.aws_secretsmanager_random_password\./);
  }
  expect(JSON.stringify(cluster.json.output ?? {})).not.toContain('ephemeral');
});

test('a version that somebody has rotated away keeps a label, so that AWS does not drop it and Terraform not make it again', () => {
  for (const { config } of written(cluster)) {
    expect(config.version_stages).toEqual(['AWSCURRENT', 'terraform']);
    // Where AWSCURRENT has moved on, Terraform must not bring it back.
    expect(config.lifecycle.ignore_changes).toEqual(['version_stages']);
  }
});

test('the number that Terraform compares is another one when the keys are, and only then', () => {
  const keys = fc.uniqueArray(fc.stringMatching(/^[a-z_]{1,12}$/), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(keys, keys, (one, other) => {
      const same = [...one].sort().join() === [...other].sort().join();
      expect(keysVersion({ keys: one }) === keysVersion({ keys: other })).toBe(same);
      expect(keysVersion({ keys: [...one].reverse() })).toBe(keysVersion({ keys: one }));
    }),
  );
  for (const { config, values } of written(cluster)) {
    expect(config.secret_string_wo_version).toBe(keysVersion({ keys: Object.keys(values) }));
    expect(Number.isInteger(config.secret_string_wo_version)).toBe(true);
  }
});

describe('an apply', () => {
  const qa = (settings: any) => {
    const copy = structuredClone(settings.environments[1]);
    settings.environments.push({ ...copy, name: 'qa', namespace: 'qa', host: 'qa.eren.washu.edu' });
    settings.cluster.loadBalancer.public['alb-shared']?.namespaces.push('qa');
  };
  const steps: Record<string, Parsed> = {
    'as committed': cluster,
    'with an environment more': stack('cluster', qa),
    'with an environment less': stack('cluster', (settings) => settings.environments.pop()),
  };

  /** What Secrets Manager holds, and what the state has. */
  interface World {
    readonly state: Map<string, { entry: string; version: number }>;
    readonly values: Map<string, Record<string, string>>;
    made: number;
  }

  /** As the provider does it: a version that is not in the state is put, one with another number is put again. */
  function apply(world: World, of: Parsed, reaches: (address: string) => boolean): void {
    const wanted = written(of);
    for (const [address, { entry }] of [...world.state])
      if (!wanted.some((each) => each.address === address) && reaches(address)) {
        world.state.delete(address);
        world.values.delete(entry);
      }
    for (const { address, entry, config, values } of wanted) {
      const version = config.secret_string_wo_version;
      if (world.state.get(address)?.version === version || !reaches(address)) continue;
      const put = Object.entries(values).map(([key, value]) => [
        key,
        value.startsWith('ephemeral.') ? `random ${world.made++}` : value,
      ]);
      world.values.set(entry, Object.fromEntries(put));
      world.state.set(address, { entry, version });
    }
  }

  const life = fc.array(
    fc.record({ step: fc.constantFrom(...Object.keys(steps)), stopsAfter: fc.nat({ max: 20 }) }),
    { minLength: 1, maxLength: 6 },
  );

  test('that stops anywhere and is repeated, with environments that come and go, changes no value that stays', () => {
    fc.assert(
      fc.property(life, (applies) => {
        const world: World = { state: new Map(), values: new Map(), made: 0 };
        for (const { step, stopsAfter } of applies) {
          const before = new Map(world.values);
          let left = stopsAfter;
          apply(world, steps[step] as Parsed, () => left-- > 0);
          apply(world, steps[step] as Parsed, () => true);
          for (const { entry } of written(steps[step] as Parsed))
            if (before.has(entry)) expect([entry, world.values.get(entry)]).toEqual([entry, before.get(entry)]);
          expect([...world.values.keys()].sort()).toEqual(
            written(steps[step] as Parsed)
              .map(({ entry }) => entry)
              .sort(),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  test('with an environment more gives it entries of its own, lets Datadog read them, and writes to no other', () => {
    const more = steps['with an environment more'] as Parsed;
    const [was, is] = [written(cluster), written(more)];
    const added = is.filter(({ address }) => !was.some((each) => each.address === address));
    expect(added.map(({ entry }) => entry).sort()).toEqual(
      ['database', 'pgbouncer-statistics', 'postgres', 'rails', 'redis'].map((entry) => `eren/qa/${entry}`),
    );
    expect(is.filter((each) => !added.includes(each)).map(({ config }) => config)).toEqual(
      was.map(({ config }) => config),
    );
    const [get] = more.statements('identities_secrets_datadog_permissions');
    expect(get.resources).toContain('${aws_secretsmanager_secret.secrets_qa_pgbouncer_statistics.arn}');
  });
});

test('a password has letters and digits, both, and nothing that a file or a URL reads as something else', () => {
  for (const made of Object.values<any>(cluster.json.ephemeral.aws_secretsmanager_random_password)) {
    expect(made).toMatchObject({ exclude_punctuation: true, require_each_included_type: true });
    // ElastiCache takes 16 to 128.
    expect(made.password_length).toBe(64);
  }
});

describe('a role', () => {
  const stores = Object.keys(roles).filter((name) => name.startsWith('identities_secrets_'));

  test('reads and decrypts the prefix of its namespace, what its ExternalSecrets read beside, and nothing else', () => {
    expect(stores).toHaveLength(5);
    for (const name of stores) {
      const namespace = roles[name].name.replace('eren-secrets-', '');
      const foreign = [...read]
        .filter(
          ([key, { by }]) =>
            by.has(namespace) && !key.startsWith(`${secretPrefix(settings.cluster.system, namespace)}/`),
        )
        .map(
          ([key]) =>
            `\${aws_secretsmanager_secret.secrets_${key.split('/').slice(1).join('_').replaceAll('-', '_')}.arn}`,
        );
      expect(foreign.length > 0).toBe(namespace === 'datadog');
      const own = `arn:aws:secretsmanager:us-east-1:${account}:secret:${secretPrefix(settings.cluster.system, namespace)}/*`;
      const [get, decrypt] = cluster.statements(name.replace(/_role$/, '_permissions'));
      expect(get.actions).toEqual(['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret']);
      expect([...get.resources].sort()).toEqual([own, ...foreign].sort());
      const { values } = decrypt.condition.find(
        ({ variable }: any) => variable === 'kms:EncryptionContext:SecretARN',
      );
      expect([...values].sort()).toEqual([...get.resources].sort());
    }
  });

  test('is taken by External Secrets, tags and all, and only by it', () => {
    const [assume] = cluster.statements('identities_external_secrets_permissions');
    expect(assume.actions).toEqual(['sts:AssumeRole', 'sts:TagSession']);
    expect(assume.resources.map((each: string) => each.split('/').at(-1))).toEqual(
      [...environments.map(({ namespace }) => namespace), 'argocd', 'datadog', 'ci-cd'].map(
        (namespace) => `eren-secrets-${namespace}`,
      ),
    );
    for (const name of stores) {
      const [trusted] = cluster.statements(roles[name].assume_role_policy);
      expect([name, trusted.principals, trusted.actions]).toEqual([
        name,
        [{ type: 'AWS', identifiers: ['${aws_iam_role.identities_external_secrets_role.arn}'] }],
        ['sts:AssumeRole', 'sts:TagSession'],
      ]);
    }
  });
});
