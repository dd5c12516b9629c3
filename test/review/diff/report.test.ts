import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import pc from 'picocolors';
import { deltasOf, requests } from '../../../review/diff/deltas';
import { judging } from '../../../review/diff/judging';
import { github } from '../../../review/diff/render/github';
import { markdown } from '../../../review/diff/render/markdown';
import { text } from '../../../review/diff/render/text';
import type { DiffReport } from '../../../review/diff/report';
import { readAcknowledgements } from '../../../review/model/acknowledgements';
import { parseTree } from '../../../review/model/tree';
import { shown } from '../../../review/report/escape';
import { files, settings } from '../../support/manifests';
import { root } from '../../support/root';
import { between, comparisonOf, fixturesIn, reviewed, reviewOf } from './fixtures';

const plain = { colors: pc.createColors(false), width: 100 };
const fixtures = ['classes', 'immutable', 'mutable', 'harmless'].flatMap(fixturesIn);

test('every report is what docs/diff.schema.json says', () => {
  const read = (name: string) => JSON.parse(readFileSync(join(root, 'docs', `${name}.schema.json`), 'utf8'));
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, schemas: [read('finding')] });
  const valid = ajv.compile(read('diff'));
  const wrong = fixtures.flatMap((fixture) => {
    const report = JSON.parse(JSON.stringify(reviewed(fixture)));
    return valid(report) ? [] : [`${fixture}: ${JSON.stringify(valid.errors)}`];
  });
  expect(wrong).toEqual([]);
  expect(valid({ ...reviewed('classes/image/tag'), kind: 'CheckReport' })).toBe(false);
});

test('the same change gives the same text', () => {
  const forms = [markdown, github, (report: DiffReport) => text(report, plain)];
  const twice = fixtures.filter((fixture) => {
    const [once, again] = [reviewed(fixture), reviewed(fixture)].map((report) =>
      forms.map((form) => form(report)),
    );
    return JSON.stringify(once) !== JSON.stringify(again);
  });
  expect(twice).toEqual([]);
});

test('no secret value is in any form of the report', () => {
  const secrets = `# before
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: production, annotations: {note.example.com/copy: hunter-0}}
stringData: {KEY: hunter-1}
---
# after
apiVersion: v1
kind: Secret
metadata: {name: web, namespace: production, annotations: {note.k8s.io/copy: hunter-2}}
stringData: {KEY: hunter-3, OTHER: hunter-4}
---
# before
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: production}
data: {DATABASE_PASSWORD: hunter-5, URL: "redis://:hunter-6@redis:6379", "app.conf": "user a\\npassword = hunter-7\\n"}
---
# after
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: production}
data: {DATABASE_PASSWORD: hunter-8, URL: "redis://:hunter-9@redis:6380", "app.conf": "user b\\npassword = hunter-10\\n"}
---
# before
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: production}
spec: {containers: [{name: a, image: "a:1", args: ["--token=hunter-11"], env: [{name: API_TOKEN, value: hunter-12}]}]}
---
# after
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: production}
spec: {containers: [{name: a, image: "a:1", args: ["--token=hunter-13"], env: [{name: API_TOKEN, value: hunter-14}]}, {name: b, image: "b:1", env: [{name: SECRET_KEY_BASE, value: hunter-15}]}]}
---
# before
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: production}
spec: {target: {template: {data: {AUTH_TOKEN: hunter-16, URL: "a://:{{ .password }}@b"}}}}
---
# after
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: web, namespace: production}
spec: {target: {template: {data: {AUTH_TOKEN: hunter-17, URL: "a://:{{ .other }}@b"}}}}
`;
  const report = reviewOf(comparisonOf(secrets, 'secrets'));
  const printed = [
    JSON.stringify(report),
    markdown(report),
    github(report),
    text(report, { ...plain, verbose: true }),
  ];
  expect(report.objects).toHaveLength(4);
  for (const each of printed) expect(each.match(/hunter-\d+/g)).toBeNull();
  // A reference is not a secret, and a reviewer must see it.
  expect(printed[1]).toContain('{{ .other }}');
  expect(printed[1]).toContain('changed (hidden)');
});

