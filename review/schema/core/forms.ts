import { isIP } from 'node:net';
import { mistakeIn } from '../../../charts/environments/cron';
import { secondsOf } from '../../model/duration';
import { quantityOf } from '../../model/quantity';
import * as names from '../names';
import { condition } from './condition';

type Check = names.Check;

/** A text of this form, or what is said of any other. */
function like(pattern: RegExp, otherwise: string): Check {
  return (text) => (pattern.test(text) ? undefined : otherwise);
}

const hostName: Check = (text) =>
  isIP(text) ? 'is an address, must be a name' : names.subdomain(text.replace(/^\*\./, ''));

const controller: Check = (text) =>
  /^[^/]+\/[-A-Za-z0-9/._~%!$&'()*+,;=:]+$/.test(text) &&
  !names.subdomain(text.split('/')[0] ?? '') &&
  text.length <= 250
    ? undefined
    : 'must be a domain and a path, for example ingress.k8s.aws/alb';

const addressRange: Check = (text) => {
  const [address = '', bits = '', ...more] = text.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= most
    ? undefined
    : 'is not a valid range of addresses; write for example 10.0.0.0/8';
};

/** A path that stays below where it starts. */
const pathInside: Check = (text) => (text.startsWith('/') ? 'must be relative' : pathForward(text));
const pathForward: Check = (text) => (text.split('/').includes('..') ? "must not hold '..'" : undefined);

/** Go's `time.ParseDuration`, which has no days. */
const seconds: Check = (text) =>
  secondsOf(text) === undefined || /d/.test(text)
    ? 'is not a valid duration; write for example 30s, 5m or 1h30m'
    : undefined;
const duration: Check = (text) => (/^[1-9]\d*$/.test(text) ? `has no unit; write ${text}s` : seconds(text));
/** A duration, or whole seconds without a unit. */
const pause: Check = (text) => (/^-\d/.test(text) ? 'is less than 0' : seconds(text));
const applicationFinalizer = like(
  /^(?!.*argo)|^(resources|pre-delete|post-delete)-finalizer\.argocd\.argoproj\.io(\/[-\w]+)?$/,
  'is not a finalizer that Argo CD removes: the Application could never be deleted',
);
const argumentField = like(
  /^(?!metadata)|^metadata\.(name|namespace|uid|(labels|annotations)(\['[^']+'\])?)$/,
  'is not a field that an argument can be made of',
);

const limitTypes = ['Pod', 'Container', 'PersistentVolumeClaim'];
const zones = new Map<string, boolean>();

/** Asked once for each name: the answer is slow, and the first one loads all zones. */
function isTimeZone(name: string): boolean {
  const known =
    zones.get(name) ?? (name !== '' && !/^local$/i.test(name) && (name === 'Etc/UTC' || formats(name)));
  zones.set(name, known);
  return known;
}

function formats(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}

/** By the names that `demands.json` has for them. A port by its number is a fact of its field, by its name one of these. */
export const forms: Readonly<Record<string, Check>> = {
  applicationFinalizer,
  argumentField,
  condition,
  dataKey: names.dataKey,
  dnsLabel: names.dnsLabel,
  duration,
  labelValue: names.labelValue,
  pathSegment: names.pathSegment,
  pause,
  portName: names.portName,
  qualifiedName: names.qualifiedName,
  serviceName: names.serviceName,
  subdomain: names.subdomain,
  variableName: names.variableName,
  addressRange,
  annotationKey: (text) => names.qualifiedName(text.toLowerCase()),
  anything: () => undefined,
  containerResource: like(
    /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/,
    'is not a resource of a container',
  ),
  controller,
  headerName: like(/^[-A-Za-z0-9]+$/, 'is not a valid name of a header'),
  hostName,
  limitType: (text) =>
    limitTypes.includes(text) || text.includes('/')
      ? names.qualifiedName(text)
      : `is none of ${limitTypes.join(', ')}`,
  moreThanNothing: (text) => ((quantityOf(text) ?? 1) > 0 ? undefined : 'must be more than 0'),
  notBlank: (text) => (text.trim() === '' ? 'is blank' : undefined),
  notNegative: (text) => ((quantityOf(text) ?? 0) < 0 ? 'is less than 0' : undefined),
  pathForward,
  pathInside,
  portLabel: (text) =>
    text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)
      ? undefined
      : 'must be lower-case letters, digits and hyphens, at most 63',
  provisioner: (text) => names.qualifiedName(text.toLowerCase()),
  schedule: mistakeIn,
  sysctl: like(
    /^[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*$/,
    'is not a valid name of a sysctl',
  ),
  timeZone: (text) => (isTimeZone(text) ? undefined : 'is not a valid time zone'),
  trimmed: (text) => (text.trim() === text ? undefined : 'has white space around it'),
  variableField: like(
    /^(metadata\.(name|namespace|uid)|metadata\.(labels|annotations)\['[^']+'\]|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs))$/,
    'is not a field that a variable can be made of',
  ),
};
