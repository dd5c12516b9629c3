import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declared, type Output, type Outputs, placeholderAccount, type Stack } from './declared';

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
    parsed = JSON.parse(given ?? readFileSync(join(root, file), 'utf8'));
  } catch (error) {
    return { problems: [`${file}: ${(error as Error).message}; ${remedy}`] };
  }
  if (!isObject(parsed)) return { problems: [`${file}: is no JSON object; ${remedy}`] };

  const found = parsed;
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const expected: Record<string, Output> = declared[stack];
  // A stack that was never applied is all placeholders, whatever the other one is.
  const own = accountOf(found);
  const expectedAccount = own === placeholderAccount ? own : (account ?? own);
  for (const [name, output] of Object.entries(expected)) {
    const problem = judge(output, found[name], expectedAccount);
    if (problem) problems.push(`${file}: ${name}: ${problem.replace('REMEDY', remedy)}`);
    else values[name] = (found[name] as { value: unknown }).value;
  }
  for (const name of Object.keys(found))
    if (!(name in expected))
      problems.push(
        `${file}: ${name}: is not declared; declare it in charts/terraform-outputs/declared.ts or remove the output`,
      );
  return problems.length > 0 ? { problems } : { values: values as Outputs<S>, problems };
}

function judge(output: Output, found: unknown, account: string | undefined): string | undefined {
  if (found === undefined) return 'is missing; REMEDY';
  if (!isObject(found) || !('value' in found) || !('type' in found))
    return 'has no "type" and "value", so this is not `terraform output -json`; REMEDY';
  if (found.sensitive === true)
    return 'is sensitive and must not be in git; keep it in Secrets Manager and remove the output';
  const { value } = found;
  const kind = kindOf(value);
  if (kind !== output.type)
    return `${JSON.stringify(value)} is a ${kind}, not a ${output.type}; expected like ${output.example}`;
  const each = kind === 'list' || kind === 'map' ? Object.values(value as object) : [value];
  if (each.length === 0) return `is empty; expected like ${output.example}`;
  for (const one of each) {
    if (output.type !== 'number' && typeof one !== 'string')
      return `${JSON.stringify(one)} is no string; expected like ${output.example}`;
    if (output.pattern && !output.pattern.test(String(one)))
      return `${JSON.stringify(one)} is malformed; expected like ${output.example}`;
    const problem = output.arn
      ? judgeArn(output, String(one), account)
      : ofAccount(String(one), output.account?.exec(String(one))?.[1], account);
    if (problem) return problem;
  }
  return undefined;
}

function judgeArn(output: Output, value: string, account: string | undefined): string | undefined {
  const [arn, partition, service, , owner, resource] = value.split(':');
  if (
    arn !== 'arn' ||
    !partition?.startsWith('aws') ||
    service !== output.arn ||
    !/^\d{12}$/.test(owner ?? '') ||
    !resource
  )
    return `${JSON.stringify(value)} is no ARN of ${output.arn}; expected like ${output.example}`;
  return ofAccount(value, owner, account);
}

function ofAccount(value: string, owner: string | undefined, account: string | undefined): string | undefined {
  if (owner === undefined || owner === account) return undefined;
  return `${JSON.stringify(value)} is of account ${owner}, the cluster is in ${account}; take the outputs of one account`;
}

function accountOf(found: Record<string, unknown>): string | undefined {
  const output = found.account_id;
  return isObject(output) && typeof output.value === 'string' ? output.value : undefined;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return isObject(value) ? 'map' : value === null ? 'null' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
