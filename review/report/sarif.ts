import { createHash } from 'node:crypto';
import program from '../../charts/program.json';
import { coversOf } from '../model/public-checks';
import type { Level, Rule } from '../rule';
import { type Finding, saidOf } from './finding';
import { json } from './json';
import { type Allowed, type CheckReport, fingerprintOf } from './report';

const levels: Readonly<Record<Level, string>> = {
  critical: 'error',
  high: 'error',
  warn: 'warning',
  info: 'note',
};
/** As GitHub's code scanning sorts them. */
const severities: Readonly<Record<Level, string>> = { critical: '9.5', high: '8.0', warn: '5.0', info: '1.0' };

/** SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/ */
export function sarif(report: CheckReport, rules: readonly Rule[]): string {
  const index = new Map(rules.map(({ id }, i) => [id, i]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: `${program.name}-check`, rules: rules.map(descriptor) } },
        columnKind: 'utf16CodeUnits',
        originalUriBaseIds: { SRCROOT: { description: { text: 'the root of the repository' } } },
        results: [
          ...report.findings.map((finding) => result(finding, index)),
          ...report.allowed.map((finding) => ({
            ...result(finding, index),
            suppressions: [suppression(finding)],
          })),
        ],
      },
    ],
  };
  return json(log);
}

function descriptor({ id, title, why, fix, level }: Rule) {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: fix },
    defaultConfiguration: { level: levels[level] },
    properties: { tags: coversOf(id), 'security-severity': severities[level] },
  };
}

function result(finding: Finding, index: ReadonlyMap<string, number>) {
  const { rule = '', level, instances, status } = finding;
  const { file = '', line, column } = instances[0]?.source ?? {};
  return {
    ruleId: rule,
    ruleIndex: index.get(rule),
    level: levels[level],
    // `[…](…)` would be a link to whatever a name says: 3.11.6 of the standard.
    message: { text: saidOf(finding).replaceAll('](', '\\](') },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/'), uriBaseId: 'SRCROOT' },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
    partialFingerprints: {
      'object/v1': createHash('sha256').update(fingerprintOf(finding)).digest('hex').slice(0, 32),
    },
    ...(status && { baselineState: status === 'known' ? 'unchanged' : 'new' }),
  };
}

function suppression({ reason, until }: Allowed) {
  return { kind: 'inSource', justification: until ? `${reason} (until ${until})` : reason };
}
