import { TerraformOutput, type TerraformStack } from 'cdktn';
import type { Outputs, Stack } from '../../charts/terraform-outputs/declared';

/** Makes the stack's outputs: every one that is declared and no other, or this does not compile. */
export function emit<S extends Stack>(stack: TerraformStack, values: Outputs<S>): void {
  for (const [name, value] of Object.entries(values))
    new TerraformOutput(stack, `output-${name}`, { value }).overrideLogicalId(name);
}
