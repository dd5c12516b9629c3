import type { TerraformStack } from 'cdktn';
import type { Outputs, Stack } from '../../charts/terraform-outputs/declared';
import { emitAll } from './lookups';

/** Makes the stack's outputs: every one that is declared and no other, or this does not compile. */
export function emit<S extends Stack>(stack: TerraformStack, values: Outputs<S>): void {
  emitAll(stack, values);
}
