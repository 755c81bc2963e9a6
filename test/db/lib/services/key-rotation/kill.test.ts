import {expect} from 'chai'
import {describeEachDatabase} from '../../../../support/database.js'
import {KilledRotation} from '../../../../support/kill-rotation.js'

describeEachDatabase('a rotation of keys that is killed', (open) => {
  it('loses no value, no token and no login, whenever it happens', async function () {
    this.timeout(300_000)
    const killed = await KilledRotation.start(open, 200)

    for (let round = 0; round < 6; round++) await killed.kill()
    await killed.stop()

    expect(killed.accepted).to.be.above(20)
    expect(killed.added).to.be.above(10)
    expect(killed.killedIn.size).to.be.above(0)
  })
})
