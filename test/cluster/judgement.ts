import type { Delivery } from './delivery';
import { tagOf } from './pipeline';
import type { Story } from './played/observability';

/** One answer of Sentry or Datadog, as the controller took it. */
export interface Measurement {
  readonly phase: string;
  readonly message?: string;
}

/** An AnalysisRun: how it ended, and what each metric was told. */
export interface Judgement {
  readonly phase: string;
  readonly metrics: Readonly<Record<string, readonly Measurement[]>>;
}

/** The last judgement of a release. */
export async function judgementOf(delivery: Delivery, image: string): Promise<Judgement | undefined> {
  const tag = tagOf(image);
  const runs = (await delivery.api.list('argoproj.io/v1alpha1', 'AnalysisRun', 'production'))
    .filter(({ spec }) => spec.args.some(({ value }: any) => value === tag))
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
  const { status } = runs.at(-1) ?? {};
  if (!status) return undefined;
  const results: any[] = status.metricResults ?? [];
  const metrics = results.map(({ name, measurements = [] }) => [
    name,
    measurements.map(({ phase, message }: Measurement) => ({ phase, message })),
  ]);
  return { phase: status.phase, metrics: Object.fromEntries(metrics) };
}

/** Promotes a release of which Sentry and Datadog tell a story. */
export async function release(delivery: Delivery, image: string, story: Partial<Story>): Promise<void> {
  delivery.observability.tell(tagOf(image), story);
  await delivery.promote('production', 'web', image);
}
