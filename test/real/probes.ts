import { get } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Container } from './containers';

/** A probe of the manifest, with Kubernetes' defaults for what it does not say. */
export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: number };
  readonly tcpSocket?: { readonly port: number };
  readonly exec?: { readonly command: readonly string[] };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly failureThreshold?: number;
}

export const failureThreshold = (probe: Probe) => probe.failureThreshold ?? 3;
export const period = (probe: Probe) => (probe.periodSeconds ?? 10) * 1000;

/** Asks once, as the kubelet of the node would. */
export async function ask(probe: Probe, address: string, container: Container): Promise<boolean> {
  const seconds = probe.timeoutSeconds ?? 1;
  if (probe.exec) return (await container.exec(probe.exec.command, seconds)).status === 0;
  const answer = probe.httpGet ? http(probe.httpGet, address) : tcp(probe.tcpSocket?.port ?? 0, address);
  return Promise.race([answer, sleep(seconds * 1000, false, { ref: false })]);
}

function http({ path, port }: { path: string; port: number }, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host, port, path, agent: false, headers: { host: `${host}:${port}` } }, (response) => {
      response.resume();
      resolve(Number(response.statusCode) >= 200 && Number(response.statusCode) < 400);
    }).once('error', () => resolve(false));
  });
}

function tcp(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      resolve(true);
      socket.destroy();
    }).once('error', () => resolve(false));
  });
}