describe('a change of a thousand objects', () => {
  const service = (i: number, type: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: service-${i}, namespace: production}\nspec: {ports: [{port: 80}], type: ${type}, selector: {app: "${'x'.repeat(60)}-${type}"}}\n`;
  const state = (type: string) =>
    new Map(
      Array.from({ length: 1_000 }, (_, i) => [`dist/production/web/Service.service-${i}.yaml`, service(i, type)]),
    );
  const report = reviewOf(between(state('ClusterIP'), state('NodePort')));

  test('fits a comment, and names what it does not show', () => {
    const comment = markdown(report);
    expect(comment.length).toBeLessThanOrEqual(60_000);
    const shown = comment.match(/^#### /gm)?.length ?? 0;
    const [, left = '0'] = /\*\*(\d+) objects are not shown field by field/.exec(comment) ?? [];
    expect(shown).toBeGreaterThan(10);
    expect(shown + Number(left)).toBe(1_000);
    const rows = comment.match(/^\| 🟠 /gm)?.length ?? 0;
    const [, more = '0'] = /^(\d+) more are in the run/m.exec(comment) ?? [];
    expect(rows + Number(more)).toBe(1_000);
  });

  test('is ten annotations, the last of which counts the others', () => {
    const lines = github(report).trim().split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[0]).toMatch(/^::error title=verdict::Opens a door: production Service\/service-0 port 80/);
    expect(lines[9]).toBe('::error title=diff::and 992 more; npm run diff shows them');
  });
});

test('a comment begins with the line by which it is found, and says where it comes from', () => {
  const [id, title] = markdown(reviewed('classes/data-loss/claim-removed')).split('\n');
  expect(id).toBe(`<!-- e-ren-diff v1 id=main head=${'a'.repeat(40)} base=${'b'.repeat(40)} -->`);
  expect(title).toBe(
    '### 🔴 Loses data: production PersistentVolumeClaim/uploads is deleted by Argo CD’s prune; nothing guards it',
  );
});

test('a table keeps its columns whatever a value holds', () => {
  const config = (value: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: production, annotations: {argocd.argoproj.io/sync-options: "${value}"}}\n`;
  const report = reviewOf(comparisonOf(`# before\n${config('a|b')}---\n# after\n${config('c|<d>')}`, 'cells'));
  const rows = markdown(report)
    .split('\n')
    .filter((line) => line.startsWith('| 🟡'));
  expect(rows.map((row) => row.split(/(?<!\\)\|/).length)).toEqual([7]);
});

test('a fence is longer than any in what it holds', () => {
  const config = (value: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: production}\ndata: {page: "${value}"}\n`;
  const report = reviewOf(comparisonOf(`# before\n${config('a')}---\n# after\n${config('```html')}`, 'fences'));
  expect(markdown(report)).toContain('````diff');
});

test('lines are no wider than the terminal, but for paths and names', () => {
  const wide = fixtures.flatMap((fixture) =>
    text(reviewed(fixture), { ...plain, width: 60, quiet: true })
      .split('\n')
      .filter((line) => line.length > 60 && line.trim().includes(' ')),
  );
  expect(
    wide.filter((line) =>
      line
        .trim()
        .split(' ')
        .every((word) => word.length < 40),
    ),
  ).toEqual([]);
});

test('a file that cannot be read is told and stops nothing', () => {
  const good = 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: production}\n';
  const { findings, notes, objects } = reviewOf(
    between(
      new Map([['dist/production/web/a.yaml', good]]),
      new Map([
        ['dist/production/web/b.yaml', 'a: [1'],
        ['dist/production/web/c.yaml', 'kind: Service'],
      ]),
    ),
    { others: ['dist/production/web/README.md'] },
  );
  expect(objects.map(({ status }) => status)).toEqual(['removed']);
  expect(notes).toEqual([
    expect.stringContaining('dist/production/web/b.yaml: '),
    'dist/production/web/c.yaml: holds something without apiVersion, kind and metadata.name',
  ]);
  expect(findings.map(({ id }) => id)).toContain('unjudged:dist/production/web/README.md');
});

test('a file that changes what Argo CD makes of a folder is no empty change', () => {
  const folder = new Map([...files].filter(([file]) => !file.startsWith('terraform-bridge/')));
  const kustomized = new Map([...folder, ['dist/production/web/kustomization.yaml', 'resources: []\n']]);
  const judge = judging({ root, before: settings, after: settings, acknowledged: [], today: '2026-11-21' });
  const { findings, verdict, notes } = reviewOf(between(folder, kustomized), { judge });
  expect(findings.map(({ rule }) => rule)).toEqual(
    expect.arrayContaining(['readable', 'application-path', 'uncovered-folder']),
  );
  expect([verdict.level, notes]).toEqual(['critical', []]);
});

test('what changes during a freeze is told as that, in its own environment', () => {
  const state = (environment: string, type: string) =>
    new Map([
      [
        `dist/${environment}/web/Service.web.yaml`,
        `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: ${environment}}\nspec: {type: ${type}}\n`,
      ],
    ]);
  const frozen = new Map([
    ['production', 'production is frozen until the end of 2026-12-10 (UTC), by Ann Lee: fair'],
  ]);
  const report = reviewOf(between(state('production', 'ClusterIP'), state('production', 'NodePort')), { frozen });
  expect(report.findings.filter(({ class: of }) => of === 'frozen')).toMatchObject([
    { id: 'frozen:production', level: 'warn', environments: ['production'], title: 'during a freeze' },
  ]);
  expect(report.verdict.lines.map(({ says }) => says).join()).toContain(
    'by Ann Lee: fair; merging this changes it',
  );
});

