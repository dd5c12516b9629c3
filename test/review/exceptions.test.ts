import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate } from '../../review/check/evaluate';
import { type Manifest, Tree } from '../../review/model/tree';
import { exceptionTo, offencesOf, type Rule, type Subject } from '../../review/rule';
import { fileOf, rules } from '../../review/rules';
import { root } from '../support/root';
import { fixturesOf } from './fixtures';
import { inline } from './inline';

const ruleNamed = (id: string) => rules.find((rule) => rule.id === id) as Rule;
const broken = (rule: Rule): Subject =>
  inline[rule.id]?.bad ?? (fixturesOf(rule, 'bad')[0] as { subject: Subject }).subject;

/** The same objects, those that are chosen with the annotation that allow() writes. */
function allowing(subject: Subject, id: string, chosen: (manifest: Manifest) => boolean): Subject {
  const manifests = subject.tree.manifests.map((manifest) => {
    if (!chosen(manifest)) return manifest;
    const { metadata } = manifest.object;
    const annotations = { ...metadata.annotations, [`check.example.org/${id}`]: 'a test says so' };
    return { ...manifest, object: { ...manifest.object, metadata: { ...metadata, annotations } } };
  });
  return { ...subject, tree: new Tree(manifests, subject.tree.unreadable) };
}

const about = (...which: string[]) =>
  rules.filter((rule) => which.includes(rule.about ?? 'object')).map((rule) => [rule.id, rule] as const);

test.each(about('object'))('%s has the exception that its page names: allow() beside the object', (id, rule) => {
  expect(exceptionTo(rule)).toContain(`allow(object, '${id}', `);
  const subject = broken(rule);
  const offenders = new Set(
    offencesOf(rule, subject).map((each) => {
      if (!('manifest' in each)) throw new Error(`${each.file} is a file, and the rule is about objects`);
      return each.manifest.file;
    }),
  );
  expect(offenders.size).toBeGreaterThan(0);
  const allowed = evaluate(
    allowing(subject, id, ({ file }) => offenders.has(file)),
    [rule],
    () => '',
  );
  expect(allowed.findings).toEqual([]);
  expect(allowed.allowed.length).toBeGreaterThan(0);
});

test.each(about('files', 'whole', 'commit', 'allowance'))(
  '%s, about more than one object, is not excepted beside one, and its page says so',
  (id, rule) => {
    expect(exceptionTo(rule)).not.toContain(`allow(object, '${id}'`);
    const subject = broken(rule);
    const before = evaluate(subject, [rule], () => '').findings;
    expect(before.length).toBeGreaterThan(0);
    const marked = evaluate(
      allowing(subject, id, () => true),
      [rule],
      () => '',
    );
    expect(marked.allowed).toEqual([]);
    expect(marked.findings.length).toBeGreaterThanOrEqual(before.length);
  },
);

test('who marks an object although the rule has no such exception is told', () => {
  const { subject } = fixturesOf(ruleNamed('spread'), 'good')[0] as { subject: Subject };
  const marked = allowing(subject, 'cost-fits', ({ object }) => object.kind === 'Deployment');
  const { findings } = evaluate(marked, [ruleNamed('allowance-unused')], () => '');
  expect(findings.map(({ says }) => says)).toContain(
    'cost-fits has no exception of one object; see docs/rules/cost-fits.md',
  );
});

test.each(about('commit'))(
  '%s has the exception that its page names: an entry of .changes/ack.yaml',
  (id, rule) => {
    const [, entry = ''] = /`id: (\S+)`/.exec(exceptionTo(rule)) ?? [];
    const subject = broken(rule);
    const { around } = subject;
    if (!around) throw new Error(`${id} is about a commit, and its bad case has none`);
    const acknowledged = evaluate(subject, [rule], () => '').findings.map(({ instances: [at] }) => ({
      id: entry.replace('<folder>', at?.source.file ?? ''),
      reason: 'a test says so',
      until: around.today,
    }));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(offencesOf(rule, { ...subject, around: { ...around, acknowledged } })).toEqual([]);
  },
);

test('the file that a page names holds the rule', () => {
  const wrong = rules.filter(({ id }) => {
    const exported = Object.values<object>(require(join(root, fileOf(id)))).flat();
    const named = readFileSync(join(root, fileOf(id)), 'utf8').includes(`'${id}'`);
    return !named && !exported.some((each) => 'id' in each && each.id === id);
  });
  expect(wrong.map(({ id }) => `${id}: ${fileOf(id)}`)).toEqual([]);
});
