import type { CheckReport } from '../report/report';
import { verdict } from '../report/verdict';
import type { Facts } from '../rule';
import { levels } from '../rule';
import { benchmarkTable, findingList } from './findings';
import { html } from './markup';
import { pictures } from './pictures';
import { rowsTable } from './rows';
import { shell } from './shell';

/** What `check` found, as one file that needs nothing else: the same input gives the same bytes. */
export function checkPage(report: CheckReport, facts: Facts): string {
  const { counts, passed, kubernetes } = report;
  return shell({
    title: `${passed ? 'The check passes' : 'The check fails'}: ${verdict(report)}`,
    level: passed ? 'none' : 'critical',
    head: html`<ul class="chips">${[...levels].reverse().map((level) => html`<li class="${level}"><b>${counts[level]}</b> ${level}</li>`)}</ul>`,
    sections: [
      { id: 'findings', title: 'Findings', body: findingList(report) },
      ...pictures({ after: facts }),
      {
        id: 'budgets',
        title: 'In numbers',
        body: html`${report.budgets.map((budget) => html`<h3>${budget.title}</h3>${rowsTable(budget)}<p class="${budget.verdict.fits ? 'good' : 'critical'}">${budget.verdict.says}</p>`)}`,
      },
      { id: 'benchmarks', title: 'Benchmarks', body: benchmarkTable(report) },
    ],
    foot: `Judged by the schemas of Kubernetes ${kubernetes}. Times and money are estimates.`,
  });
}
