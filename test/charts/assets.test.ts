import { assetMarks } from '../../charts/assets/marks';
import type { Image } from '../../charts/environments/image';
import { seconds } from '../../charts/environments/units';
import { manifests, ofKind, one, settings } from '../support/manifests';

const sites = settings.sites.map((site) => [site.environment.name, site] as const);
const published = sites.filter(([, { environment }]) => environment.assetsHost);
const waiting = (name: string) =>
  one(name, 'Rollout', 'e-ren-rollout').spec.template.spec.initContainers.find(
    (each: any) => each.name === 'uploaded-assets',
  );

test('where there is no CDN, no pod waits for it and nothing is uploaded', () => {
  const others = sites.filter((each) => !published.includes(each as never)).map(([name]) => name);
  expect(others.length).toBeGreaterThan(0);
  expect(others.filter(waiting)).toEqual([]);
  expect(manifests.filter(({ path }) => others.some((name) => path.startsWith(`dist/${name}/assets/`)))).toEqual(
    [],
  );
});

describe.each(published)('the assets of %s', (name, { environment, images }) => {
  const image = images.web as Image;
  const job = one(name, 'Job', 'eren-assets');
  const { containers, initContainers } = job.spec.template.spec;
  const [upload] = containers;
  const script: string = upload.args[0];
  const wait = waiting(name);
  const env = Object.fromEntries(wait.env.map((each: any) => [each.name, each.value]));
  const application = ofKind('Application').find((each) => each.spec.source.path === `dist/${name}/assets`);

  test('are an Application of their own, with an object that changes with the image', () => {
    expect(job.path.startsWith(`dist/${name}/assets/`)).toBe(true);
    expect(application?.spec.syncPolicy.automated.enabled).toBe(true);
    const record = one(name, 'ConfigMap', 'eren-assets');
    const waves = [job, record].map(({ metadata }) =>
      Number(metadata.annotations?.['argocd.argoproj.io/sync-wave']),
    );
    expect(waves[0]).toBeLessThan(waves[1] as number);
    expect(record.data?.image).toBe(image.reference);
  });

  test('are those of the image that waits for them', () => {
    const rollout = one(name, 'Rollout', 'e-ren-rollout').spec.template.spec;
    const copy = initContainers.find((each: any) => each.name === 'copy');
    expect([copy.image, wait.image, rollout.containers[0].image]).toEqual(Array(3).fill(image.reference));
    expect([env.RAILS_ASSET_HOST, env.DD_VERSION]).toEqual([`https://${environment.assetsHost}`, image.tag]);
  });

  test('are marked when all are there, by the mark that the pods ask for', () => {
    const variable = (name: string) => upload.env.find((each: any) => each.name === name).value;
    const lines: string[] = script.trim().replaceAll('$MARK', variable('MARK')).split('\n');
    const marked = lines.map((line) => new RegExp(`/${assetMarks.folder}/([^\\s"]+)`).exec(line)?.[1]);
    const last = lines.findLastIndex((line) => line.includes(' s3 sync '));
    expect(marked.flatMap((mark, i) => (mark ? [mark, i > last] : []))).toEqual([
      ...[assetMarks.any, true],
      ...[image.tag, true],
    ]);
    const asked: string = wait.command.at(-1);
    expect(asked).toContain(`/${assetMarks.folder}/#{mark}`);
    expect(asked).toContain(`"${assetMarks.any}"`);
  });

  test('that hang cost the release after them no canary', () => {
    const { backoff } = application?.spec.syncPolicy.retry ?? {};
    const longest = /^(?:(\d+)m)?(\d+)s$/.exec(backoff.maxDuration) ?? [];
    const pause = Number(longest[1] ?? 0) * 60 + Number(longest[2]);
    // What is left is for the upload itself.
    expect(job.spec.activeDeadlineSeconds + pause + 120).toBeLessThan(
      seconds(environment.web.canary.progressDeadline),
    );
  });
});
