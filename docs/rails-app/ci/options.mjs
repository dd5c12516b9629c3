import { parseArgs } from 'node:util';

/**
 * The options of a program that waits, as texts. What is missing, unknown or not a number ends it with 2 before it asks anything.
 *
 * @param needed names of options without a default
 * @param defaults name to default; `minutes`, `every` and `per-second` are numbers
 */
export function optionsOf(needed, defaults) {
  try {
    const { values } = parseArgs({
      options: Object.fromEntries([
        ...needed.map((name) => [name, { type: 'string' }]),
        ...Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: value }]),
      ]),
    });
    for (const name of needed) if (!values[name]) throw new Error(`--${name} is missing`);
    for (const name of ['minutes', 'every', 'per-second'])
      if (values[name] !== undefined && !/^\d+(\.\d+)?$/.test(values[name]))
        throw new Error(`--${name} ${values[name]} is not a number`);
    return values;
  } catch (error) {
    console.error(error.message);
    process.exit(2);
  }
}
