import {expect} from 'chai'
import fc from 'fast-check'
import {hotp as hotpValue} from '../../../../src/lib/crypto/otp/hotp.js'
import {hotp} from '../../../../src/lib/tokens/kinds/hotp.js'
import {totp} from '../../../../src/lib/tokens/kinds/totp.js'
import {applied, rfcSecret, testEnv, testToken} from '../../../support/token-check.js'

const key = Buffer.from(rfcSecret, 'hex')
const sixDigits = {algorithm: 'sha1', digits: 6} as const

/** Long enough that two counters never share a value by chance. */
const eightDigits = {algorithm: 'sha1', digits: 8} as const

describe('a one-time password', () => {
  it('is accepted once by HOTP, in whatever order and however often values come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          start: fc.integer({min: 0, max: 50}),
          window: fc.integer({min: 1, max: 30}),
          autosync: fc.boolean(),
          tries: fc.array(fc.integer({min: 0, max: 90}), {maxLength: 40}),
        }),
        async ({start, window, autosync, tries}) => {
          const token = testToken({count: start, countWindow: window, syncWindow: 60, otplen: 8})
          const accepted: number[] = []
          let now = 0
          for (const counter of tries) {
            now += 1000
            const env = testEnv({now, config: autosync ? {AutoResync: 'True'} : {}})
            if (applied(token, await hotp.checkOtp(token, hotpValue(key, counter, eightDigits), env))) {
              accepted.push(counter)
            }
          }

          expect(accepted).to.deep.equal([...new Set(accepted)].sort((a, b) => a - b))
          expect(accepted.every((counter) => counter >= start)).to.equal(true)
        },
      ),
      {numRuns: 300},
    )
  }).timeout(60_000)

  for (const truncates of [false, true]) {
    it(`is accepted once by TOTP over drift, step and window (${truncates ? '3.9' : '3.8'})`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            step: fc.constantFrom(1, 15, 30, 60, 90),
            windowSteps: fc.integer({min: 1, max: 12}),
            shift: fc.integer({min: -900, max: 900}),
            autosync: fc.boolean(),
            tries: fc.array(
              fc.record({
                waits: fc.integer({min: -60, max: 200}),
                offset: fc.integer({min: -25, max: 25}),
                repeats: fc.boolean(),
              }),
              {maxLength: 30},
            ),
          }),
          async ({step, windowSteps, shift, autosync, tries}) => {
            const token = testToken({
              otplen: 8,
              syncWindow: 100,
              info: {timeStep: String(step), timeWindow: String(windowSteps * step), timeShift: `${shift}.0`},
            })
            const accepted: number[] = []
            let now = 1_700_000_000_000
            let last = 0
            for (const {waits, offset, repeats} of tries) {
              now += waits * 1000
              const counter = repeats && last ? last : Math.floor(now / 1000 / step) + offset
              last = counter
              const env = testEnv({now, truncates, config: autosync ? {AutoResync: '1'} : {}})
              if (applied(token, await totp.checkOtp(token, hotpValue(key, counter, eightDigits), env))) {
                accepted.push(counter)
              }
            }

            expect(accepted).to.deep.equal([...new Set(accepted)].sort((a, b) => a - b))
          },
        ),
        {numRuns: 300},
      )
    }).timeout(60_000)
  }

  it('is not accepted again after a resynchronisation with it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 0, max: 500}), async (counter) => {
        const token = testToken({syncWindow: 1000})
        const [first, second] = [hotpValue(key, counter, sixDigits), hotpValue(key, counter + 1, sixDigits)]

        if (applied(token, await hotp.resync!(token, first, second, testEnv()))) {
          expect(applied(token, await hotp.checkOtp(token, second, testEnv()))).to.equal(false)
        }
      }),
      {numRuns: 100},
    )
  })
})
