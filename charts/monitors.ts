import { Chart } from 'cdk8s';
import type { Construct } from 'constructs';
import { application } from './monitors/application';
import { dashboards } from './monitors/dashboards';
import { data } from './monitors/data';
import { delivery } from './monitors/delivery';
import { platform } from './monitors/platform';
import type { Settings } from './settings';

/** What the team looks at and is woken by, as objects that the Datadog operator writes to Datadog. */
export class MonitorsChart extends Chart {
  constructor(scope: Construct, id: string, { cluster, sites }: Settings) {
    super(scope, id, { namespace: cluster.datadog.namespace, disableResourceNameHashes: true });
    const watched = sites.find(({ environment }) => environment.name === cluster.alerts.environment);
    if (!watched) throw new Error(`'alerts.environment' (${cluster.alerts.environment}) is no environment`);

    application(this, watched);
    data(this, watched);
    delivery(this, watched);
    platform(
      this,
      watched,
      sites.map(({ environment }) => environment.namespace),
    );
    dashboards(this, watched);
  }
}