test('requests are counted from rest to the most, and only where they change', () => {
  const tree = (cpu: string, replicas: number) =>
    parseTree(
      new Map(
        ['production', 'staging'].map((namespace) => [
          `dist/${namespace}/web/Deployment.web.yaml`,
          `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: ${namespace}}\nspec: {replicas: ${namespace === 'staging' ? 1 : replicas}, template: {spec: {containers: [{name: web, resources: {requests: {cpu: ${namespace === 'staging' ? '100m' : cpu}}}}]}}}\n`,
        ]),
      ),
    );
  const facts = (cpu: string, replicas: number) => ({ tree: tree(cpu, replicas), settings: {} as never });
  // Four pods and one more while they roll.
  expect(deltasOf(facts('250m', 2), facts('0.5', 4), [requests])).toEqual([
    {
      environment: 'production',
      what: 'CPU requests',
      unit: 'm',
      before: { min: 500, max: 750 },
      after: { min: 2000, max: 2500 },
    },
  ]);
});

describe('.changes/ack.yaml', () => {
  const claim = 'data-loss:production/PersistentVolumeClaim/uploads';
  const acknowledged = (entries: string) => ({
    acknowledged: readAcknowledgements(entries, '2026-11-21'),
    today: '2026-11-21',
  });
  const removed = () =>
    comparisonOf(readFileSync(join(__dirname, 'classes/data-loss/claim-removed.yaml'), 'utf8'), 'claim');

  test('lets a finding pass, and says why', () => {
    const report = reviewOf(removed(), acknowledged(`- {id: "${claim}", reason: moved to S3, until: 2026-11-21}`));
    expect([report.findings, report.notes]).toEqual([[], []]);
    expect(report.acknowledged).toMatchObject([
      { class: 'data-loss', reason: 'moved to S3', until: '2026-11-21' },
    ]);
    expect(text(report, plain)).toContain('acknowledged production PersistentVolumeClaim/uploads');
  });

  test('lets nothing pass after its day, and says so', () => {
    const { findings, notes } = reviewOf(
      removed(),
      acknowledged(`- {id: "${claim}", reason: moved to S3, until: 2026-11-20}`),
    );
    expect(findings.map(({ class: of }) => of)).toEqual(['data-loss']);
    expect(notes).toEqual([
      `.changes/ack.yaml: ${claim} was acknowledged until 2026-11-20; remove the entry, or decide anew`,
    ]);
  });

  test('is told when nothing needs an entry, but for those of the check', () => {
    const { notes } = reviewOf(
      removed(),
      acknowledged(
        `- {id: "${claim.replace('uploads', 'other')}", reason: moved to S3, until: 2026-12-01}\n- {id: shrunk:dist/production/web, reason: fewer, until: 2026-12-01}`,
      ),
    );
    expect(notes).toEqual([
      '.changes/ack.yaml: data-loss:production/PersistentVolumeClaim/other is acknowledged and is not a finding of this change; remove the entry',
    ]);
  });

  test.each([
    ['a: 1', ['.changes/ack.yaml: is not a list; write - id: …']],
    ['- 1', ['.changes/ack.yaml: entry 1: 1 is not an entry; write id, reason and until']],
    [
      '- {id: uploads, reason: "", until: tomorrow, who: me}',
      [
        '.changes/ack.yaml: entry 1: id: "uploads" is not the id of a finding; copy it from the report, for example data-loss:production/PersistentVolumeClaim/uploads',
        '.changes/ack.yaml: entry 1: reason: "" says nothing; say why the change is wanted',
        '.changes/ack.yaml: entry 1: until: "tomorrow" is not a valid day; write for example 2026-12-01',
        '.changes/ack.yaml: entry 1: who: is not known; an entry has id, reason and until',
      ],
    ],
    [
      `- {id: "${claim}"}`,
      [
        '.changes/ack.yaml: entry 1: reason: is missing; an entry has id, reason and until',
        '.changes/ack.yaml: entry 1: until: is missing; an entry has id, reason and until',
      ],
    ],
    [
      `- {id: "${claim}", reason: moved, until: 2026-12-01}\n- {id: "${claim}", reason: again, until: 2026-12-01}`,
      [`.changes/ack.yaml: ${claim} stands there twice; keep one of the two`],
    ],
    [
      `- &a {id: "${claim}", reason: moved, until: 2026-12-01}\n- *a`,
      ['.changes/ack.yaml: an alias (*name) is not read here; write out what it stands for'],
    ],
  ])('%s is refused with every mistake at once', (entries, problems) => {
    const said = () => readAcknowledgements(entries, '2026-11-21');
    expect(said).toThrow(problems.join('\n'));
  });
});

// What compares every line or letter with every other takes minutes here, and jest's limit ends it.
test.each([
  ['one word', 'a'.repeat(1_100_000)],
  ['words of base64', 'QUJD/+x9'.repeat(137_500)],
  ['100,000 lines', Array.from({ length: 100_000 }, (_, i) => `line ${i}`).join('\n')],
])('a text of a megabyte that changes in the middle is told in seconds: %s', (_, long) => {
  const state = (value: string) =>
    new Map([
      [
        'dist/production/web/ConfigMap.long.yaml',
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'long', namespace: 'production' },
          data: { value },
        }),
      ],
    ]);
  const changed = `${long.slice(0, long.length / 2)}\nnew\n${long.slice(long.length / 2)}`;
  const report = shown(reviewOf(between(state(long), state(changed))));
  for (const form of [text(report, plain), markdown(report), github(report)]) expect(form).toContain('ConfigMap');
});
