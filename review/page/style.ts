/** The page's only style. System fonts and no address, so that the file is whole by itself. */
export const style = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1b2027; --soft: #57606c; --line: #d7dce2;
  --accent: #1d5fbf; --critical: #b3161f; --high: #a84300; --warn: #7a5a00; --info: #4d5965; --good: #1a6b3a;
  --track: #e9ecf0; --a: #bcd7fb; --b: #bfe6cf; --c: #dccdf7; --d: #d9dde2; --e: #fbdcb4; --f: #f9c9d3;
  --on: #15202e; --new: #1a6b3a; --gone: #b3161f; }
@media (prefers-color-scheme: dark) { :root { --page: #12161b; --card: #1b2128; --text: #e6eaef; --soft: #a3adb9;
  --line: #363f4a; --accent: #7db3ff; --critical: #ff8b8b; --high: #ffab70; --warn: #e8c468; --info: #b0bac5;
  --good: #74d199; --track: #2a323b; --a: #234a7c; --b: #22573a; --c: #4a3776; --d: #3d4651; --e: #6b4716;
  --f: #6d2b3c; --on: #f2f5f8; --new: #74d199; --gone: #ff8b8b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px; }
a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
header, main, footer { max-width: 1240px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 28px; } footer { padding-bottom: 40px; color: var(--soft); font-size: 13px; }
h1 { font-size: 20px; line-height: 1.3; margin: 0 0 6px; overflow-wrap: anywhere; } h2 { font-size: 19px; margin: 0 0 4px; }
h3 { font-size: 15px; margin: 20px 0 8px; } p { margin: 4px 0; } .soft { color: var(--soft); }
code { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: 6px 16px; list-style: none; padding: 0; margin: 14px 0 0; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px; margin: 18px 0; }
.pair { display: grid; gap: 24px; grid-template-columns: repeat(2, minmax(0, 1fr)); }
@media (max-width: 600px) { .pair { gap: 12px; } .pair .nodes figure { width: 100%; } }
.told { margin: 8px 0; padding-left: 18px; } .told li[class], h1[class] { color: var(--text); }
h1 { border-left: 5px solid var(--good); padding-left: 12px; } h1.critical { border-color: var(--critical); }
h1.high { border-color: var(--high); } h1.warn { border-color: var(--warn); } .told li.critical, .told li.high { font-weight: 600; }
.chips { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0 0; padding: 0; list-style: none; }
.chips li { border: 1px solid var(--line); border-radius: 99px; padding: 2px 12px; background: var(--card); }
.chips b { font-variant-numeric: tabular-nums; }
.level { font-weight: 650; font-size: 13px; white-space: nowrap; }
.critical { color: var(--critical); } .high { color: var(--high); } .warn { color: var(--warn); }
.info, .none { color: var(--info); } .good { color: var(--good); }
.risks { list-style: none; padding: 0; margin: 12px 0 0; display: grid; gap: 10px; grid-template-columns: minmax(0, 1fr); }
.risks > li { border: 1px solid var(--line); border-left: 4px solid currentColor; border-radius: 8px; padding: 10px 14px; }
.risks > li > * { color: var(--text); } .risks > li > .level { color: inherit; }
.risks > li > .soft { color: var(--soft); }
details { margin-top: 10px; } summary { cursor: pointer; color: var(--accent); width: fit-content; }
.scroll { overflow-x: auto; } .scroll table { min-width: 620px; } .scroll td { overflow-wrap: break-word; } table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; font-size: 13px; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.all td { font-weight: 650; }
figure { margin: 8px 0 0; } figure svg { display: block; width: 100%; height: auto; }
.map svg { max-width: 560px; margin: 0 auto; } svg text { fill: var(--text); font-family: inherit; }
.box rect { fill: var(--card); stroke: var(--line); stroke-width: 1.3; } .box .soft { fill: var(--soft); }
.box.work rect { fill: var(--a); } .box.pool rect { fill: var(--c); } .box.data rect { fill: var(--b); }
.box.edge rect { fill: var(--e); } .box.work text, .box.pool text, .box.data text, .box.edge text { fill: var(--on); }
.box.new rect { stroke: var(--new); stroke-width: 3; } .box.gone rect { stroke: var(--gone); stroke-width: 3;
  stroke-dasharray: 6 4; } .box.changed rect { stroke: var(--accent); stroke-width: 3; }
.way { fill: none; stroke: var(--soft); stroke-width: 1.3; } .tip { fill: var(--soft); }
.nodes { display: flex; flex-wrap: wrap; gap: 14px; } .nodes figure { width: 156px; margin: 0; }
.nodes figcaption { font-size: 13px; } .frame { fill: var(--track); stroke: var(--line); }
.fill-a { fill: var(--a); background: var(--a); } .fill-b { fill: var(--b); background: var(--b); }
.fill-c { fill: var(--c); background: var(--c); } .fill-d { fill: var(--d); background: var(--d); }
.fill-e { fill: var(--e); background: var(--e); } .fill-f { fill: var(--f); background: var(--f); }
.pod { stroke: var(--card); stroke-width: 1; } .pods text { fill: var(--on); font-size: 10px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0; margin: 10px 0; list-style: none; font-size: 13px; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px; border: 1px solid var(--line); }
li, summary, td, p { overflow-wrap: anywhere; } pre { margin: 8px 0; }
.bars { display: grid; gap: 8px; margin-top: 10px; }
.bar { display: grid; grid-template-columns: 1fr auto; column-gap: 10px; font-size: 14px; }
.track { grid-column: 1 / -1; position: relative; height: 18px; background: var(--track); border-radius: 4px; }
.track span { position: absolute; top: 0; bottom: 0; border-right: 1px solid var(--card); }
.track em { position: absolute; top: -3px; bottom: -3px; width: 2px; background: var(--critical); }
.track em.near { background: var(--warn); }
.canary { fill: var(--a); stroke: var(--accent); stroke-width: 1.5; } .axis { stroke: var(--line); }
.before { fill: none; stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 4 3; } .probe { fill: var(--high); } .time text { font-size: 11px; fill: var(--soft); } .time .w { fill: var(--on);
  font-size: 12px; font-weight: 650; }
.time svg { max-width: 620px; } .track + .track { margin-top: 2px; }
@media (max-width: 600px) { section { padding: 14px; } .wide { display: none; } table { font-size: 13px; }
  th, td { padding-right: 6px; } }
@media print { body { background: #fff; } section { break-inside: avoid; } }
`;
