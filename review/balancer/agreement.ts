import { canonical } from '../model/canonical';
import { gathered } from '../model/collections';
import { listOf } from '../model/pods';
import { type Row, rows } from './annotations';
import { type Group, inParams, type Member, mapOf, ownOf, portsOf, type Spoken, said } from './groups';

/** Something of which a load balancer has only one, and of which two of its members say different things. */
interface Disagreement extends Spoken {
  readonly member: Member;
  /** `idle_timeout.timeout_seconds`, or the name of the annotation. */
  readonly what: string;
  readonly other: Spoken & { readonly member: Member };
}

type Statement = Disagreement['other'];

/** Everything for which the controller refuses a whole group, once for each of the two sides. */
export function* disagreementsIn(group: Group): Generator<Disagreement> {
  const noted: [string, Statement][] = [];
  const note = (what: string, member: Member, { value, manifest, path }: Spoken) =>
    noted.push([what, { member, value, manifest, path }]);
  const nlb = group.members.some((member) => said(member, 'enable-frontend-nlb')?.value === true);
  for (const [suffix, row] of rows)
    if (row.group && (nlb || !suffix.startsWith('frontend-nlb-')))
      for (const member of group.members)
        for (const [what, each] of statementsOf(group, member, suffix, row)) note(what, member, each);
  for (const member of group.members)
    if (member.spec?.defaultBackend)
      for (const port of portsOf(member).keys())
        note(`the default backend at port ${port}`, member, {
          value: `that of ${member.name}`,
          manifest: member.manifest,
          path: ['spec', 'defaultBackend'],
        });
  for (const [what, all] of gathered(noted)) {
    const [first] = all as [Statement, ...Statement[]];
    const others = all.filter(({ value }) => canonical(value) !== canonical(first.value));
    const [other] = others;
    if (other)
      for (const each of [first, ...others]) yield { ...each, what, other: each === first ? other : first };
  }
}

function* statementsOf(group: Group, member: Member, suffix: string, row: Row): Generator<[string, Spoken]> {
  const name = suffix.replace(/\.\*$/, '');
  // Without the annotation the listeners are there all the same.
  if (suffix === 'listen-ports') {
    const { manifest, path } = ownOf(member, suffix) ?? { manifest: member.manifest, path: member.path };
    for (const [port, value] of portsOf(member)) yield [`the protocol of port ${port}`, { value, manifest, path }];
    return;
  }
  if (row.unless && group.members.some((each) => said(each, row.unless as string))) return;
  if (name !== suffix) {
    for (const [port, protocol] of portsOf(member)) {
      const own = ownOf(member, `${name}.${protocol}-${port}`);
      for (const [key, value] of Object.entries(own?.value ?? {}))
        yield [`${key} at port ${port}`, { ...(own as Spoken), value }];
    }
    return;
  }
  const ofFirst = row.first ? inParams(group.members[0] ?? {}, row) : undefined;
  // What the class of the first member says, nobody can contradict (model_build_load_balancer_attributes.go).
  if (ofFirst && row.group === 'one') return;
  const found = row.first ? ownOf(member, suffix) : said(member, suffix);
  if (!found) return;
  const { value } = found;
  if (row.group === 'one') yield [name, sorted(row, found)];
  else if (row.group === 'keys') {
    for (const [key, each] of Object.entries(mapOf(found)))
      if (!(key in mapOf(ofFirst))) yield [suffix === 'tags' ? `tag ${key}` : key, { ...found, value: each }];
  } else if (suffix === 'mutual-authentication') {
    for (const each of listOf(value))
      if (portsOf(member).get(each.port) === 'HTTPS')
        yield [`${name} at port ${each.port}`, { ...found, value: each }];
  } else if (!Array.isArray(value) || value.length > 0)
    for (const [port, protocol] of portsOf(member))
      if (!row.tls || protocol === 'HTTPS') yield [`${name} at port ${port}`, sorted(row, found)];
}

function sorted(row: Row, found: Spoken): Spoken {
  const inOrder = typeof row.value === 'string' || !row.value.set || !Array.isArray(found.value);
  return inOrder ? found : { ...found, value: [...found.value].sort() };
}
