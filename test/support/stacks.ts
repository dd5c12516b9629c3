import { frozen } from './frozen';
import { once } from './once';
import { root } from './root';

export interface Resource {
  /** `aws_vpc.network_vpc`, as a plan writes it. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly config: any;
}

/** What `npm run terraform` would write of a stack, parsed. */
export interface Parsed {
  readonly json: any;
  readonly resources: readonly Resource[];
  /** All of a type, by name. */
  ofType(type: string): Readonly<Record<string, any>>;
  /** The only one of a type. */
  only(type: string): any;
  /** The statements of a policy document, by a reference to it or its name. */
  statements(policy: string): any[];
}

/** The stack of the frozen settings, or of what was made of them. */
export function stack(name: 'cluster' | 'production', change?: (settings: any) => void): Parsed {
  return parsed(change ? rendered(name, change) : once(`stack-${name}`, () => rendered(name)));
}

/** A stack of another system, of its own settings or of what was made of them. */
export function exampleStack(name: 'production' | 'staging', change?: (settings: any) => void): Parsed {
  const { renderRails } =
    require('../../examples/rails-on-ecs/stacks') as typeof import('../../examples/rails-on-ecs/stacks');
  const environments = structuredClone(
    (
      require('../../examples/rails-on-ecs/environments') as typeof import('../../examples/rails-on-ecs/environments')
    ).environments,
  ) as any[];
  const chosen = environments.filter((each) => each.name === name);
  for (const each of chosen) change?.(each);
  return parsed(
    JSON.parse(renderRails(root, chosen).get(`examples/rails-on-ecs/stacks/${name}/cdk.tf.json`) as string),
  );
}

function parsed(json: any): Parsed {
  const resources = Object.entries((json.resource ?? {}) as Record<string, Record<string, any>>).flatMap(
    ([type, all]) =>
      Object.entries(all).map(([name, config]) => ({ address: `${type}.${name}`, type, name, config })),
  );
  const ofType = (type: string) => json.resource?.[type] ?? {};
  return {
    json,
    resources,
    ofType,
    only(type) {
      const all = Object.values(ofType(type));
      if (all.length !== 1) throw new Error(`${all.length} resources of ${type}`);
      return all[0];
    },
    statements(policy) {
      const name = /aws_iam_policy_document\.(\w+)\.json/.exec(policy)?.[1] ?? policy;
      const document = json.data.aws_iam_policy_document[name];
      if (!document) throw new Error(`no policy document ${name}`);
      return document.statement;
    },
  };
}

function rendered(name: string, change?: (settings: any) => void): any {
  // Only who has the provider made anew pays for loading it.
  const { renderStacks, stackFolder } =
    require('../../terraform-bridge/synth/stacks') as typeof import('../../terraform-bridge/synth/stacks');
  const settings = structuredClone(frozen) as any;
  change?.(settings);
  return JSON.parse(renderStacks(settings, [name]).get(`${stackFolder}/${name}/cdk.tf.json`) as string);
}
