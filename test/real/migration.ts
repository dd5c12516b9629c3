import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A folder with one more migration, to lie above the image of the app. */
export function migration(folder: string, version: string, name: string, body: string): string {
  const at = join(folder, `migration-${version}`);
  mkdirSync(join(at, 'rails/db/migrate'), { recursive: true });
  const file = name.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
  writeFileSync(
    join(at, 'rails/db/migrate', `${version}_${file}.rb`),
    `class ${name} < ActiveRecord::Migration[7.2]\n  def change\n    ${body}\n  end\nend\n`,
  );
  return at;
}
