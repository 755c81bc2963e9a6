import {expect} from 'chai'
import {readFileSync} from 'node:fs'
import type {TokenDocument} from '../../src/lib/services/tokens/document.js'
import {fixture} from '../support/folders.js'
import {fixtureInstance, type FixtureSet, type Instance} from '../support/instance.js'

/** A token as privacyIDEA listed it; the smaller set of 3.14 leaves some keys out. */
interface Expected {
  type: string
  description: string | null
  otpkey?: string
  otplen: number
  count: number
  count_window?: number
  sync_window?: number
  maxfail: number
  failcount: number
  active: boolean
  revoked: boolean
  locked: boolean
  rollout_state: string | null
  realms: string[]
  owners?: {user_id: string; resolver: string; realm: string | null; login: string | null}[]
  tokengroups?: string[]
  tokeninfo: Record<string, {value: string; type: string | null}>
}

for (const set of ['privacyidea-3.8', 'privacyidea-3.14dev'] satisfies FixtureSet[]) {
  describe(`token list on the database of ${set}`, () => {
    const recorded = JSON.parse(readFileSync(fixture('interop', set, 'expect.json'), 'utf8')) as {
      tokens: Record<string, Expected>
    }
    let instance: Instance
    let tokens: TokenDocument[]

    before(async () => {
      instance = await fixtureInstance(set)
      const listed = await instance.manage(['token', 'list', '--show-secrets', '--usernames', '--json'])
      tokens = listed.json<{tokens: TokenDocument[]}>().tokens
    })
    after(() => instance.remove())

    it('lists the tokens that the original listed', () => {
      expect(tokens.map(({serial}) => serial).sort()).to.deep.equal(Object.keys(recorded.tokens).sort())
    })

    for (const [serial, expected] of Object.entries(recorded.tokens)) {
      it(`shows ${serial} as the original did`, () => {
        const token = tokens.find((candidate) => candidate.serial === serial)!

        expect({
          type: token.tokentype,
          description: token.description,
          otplen: token.otplen,
          count: token.count,
          maxfail: token.maxfail,
          failcount: token.failcount,
          active: token.active,
          revoked: token.revoked,
          locked: token.locked,
          rolloutState: token.rolloutState,
          realms: [...token.realms].sort(),
          info: token.info,
        }).to.deep.equal({
          type: expected.type,
          description: expected.description ?? '',
          otplen: expected.otplen,
          count: expected.count,
          maxfail: expected.maxfail,
          failcount: expected.failcount,
          active: expected.active,
          revoked: expected.revoked,
          locked: expected.locked,
          rolloutState: expected.rollout_state ?? '',
          realms: [...expected.realms].sort(),
          info: Object.fromEntries(Object.entries(expected.tokeninfo).map(([key, {value}]) => [key, value ?? ''])),
        })
        if (expected.otpkey !== undefined) expect(token.secret).to.equal(expected.otpkey)
        if (expected.count_window !== undefined) expect(token.countWindow).to.equal(expected.count_window)
        if (expected.sync_window !== undefined) expect(token.syncWindow).to.equal(expected.sync_window)
        if (expected.tokengroups) expect([...token.tokengroups].sort()).to.deep.equal([...expected.tokengroups].sort())
        if (expected.owners) {
          expect(token.owners).to.deep.equal(
            expected.owners.map(({user_id, resolver, realm, login}) => ({
              userId: user_id,
              resolver,
              realm,
              ...(login !== null && {username: login}),
            })),
          )
        }
      })
    }

    it('keeps secrets to itself unless asked', async () => {
      const listed = await instance.manage(['token', 'list', '--output-format', 'jsonl', '--show-info'])

      expect(listed.status).to.equal(0)
      expect(listed.stdout).to.not.include('"secret"')
      for (const {otpkey} of Object.values(recorded.tokens)) {
        if (otpkey && otpkey.length >= 16) expect(listed.stdout).to.not.include(otpkey)
      }
    })
  })
}
