import {expect} from 'chai'
import {elementList} from '../../../../src/lib/policy/elements.js'
import {clientList} from '../../../../src/lib/policy/client-networks.js'
import {PolicySet} from '../../../../src/lib/policy/policy-set.js'
import {timeFaults, timeMatches, weekdays} from '../../../../src/lib/policy/time.js'
import {actionValues, uniqueValue} from '../../../../src/lib/policy/values.js'
import type {Policy} from '../../../../src/lib/types/policy.js'
import {policy, request} from './support.js'

const surroundings = {resolversOfRealm: (realm: string) => (realm === 'sales' ? ['r1', 'r2'] : [])}
const setOf = (...policies: Policy[]): PolicySet => new PolicySet(policies, surroundings)
const names = (policies: readonly Policy[]): string[] => policies.map(({name}) => name)

describe('policy lists (spec/07 §4.1)', () => {
  const passes = (elements: string[], value: string): boolean => {
    const {excluded, found} = elementList(elements).search(value)
    return elements.length === 0 || (found && !excluded)
  }
  const cases: [string[], string, boolean][] = [
    [[], 'anything', true],
    [[], '', true],
    [['*'], '', true],
    [['root'], '', false],
    [['!root'], 'hans', false],
    [['*', '!root'], 'root', false],
    [['*', '-root'], 'root', false],
    [['*', '-root'], 'hans', true],
    [['h.*'], 'hans', true],
    [['Hans'], 'hans', false],
    [['a|b'], 'axyz', true],
    [['a|b'], 'xyzb', true],
    [['a|b'], 'xyz', false],
    [['*admin'], 'superadmin', false],
    [['-root'], '-root', true],
    [['*', '!h.*'], 'hans', true],
    [['*', '!h.*'], 'h.*', false],
    [['(?i)HANS'], 'hans', true],
    [['(?P<n>h)ans'], 'hans', true],
    [['hans'], 'hans\n', true],
  ]
  for (const [elements, value, expected] of cases) {
    it(`[${elements.join(', ')}] ${expected ? 'takes' : 'refuses'} ${JSON.stringify(value)}`, () => {
      expect(passes(elements, value)).to.equal(expected)
    })
  }

  it('compares in lower case when asked to', () => {
    expect(elementList(['Hans', '!ROOT'], {foldCase: true}).search('hANS').found).to.equal(true)
    expect(elementList(['*', '!ROOT'], {foldCase: true}).search('Root').excluded).to.equal(true)
  })

  it('says which elements met a value, and how', () => {
    expect(elementList(['*', '!hans', 'h.*', 'hans']).explain('hans')).to.deep.equal([
      {element: '*', hit: 'star', index: 0},
      {element: '!hans', hit: 'excluded', index: 1},
      {element: 'h.*', hit: 'regex', index: 2},
      {element: 'hans', hit: 'literal', index: 3},
    ])
  })
})

describe('client lists (spec/07 §4.7)', () => {
  const search = (elements: string[], client: string): string => {
    const {excluded, found} = clientList(elements).search(client)
    return `${found ? 'found' : 'not found'}${excluded ? ', excluded' : ''}`
  }

  it('takes addresses, networks with host bits, netmasks and IPv6', () => {
    expect(search(['10.1.2.3/8'], '10.200.0.1')).to.equal('found')
    expect(search(['10.0.0.0/255.0.0.0'], '10.200.0.1')).to.equal('found')
    expect(search(['10.0.0.1'], '10.0.0.1')).to.equal('found')
    expect(search(['fe80::/10'], 'fe80::1')).to.equal('found')
    expect(search(['0.0.0.0/0'], 'fe80::1')).to.equal('not found')
  })

  it('excludes with ! and -', () => {
    expect(search(['!10.0.0.1'], '10.0.0.1')).to.equal('not found, excluded')
    expect(search(['0.0.0.0/0', '-10.0.0.0/24'], '10.0.0.7')).to.equal('found, excluded')
    expect(search(['0.0.0.0/0', '!10.0.0.1'], '10.0.0.2')).to.equal('found')
  })

  it('names what is no network', () => {
    expect(clientList(['10.0.0.0/33', 'host', '', '10.0.0.0/8/9', '10.0.0.0/255.0.255.0']).invalid).to.deep.equal([
      '10.0.0.0/33',
      'host',
      '10.0.0.0/8/9',
      '10.0.0.0/255.0.255.0',
    ])
  })
})

