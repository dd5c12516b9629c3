/** Files that merge with the manifests and are none: what is said of them, the first pattern that fits. */
const kinds: readonly (readonly [pattern: RegExp, says: string])[] = [
  // An image is told as the objects that run it.
  [/^charts\/environments\/images\//, ''],
  [/^(dist|argocd)\//, 'not a manifest, and not compared'],
  [/^charts\/environments\//, 'settings; what they make is compared'],
  [/^(charts|imports|terraform-bridge)\//, 'source; what it makes is compared'],
  [
    /^(\.github|\.ci|commands|review)\/|^Jenkinsfile|CODEOWNERS$/,
    'it judges or runs what is merged, and is not judged itself: read it',
  ],
  [/(^|\/)package(-lock)?\.json$/, 'other packages run at the next npm ci, and are not judged here: read it'],
  [/^test\//, 'tests'],
  [/^docs\/|\.md$/, 'text for people'],
];

/** One line for each kind of changed file, with the names where they are few. */
export function otherFiles(files: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const file of files) {
    const says = kinds.find(([pattern]) => pattern.test(file))?.[1] ?? 'not judged: read it';
    if (says) groups.set(says, [...(groups.get(says) ?? []), file]);
  }
  return [...groups].map(([says, names]) => {
    const shown = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more files`] : names;
    return `${shown.join(', ')}: changed; ${says}`;
  });
}
