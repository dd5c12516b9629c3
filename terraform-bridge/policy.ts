import { DataAwsIamPolicyDocument } from '@cdktn/provider-aws/lib/data-aws-iam-policy-document';
import type { Construct } from 'constructs';

/** Who may do what with which resources, and only when. */
export interface Statement {
  /** Allow when absent. */
  readonly effect?: 'Deny';
  readonly actions: readonly string[];
  /** Absent in the trust policy of a role, which is about the role itself. */
  readonly resources?: readonly string[];
  /** Who it is about, in a trust policy or a policy on a resource. */
  readonly principal?: { readonly type: 'AWS' | 'Service'; readonly names: readonly string[] };
  /** Test, key and values: `StringEquals`, `aws:SourceAccount`, and the account. */
  readonly when?: readonly (readonly [test: string, key: string, ...values: string[]])[];
}

/** @returns the policy as JSON; written as a document of its own, so that a reviewer reads it and a test judges it */
export function policy(scope: Construct, id: string, statements: readonly Statement[]): string {
  return new DataAwsIamPolicyDocument(scope, id, {
    statement: statements.map(({ effect, actions, resources, principal, when }) => ({
      effect,
      actions: [...actions],
      resources: resources && [...resources],
      principals: principal && [{ type: principal.type, identifiers: [...principal.names] }],
      condition: when?.map(([test, variable, ...values]) => ({ test, variable, values })),
    })),
  }).json;
}

/** The trust policy of a role that a service of AWS takes. */
export function trust(scope: Construct, service: string, actions = ['sts:AssumeRole']): string {
  return policy(scope, 'trust', [{ actions, principal: { type: 'Service', names: [service] } }]);
}
