import type { Rule } from '../../rule';
import type { Manifest } from '../../tree';

/** What stands where cdk8s, cdktn or JavaScript failed to put a value. */
const unfilled =
  /\$\{Token\[|\$\{TfToken\[|#\{Token\[|\[object \w+\]|^(undefined|null|NaN)$|(^|[-/.])(undefined|NaN)($|[-/.:])/;
/** What a person wrote to replace it later. */
const later = /\b(CHANGE[-_ ]?ME|REPLACE[-_ ]?ME|FIXME|TODO)\b|<(your|insert|replace)[-_ ]/i;

export const unresolved: Rule = {
  id: 'unresolved',
  level: 'critical',
  title: 'Every value was filled in.',
  why: 'A token that nothing resolved, or an undefined that became text, is a name or an address that does not exist: the pod does not start, or the rule matches nothing.',
  fix: 'Find where the chart joins a value into a text before it is known.',
  covers: [],
  *check({ tree }) {
    for (const manifest of tree.manifests)
      for (const [path, text] of texts(manifest.object))
        if (unfilled.test(text) || (later.test(text) && path.length > 0 && !path.includes('annotations')))
          yield {
            manifest,
            path,
            message: `holds ${JSON.stringify((unfilled.exec(text) ?? later.exec(text))?.[0])}`,
          };
  },
};

const account = '000000000000';
const digest = `sha256:${'0'.repeat(64)}`;

export const placeholder: Rule = {
  id: 'placeholder',
  level: 'warn',
  title: 'No value stands for one that only AWS or the first build knows.',
  why: 'Until the first terraform apply the account is 000000000000, and until the first build an image has a digest of zeros: pods of it cannot be pulled, and roles of it do not exist.',
  fix: 'Apply the stacks and commit their outputs (docs/runbooks/bootstrap.md); for an image, npm run promote. Until then there is nothing to do.',
  covers: [],
  *check({ tree }) {
    const found = new Map<string, { first: Manifest; path: readonly (string | number)[]; count: number }>();
    for (const manifest of tree.manifests) {
      const [path] =
        [...texts(manifest.object)].find(([, text]) => text.includes(account) || text.includes(digest)) ?? [];
      const known = found.get(manifest.environment);
      if (path && known) known.count++;
      else if (path) found.set(manifest.environment, { first: manifest, path, count: 1 });
    }
    // One for each environment: hundreds would hide everything else.
    for (const [environment, { first, path, count }] of found)
      yield {
        manifest: first,
        path,
        message: `stands for a value that is not known yet, here and in ${count - 1} more files of ${environment}`,
      };
  },
};

function* texts(
  value: unknown,
  at: readonly (string | number)[] = [],
): Iterable<[readonly (string | number)[], string]> {
  if (typeof value === 'string') yield [at, value];
  else if (Array.isArray(value)) for (const [i, each] of value.entries()) yield* texts(each, [...at, i]);
  else if (typeof value === 'object' && value !== null)
    for (const [key, each] of Object.entries(value)) {
      yield [at, key];
      yield* texts(each, [...at, key]);
    }
}
