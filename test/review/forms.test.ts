import { mistakeIn } from '../../charts/environments/cron';
import { readAcknowledgements } from '../../review/model/acknowledgements';
import { quantityOf } from '../../review/model/quantity';

test('a quantity is read as Kubernetes reads it', () => {
  const read = {
    '250m': 0.25,
    '1Gi': 2 ** 30,
    2: 2,
    '1e3': 1000,
    '.5': 0.5,
    '1.5Ki': 1536,
    '-1': -1,
    '2E': 2e18,
    ' 1 ': 1,
  };
  for (const [text, value] of Object.entries(read)) expect([text, quantityOf(text)]).toEqual([text, value]);
  const none = ['', 'Gi', '1GB', '1 Gi', '0x10', '1,5', 'one'];
  expect(none.filter((text) => quantityOf(text) !== undefined)).toEqual([]);
});

test('a schedule is read as the controller of CronJobs reads it', () => {
  const right = ['0 6 * * *', '*/5 * * * *', '0 0-6/2 1,15 jan-mar MON', '@daily', '@every 1h30m', '0 0 ? * 6'];
  expect(right.filter(mistakeIn)).toEqual([]);
  const wrong = [
    '',
    '* * * *',
    '60 * * * *',
    '0 24 * * *',
    '0 0 0 * *',
    '0 0 * 13 *',
    '0 0 * * 7',
    '5-1 * * * *',
    '*/0 * * * *',
    '@often',
    'TZ=UTC 0 6 * * *',
    '* * * * * *',
  ];
  expect(wrong.filter((text) => mistakeIn(text) === undefined)).toEqual([]);
});

const today = '2026-11-21';

test('an acknowledgement that lacks something is refused with what it lacks', () => {
  expect(readAcknowledgements('', today)).toEqual([]);
  expect(readAcknowledgements('- id: shrunk:dist/a\n  reason: b\n  until: 2026-12-01\n', today)).toEqual([
    { id: 'shrunk:dist/a', reason: 'b', until: '2026-12-01' },
  ]);
  const refused = {
    'a: 1': 'is not a list',
    '- [': '.changes/ack.yaml: ',
    '- reason: b': 'entry 1: id: is missing',
    '- id: shrunk:dist/a': 'entry 1: reason: is missing',
    '- {id: "shrunk:dist/a", reason: b, until: 2027-02-31}': 'until: "2027-02-31" is not a valid day',
    '- {id: "shrunk:dist/a", reason: b, until: 9999-01-01}':
      'is more than 366 days away; write a day up to 2027-11-22',
    '- {id: "shrunk:dist/a", reason: b, until: 2026-12-01}\n---\n- {id: a/b}':
      'holds 2 documents; write all entries in one list',
    '- {id: "shrunk:dist/a", reason: b, until: soon}': 'until: "soon" is not a valid day',
  };
  for (const [text, said] of Object.entries(refused))
    expect(() => readAcknowledgements(text, today)).toThrow(said);
});
