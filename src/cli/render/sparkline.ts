const blocks = '▁▂▃▄▅▆▇█'

/** A line of bars, one a value; longer rows are summed up to `width` bars. Zero is a blank. */
export function sparkline(values: readonly number[], width = 72): string {
  const size = Math.max(1, Math.ceil(values.length / width))
  const bars = Array.from({length: Math.ceil(values.length / size)}, (_, at) =>
    values.slice(at * size, (at + 1) * size).reduce((sum, value) => sum + value, 0),
  )
  const most = Math.max(1, ...bars)
  return bars.map((value) => (value === 0 ? ' ' : blocks[Math.ceil((value / most) * blocks.length) - 1]!)).join('')
}
