import { App } from 'cdktn';
import type { AwsStack } from './aws-stack';

/**
 * The text of every stack that is built, or of those that are named, by its path in a folder. The same bytes every time.
 *
 * @throws Error with what a construct says is wrong with it
 */
export function renderEach(
  folder: string,
  build: (app: App) => readonly AwsStack[],
  names?: readonly string[],
): Map<string, string> {
  // The stack of calls behind every token is a third of the time, and nobody is shown one (cdktn 0.x, lib/tokens/private/stack-trace.js).
  process.env.CDKTN_DISABLE_CREATION_STACK = '1';
  // Its own folder is never written, and the versions of programs are not asked for.
  const app = new App({ skipValidation: true, stackTraces: false });
  return new Map(
    build(app)
      .filter(({ node }) => names?.includes(node.id) ?? true)
      .map((stack) => [`${folder}/${stack.node.id}/cdk.tf.json`, textOf(stack)]),
  );
}

function textOf(stack: AwsStack): string {
  stack.prepareStack();
  const problems = stack.node.findAll().flatMap(({ node }) => node.validate());
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return `${JSON.stringify(tidy(stack.toTerraform()), null, 2)}\n`;
}

/** Sorted, so that a difference is a change, and without cdktn's notes on itself. */
function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, tidy(inner)]),
  );
}
