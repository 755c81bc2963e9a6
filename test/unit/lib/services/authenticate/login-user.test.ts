import {expect} from 'chai'
import type {Configuration} from '../../../../../src/lib/services/configuration.js'
import {resolveUser, splitLogin} from '../../../../../src/lib/services/authenticate/login-user.js'
import type {UserService} from '../../../../../src/lib/services/users.js'

const realms = ['corp', 'sales']

function configuration(splitAtSign?: string): Configuration {
  return {
    setting: (key: string) => (key === 'splitAtSign' ? splitAtSign : undefined),
    realmId: (name: string) => (realms.includes(name) ? realms.indexOf(name) + 1 : undefined),
    defaultRealm: 'corp',
    hasResolver: (name: string) => name === 'people',
  } as unknown as Configuration
}

const users = {
  findUser: async (login: string, realm: string) =>
    realms.includes(realm) && login !== 'nobody'
      ? {login, realm, resolver: 'people', userId: `id-${login}`}
      : undefined,
  findInResolver: async (_resolver: string, login: string) =>
    login === 'jo' ? {login: 'jo', userId: 'id-jo'} : undefined,
} as unknown as UserService

const resolve = (user: string, realm?: string, resolver?: string) =>
  resolveUser({user, realm, resolver}, configuration(), users)

describe('the user of a request', () => {
  for (const [user, realm, login, found] of [
    ['jo', undefined, 'jo', 'corp'],
    ['jo@sales', undefined, 'jo', 'sales'],
    ['jo@SALES', undefined, 'jo', 'sales'],
    ['jo@sales', 'corp', 'jo', 'corp'],
    ['jo@gmail.com', undefined, 'jo@gmail.com', 'corp'],
    ['SALES\\jo', undefined, 'jo', 'sales'],
    ['nodom\\jo', undefined, 'jo', 'nodom'],
    ['jo@sales', '', 'jo', 'corp'],
    ['a@b@sales', undefined, 'a@b', 'sales'],
    ['corp\\jo@sales', undefined, 'corp\\jo', 'sales'],
    ['  jo ', undefined, 'jo', 'corp'],
  ] as const) {
    it(`'${user}'${realm === undefined ? '' : ` with realm '${realm}'`} is ${login} in ${found}`, async () => {
      expect(await resolve(user, realm)).to.deep.include({login, realm: found})
    })
  }

  it('is not taken apart when splitAtSign is off', () => {
    expect(splitLogin('jo@sales', configuration('False'))).to.deep.equal({login: 'jo@sales', realm: undefined})
    expect(splitLogin('sales\\jo', configuration('False'))).to.deep.equal({login: 'sales\\jo', realm: undefined})
  })

  it('has neither resolver nor id when nobody knows him', async () => {
    expect(await resolve('nobody')).to.deep.include({login: 'nobody', resolver: '', userId: ''})
    expect(await resolve('jo', 'nowhere')).to.deep.include({resolver: '', userId: ''})
  })

  it('is nobody when the resolver asked for does not know him', async () => {
    expect(await resolve('jo', 'corp', 'people')).to.deep.include({resolver: 'people', userId: 'id-jo'})
    expect(await resolve('eve', 'corp', 'people')).to.deep.include({resolver: '', userId: ''})
  })

  it('cannot be asked of a resolver that does not exist', async () => {
    let message = ''
    try {
      await resolve('jo', 'corp', 'nowhere')
    } catch (error) {
      message = (error as Error).message
    }
    expect(message).to.equal("ERR904: The resolver 'nowhere' does not exist!")
  })
})
