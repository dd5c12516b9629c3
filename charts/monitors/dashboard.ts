import type { Construct } from 'constructs';
import { DatadogGenericResourceSpecType as Type } from '../../imports/datadog-generic-resource-datadoghq.com';
import { datadogResource } from './monitor';

export interface Graph {
  readonly title: string;
  /** Query of metrics, or search of events that are counted, by the name that formulas call it. */
  readonly queries: Readonly<Record<string, string | { readonly events: string; readonly by: 'day' | 'week' }>>;
  /** What is drawn of them, by the label of its line. Absent: each query under its name. */
  readonly formulas?: Readonly<Record<string, string>>;
  readonly display?: 'line' | 'bars' | 'area';
  /** Lines across, where somebody is told. */
  readonly thresholds?: { readonly warning?: number; readonly critical: number };
}

/** A dashboard as Datadog's API has it, in the order the graphs are given. */
export function dashboard(
  scope: Construct,
  {
    name,
    title,
    description,
    graphs,
  }: { name: string; title: string; description: string; graphs: readonly Graph[] },
): void {
  datadogResource(scope, `dashboard-${name}`, Type.DASHBOARD, {
    title,
    description,
    layout_type: 'ordered',
    // Datadog places the graphs.
    reflow_type: 'auto',
    tags: ['team:eren'],
    widgets: graphs.map((graph) => ({ definition: definition(graph) })),
  });
}

function definition({ title, queries, formulas, display = 'line', thresholds }: Graph) {
  return {
    type: 'timeseries',
    title,
    show_legend: true,
    requests: [
      {
        response_format: 'timeseries',
        queries: Object.entries(queries).map(([name, query]) =>
          typeof query === 'string'
            ? { data_source: 'metrics', name, query }
            : counted(name, query.events, query.by),
        ),
        formulas: Object.entries(
          formulas ?? Object.fromEntries(Object.keys(queries).map((name) => [name, name])),
        ).map(([alias, formula]) => ({ alias, formula })),
        display_type: display,
      },
    ],
    ...(thresholds && {
      markers: [
        { label: 'critical', value: `y = ${thresholds.critical}`, display_type: 'error dashed' },
        ...(thresholds.warning === undefined
          ? []
          : [{ label: 'warning', value: `y = ${thresholds.warning}`, display_type: 'warning dashed' }]),
      ],
    }),
  };
}

function counted(name: string, search: string, by: 'day' | 'week') {
  const interval = { day: 24, week: 7 * 24 }[by] * 3_600_000;
  return {
    data_source: 'events',
    name,
    search: { query: search },
    compute: { aggregation: 'count', interval },
    indexes: ['*'],
    group_by: [],
  };
}
