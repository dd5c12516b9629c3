/** What is wrong with a text, or undefined. */
export type Check = (text: string) => string | undefined;

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const labelForm = new RegExp(`^${label}$`);
const subdomainForm = new RegExp(`^${label}(\\.${label})*$`);
const qualifiedForm = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** RFC 1123: a namespace, a container, a Service's port. */
export const dnsLabel: Check = (text) =>
  labelForm.test(text) && text.length <= 63
    ? undefined
    : 'must be lower-case letters, digits and hyphens, at most 63, with a letter or digit at both ends';

/** RFC 1035: a Service. */
export const serviceName: Check = (text) =>
  /^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(text) && text.length <= 63
    ? undefined
    : 'must be lower-case letters, digits and hyphens, at most 63, with a letter at the start and no hyphen at the end';

/** RFC 1123: most names. */
export const subdomain: Check = (text) =>
  subdomainForm.test(text) && text.length <= 253
    ? undefined
    : 'must be lower-case letters, digits, hyphens and dots, at most 253, with a letter or digit at both ends of each part';

/** Names that may hold anything that can be part of a URL's path. */
export const pathSegment: Check = (text) =>
  text !== '.' && text !== '..' && !/[/%]/.test(text) ? undefined : "must not be '.' or '..', nor hold '/' or '%'";

/** The key of a label or an annotation: `name` or `domain/name`. */
export const qualifiedName: Check = (text) => {
  const [name = '', prefix, ...more] = text.split('/').reverse();
  if (more.length > 0) return "must have at most one '/'";
  if (prefix !== undefined && subdomain(prefix)) return `its part before '/' ${subdomain(prefix)}`;
  return qualifiedForm.test(name) && name.length <= 63
    ? undefined
    : "must be letters, digits, '-', '_' and '.', at most 63, with a letter or digit at both ends";
};

export const labelValue: Check = (text) =>
  text === '' || (qualifiedForm.test(text) && text.length <= 63)
    ? undefined
    : "must be empty, or letters, digits, '-', '_' and '.', at most 63, with a letter or digit at both ends";

/** A port's name, as IANA has it. */
export const portName: Check = (text) =>
  /^[a-z0-9-]{1,15}$/.test(text) && /[a-z]/.test(text) && !/^-|-$|--/.test(text)
    ? undefined
    : 'must be at most 15 lower-case letters, digits and single hyphens, with at least one letter';

/** Since 1.34 any printable ASCII but `=`. */
export const variableName: Check = (text) =>
  /^[\x20-\x3c\x3e-\x7e]+$/.test(text) ? undefined : "must be printable ASCII without '='";

/** A key of a ConfigMap or Secret, which becomes a file's name. */
export const dataKey: Check = (text) =>
  /^[-._a-zA-Z0-9]+$/.test(text) && text.length <= 253 && text !== '.' && !text.startsWith('..')
    ? undefined
    : "must be letters, digits, '-', '_' and '.', at most 253, and not start with '..'";

export const port = (value: number): string | undefined =>
  value >= 1 && value <= 65_535 ? undefined : 'must be between 1 and 65535';

const rfc1035Kinds = new Set(['Service']);
const labelKinds = new Set(['Namespace']);
const pathKinds = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'PodDisruptionBudget']);

/** How an object of this kind may be called. */
export function nameCheckOf(kind: string): Check {
  if (rfc1035Kinds.has(kind)) return serviceName;
  if (labelKinds.has(kind)) return dnsLabel;
  return pathKinds.has(kind) ? pathSegment : subdomain;
}
