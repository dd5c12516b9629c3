import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv, { type ValidateFunction } from 'ajv';

/** The part of an OpenAPI description that is read here. */
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

/** By `POST /api/v1/monitor` and the like the name of the schema of its body; and all schemas, by name. */
export interface Reference {
  readonly requests: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, unknown>>;
}

/** What the Datadog operator 1.29.0 sends for the types that we use (internal/controller/datadoggenericresource). */
const requests = [
  'POST /api/v1/monitor',
  'PUT /api/v1/monitor/{monitor_id}',
  'POST /api/v1/dashboard',
  'PUT /api/v1/dashboard/{dashboard_id}',
  'POST /api/v1/synthetics/tests/api',
  'PUT /api/v1/synthetics/tests/api/{public_id}',
  'POST /api/v1/synthetics/tests/delete',
];

const file = join(__dirname, 'datadog-reference.json');

/**
 * Datadog's reference of its API, as far as we use it: .generator/schemas/v1/openapi.yaml of
 * github.com/DataDog/datadog-api-client-go/v2 2.56.0, the client of the operator's release, without prose.
 * `npm run test:cluster -- monitors` compares it with that file.
 */
export function committedReference(): Reference {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** What of a whole description is committed. */
export function referenceOf({ paths, components }: OpenApi): Reference {
  const needed = new Map<string, unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const name = isMap(value) ? nameOf(value.$ref) : undefined;
    if (name === undefined) {
      for (const each of Object.values(value)) visit(each);
    } else if (!needed.has(name)) {
      needed.set(name, components.schemas[name]);
      visit(components.schemas[name]);
    }
  };
  const bodies = requests.map((request) => {
    const [method = '', path = ''] = request.split(' ');
    const operation: any = paths[path]?.[method.toLowerCase()];
    const { schema } = operation.requestBody.content['application/json'];
    visit(schema);
    return [request, nameOf(schema.$ref) as string] as const;
  });
  const schemas = [...needed].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    requests: Object.fromEntries(bodies),
    schemas: Object.fromEntries(schemas.map(([name, schema]) => [name, withoutProse(schema)])),
  };
}

/** As it is committed: one line for each schema. */
export function textOf({ requests, schemas }: Reference): string {
  const lines = (of: object) =>
    Object.entries(of).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n  "requests": {\n${lines(requests).join(',\n')}\n  },\n  "schemas": {\n${lines(schemas).join(',\n')}\n  }\n}\n`;
}

/**
 * Judges bodies more strictly than the reference reads: a field that it does not name, that only Datadog writes, or that is
 * deprecated is refused as well.
 */
export class Judge {
  private readonly ajv = new Ajv({ strict: false });
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor(private readonly reference: Reference) {
    for (const keyword of ['readOnly', 'deprecated']) {
      this.ajv.removeKeyword(keyword);
      this.ajv.addKeyword({ keyword, validate: (given: boolean) => !given });
    }
    for (const [format, most] of [
      ['int32', 2 ** 31 - 1],
      ['int64', Number.MAX_SAFE_INTEGER],
    ] as const)
      this.ajv.addFormat(format, {
        type: 'number',
        validate: (value) => Number.isInteger(value) && Math.abs(value) <= most,
      });
    for (const format of ['double', 'date-time']) this.ajv.addFormat(format, true);
    this.ajv.addSchema({ $id: 'datadog', $defs: closed(reference.schemas) });
  }

  /**
   * @param request method and path, with values in the place of the names
   * @returns what is wrong with its body, with the field; nothing when it is allowed
   * @throws Error for a request that is not in the reference
   */
  problems(request: string, body: unknown): string[] {
    const found = Object.entries(this.reference.requests).filter(([each]) =>
      new RegExp(`^${each.replace(/\{\w+\}/g, '[^/]+')}$`).test(request),
    );
    // `tests/delete` and `tests/{id}` could both match; there is no such pair among those of the operator.
    const [[, schema] = []] = found;
    if (schema === undefined || found.length > 1) throw new Error(`${request}: found ${found.length} times`);
    const validate = this.compiled.get(schema) ?? this.ajv.getSchema(`datadog#/$defs/${schema}`);
    if (!validate) throw new Error(`test/charts/monitors/datadog-reference.json: has no schema ${schema}`);
    this.compiled.set(schema, validate);
    if (validate(body)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(reference: unknown): string | undefined {
  return typeof reference === 'string' ? reference.replace('#/components/schemas/', '') : undefined;
}

/** Changes each keyword of a schema, and leaves the names of properties as they are. */
function rewritten(schema: unknown, change: (keywords: Record<string, unknown>) => object): unknown {
  if (Array.isArray(schema)) return schema.map((each) => rewritten(each, change));
  if (!isMap(schema)) return schema;
  const within = Object.entries(schema).map(([keyword, value]) => [
    keyword,
    keyword === 'properties' && isMap(value)
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rewritten(each, change)]))
      : rewritten(value, change),
  ]);
  return change(Object.fromEntries(within));
}

function withoutProse(schema: unknown): unknown {
  return rewritten(schema, (keywords) =>
    Object.fromEntries(
      Object.entries(keywords).filter(
        ([keyword]) =>
          !['description', 'example', 'externalDocs', 'title', 'default'].includes(keyword) &&
          !keyword.startsWith('x-'),
      ),
    ),
  );
}

/** As JSON Schema, and closed: what is not named is refused. */
function closed(schemas: Reference['schemas']): object {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      rewritten(schema, ({ $ref, ...keywords }) => ({
        ...keywords,
        ...($ref !== undefined && { $ref: `#/$defs/${nameOf($ref)}` }),
        ...(keywords.properties !== undefined &&
          keywords.additionalProperties === undefined && { additionalProperties: false }),
      })),
    ]),
  );
}
