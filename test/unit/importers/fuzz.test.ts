import {expect} from 'chai'
import {fuzzImporters} from '../../support/fuzz-import.js'

describe('Damaged token files', () => {
  it('end in tokens or in one clear line, 1,500 times', async function () {
    this.timeout(120_000)

    const {mutants, read, refused} = await fuzzImporters(1500)

    expect(mutants).to.be.greaterThan(1400)
    expect(read).to.be.greaterThan(50)
    expect(refused['INVALID_INPUT']).to.be.greaterThan(50)
  })
})
