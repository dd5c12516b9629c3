import { join } from 'node:path';
import { quoted } from '../environments/visible';
import { readText } from '../files';
import { declared, type Output, type Outputs, placeholderAccount, type Stack } from './declared';

/** Characters of a file of outputs; ours have five thousand. */
const largest = 2 ** 18;

/** The file that holds a stack's outputs, from the repository's root. */
export function outputsFile(stack: Stack): string {
  return `terraform-bridge/outputs/${stack}.json`;
}

/**
 * Reads `terraform-bridge/outputs/<stack>.json`, as `terraform output -json` writes it.
 *
 * @param root the repository
 * @param account the account every ARN must be of; of the stack itself when absent
 * @param given what is to be in the file, instead of what is
 * @returns the values, or every problem: file, output, value, and what to do
 */
export function loadOutputs<S extends Stack>(
  root: string,
  stack: S,
  account?: string,
  given?: string,
): { readonly values?: Outputs<S>; readonly problems: readonly string[] } {
  const file = outputsFile(stack);
  const remedy = `apply the ${stack} stack and run \`npm run bridge -- ${stack}\``;
  let parsed: unknown;
  try {
    const text = given ?? readText(join(root, file));
    if (text.length > largest)
      return {
        problems: [`${file}: holds ${text.length} characters, and outputs of ours at most ${largest}; ${remedy}`],
      };
    parsed = JSON.parse(text);
  } catch (error) {
    return { problems: [`${file}: ${(error as Error).message}; ${remedy}`] };
  }
  if (!isObject(parsed)) return { problems: [`${file}: is not a JSON object; ${remedy}`] };

  const found = parsed;
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const expected: Record<string, Output> = declared[stack];
  // A stack that was never applied is all placeholders, whatever the other one is.
  const own = valueIn(found, 'account_id');
  const cluster = {
    account: own === placeholderAccount ? own : (account ?? own),
    region: valueIn(found, 'region'),
  };
  for (const [name, output] of Object.entries(expected)) {
    const problem = judge(output, Object.hasOwn(found, name) ? found[name] : undefined, cluster);
    if (problem) problems.push(`${file}: ${name}: ${problem.replace('REMEDY', remedy)}`);
    else values[name] = (found[name] as { value: unknown }).value;
  }
  for (const name of Object.keys(found))
    if (!Object.hasOwn(expected, name))
      problems.push(
        `${file}: ${quoted(name).slice(1, -1)}: is not declared; declare it in charts/terraform-outputs/declared.ts or remove the output`,
      );
  return problems.length > 0 ? { problems } : { values: values as Outputs<S>, problems };
}

/** What the cluster is in; what names another account or region is of somebody else. */
interface Place {
  readonly account: string | undefined;
  readonly region: string | undefined;
}

function judge(output: Output, found: unknown, place: Place): string | undefined {
  if (found === undefined) return 'is missing; REMEDY';
  if (!isObject(found) || !('value' in found) || !('type' in found))
    return 'has no "type" and "value", so this is not `terraform output -json`; REMEDY';
  // Whatever else stands there may mean it.
  if (found.sensitive !== undefined && found.sensitive !== false)
    return 'is sensitive and must not be in git; keep it in Secrets Manager and remove the output';
  const { value } = found;
  const kind = kindOf(value);
  if (kind !== output.type)
    return `${quoted(value)} is a ${kind}, not a ${output.type}; expected like ${output.example}`;
  const each = kind === 'list' || kind === 'map' ? Object.values(value as object) : [value];
  if (each.length === 0) return `is empty; expected like ${output.example}`;
  const keys = kind === 'map' ? Object.keys(value as object) : [];
  const key = keys.find((one) => output.keys?.test(one) === false);
  if (key !== undefined) return `the key ${quoted(key)} is malformed; expected like ${output.example}`;
  for (const one of each) {
    if (output.type !== 'number' && typeof one !== 'string')
      return `${quoted(one)} is not a string; expected like ${output.example}`;
    const form = output.pattern.exec(String(one));
    if (!form) return `${quoted(one)} is malformed; expected like ${output.example}`;
    for (const group of ['account', 'region'] as const) {
      const named = form.groups?.[group];
      if (named !== undefined && place[group] !== undefined && named !== place[group])
        return `${quoted(one)} is of ${group} ${named}, the cluster is in ${place[group]}; take the outputs of one ${group}`;
    }
  }
  return undefined;
}

function valueIn(found: Record<string, unknown>, name: string): string | undefined {
  const output = Object.hasOwn(found, name) ? found[name] : undefined;
  // What is none is told by itself, and others are not compared with it.
  const value = isObject(output) ? String(output.value) : '';
  return /^[a-z0-9-]{1,32}$/.test(value) ? value : undefined;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return isObject(value) ? 'map' : value === null ? 'null' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
