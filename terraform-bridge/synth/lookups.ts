import { DataAwsCallerIdentity } from '@cdktn/provider-aws/lib/data-aws-caller-identity';
import { DataAwsRoute53Zone } from '@cdktn/provider-aws/lib/data-aws-route53-zone';
import { TerraformOutput, type TerraformStack } from 'cdktn';

/** The number of the account that a stack is applied in. */
export function accountOf(stack: TerraformStack): string {
  return new DataAwsCallerIdentity(stack, 'account').accountId;
}

/** The public zone of that name, which somebody else made. */
export function zoneNamed(stack: TerraformStack, name: string): string {
  return new DataAwsRoute53Zone(stack, 'zone', { name, privateZone: false }).zoneId;
}

/** Outputs of a stack that no chart reads; a person does. */
export function emitAll(stack: TerraformStack, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values))
    new TerraformOutput(stack, `output-${name}`, { value }).overrideLogicalId(name);
}
