import { InvalidArgumentError } from 'commander';

/**
 * An address of this machine, to try a command that else asks the internet.
 *
 * @throws InvalidArgumentError when it is any other
 */
export function loopback(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || !/^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname))
    throw new InvalidArgumentError('Write an address of this machine, for example http://127.0.0.1:3000.');
  return url;
}
