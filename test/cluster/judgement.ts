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

/** The last judgement of a release, beside the steps of its canary. */
export async function judgementOf(delivery: Delivery, image: string): Promise<Judgement | undefined> {
  return (await judgements(delivery, image, 'Background')).at(-1);
}

/** What the gates of a release found, in the order in which it came to them. */
export async function gatesOf(delivery: Delivery, image: string): Promise<Judgement[]> {
  return judgements(delivery, image, 'Step');
}

async function judgements(delivery: Delivery, image: string, type: 'Background' | 'Step'): Promise<Judgement[]> {
  const tag = tagOf(image);
  const step = (run: any) => Number(run.metadata.labels['step-index'] ?? 0);
  return (await delivery.api.list('argoproj.io/v1alpha1', 'AnalysisRun', 'production'))
    .filter(({ metadata, spec }) => {
      return metadata.labels['rollout-type'] === type && spec.args.some(({ value }: any) => value === tag);
    })
    .sort((a, b) => a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) || step(a) - step(b))
    .flatMap(({ status }) => (status ? [judgement(status)] : []));
}

function judgement({ phase, metricResults = [] }: any): Judgement {
  const metrics = metricResults.map(({ name, measurements = [] }: any) => [
    name,
    measurements.map(({ phase, message }: Measurement) => ({ phase, message })),
  ]);
  return { phase, metrics: Object.fromEntries(metrics) };
}

export function phases(measurements: readonly Measurement[] = []): string[] {
  return measurements.map(({ phase }) => phase);
}

/** Promotes a release of which Sentry and Datadog tell a story. */
export async function release(delivery: Delivery, image: string, story: Partial<Story>): Promise<void> {
  delivery.observability.tell(tagOf(image), story);
  await delivery.promote('production', 'web', image);
}
