/// How pages look, on light and dark screens, narrow ones, and on paper.
enum PageStyle {
    /// For all pages.
    static let sheet = Markup.literal(
        """
        :root { color-scheme: light dark; --page: #fcfcfb; --ink: #1a1a19; --quiet: #63625d; --rule: #e2e1db; --track: #efeeea;
          --encrypted: #2a78d6; --masked: #1a9e72; --result: #e39a00; --open: #9a9992; --plain: #d63b3a; --sent: #4a3aa7;
          --taken: #d9622b; --warning: #fbe9e8; }
        @media (prefers-color-scheme: dark) { :root { --page: #171716; --ink: #f1f0ec; --quiet: #a8a69e; --rule: #383734;
          --track: #262624; --encrypted: #4a93e8; --masked: #27ab7e; --result: #d18f12; --open: #7d7c76; --plain: #e66767;
          --sent: #9d92f0; --taken: #e07a45; --warning: #3c2322; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI",
          Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
        main { max-width: 64rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
        p, li, dd { max-width: 44rem; }
        p, ul, dl { margin: 0 0 1rem; }
        .kicker { color: var(--quiet); margin: 0; }
        h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1.25rem; font-weight: 650; }
        h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--rule);
          font-weight: 650; }
        h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; font-weight: 650; }
        small { color: var(--quiet); font-weight: 400; font-size: .875rem; }
        .quiet, .leaks { color: var(--quiet); }
        .warning { background: var(--warning); border-left: 4px solid var(--plain); padding: .6rem .9rem; font-weight: 600; }
        ul { padding-left: 1.2rem; }
        li { margin-bottom: .4rem; }
        .legend { list-style: none; padding: 0; font-size: .9rem; }
        .legend li { position: relative; padding-left: 1.3rem; margin-bottom: .2rem; color: var(--quiet); max-width: none; }
        .legend b { color: var(--ink); font-weight: 600; }
        .legend .dot { position: absolute; left: 0; top: .4rem; }
        .dot { display: inline-block; width: .7rem; height: .7rem; border-radius: 3px; margin-right: .45rem; }
        .dash { display: inline-block; width: 1.4rem; height: 3px; vertical-align: middle; margin-right: .45rem; }
        .dash + .dash, .key .taken { margin-left: 1.25rem; }
        .dot.encrypted { background: var(--encrypted); } .dot.masked { background: var(--masked); }
        .dot.result { background: var(--result); } .dot.open { background: var(--open); }
        .dot.plain { background: var(--plain); } .dash.sent { background: var(--sent); } .dash.taken { background: var(--taken); }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 2rem 2.5rem;
          margin-top: 1.5rem; align-items: start; }
        .charts > div { display: grid; gap: 2rem; }
        figure { margin: 0; break-inside: avoid; max-width: 30rem; }
        figcaption { font-weight: 600; font-size: .95rem; margin-bottom: .75rem; }
        figcaption span { display: block; font-weight: 400; color: var(--quiet); font-size: .85rem; }
        svg { display: block; width: 100%; height: auto; font-size: 12.5px; fill: var(--ink); }
        svg .number { fill: var(--quiet); font-variant-numeric: tabular-nums; }
        svg .name { font-weight: 600; }
        svg .track { fill: var(--track); } svg .node { fill: var(--ink); } svg .grid { stroke: var(--rule); }
        svg .encrypted { fill: var(--encrypted); } svg .masked { fill: var(--masked); } svg .result { fill: var(--result); }
        svg .open { fill: var(--open); } svg .plain { fill: var(--plain); } svg .ribbon { opacity: .75; }
        svg .band { stroke-width: 1.8; stroke-linejoin: round; fill-opacity: .25; }
        svg .sent { stroke: var(--sent); fill: var(--sent); } svg .taken { stroke: var(--taken); fill: var(--taken); }
        svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; } svg .curve.sent, svg .curve.taken { fill: none; }
        svg .curve.open { fill: none; stroke: var(--open); stroke-dasharray: 4 4; stroke-width: 1.5; }
        svg .mark { stroke: var(--ink); stroke-width: 2; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .875rem; overflow-wrap: normal; }
        .steps table { table-layout: fixed; min-width: 56rem; }
        th, td { text-align: left; padding: .25rem .9rem .25rem 0; vertical-align: baseline; unicode-bidi: isolate; }
        td { overflow-wrap: anywhere; }
        .steps thead th:nth-child(-n+4) { width: 10.5%; } .steps thead th:nth-child(3) { width: 14.5%; }
        .steps thead th:nth-child(5) { width: 11%; }
        .steps thead th:nth-child(6) { width: 8.5%; } .steps thead th:nth-child(7) { width: 11%; } .steps thead th:nth-child(8) { width: 16%; }
        .steps thead th:nth-child(9) { width: 7.5%; }
        .steps td:nth-child(3), td.number, td.quiet { white-space: nowrap; }
        thead th { color: var(--quiet); font-weight: 400; border-bottom: 1px solid var(--rule); white-space: nowrap; }
        tbody th { font-weight: 400; padding-top: .8rem; }
        tbody th b { margin-right: .6rem; }
        tbody tr + tr td:first-child, tfoot td:first-child { padding-left: 0; }
        .carries { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .93em; }
        .leaks { display: block; }
        .fits { width: auto; margin: .75rem 0 1.25rem; } .fits th, .fits td { padding-right: 1.4rem; }
        tbody .ours th, tbody .ours td { font-weight: 600; padding-top: .25rem; } .fits tbody th { padding-top: .25rem; }
        tfoot td { border-top: 1px solid var(--rule); padding-top: .4rem; font-weight: 600; }
        th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; }
        dt { color: var(--quiet); max-width: 14rem; } dd { margin: 0; unicode-bidi: isolate; }
        .facts dd { font-variant-numeric: tabular-nums; }
        @media (max-width: 36rem) { main { padding-top: 1.5rem; } h1 { font-size: 1.6rem; } dl { display: block; }
          dd { margin-bottom: .6rem; } }
        @media print { :root { color-scheme: light; --page: #fff; --ink: #000; --quiet: #444; --rule: #ccc; --track: #eee;
          --encrypted: #2a78d6; --masked: #1a9e72; --result: #e39a00; --open: #9a9992; --plain: #d63b3a; --sent: #4a3aa7;
          --taken: #d9622b; --warning: #fff; }
          html { font-size: 9pt; } main { max-width: none; padding: 0; } .scroll { overflow: visible; }
          table, .steps table { min-width: 0; font-size: .78rem; } th, td { padding-right: .5rem; } tfoot { display: table-row-group; }
          h2, h3 { break-after: avoid; } tbody { break-inside: avoid; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
        """)
}
