import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {hasFaketime} from '../support/clock.js'
import {describeNeeding} from '../support/needs.js'
import {playAction} from '../support/replay-commands/player.js'
import {recordedActions} from '../support/replay-commands/recorded.js'

/** Those that agree; `npx tsx bench/replay-commands.ts --write-floor` adds to them. */
const floor = new Set(JSON.parse(readFileSync(new URL('commands-floor.json', import.meta.url), 'utf8')) as string[])

describeNeeding('recorded command lines of 3.8', [{package: 'faketime', present: hasFaketime()}], () => {
  const actions = recordedActions().filter(({name}) => floor.has(name))

  it('are all found in the recording', () => {
    expect(actions.map(({name}) => name)).to.have.members([...floor])
  })

  for (const action of actions) {
    it(`${action.name}: prints, ends and changes the same`, async () => {
      expect(await playAction(action)).to.deep.equal([])
    })
  }
})
