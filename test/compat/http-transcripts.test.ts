import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {hasFaketime} from '../support/clock.js'
import {fixture} from '../support/folders.js'
import {describeNeeding} from '../support/needs.js'
import {Player} from '../support/replay/player.js'
import {readScenarios} from '../support/replay/transcript.js'

/**
 * Agreeing steps of each scenario that must not become fewer; `npx tsx bench/replay.ts --write-floor` raises them.
 */
const floor = JSON.parse(readFileSync(fixture('../compat/http-floor.json'), 'utf8')) as Record<string, number>

describeNeeding(
  'recorded HTTP requests, against validate serve',
  [{package: 'faketime', present: hasFaketime()}],
  () => {
    let player: Player
    before(async () => {
      player = await Player.start()
    })
    after(() => player.stop())

    for (const scenario of readScenarios()) {
      const least = floor[scenario.name] ?? scenario.steps.length
      it(`${scenario.name}: ${least} of ${scenario.steps.length} steps agree with the original or deviate as they should`, async () => {
        const {steps, agreeing} = await player.play(scenario)

        const lines = steps.flatMap(({step, differences}) =>
          differences.map((line) => `${step.id} ${step.what}: ${line}`),
        )
        expect(agreeing, lines.join('\n')).to.be.at.least(least)
      }).timeout(180_000)
    }
  },
)