describe('policy times (spec/07 §4.9)', () => {
  const at = (day: (typeof weekdays)[number], hour: number, minute = 0) => ({
    minute: hour * 60 + minute,
    weekday: weekdays.indexOf(day),
  })
  const cases: [string, ReturnType<typeof at>, boolean][] = [
    ['', at('sun', 3), true],
    ['mon:9-17', at('mon', 17), true],
    ['mon:9-17', at('mon', 17, 1), false],
    ['fri-mon:0-23', at('sat', 12), false],
    ['mon:22-6', at('mon', 23), false],
    ['mon-fri:8:00-17:00, sat:9-12', at('sat', 9), true],
    ['MON - Fri : 8:00 - 17:00', at('wed', 8), true],
    ['mon:25-26, tue:9-17', at('tue', 10), false],
    ['tue:9-17, mon:25-26', at('tue', 10), true],
    ['nonsense', at('tue', 10), false],
    ['xyz:9-17', at('tue', 10), false],
    ['xyz:9-17, tue:9-17', at('tue', 10), true],
  ]
  for (const [definition, now, expected] of cases) {
    it(`'${definition}' ${expected ? 'contains' : 'does not contain'} ${weekdays[now.weekday]} ${now.minute}`, () => {
      expect(timeMatches(definition, now)).to.equal(expected)
    })
  }

  it('names every fault', () => {
    expect(timeFaults('mon:9-17, fri-mon:22-6, xyz:1-2, mon:9')).to.have.length(4)
    expect(timeFaults('mon-fri:8:00-17:00, sat:9-12')).to.deep.equal([])
  })
})

