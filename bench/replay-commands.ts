// Runs the recorded command lines of privacyIDEA 3.8 and prints where ours do otherwise.
//   npx tsx bench/replay-commands.ts [TEXT…]       those with TEXT in their name or command line; all without
//   --write-floor                                  adds what agrees now to test/compat/commands-floor.json
import {readFileSync, writeFileSync} from 'node:fs'
import {availableParallelism} from 'node:os'
import {inParallel} from '../test/support/parallel.js'
import {playAction} from '../test/support/replay-commands/player.js'
import {recordedActions} from '../test/support/replay-commands/recorded.js'

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const actions = recordedActions().filter(
  ({name, steps}) =>
    wanted.length === 0 ||
    wanted.some((text) => `${name} ${steps.map((step) => step.command.join(' ')).join(' ')}`.includes(text)),
)
const results = await inParallel(availableParallelism(), actions, async (action) => {
  const found = await playAction(action)
  console.log(`${found.length === 0 ? 'same ' : 'other'} ${action.name}`)
  for (const line of found.slice(0, wanted.length > 0 ? 50 : 3)) console.log(`        ${line}`)
  return {name: action.name, agrees: found.length === 0}
})
const agreeing = results.filter(({agrees}) => agrees).map(({name}) => name)
console.log(`${agreeing.length} of ${results.length} agree`)
if (process.argv.includes('--write-floor')) {
  const file = new URL('../test/compat/commands-floor.json', import.meta.url)
  const floor = JSON.parse(readFileSync(file, 'utf8')) as string[]
  const order = recordedActions().map(({name}) => name)
  const names = order.filter((name) => floor.includes(name) || agreeing.includes(name))
  writeFileSync(file, `${JSON.stringify(names, undefined, 2)}\n`)
}
