import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Cluster } from '../cluster';
import { launch } from '../control-plane';
import { freePort } from '../ports';
import { settings } from '../settings';

/** A value of a request: what the Query protocol writes flat, `Actions.member.1.Type`. */
export type Parameter =
  | string
  | number
  | boolean
  | undefined
  | readonly Parameter[]
  | { readonly [name: string]: Parameter };

/** The API said no; the code is AWS' own: `Throttling`, `TargetGroupNotFound`. */
export class ElbError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

/** What a rule does with the requests for a host: the target groups by ARN, and their weights. */
export interface Share {
  readonly arn: string;
  readonly weight: number;
}

/**
 * AWS' API of load balancers: moto's server, and before it a door on which a test hangs what can go wrong. A target is
 * healthy as soon as it is registered, and gone as soon as it is not; nothing carries a request.
 */
export class Elb {
  /** From now on every request through the door is answered as AWS does when there were too many. */
  throttled = false;
  /** What has been seen since the last change, by question. */
  private readonly known = new Map<string, Promise<any>>();

  static async start({ processes, programs }: Cluster): Promise<Elb> {
    let port = 0;
    await launch(processes, {
      program: async () => {
        port = await freePort();
        const args = ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)];
        return { name: 'moto', file: programs.python, args };
      },
      ready: async () => (await fetch(`http://127.0.0.1:${port}/moto-api/`)).ok,
      within: 60,
    });
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const door = server.address() as { port: number };
    const elb = new Elb(`http://127.0.0.1:${door.port}`, `http://127.0.0.1:${port}`, () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    server.on('request', (incoming, answer) => void elb.pass(incoming, answer));
    return elb;
  }

  private constructor(
    /** For AWS_ENDPOINT_URL. */
    readonly address: string,
    private readonly behind: string,
    readonly stop: () => unknown,
  ) {}

  /** What a controller does, through the door. @throws ElbError */
  ask(action: string, parameters: Readonly<Record<string, Parameter>> = {}): Promise<any> {
    return ask(this.address, action, parameters);
  }

  /** What is so, whatever the door says; every change comes through it. @throws ElbError */
  see(action: string, parameters: Readonly<Record<string, Parameter>> = {}): Promise<any> {
    const question = JSON.stringify([action, parameters]);
    const answer = this.known.get(question) ?? ask(this.behind, action, parameters);
    this.known.set(question, answer);
    return answer;
  }

  /** The network that every account of moto has. */
  async network(): Promise<{ readonly subnets: string[]; readonly vpc: string }> {
    const answer = await send(this.address, 'ec2', { Action: 'DescribeSubnets', Version: '2016-11-15' });
    const all = (name: string) =>
      [...answer.matchAll(new RegExp(`<${name}>([^<]+)`, 'g'))].map(([, id = '']) => id);
    return { subnets: all('subnetId'), vpc: all('vpcId')[0] ?? '' };
  }

  /** Where the listeners of a load balancer send the requests for a host, right now. */
  async sharesOf(listener: string, host: string): Promise<Share[]> {
    const { Rules } = await this.see('DescribeRules', { ListenerArn: listener });
    const rules = (Rules as any[]).filter(({ Conditions = [] }) =>
      Conditions.some(({ HostHeaderConfig }: any) => HostHeaderConfig?.Values?.includes(host)),
    );
    // What is answered for some of its paths by the load balancer itself is not sent anywhere.
    const groups: any[] = rules.flatMap(({ Actions }) => Actions[0]?.ForwardConfig?.TargetGroups ?? []);
    return groups.map(({ TargetGroupArn, Weight }) => ({ arn: TargetGroupArn, weight: Number(Weight) }));
  }

  private async pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    if (this.throttled) {
      const error = '<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>';
      answer.writeHead(400, { 'content-type': 'text/xml' });
      answer.end(`<ErrorResponse>${error}<RequestId>played</RequestId></ErrorResponse>`);
      return;
    }
    const { method, headers, url = '/' } = incoming;
    const changes = !/^Action=Describe|&Action=Describe/.test(body.toString());
    const forward = request(`${this.behind}${url}`, { method, headers }, (response) => {
      if (changes) this.known.clear();
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    forward.once('error', () => answer.writeHead(502).end());
    forward.end(body);
  }
}

async function ask(
  address: string,
  action: string,
  parameters: Readonly<Record<string, Parameter>>,
): Promise<any> {
  const query = { Action: action, Version: '2015-12-01', ContentType: 'JSON', ...parameters };
  return (
    JSON.parse(await send(address, 'elasticloadbalancing', query))[`${action}Response`]?.[`${action}Result`] ?? {}
  );
}

/** @throws ElbError with what the API answers */
async function send(
  address: string,
  service: string,
  query: Readonly<Record<string, Parameter>>,
): Promise<string> {
  // moto finds the API by the service that a signature is for, and does not look at the signature.
  const credential = `played/20260101/${settings.cluster.region}/${service}/aws4_request`;
  const answer = await fetch(address, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=played` },
    body: new URLSearchParams(flat(query)),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new ElbError(field(text, 'Code') ?? String(answer.status), field(text, 'Message') ?? text);
  return text;
}

/** A field of an error, in XML or JSON. */
function field(text: string, name: string): string | undefined {
  return new RegExp(`(?:<${name}>|"${name}":\\s*")([^<"]*)`).exec(text)?.[1];
}

function flat(value: Parameter, path = ''): [string, string][] {
  if (value === undefined) return [];
  if (typeof value !== 'object') return [[path, String(value)]];
  const nested = Array.isArray(value)
    ? value.map((each, i) => [`${path}.member.${i + 1}`, each] as const)
    : Object.entries(value).map(([name, each]) => [path ? `${path}.${name}` : name, each] as const);
  return nested.flatMap(([name, each]) => flat(each, name));
}
