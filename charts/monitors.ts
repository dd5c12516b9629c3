import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { applicationMonitors } from './monitors/application';
import { dashboards } from './monitors/dashboards';
import { dataMonitors } from './monitors/data';
import { deliveryMonitors } from './monitors/delivery';
import { platformMonitors } from './monitors/platform';
import type { Settings } from './settings';

/** What the team looks at and is woken by, as objects that the Datadog operator writes to Datadog. */
export class MonitorsChart extends Chart {
  constructor(scope: Construct, id: string, { cluster, sites }: Settings) {
    super(scope, id, { namespace: cluster.datadog.namespace, disableResourceNameHashes: true });
    const watched = sites.find(({ environment }) => environment.name === cluster.alerts.environment);
    if (!watched) throw new Error(`'alerts.environment' (${cluster.alerts.environment}) is not an environment`);

    applicationMonitors(this, watched);
    dataMonitors(this, watched);
    deliveryMonitors(this, watched);
    platformMonitors(
      this,
      watched,
      sites.map(({ environment }) => environment.namespace),
    );
    dashboards(this, watched);
  }
}
