// Plays the recorded HTTP requests against `validate serve` and prints where it does otherwise.
//   npx tsx bench/replay.ts                  all scenarios, one line each
//   npx tsx bench/replay.ts hotp totp        these, with all differences
//   npx tsx bench/replay.ts p022 …           the scenarios of these steps, with all differences up to the step
//   --verbose                                differences of all scenarios
//   --write-floor                            raises test/compat/http-floor.json to what agrees now
import {readFileSync, writeFileSync} from 'node:fs'
import {Player} from '../test/support/replay/player.js'
import {readScenarios} from '../test/support/replay/transcript.js'

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const verbose = wanted.length > 0 || process.argv.includes('--verbose')
const scenarios = readScenarios().filter(
  ({name, steps}) => wanted.length === 0 || wanted.includes(name) || steps.some(({id}) => wanted.includes(id)),
)
const player = await Player.start()
let agreeing = 0
let total = 0
const counts: Record<string, number> = {}
try {
  for (const scenario of scenarios) {
    try {
      const result = await player.play(scenario)
      agreeing += result.agreeing
      counts[scenario.name] = result.agreeing
      if (verbose) printDifferences(result)
      console.log(`${scenario.name.padEnd(18)} ${String(result.agreeing).padStart(3)} of ${scenario.steps.length}`)
    } catch (error) {
      console.log(
        `${scenario.name.padEnd(18)}   0 of ${scenario.steps.length}  ${error instanceof Error ? error.message : String(error)}`,
      )
    }
    total += scenario.steps.length
  }
} finally {
  await player.stop()
}
console.log(`${agreeing} of ${total} steps agree`)

if (process.argv.includes('--write-floor')) {
  const file = new URL('../test/compat/http-floor.json', import.meta.url)
  const floor = JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>
  for (const [name, count] of Object.entries(counts)) floor[name] = Math.max(count, floor[name] ?? 0)
  writeFileSync(file, `${JSON.stringify(floor, undefined, 2)}\n`)
}

function printDifferences({steps, log}: Awaited<ReturnType<Player['play']>>): void {
  for (const {step, differences} of steps) {
    if (differences.length === 0) continue
    const request = {...step.request.query, ...step.request.form, ...(step.request.json as object)}
    console.log(`\n${step.id} ${step.what}${step.deviate ? ` (deviates: ${step.deviate})` : ''}`)
    console.log(`  ${step.request.method} ${JSON.stringify(step.request.path)} ${JSON.stringify(request)}`)
    for (const statement of step.sql ?? []) console.log(`  sql ${statement}`)
    for (const line of differences) console.log(`  - ${line}`)
  }
  if (log.includes('Error')) console.log(`\nserver said:\n${log}`)
}
