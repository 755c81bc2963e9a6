import type {AuditStats, Tally} from './index.js'

const [width, height] = [960, 180]

/** A report as one HTML file without anything from elsewhere: figures, charts in SVG, tables. */
export function statsHtml(stats: AuditStats, {title}: {title: string}): string {
  const {rows, failed, from, to} = stats
  const rate = rows === 0 ? 0 : (100 * (rows - failed)) / rows
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; --ok: #2f7d4f; --bad: #c0392b; --line: #8884; --soft: #8882 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem }
p.span { margin: 0 0 1.2rem; opacity: .75 }
.figures { display: flex; gap: 1rem; flex-wrap: wrap }
.figures div { border: 1px solid var(--line); border-radius: 8px; padding: .6rem 1rem; min-width: 8rem }
.figures b { display: block; font-size: 1.5rem; font-variant-numeric: tabular-nums }
svg { width: 100%; height: auto; display: block }
svg text { font-size: 11px; fill: currentColor; opacity: .7 }
.ok { fill: var(--ok) } .bad { fill: var(--bad) } .axis { stroke: var(--line) }
.legend span { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .3em 0 1em }
table { border-collapse: collapse; width: 100%; table-layout: fixed; overflow-wrap: anywhere } td, th { padding: .2rem .5rem; text-align: left; border-bottom: 1px solid var(--soft) }
td.n, th.n { width: 6rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } td.bar, th.bar { width: 35% }
.meter { display: flex; height: .8rem; border-radius: 3px; overflow: hidden } .meter i { display: block }
.meter .ok { background: var(--ok) } .meter .bad { background: var(--bad) }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p class="span">${from === null ? 'No rows' : `${escaped(from.slice(0, 16))} to ${escaped((to ?? '').slice(0, 16))}, local time of the server`}</p>
<div class="figures">
<div><b>${rows.toLocaleString('en')}</b>rows</div>
<div><b>${failed.toLocaleString('en')}</b>failed</div>
<div><b>${rate.toFixed(1)} %</b>succeeded</div>
</div>
<h2>${stats.hours[0]?.name.length === 10 ? 'By day' : 'By hour'}</h2>
<p class="legend"><span style="background:var(--ok)"></span>succeeded<span style="background:var(--bad)"></span>failed</p>
${chart(stats.hours)}
<h2>By hour of the day</h2>
${chart(stats.hoursOfDay)}
${section('Actions', stats.actions)}
${section('Users', stats.users)}
${section('Realms', stats.realms)}
${section('Clients', stats.clients)}
</body>
</html>
`
}

/** Stacked bars; as many as fit are drawn, neighbours added up. */
function chart(tallies: readonly Tally[]): string {
  if (tallies.length === 0) return '<p>No rows.</p>'
  const bars = bucketed(tallies, 240)
  const most = Math.max(1, ...bars.map(({rows}) => rows))
  const [left, bottom] = [50, 22]
  const step = (width - left) / bars.length
  const scale = (height - bottom - 10) / most
  const drawn = bars.map(({name, rows, failed}, at) => {
    const x = (left + at * step).toFixed(1)
    const wide = Math.max(0.6, step * 0.85).toFixed(1)
    const [good, bad] = [(rows - failed) * scale, failed * scale]
    const base = height - bottom
    const tip = `<title>${escaped(name)}: ${rows} rows, ${failed} failed</title>`
    return (
      `<g>${tip}<rect class="ok" x="${x}" width="${wide}" y="${(base - good).toFixed(1)}" height="${good.toFixed(1)}"/>` +
      `<rect class="bad" x="${x}" width="${wide}" y="${(base - good - bad).toFixed(1)}" height="${bad.toFixed(1)}"/></g>`
    )
  })
  const every = Math.max(1, Math.ceil(bars.length / 8))
  const labels = bars
    .map(({name}, at) => ({name, at}))
    .filter(({at}) => at % every === 0)
    .map(({name, at}) => `<text x="${(left + at * step).toFixed(1)}" y="${height - 6}">${escaped(name)}</text>`)
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img"><line class="axis" x1="${left}" x2="${width}" y1="${height - bottom}" ` +
    `y2="${height - bottom}"/><text x="0" y="16">${most.toLocaleString('en')}</text>${drawn.join('')}${labels.join('')}</svg>`
  )
}

function section(title: string, tallies: readonly Tally[]): string {
  const most = Math.max(1, ...tallies.map(({rows}) => rows))
  const lines = tallies.map(({name, rows, failed}) => {
    const [good, bad] = [(100 * (rows - failed)) / most, (100 * failed) / most]
    const meter = `<div class="meter"><i class="ok" style="width:${good.toFixed(2)}%"></i><i class="bad" style="width:${bad.toFixed(2)}%"></i></div>`
    return `<tr><td>${escaped(name)}</td><td class="bar">${meter}</td><td class="n">${rows.toLocaleString('en')}</td><td class="n">${failed.toLocaleString('en')}</td></tr>`
  })
  const head = `<tr><th>${title}</th><th class="bar"></th><th class="n">rows</th><th class="n">failed</th></tr>`
  return `<h2>${title}</h2>\n<table>${head}${lines.join('\n')}</table>`
}

/** At most so many, neighbours added up under the name of the first. */
export function bucketed(tallies: readonly Tally[], most: number): Tally[] {
  const size = Math.max(1, Math.ceil(tallies.length / most))
  return Array.from({length: Math.ceil(tallies.length / size)}, (_, at) => {
    const part = tallies.slice(at * size, (at + 1) * size)
    const sum = (get: (tally: Tally) => number) => part.reduce((total, tally) => total + get(tally), 0)
    return {name: part[0]!.name, rows: sum(({rows}) => rows), failed: sum(({failed}) => failed)}
  })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
