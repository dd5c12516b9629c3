/** What tests read without importing it: a file of the first matters to those of the second. */
const read: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^commands\/(promote|rollback|revert|freeze|deploy|push|own-clone|git|lock|history)\b/, deploys()],
  [/^commands\/([\w-]+)\.(ts|mjs)$/, ['test/commands/$1.test.ts', 'test/commands/program.test.ts']],
  [/^systems\//, ['test/systems']],
  [/^(charts|dist|argocd|imports)\//, ['test/charts', 'test/review/generated.test.ts']],
  [/^charts\/environments\//, ['test/docs/runbooks/numbers.test.ts', 'test/terraform-bridge']],
  [/^terraform-bridge\//, ['test/terraform-bridge']],
  [/^review\//, ['test/review']],
  [/^docs\/|\.md$/, ['test/docs']],
  [/^test\/review\/(fixtures|corpus|diff)\//, ['test/review']],
  [
    /^(\.github|\.ci|\.devcontainer|\.vscode)\/|^(Jenkinsfile|CODEOWNERS|package.*\.json|renovate\.json)$/,
    ['test/repository'],
  ],
  [
    /\.(ts|mjs|md|json|ya?ml)$/,
    ['test/docs/words.test.ts', 'test/repository/names.test.ts', 'test/repository/imports.test.ts'],
  ],
];

function deploys(): string[] {
  return ['promote', 'rollback', 'revert', 'freeze'].map((name) => `test/commands/${name}.test.ts`);
}

/**
 * The tests that files may concern, of all that there are: by folder, because most of them read what is generated, and run
 * commands as processes, so that imports alone would miss them.
 *
 * @param changed paths in the repository
 * @param tests paths of all tests
 */
export function affectedTests(changed: readonly string[], tests: readonly string[]): string[] {
  const wanted = changed.flatMap((path) => [
    path,
    ...read.flatMap(([pattern, places]) => {
      const found = pattern.exec(path);
      return found ? places.map((place) => place.replace('$1', found[1] ?? '')) : [];
    }),
  ]);
  return tests.filter((test) => wanted.some((place) => test === place || test.startsWith(`${place}/`)));
}
