import { InvalidArgumentError } from 'commander';

/** Argo CD shows the code's commit beside the deploy's by these trailers, and drops one that it cannot parse. */
export const references: Readonly<
  Record<string, { readonly flag: string; readonly says: string; readonly parse: (value: string) => string }>
> = {
  author: { flag: 'author', says: 'author (Name <address>)', parse: author },
  sha: { flag: 'sha', says: 'commit', parse: sha },
  subject: { flag: 'text', says: 'commit message, first line', parse: line },
  body: { flag: 'text', says: 'commit message, rest', parse: body },
  repourl: { flag: 'url', says: 'repository', parse: repository },
};

/** The trailers of a commit message, of the options that were given. */
export function trailers(options: { readonly [reference: `reference${string}`]: string | undefined }): string {
  return Object.keys(references)
    .map((name) => [name, options[`reference${name[0]?.toUpperCase()}${name.slice(1)}`]])
    .filter(([, value]) => value)
    .map(([name, value]) => `Argocd-reference-commit-${name}: ${value}`)
    .join('\n');
}

function line(value: string): string {
  return value.replace(/\s+/g, ' ').trim();
}

/** RFC 5322: a name with a comma or a bracket has quotes. */
function author(value: string): string {
  const [, name = '', address] = /^(.{0,200}?) ?<([^<>\s@]{1,64}@[^<>\s@]{1,255})>$/.exec(line(value)) ?? [];
  if (!value) return '';
  if (!address)
    throw new InvalidArgumentError("Write 'Name <address>', as git show -s --format='%an <%ae>' does.");
  const plain = name === '' || /^[\p{L}\p{N} !#$%&'*+/=?^_`{|}~.-]+$/u.test(name) || /^".*"$/.test(name);
  return `${plain ? name : JSON.stringify(name)} <${address}>`.trim();
}

function sha(value: string): string {
  if (/^([0-9a-f]{5,40})?$/.test(value)) return value;
  throw new InvalidArgumentError('Write 5 to 40 hex digits in lower case, as git rev-parse does.');
}

/** A JSON string, whatever is in it; a line of 64 KiB is more than Argo CD reads. */
function body(value: string): string {
  const text = value.trim();
  return text && JSON.stringify(text.length > 8_000 ? `${text.slice(0, 8_000)}…` : text);
}

/** `git@host:path` is not a valid URL, and a token in a URL must not be committed: neither in its user nor in its query. */
function repository(value: string): string {
  const [, host, path] = /^([\w.-]+@[\w.-]+):(?!\/\/)(.+)$/.exec(value) ?? [];
  if (!value) return '';
  try {
    const url = new URL(host ? `ssh://${host}/${path}` : value);
    if (!['http:', 'https:', 'ssh:', 'git:'].includes(url.protocol) || !url.hostname) throw new Error();
    url.password = url.search = url.hash = '';
    if (url.protocol !== 'ssh:') url.username = '';
    return url.href;
  } catch {
    throw new InvalidArgumentError('Write a URL, for example https://github.com/organization/repository.');
  }
}
