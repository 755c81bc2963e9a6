import {expect} from 'chai'
import {fixture} from '../support/folders.js'
import {describeNeeding} from '../support/needs.js'
import {freePort} from '../support/ports.js'
import {expectedOf, recording, ResolverPlayer, type RecordedCase} from '../support/resolver-cases.js'
import {slapdPackage, startSlapd, type Slapd} from '../support/slapd.js'

const fails = 'fails'
const outage = 'only a store that answers proves that somebody is gone'

/** A user as a listing of all shows him. */
function user(name: string): unknown {
  const lists = recording.cases.flatMap(({id, ops}) => (/^(?:pw|ldap)-list$/.test(id) ? ops.slice(0, 1) : []))
  const found = lists.flatMap((op) => expectedOf(op) as {username: string}[]).find(({username}) => username === name)
  const {userid, ...info} = found as unknown as Record<string, unknown>
  return name === 'dora' ? info : {...info, userid}
}

/** What we do otherwise on purpose: the result of ours, or `fails`, and why. Keys are case and number of the operation. */
const corrections: Readonly<Record<string, {ours: unknown; why: string}>> = {
  'pw-name-unknown 0': {ours: '', why: 'an unknown id is absent, as since 3.13'},
  'pw-check-x 0': {ours: false, why: 'a hash that is elsewhere lets nobody in'},
  'pw-check-star 0': {ours: false, why: 'a hash that is elsewhere lets nobody in'},
  'pw-search-12 0': {ours: [user('xenia')], why: 'a plain number is an equality'},
  'pw-search-16 0': {ours: [user('walter')], why: 'addresses are compared, not the whole comment field'},
  'sql-id-wild 1': {ours: '', why: 'wildcards in a login are characters'},
  'sql-id-wild 2': {ours: '', why: 'wildcards in a login are characters'},
  'sql-where-bad 0': {ours: fails, why: 'a condition that cannot be read is no absent user'},
  'sql-text 1': {ours: fails, why: 'which of two users is meant is not for us to choose'},
  'sql-search-7 0': {ours: [], why: 'an unknown search key finds nobody, as in the other resolvers'},
  'users-realm 5': {ours: fails, why: 'a realm that does not exist is a mistake'},
  'orphan-pwfile 0': {ours: fails, why: outage},
  'orphan-sqdown 0': {ours: fails, why: outage},
  'orphan-sqtab 0': {ours: fails, why: outage},
  'orphan-norealm 0': {ours: false, why: 'the owner is found, whatever became of his realm'},
  'ldap-id-number 2': {ours: '', why: 'ids are data in a filter'},
  'ldap-child 0': {ours: 'dora', why: 'what lies below a user is not he'},
  'ldap-child 1': {ours: user('dora'), why: 'what lies below a user is not he'},
  'ldap-child-level 0': {ours: 'anna', why: 'with LEVEL every owner looks deleted'},
  'ldap-check-down 0': {ours: fails, why: 'a server that is down says nothing about a password'},
  'ldap-search-7 0': {ours: [], why: 'values of a search are data in a filter'},
  'ldap-search-8 0': {ours: [], why: 'an unknown search key finds nobody, as since 3.12'},
  'ldap-notls 1': {ours: fails, why: 'a server without encryption says nothing about a password'},
  'ldap-guid 0': {ours: '', why: 'a login that is no GUID is not found'},
  'ldap-orphan-lddown 0': {ours: fails, why: outage},
  'ldap-orphan-ldbind 0': {ours: fails, why: outage},
  'ldap-orphan-ldbase 0': {ours: fails, why: outage},
  'ldap-orphan-uubase 0': {ours: fails, why: outage},
  'ldap-orphan-child 0': {ours: false, why: 'what lies below a user is not he'},
}

/** Operations after which the installation is not as it was. */
const changing = ['file', 'sql', 'save', 'tool']
const changes = ({config, ops}: RecordedCase) => config !== undefined || ops.some(({op}) => changing.includes(op))

describeNeeding('the recorded resolver cases', [slapdPackage], function () {
  let servers: Slapd[] = []
  let addresses: (text: string) => string
  let shared: ResolverPlayer
  let agreed = 0

  before(async () => {
    const ldif = fixture('interop', 'resolvers', 'ldap.ldif')
    const tls = {
      certificate: fixture('interop', 'resolvers', 'tls.crt'),
      key: fixture('interop', 'resolvers', 'tls.key'),
    }
    servers = await Promise.all([
      startSlapd({ldif, suffix: 'dc=example,dc=test', tls}),
      startSlapd({ldif, suffix: 'dc=example,dc=test'}),
    ])
    const ports = new Map([
      [recording.ports.ldap, servers[0]!.port],
      [recording.ports.ldaps, servers[0]!.tlsPort!],
      [recording.ports.without_tls, servers[1]!.port],
      [recording.ports.nothing_listens, await freePort()],
    ])
    addresses = (text) => text.replace(/(?<=127\.0\.0\.1:)\d+/g, (port) => String(ports.get(Number(port)) ?? port))
    shared = await ResolverPlayer.open(addresses)
  })
  after(async () => {
    await shared.close()
    for (const server of servers) await server.stop()
  })

  for (const recorded of recording.cases) {
    it(`${recorded.id}: ${recorded.what}`, async () => {
      const player = changes(recorded) ? await ResolverPlayer.open(addresses, recorded.config) : shared
      try {
        for (const [index, op] of recorded.ops.entries()) {
          const given = await player.play(op)
          const correction = corrections[`${recorded.id} ${index}`]
          const wanted = correction ? correction.ours : op.error === undefined ? expectedOf(op) : fails
          expect(
            'failed' in given ? fails : given.result,
            `operation ${index}: ${JSON.stringify(given)}`,
          ).to.deep.equal(wanted)
          if (op.usercache_rows) expect(await player.cached(), `cache after ${index}`).to.deep.equal(op.usercache_rows)
        }
      } finally {
        if (player !== shared) await player.close()
      }
      agreed += 1
    })
  }

  it(`agree, all ${recording.cases.length}`, () => {
    expect(agreed).to.equal(recording.cases.length)
  })
})
