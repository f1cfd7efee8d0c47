"""How the report of an evaluation looks: one style sheet, for screens by day and night, and for paper."""

from __future__ import annotations

_COLOURS = """
:root{color-scheme:light dark;--ink:#16202e;--soft:#5b6778;--paper:#f4f6f9;--card:#fff;--line:#dde3ec;--good:#1a7f4b;
--good-bg:#e6f5ec;--bad:#b3261e;--bad-bg:#fdecea;--warn:#8a5a00;--warn-bg:#fff5dd;--blue:#1f5fbf;--blue-bg:#e8f0fd;
--violet:#6b3fa0;--violet-bg:#f1eafb}
@media(prefers-color-scheme:dark){:root{--ink:#e7ecf3;--soft:#9aa7b8;--paper:#10151c;--card:#182029;--line:#2b3643;
--good:#5cd693;--good-bg:#12301f;--bad:#ff8b82;--bad-bg:#3a1714;--warn:#f2c25b;--warn-bg:#33270b;--blue:#86b5ff;
--blue-bg:#14263f;--violet:#c5a3f5;--violet-bg:#281a3d}}
"""
_FLOW = """
svg.flow{display:block;margin:0 auto;max-width:100%;height:auto}
svg text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;fill:var(--ink)}
svg .box{fill:var(--card);stroke:var(--line);stroke-width:1.5}
svg .exchange .box{stroke:var(--blue)}svg .transfer .box{stroke:var(--violet)}svg .decision .box{stroke:var(--warn)}
svg .chip{fill:var(--blue-bg)}svg .transfer .chip{fill:var(--violet-bg)}svg .decision .chip{fill:var(--warn-bg)}
svg text.kind{font-size:11.5px;font-weight:600;text-anchor:middle;fill:var(--blue)}
svg .transfer text.kind{fill:var(--violet)}svg .decision text.kind{fill:var(--warn)}
svg text.name{font-size:16px;font-weight:650}
svg text.what{fill:var(--soft);font-size:12.5px}
svg text.title,svg text.held{text-anchor:middle}svg text.title{font-weight:650}
svg text.held{font-size:12px;fill:var(--soft)}
svg .good .box{fill:var(--good-bg);stroke:var(--good)}svg .good text.title{fill:var(--good)}
svg .way{fill:none;stroke:var(--soft);stroke-width:1.6}svg .way.trouble{stroke-dasharray:5 4}
svg .tip{fill:var(--soft)}
svg text.way-name{font-size:12.5px;font-weight:600;text-anchor:middle;paint-order:stroke;stroke:var(--card);
stroke-width:6px;stroke-linejoin:round}
svg text.way-name.back{text-anchor:start}
svg text.trouble{fill:var(--soft);font-weight:500}
"""
_PAGE = """
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","DejaVu Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:36px 24px 72px}
header.top{display:flex;gap:24px;justify-content:space-between;align-items:flex-start;flex-wrap:wrap}
header.top>div:first-child{flex:1 1 420px}
h1{font-size:29px;line-height:1.2;margin:2px 0 6px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:18px;margin:0 0 14px}
.over{font-size:12px;letter-spacing:.09em;text-transform:uppercase;color:var(--soft)}
.sub{color:var(--soft);margin:0;overflow-wrap:anywhere}
.verdict{border-radius:14px;padding:13px 20px;text-align:right;min-width:230px}
.verdict b{display:block;font-size:19px}
.verdict span{font-size:13px}
.verdict.passed{background:var(--good-bg);color:var(--good)}
.verdict.failed{background:var(--bad-bg);color:var(--bad)}
section{background:var(--card);border:1px solid var(--line);border-radius:16px;padding:22px 24px;margin-top:20px}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-size:12px;letter-spacing:.05em;text-transform:uppercase;color:var(--soft);font-weight:600}
th,td{padding:8px 14px 8px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
td.mark{width:104px;white-space:nowrap}
td.what{width:180px;font-weight:600}
.pill{display:inline-block;border-radius:99px;padding:1px 11px;font-size:12.5px;font-weight:600}
.pill.passed{background:var(--good-bg);color:var(--good)}
.pill.failed{background:var(--bad-bg);color:var(--bad)}
.pill.left-out,.pill.held{background:var(--warn-bg);color:var(--warn)}
.pill.lost{background:var(--bad-bg);color:var(--bad)}
.code{font-family:ui-monospace,"DejaVu Sans Mono",Menlo,monospace;font-size:12.5px}
td .code,td.sum{white-space:nowrap}
.soft{color:var(--soft)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(210px,1fr));gap:14px 28px;margin:0}
.facts dt{font-size:12px;letter-spacing:.05em;text-transform:uppercase;color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.facts .wide{grid-column:1/-1}
ul.notices{margin:0;padding:0;list-style:none}
ul.notices li{background:var(--warn-bg);color:var(--warn);border-radius:10px;padding:9px 14px;margin-top:8px}
.big{font-size:21px;font-weight:650}
.bar{height:7px;border-radius:4px;background:var(--line);overflow:hidden;min-width:120px}
.bar i{display:block;height:100%;background:var(--blue)}
.scroll{overflow-x:auto}
.legal{display:grid;gap:18px}
.legal article{border:1px solid var(--line);border-radius:12px;padding:14px 18px;min-width:0}
.legal h3{margin:0 0 2px;font-size:15px}
.legal pre{white-space:pre-wrap;overflow-wrap:anywhere;font:14px/1.6 Georgia,"Noto Serif","DejaVu Serif",serif;
margin:10px 0 0}
h3.part{font-size:14px;margin:20px 0 4px}
.pill.added,.come{background:var(--good-bg);color:var(--good)}
.pill.removed,.gone{background:var(--bad-bg);color:var(--bad)}
.pill.changed{background:var(--blue-bg);color:var(--blue)}
pre.lines{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;
font:12.5px/1.5 ui-monospace,"DejaVu Sans Mono",monospace}
pre.lines .come,pre.lines .gone{border-radius:4px;padding:0 4px}
pre.lines .stays,pre.lines .frame{color:var(--soft)}
footer{color:var(--soft);font-size:13px;margin-top:26px}
@media print{body{background:#fff}main{max-width:none;padding:0}section{break-inside:avoid;border-color:#bbb}}
"""

STYLE = _COLOURS + _PAGE + _FLOW
"""For the page of a report, the flow's picture in it."""
FLOW_STYLE = _COLOURS + _FLOW
"""For the flow's picture alone."""
