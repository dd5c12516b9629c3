import { containersOf, templateOf } from '../../model/pods';
import words from '../../model/program-words.json';
import { fieldAt, type Manifest, type Steps } from '../../model/tree';
import { documentsIn } from '../../model/yaml';
import { rule } from '../../rule-of';
import { meant } from '../../schema/walk';

/** What a value may be: texts between commas, or a text of this form. Neither: anything. */
interface Word {
  readonly list?: string;
  readonly text?: string;
}
type Annotations = Readonly<Record<string, string>>;
const programs: Readonly<
  Record<string, { readonly program: string; readonly keys: Readonly<Record<string, Word>> }>
> = words.annotations;
const own = Object.keys(programs);
const { pgbouncer } = words;
const settings = new Map<string, RegExp>([
  ...Object.entries(pgbouncer.values).map(
    ([key, all]) => [key, new RegExp(`^(${all.replaceAll(' ', '|')})$`)] as const,
  ),
  ...pgbouncer.numbers.split(' ').map((key) => [key, /^\d+(\.\d+)?$/] as const),
  ...pgbouncer.texts.split(' ').map((key) => [key, /^/] as const),
]);

export const programWord = rule('program-word', function* ({ tree }) {
  for (const manifest of tree.manifests)
    for (const [path, message] of said(manifest)) yield { manifest, path, message };
});

function* said(manifest: Manifest): Generator<[Steps, string]> {
  const { object } = manifest;
  const [pod] = templateOf(manifest);
  const places: [Steps, Annotations][] = [[['metadata', 'annotations'], object.metadata.annotations ?? {}]];
  if (pod && pod.path.length > 0) places.push([[...pod.path, 'metadata', 'annotations'], pod.annotations]);
  const containers = pod
    ? containersOf(pod).map(({ container }) => container.name ?? '')
    : ['service', 'endpoints'];
  for (const [path, annotations] of places) {
    for (const [key, value] of Object.entries(annotations))
      for (const message of [...annotation(key, String(value), containers), ...file(key, String(value))])
        yield [[...path, key], message];
  }
  if (object.kind === 'ConfigMap')
    for (const [key, text] of Object.entries<string>(object.data ?? {}))
      for (const message of file(key, String(text))) yield [['data', key], message];
  const field = (words.fields as Readonly<Record<string, { path: string[]; text: string }>>)[object.kind];
  const text = field && fieldAt(object, field.path);
  if (field && text !== undefined)
    for (const message of parsed(field.text, String(text))) yield [field.path, message];
  const options = object.kind === 'Application' ? (object.spec?.syncPolicy?.syncOptions ?? []) : [];
  for (const [i, option] of options.entries())
    if (!new RegExp(words.syncOptions).test(option))
      yield [
        ['spec', 'syncPolicy', 'syncOptions', i],
        `${option} is not an option that Argo CD reads; it is ignored`,
      ];
}

function* annotation(key: string, value: string, containers: readonly string[]): Generator<string> {
  const prefix = key.slice(0, key.indexOf('/') + 1);
  const { program, keys } = programs[prefix] ?? { program: '', keys: {} };
  const name = key.slice(prefix.length);
  const owner = program ? '' : own.find((each) => programs[each]?.keys[name] && /\w-\w/.test(name));
  if (owner) yield `${key} is read by nobody; is ${owner}${name} meant?`;
  if (!program) return;
  const [, container = '', what = ''] = /^([^.]+)\.(.+)$/.exec(name) ?? [];
  const word = keys[name] ?? keys[`<container>.${what}`];
  if (!word) yield `${key} is not a key that ${program} reads${meant(name, Object.keys(keys))}`;
  else if (!keys[name] && !containers.includes(container))
    yield `names the container ${container}, which the pod does not have; ${program} ignores it`;
  if (word?.text) yield* parsed(word.text, value);
  for (const each of word?.list === undefined ? [] : value.split(',').map((part) => part.trim()))
    if (!new RegExp(word?.list ?? '').test(each))
      yield `${JSON.stringify(each)} is not a value that ${program} knows`;
}

function* file(name: string, text: string): Generator<string> {
  for (const [pattern, form] of Object.entries(words.files))
    if (new RegExp(pattern).test(name)) yield* parsed(form, text);
}

function* parsed(form: string, text: string): Generator<string> {
  if (form === 'pgbouncer') yield* ini(text);
  else
    try {
      if (form === 'json') JSON.parse(text);
      // A template is filled in first.
      else if (!/\{\{/.test(text)) documentsIn(text);
    } catch (error) {
      yield `is not valid ${form === 'json' ? 'JSON' : 'YAML'}: ${(error as Error).message.split('\n', 1)[0]}`;
    }
}

function* ini(text: string): Generator<string> {
  let section = '';
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || /^[;#%]/.test(line)) continue;
    const head = /^\[(.*)\]$/.exec(line)?.[1];
    if (head !== undefined && !pgbouncer.sections.includes(head))
      yield `[${head}] is not a section of PgBouncer's`;
    section = head ?? section;
    const [, key = line, given = ''] = /^([^=\s]+)\s{0,40}=(.*)/.exec(line) ?? [];
    const value = given.trim();
    const form = settings.get(key);
    if (head !== undefined || section !== 'pgbouncer') continue;
    if (!form) yield `${key} is not a setting of PgBouncer's${meant(key, settings.keys())}`;
    else if (!form.test(value)) yield `${key} is ${value}, which PgBouncer does not know`;
  }
}
