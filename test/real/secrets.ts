import type { Manifest } from './manifests';

/** What Secrets Manager would hold: entry, property, value. */
export type Entries = Record<string, Record<string, string>>;

/**
 * The Secret that External Secrets would make.
 * @throws Error for an entry or property that is not in the store, and for a template function it does not know
 */
export function render({ metadata, spec }: Manifest, store: Entries): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { secretKey, remoteRef } of spec.data) {
    const value = store[remoteRef.key]?.[remoteRef.property];
    if (value === undefined)
      throw new Error(`ExternalSecret ${metadata.name}: no ${remoteRef.property} in ${remoteRef.key}`);
    values[secretKey] = value;
  }
  const templates: Record<string, string> = spec.target.template?.data;
  if (!templates) return values;
  return Object.fromEntries(
    Object.entries(templates).map(([key, text]) => [
      key,
      text.replaceAll(/{{(.*?)}}/g, (_, pipeline) => evaluate(pipeline, values)),
    ]),
  );
}

/** What the manifests use of Go's templates and Sprig: a value, and functions one after the other. */
const functions: Record<string, (value: string, ...args: string[]) => string> = {
  trim: (value) => value.trim(),
  quote: (value) => JSON.stringify(value),
  urlquery: (value) => encodeURIComponent(value).replaceAll('%20', '+'),
  replace: (value, from = '', to = '') => value.replaceAll(from, to),
};

function evaluate(pipeline: string, values: Record<string, string>): string {
  const [first, ...rest] = pipeline.split('|').map((stage) => stage.match(/"(?:\\.|[^"])*"|\S+/g) ?? []);
  const value = values[(first?.[0] ?? '').replace(/^\./, '')];
  if (value === undefined || first?.length !== 1)
    throw new Error(`template {{${pipeline}}} begins with no known value`);
  return rest.reduce((before, [name = '', ...args]) => {
    const apply = functions[name];
    if (!apply) throw new Error(`template {{${pipeline}}}: no function ${name}`);
    return apply(before, ...args.map((arg) => JSON.parse(arg) as string));
  }, value);
}
