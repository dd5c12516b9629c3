import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import type { Settings } from '../settings';
export class AddOnsChart extends Chart {
  constructor(scope: Construct, id: string, _settings: Settings) {
    super(scope, id);
  }
}
