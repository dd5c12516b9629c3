import pc from 'picocolors';
import { settings as committed } from '../../charts/environments';
import { loadSettings } from '../../charts/settings';
import { check } from '../../review/check/check';
import { subjectOf } from '../../review/check/subject';
import { github as diffGithub } from '../../review/diff/render/github';
import { markdown as diffMarkdown } from '../../review/diff/render/markdown';
import { text as diffText } from '../../review/diff/render/text';
import { parseTree } from '../../review/model/tree';
import { checkPage } from '../../review/page/check-page';
import { diffPage } from '../../review/page/diff-page';
import { shown } from '../../review/report/escape';
import { github } from '../../review/report/github';
import { json } from '../../review/report/json';
import { markdown } from '../../review/report/markdown';
import { sarif } from '../../review/report/sarif';
import { text } from '../../review/report/text';
import { rules } from '../../review/rules';
import { between, reviewOf } from '../review/diff/fixtures';
import { planted, textOf } from '../review/planted';
import { root } from '../support/root';

const terminal = { colors: pc.createColors(false), width: 100, verbose: true };

/** Objects with a secret each, by file; `n` says which secrets. */
function files(n: number) {
  const secrets: { readonly where: string; readonly secret: string }[] = [];
  const texts = new Map<string, string>();
  Object.entries(planted).forEach(([where, plant], i) => {
    const { object, secret } = plant(n + i);
    const { kind, metadata } = object as { kind: string; metadata: { name: string } };
    const name = `planted-${i}`;
    const folder = kind === 'Application' ? 'argocd/applications' : 'dist/production/web';
    texts.set(`${folder}/${kind}.${name}.yaml`, textOf({ ...object, metadata: { ...metadata, name } }));
    secrets.push({ where, secret });
  });
  return { texts, secrets };
}

/** Every secret of the table in every format of `check` and `diff`: those that are shown, where and how; none is right. */
export function plantedShown(): string[] {
  const [was, is] = [files(1), files(5_000)];
  const subject = {
    ...subjectOf(root, parseTree(is.texts), loadSettings(root, committed)),
    around: { texts: is.texts, made: [was.texts, was.texts] as const, acknowledged: [], today: '2026-12-01' },
  };
  const textIn = (file: string) => is.texts.get(file) ?? '';
  const checked = shown(check({ subject, rules, failOn: 'high', textOf: textIn }));
  const reports: Record<string, string> = {
    'check, text': text(checked, terminal),
    'check, json': json(checked),
    'check, markdown': markdown(checked),
    'check, sarif': sarif(checked, rules),
    'check, github': github(checked.findings, 'check'),
    'check, html': checkPage(checked, subject),
  };
  for (const [how, sides] of Object.entries({
    changed: between(was.texts, is.texts),
    added: between(new Map(), is.texts),
    removed: between(was.texts, new Map()),
  })) {
    const report = shown(reviewOf(sides));
    reports[`diff, ${how}, text`] = diffText(report, terminal);
    reports[`diff, ${how}, json`] = json(report);
    reports[`diff, ${how}, markdown`] = diffMarkdown(report);
    reports[`diff, ${how}, github`] = diffGithub(report);
    reports[`diff, ${how}, html`] = diffPage(report, { before: subject, after: subject });
  }
  return Object.entries(reports).flatMap(([format, said]) =>
    [...was.secrets, ...is.secrets]
      .filter(({ secret }) => said.includes(secret))
      .map(({ where }) => `${format} shows ${where}`),
  );
}
