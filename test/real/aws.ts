import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { run } from './containers';
import { awsImage } from './images';
import { debian13 } from './installation';
import { addHost } from './network';
import { until } from './processes';
import { aws } from './replacements';

/** The bucket of dist/. */
export const bucket = 'eren-assets-000000000000';

/** moto in place of AWS: RDS's API and S3, with the bucket. */
export class Aws {
  private constructor(
    /** What a pod needs to reach it. */
    public readonly env: Record<string, string>,
  ) {}

  public static async start(folder: string): Promise<Aws> {
    const host = addHost('aws');
    mkdirSync(folder, { recursive: true });
    const moto = await run({
      name: 'moto',
      host,
      image: awsImage,
      command: ['/opt/python/bin/moto_server', '--host', '0.0.0.0', '--port', '5000'],
      env: { HOME: '/dev/shm', PYTHONDONTWRITEBYTECODE: '1' },
      user: 1000,
      group: 1000,
      names: {},
      folder,
    });
    await until('moto listens', 60, () => moto.said().includes('Running on') || undefined);
    const started = new Aws(aws(host.address));
    await started.cli('s3api', 'create-bucket', '--bucket', bucket);
    return started;
  }

  /** The AWS CLI from outside of any pod. */
  public cli(...args: string[]): Promise<any> {
    const set = Object.entries({ ...this.env, AWS_REGION: 'us-east-1', LC_ALL: 'C.UTF-8' }).map(
      ([key, value]) => `${key}=${value}`,
    );
    return new Promise((resolve, reject) =>
      execFile('chroot', [debian13, 'env', ...set, 'aws', ...args, '--output', 'json'], (error, stdout, stderr) =>
        error
          ? reject(new Error(`aws ${args.join(' ')}: ${stderr}`))
          : resolve(stdout.trim() ? JSON.parse(stdout) : undefined),
      ),
    );
  }
}
