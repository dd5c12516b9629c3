import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/root';
import { closing, commandsOf } from '../../support/shell';
import facts from './aws-commands.json';

interface Option {
  readonly type: string;
  /** The members of the structure that it is, or that it has a list of. */
  readonly members?: readonly string[];
  readonly values?: readonly string[];
}
interface Command {
  readonly required: readonly string[];
  readonly options: Readonly<Record<string, string | Option>>;
  /** Names that a query may use. */
  readonly answers: readonly string[];
}
const commands = facts.commands as Readonly<Record<string, Command>>;

/** Words of the command line's own that no service model has, with the options that are used of them. */
const own: Readonly<Record<string, readonly string[]>> = {
  'ecr get-login-password': ['region'],
  'eks get-token': ['cluster-name'],
  'eks update-kubeconfig': ['name', 'alias', 'region'],
  's3 cp': ['recursive', 'only-show-errors', 'no-progress', 'cache-control', 'content-type', 'exclude'],
  's3 rm': ['recursive', 'only-show-errors'],
  's3 sync': ['delete', 'size-only', 'only-show-errors', 'no-progress', 'cache-control', 'exclude', 'include'],
  'sso login': ['profile', 'sso-session'],
};
/** Options that every command has. */
const global = ['query', 'output', 'region', 'profile', 'no-cli-pager', 'no-paginate', 'max-items', 'page-size'];

/** A command of AWS' as a page, a manifest or a script writes it. */
export interface Written {
  readonly file: string;
  readonly text: string;
  /** `rds wait db-instance-available`. */
  readonly name: string;
  readonly options: ReadonlyMap<string, readonly string[]>;
}

const before = ['sudo', '-E', 'until', 'while', 'if', 'do', 'then', 'else', '!'];

