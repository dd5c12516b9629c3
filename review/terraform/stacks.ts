import type { KubernetesObject, Manifest } from '../model/tree';

/** The stack whose file it is, as `npm run terraform` writes them; undefined for any other file. */
export function stackOf(file: string): string | undefined {
  return /^(?:terraform-bridge|examples\/[^/]+)\/stacks\/([^/]+)\//.exec(file)?.[1];
}

/** The `apiVersion` of what is not an object of Kubernetes but a block of a Terraform stack. */
export const terraform = 'terraform';

type Block = Readonly<Record<string, unknown>>;

/**
 * The blocks of a stack in Terraform's JSON syntax, each as an object whose kind is the resource's type: a resource
 * `aws_vpc`, a data source `data.aws_vpc`, an output, a provider, a `moved` block.
 *
 * @throws SyntaxError when the text is not JSON
 */
export function blocksIn(file: string, text: string): Manifest[] {
  const stack = stackOf(file) ?? '';
  const place = { file, environment: `aws/${stack}`, chart: stack };
  return Object.entries(JSON.parse(text) as Record<string, unknown>)
    .filter(([block]) => block !== '//')
    .flatMap(([block, content]) => objectsOf(block, content))
    .map((object) => ({ ...place, object }));
}

function objectsOf(block: string, content: unknown): KubernetesObject[] {
  const blocks = (Array.isArray(content) ? content : [content]) as Block[];
  if (block === 'moved' || block === 'removed' || block === 'import')
    return blocks.map((each) => objectOf(block, String(each.from ?? each.to), each));
  if (!['resource', 'data', 'ephemeral'].includes(block))
    return blocks.flatMap((each) =>
      block === 'terraform' || block === 'locals'
        ? [objectOf(block, block, each)]
        : Object.entries(each).map(([name, inner]) => objectOf(block, name, inner)),
    );
  const prefix = block === 'resource' ? '' : `${block}.`;
  return blocks.flatMap((each) =>
    Object.entries(each as Record<string, Block>).flatMap(([type, named]) =>
      Object.entries(named).map(([name, inner]) => objectOf(`${prefix}${type}`, name, inner)),
    ),
  );
}

function objectOf(kind: string, name: string, content: unknown): KubernetesObject {
  const fields = Array.isArray(content) ? (content.length === 1 ? content[0] : { content }) : content;
  return { ...(fields as Block), apiVersion: terraform, kind, metadata: { name } };
}