describe('matching policies (spec/07 §4.2)', () => {
  it('agrees with the worked example', async () => {
    const set = setOf(
      policy('base', 'authentication', 'otppin=tokenpin', {priority: 3}),
      policy('sales', 'authentication', 'otppin=userstore', {priority: 2, realm: 'sales', user: '*, !root'}),
      policy('vpn', 'authentication', 'otppin=none', {client: '10.0.0.0/8', priority: 2, realm: 'sales'}),
    )
    const ask = (login: string, client: string) =>
      set.match(request({action: 'otppin', client, login, realm: 'sales', resolver: 'r1'}))

    expect(names(await ask('hans', '10.1.1.1'))).to.deep.equal(['vpn', 'sales', 'base'])
    expect(() => uniqueValue([], 'otppin')).not.to.throw()
    const conflicting = await ask('hans', '10.1.1.1')
    expect(() => uniqueValue(conflicting, 'otppin')).to.throw(
      "There are policies with conflicting actions: ['vpn', 'sales']",
    )
    expect(uniqueValue(await ask('hans', '192.168.0.1'), 'otppin')).to.equal('userstore')
    expect(uniqueValue(await ask('root', '10.1.1.1'), 'otppin')).to.equal('none')
    expect(uniqueValue(await ask('root', '192.168.0.1'), 'otppin')).to.equal('tokenpin')
  })

  it('takes wildcard, regular and negated action keys for the filter, but no value from them', async () => {
    const set = setOf(
      policy('all', 'admin', '*'),
      policy('some', 'admin', 'enroll.*'),
      policy('but', 'admin', '*, -delete'),
      policy('value', 'authentication', 'otp.*=none'),
    )

    expect(names(await set.match(request({action: 'enrollHOTP', scope: 'admin'})))).to.deep.equal([
      'all',
      'some',
      'but',
    ])
    expect(names(await set.match(request({action: 'delete', scope: 'admin'})))).to.deep.equal(['all'])
    expect(actionValues(await set.match(request({action: 'otppin'})), 'otppin').size).to.equal(0)
  })

  it('never matches without an action, when inactive, or in an unknown scope', async () => {
    const set = setOf(
      policy('empty', 'authentication', ''),
      policy('off', 'authentication', 'otppin=none', {active: false}),
      policy('odd', 'nowhere', 'otppin=none'),
    )

    expect(await set.match(request({action: 'otppin'}))).to.deep.equal([])
  })

  it('treats an empty user as a value, and a missing one as not asked', async () => {
    const set = setOf(
      policy('realm', 'authentication', 'a', {realm: 'sales'}),
      policy('star', 'authentication', 'a', {realm: '*'}),
    )

    expect(names(await set.match(request({action: 'a', realm: ''})))).to.deep.equal(['star'])
    expect(names(await set.match(request({action: 'a'})))).to.deep.equal(['realm', 'star'])
  })

  it('ignores exclusion among resolvers', async () => {
    const set = setOf(
      policy('all', 'authentication', 'a', {resolver: '*, !r1'}),
      policy('not', 'authentication', 'a', {resolver: '!r1'}),
    )

    expect(names(await set.match(request({action: 'a', resolver: 'r1'})))).to.deep.equal(['all'])
  })

  it('looks at all resolvers of the realm with check_all_resolvers', async () => {
    const all = {checkAllResolvers: true}
    const set = setOf(
      policy('second', 'authentication', 'a', {resolver: 'r2', ...all}),
      policy('empty', 'authentication', 'a', all),
    )

    expect(names(await set.match(request({action: 'a', login: 'x', realm: 'sales', resolver: 'r1'})))).to.deep.equal([
      'second',
    ])
    expect(await set.match(request({action: 'a', login: '', realm: 'sales', resolver: 'r1'}))).to.deep.equal([])
  })

  it('compares nodes literally and user agents without case', async () => {
    const set = setOf(
      policy('star', 'authentication', 'a', {nodes: ['*']}),
      policy('node', 'authentication', 'a', {nodes: ['n1', 'n2']}),
      policy('agent', 'authentication', 'a', {userAgents: ['FreeRADIUS']}),
    )

    expect(names(await set.match(request({action: 'a', node: 'n2', userAgent: 'freeradius'})))).to.deep.equal([
      'node',
      'agent',
    ])
    expect(names(await set.match(request({action: 'a', node: 'n2', userAgent: ''})))).to.deep.equal(['node'])
  })

  it('asks for the administrator in scope admin only', async () => {
    const who = {adminRealms: ['super'], adminUsers: ['root']}
    const set = setOf(policy('admin', 'admin', 'a', who), policy('auth', 'authentication', 'a', who))
    const asked = {action: 'a', adminRealm: '', adminUser: 'hans'}

    expect(await set.match(request({...asked, scope: 'admin'}))).to.deep.equal([])
    expect(names(await set.match(request(asked)))).to.deep.equal(['auth'])
  })
})

describe('values of actions (spec/07 §6.2)', () => {
  const matched = [
    policy('a', 'authentication', "tokentype=hotp totp, text='two words', bare"),
    policy('b', 'authentication', 'tokentype=totp sms', {priority: 2}),
  ]

  it('unites the words of all policies, or keeps the best priority', () => {
    expect([...actionValues(matched, 'tokentype')]).to.deep.equal([
      ['hotp', ['a']],
      ['totp', ['a', 'b']],
      ['sms', ['b']],
    ])
    expect([...actionValues(matched, 'tokentype', {whiteSpace: true}).keys()]).to.deep.equal(['hotp totp', 'totp sms'])
    expect(uniqueValue(matched, 'text')).to.equal('two words')
  })

  it('gives no value for an action without one', () => {
    expect(actionValues(matched, 'bare').size).to.equal(0)
  })

  it('lets a unique action with a blank contradict itself', () => {
    expect(() => uniqueValue(matched, 'tokentype')).to.throw("conflicting actions: ['a']")
  })

  it('takes equal values for agreement', () => {
    const agreed = [policy('a', 'authentication', 'otppin=none'), policy('b', 'authentication', 'otppin=none')]

    expect(uniqueValue(agreed, 'otppin')).to.equal('none')
  })
})
