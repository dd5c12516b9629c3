import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../charts/files';
import { fileOf, rules } from '../review/rules';
import { command, say } from './command';
import { writeResult } from './destination';
import { contents, page } from './rule-page';

const folder = join(dirname(__dirname), 'docs/rules');

command('rules')
  .description('Writes docs/rules/, a page for each rule of npm run check, from review/rules/.')
  .option('--into <folder>', 'write into this folder instead', folder)
  .addHelpText(
    'after',
    '\nExample:\n  npm run rules    after a change in review/rules/\n\nExit codes: 0 written, 2 wrong arguments',
  )
  .action(({ into }: { into: string }) => {
    const pages = new Map([
      ['README.md', contents(rules)],
      ...rules.map((rule) => [`${rule.id}.md`, page(rule, fileOf(rule.id))] as const),
    ]);
    makeFolder(into);
    for (const name of readdirSync(into)) if (!pages.has(name)) rmSync(join(into, name));
    for (const [name, text] of pages) writeResult(text, join(into, name));
    say(`${pages.size} pages written to ${into}`);
  })
  .parse();
