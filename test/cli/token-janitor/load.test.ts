import {readFileSync} from 'node:fs'
import {expect} from 'chai'
import {fixture} from '../../support/folders.js'
import {fixtureInstance} from '../../support/instance.js'

interface Recorded {
  pskc_key: string
  cases: {id: string; argv: string[]; setup?: string[]; exit: number; stdout: string}[]
}

const recorded = JSON.parse(readFileSync(fixture('interop/janitor/cases.json'), 'utf8')) as Recorded

describe('privacyidea-token-janitor loadtokens', () => {
  for (const {id, argv, setup, exit, stdout} of recorded.cases.filter((one) => one.argv[0] === 'loadtokens')) {
    it(`prints and ends as 3.8 did (${id})`, async () => {
      const instance = await fixtureInstance('janitor')
      try {
        if (setup) await instance.sql(setup)

        const result = await instance.run('privacyidea-token-janitor', argv)

        expect(result.stdout).to.equal(stdout)
        expect(result.status).to.equal(exit)
      } finally {
        instance.remove()
      }
    })
  }

  it('refuses a serial that exists under our own name', async () => {
    const instance = await fixtureInstance('janitor')
    try {
      const command = ['token-janitor', 'load', 'tokens.xml', '--preshared-key', recorded.pskc_key]

      const {status, stdout} = await instance.manage(command)

      expect(status).to.equal(7)
      expect(stdout).to.contain('Successfully imported 0 tokens.')
    } finally {
      instance.remove()
    }
  })
})
