#include "plugins/exporters/html/page_style.h"

namespace latimer {
namespace {

// Light is the default and dark only for screens, so that paper is light without more ado. Text has a
// contrast of 4.5:1 or more against both --page and --card, in both schemes; exporter_html_test.cpp computes
// it.
constexpr std::string_view kStyle = R"css(
:root{color-scheme:light dark;--page:#ffffff;--card:#f4f6f8;--text:#1b1f24;--dim:#56606b;--line:#d3d9df;
--link:#0b57b0;--good:#17692b;--bad:#b3261e;--note:#fff3d1;--mark:#2f6fb0;--wait:#c9b458;
--c0:#2f6fb0;--c1:#cf6a1e;--c2:#2e8b57;--c3:#8757b5;--c4:#b8327f;--c5:#7d7015;--c6:#8a929c;
--h0:#c2dbf3;--h1:#9ac5ec;--h2:#69a8dd;--h3:#387dc0;--h4:#1f5796;--h5:#0c2f5e}
@media screen and (prefers-color-scheme:dark){
:root{--page:#111418;--card:#1b2027;--text:#e6e9ed;--dim:#a5adb7;--line:#3a434e;
--link:#8ab8ff;--good:#7fd18b;--bad:#ff9389;--note:#3b300f;--mark:#5d9fe0;--wait:#8a7b35;
--c0:#5d9fe0;--c1:#f09a55;--c2:#5fbf88;--c3:#b78ae0;--c4:#ec74b4;--c5:#c9b94a;--c6:#838c97;
--h0:#27496f;--h1:#2a6099;--h2:#3b80c4;--h3:#66a5e3;--h4:#9cc8f7;--h5:#e2f1ff}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:0 1rem 2rem;max-width:84rem;background:var(--page);color:var(--text);
font:1rem/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{font-size:1.5em;line-height:1.25;margin:1.25rem 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.2em;line-height:1.3;margin:0 0 .5rem}
h3{font-size:1em;margin:1.25rem 0 .25rem}
p{margin:.5rem 0;max-width:48rem;overflow-wrap:anywhere}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.25rem;padding:.25rem .5rem;background:var(--page)}
main:focus{outline:none}
section{margin:2rem 0 0;padding-top:1.25rem;border-top:1px solid var(--line)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:1rem 0 0;padding:0}
nav li{font-size:.9em}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem 1rem;margin:1rem 0 0}
dt{color:var(--dim);font-size:.8em}
dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:2rem;border-top:1px solid var(--line)}
footer p,.dim,figcaption,.caption{color:var(--dim);font-size:.9em;font-weight:400}
.caption{margin:.5rem 0 .25rem}
.state{padding:.5rem .75rem;background:var(--card);border-left:4px solid var(--good)}
.state.incomplete{border-color:var(--bad)}
.good{color:var(--good)}.bad{color:var(--bad)}
.warning{padding:.5rem .75rem;background:var(--note)}
.verdict{font-size:1.1em}
.badge{display:inline-block;margin-left:.4rem;padding:0 .4rem;border:1px solid currentColor;border-radius:.25rem;
color:var(--bad);font-weight:600;font-size:.85em;white-space:nowrap}
.scroll{overflow-x:auto;margin:0 0 .5rem}
table{border-collapse:collapse;font-size:.85em;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .45rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;white-space:nowrap}
thead th{background:var(--card);vertical-align:bottom;white-space:normal}
tbody th{font-weight:600}
.n{text-align:right}
.w{white-space:normal;overflow-wrap:anywhere;min-width:13rem;max-width:34rem}
tbody tr:hover>*{background:var(--card)}
th button{all:unset;font:inherit;font-weight:600;cursor:default}
th button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.sortable th button{cursor:pointer}
.sortable th button::after{content:"\2195";color:var(--dim);font-weight:400}
.sortable th[aria-sort=ascending] button::after{content:"\2191";color:var(--text)}
.sortable th[aria-sort=descending] button::after{content:"\2193";color:var(--text)}
figure{margin:.75rem 0}
figcaption{margin-top:.5rem;max-width:48rem}
svg{display:block}
.spark,.share{background:var(--card)}
.spark path,.share rect{fill:var(--mark)}
.chart{width:100%;padding:0 .75rem 0 4.5rem;overflow:visible}
.chart text{fill:var(--dim);font-size:12px}
.chart .tick{stroke:var(--line);stroke-width:1}
.plot{shape-rendering:crispEdges}
.c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}
.c6{fill:var(--c6)}
.h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}.h3{fill:var(--h3)}.h4{fill:var(--h4)}.h5{fill:var(--h5)}
.working{fill:var(--mark)}.waits{fill:var(--wait)}
.ground{fill:var(--card)}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:.5rem 0;padding:0;font-size:.9em}
.legend li{display:flex;align-items:center;gap:.4rem}
.lanes{list-style:none;margin:.5rem 0;padding:0}
.lanes li{display:grid;grid-template-columns:14rem 1fr;gap:0 .75rem;align-items:center;margin:.2rem 0;font-size:.85em}
.lanes li>span{overflow-wrap:anywhere;line-height:1.25}
.lanes svg{width:100%}
.lanes .chart{padding:0}
summary{cursor:pointer;color:var(--link);font-size:.9em}
@media (max-width:40rem){
body{padding:0 .75rem 1.5rem}
.lanes li{grid-template-columns:minmax(0,1fr)}
.chart{padding-left:3.75rem}
.w{min-width:9rem}
.lanes li{margin:.5rem 0}}
@media print{
@page{size:A4 landscape;margin:1.2cm}
body{max-width:none;padding:0;font-size:9pt}
nav,.skip{display:none}
a{color:inherit}
section{break-inside:auto}
h2,h3,.caption{break-after:avoid}
figure,.lanes li,tr{break-inside:avoid}
thead{display:table-header-group}
.scroll{overflow:visible}
table{font-size:8pt}
th,td{padding:.15rem .25rem}
.w{min-width:0;max-width:8cm}
.sortable th[aria-sort] button::after{content:none}
th button{display:contents}
svg,.state,.warning,thead th{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details:not([open]),summary{display:none}}
)css";

}  // namespace

std::string_view page_style() { return kStyle; }

}  // namespace latimer