/** The commands of AWS' in a shell script; a literal that a variable was given stands in its place. */
export function awsCommands(file: string, script: string): Written[] {
  const literals = [...script.matchAll(/(?:^|[\s;])(\w+)=([\w./-]+)(?=$|[\s;])/gm)];
  const values = new Map(literals.map(([, name = '', value = '']) => [name, value]));
  // `<what a person fills in>`, which a shell would read as a file.
  return commandsOf(script.replaceAll(/<[a-z][\w .'/-]*>/g, '…')).flatMap((words) => {
    const at = words.indexOf('aws');
    if (at < 0 || words.slice(0, at).some((word) => !before.includes(word))) return [];
    const plain = words
      .slice(at + 1)
      .map((word) => word.replaceAll(/\$(\w+)|\$\{(\w+)\}/g, (as, a, b) => values.get(a ?? b) ?? as));
    const named = plain.slice(0, plain[1] === 'wait' ? 3 : 2);
    const options = new Map<string, string[]>();
    let last: string[] = [];
    for (const word of plain.slice(named.length)) {
      const [, name, value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
      if (name === undefined) last.push(word);
      else {
        last = value === undefined ? [] : [value];
        options.set(name, last);
      }
    }
    // The program itself is spoken of.
    if (named.length < 2) return [];
    return [{ file, text: ['aws', ...plain].join(' '), name: named.join(' '), options }];
  });
}

/** What a page tells to type: its blocks of shell, and what stands between backticks in a line. */
export function scriptsOfPage(text: string): string[] {
  const fences = [...text.matchAll(/^ *```(?:sh|bash)\n([\s\S]*?)^ *```$/gm)].map(([, code = '']) => code);
  const lines = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return [
    // One page is one shell: what a block sets, the next one uses.
    fences.join('\n'),
    ...[...lines.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|')),
  ];
}

function filesIn(folder: string, endings: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => endings.test(file))
    .map((file) => `${folder}/${file}`);
}

/** Every command of AWS' in pages and in what runs in the cluster. */
export function allAwsCommands(): Written[] {
  const read = (file: string) => readFileSync(join(root, file), 'utf8');
  const pages = ['README.md', 'CONTRIBUTING.md', ...filesIn('docs', /\.md$/)];
  const scripts = [
    ...filesIn('dist', /\.yaml$/),
    ...filesIn('docs/rails-app', /(Jenkinsfile|\.mjs)$/),
    'Jenkinsfile',
  ];
  return [
    ...pages.flatMap((file) => scriptsOfPage(read(file)).flatMap((script) => awsCommands(file, script))),
    ...scripts.flatMap((file) =>
      read(file)
        .split('\n')
        .filter((line) => /\baws [a-z0-9-]+ [a-z]/.test(line) && !/^\s*(#|\/\/)/.test(line))
        .flatMap((line) => awsCommands(file, line.replace(/^\s*(- )?/, ''))),
    ),
  ];
}

/** What is wrong with a command by AWS' own models; a mention without any option is not judged for what it lacks. */
export function problemsOf({ name, options }: Written): string[] {
  const command = commands[name];
  const known = own[name] ?? (command && Object.keys(command.options));
  if (!known)
    return [`${name}: not in test/docs/runbooks/aws-commands.json (npm run aws-commands), or no command of AWS'`];
  const found = [...options].flatMap(([option, values]) => {
    if (global.includes(option) && !known.includes(option)) return [];
    const off = option.startsWith('no-') && !known.includes(option);
    const plain = off ? option.slice(3) : option;
    if (!known.includes(plain)) return [`--${option}: ${name} has no such option`];
    return command ? valueProblems(option, command.options[plain] as string | Option, values, off) : [];
  });
  const missing = options.size === 0 ? [] : (command?.required ?? []).filter((option) => !options.has(option));
  const [query] = options.get('query') ?? [];
  const unknown =
    command && query && !name.includes(' wait ')
      ? namesIn(query).filter((each) => !command.answers.includes(each))
      : [];
  return [
    ...found,
    ...missing.map((option) => `--${option}: is missing, and ${name} needs it`),
    ...unknown.map((each) => `--query: ${name} answers nothing called ${each}`),
  ];
}

function valueProblems(option: string, fact: string | Option, values: readonly string[], off: boolean): string[] {
  const { type, members, values: allowed } = typeof fact === 'string' ? ({ type: fact } as Option) : fact;
  if (type === 'boolean') return values.length === 0 ? [] : [`--${option}: takes no value`];
  if (off) return [`--${option}: only what is true or false can be denied`];
  if (values.length === 0) return [`--${option}: has no value`];
  if (values.length > 1 && !['list', 'map', 'structure'].includes(type))
    return [`--${option}: takes one value, not ${values.join(' ')}`];
  const literal = values.filter((value) => !/[$…<]/.test(value));
  return [
    ...(type === 'integer' || type === 'long' ? literal.filter((value) => !/^-?\d+$/.test(value)) : []).map(
      (value) => `--${option}: ${value} is not a number`,
    ),
    ...literal
      .filter((value) => allowed && type !== 'map' && !allowed.includes(value))
      .map((value) => `--${option}: ${value} is none of ${allowed?.join(', ')}`),
    // Shorthand: `Key=a,Value=b`; JSON and files are read by others.
    ...literal
      .filter((value) => members && !/^(file:|[[{])/.test(value))
      .flatMap((value) =>
        [...withoutInner(value).matchAll(/(?:^|[,{])([A-Za-z]\w*)=/g)].map(([, member = '']) => member),
      )
      .filter((member) => !members?.includes(member) && type !== 'map')
      .map((member) => `--${option}: has no ${member}, but ${members?.join(', ')}`),
  ];
}

/** The part of a value in shorthand that is not inside brackets. */
function withoutInner(value: string): string {
  const less = value.replaceAll(/\[[^[\]]*\]|\{[^{}]*\}/g, '');
  return less === value ? value : withoutInner(less);
}

/** The names of a JMESPath expression: no functions, literals or references to what was piped. */
function namesIn(query: string): string[] {
  const bare = withoutSubstitutions(query)
    .replaceAll(/'[^']*'|`[^`]*`|"[^"]*"/g, '')
    .replaceAll(/\$\{?\w+\}?/g, '');
  return [...bare.matchAll(/\b[A-Za-z_]\w*\b(?!\(|\s*:)/g)].map(([name]) => name);
}

function withoutSubstitutions(text: string): string {
  const at = text.indexOf('$(');
  return at < 0 ? text : text.slice(0, at) + withoutSubstitutions(text.slice(closing(text, at + 1) + 1));
}
